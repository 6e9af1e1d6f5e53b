"""Riffs: units of a whole number of bars that come at least twice."""

from __future__ import annotations

from bridge.recordings.facts import Chord, Key, Riff, Section, Span
from bridge.recordings.findings import Findings
from bridge.recordings.grid import Grid

MOST = 24  # riffs of a take


def find_riffs(
    findings: Findings,
    span: Span,
    grid: Grid,
    chords: tuple[Chord, ...],
    keys: tuple[Key, ...],
    sections: tuple[Section, ...],
    most: int = MOST,
) -> tuple[Riff, ...]:
    """At most so many, in the order of their best time."""
    return ()
