"""Key, tuning and chords of a take."""

from __future__ import annotations

from bridge.recordings.facts import Chord, Key, Span
from bridge.recordings.findings import Findings
from bridge.recordings.grid import Grid


def find_tuning(findings: Findings, span: Span) -> float:
    """Cents over A = 440 Hz, -50..50."""
    return 0.0


def find_keys(findings: Findings, span: Span, grid: Grid) -> tuple[Key, ...]:
    """Keys that follow each other; one, unless the music modulates. None where nothing is tonal."""
    return ()


def find_chords(
    findings: Findings, span: Span, grid: Grid, keys: tuple[Key, ...]
) -> tuple[Chord, ...]:
    """Chords that follow each other and fill the span, "N" where there is none."""
    return ()
