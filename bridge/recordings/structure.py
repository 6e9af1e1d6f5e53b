"""The form of a take: sections, and which of them are the same music."""

from __future__ import annotations

from bridge.recordings.facts import Chord, Section, Span
from bridge.recordings.findings import Findings
from bridge.recordings.grid import Grid


def find_sections(
    findings: Findings, span: Span, grid: Grid, chords: tuple[Chord, ...]
) -> tuple[Section, ...]:
    """Sections that follow each other from the first sound to the last."""
    return ()
