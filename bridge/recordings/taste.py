"""What a riff is like: how cool, how nice, of which genre; and what to call it."""

from __future__ import annotations

from bridge.recordings.facts import Riff, Section, Span
from bridge.recordings.findings import Findings
from bridge.recordings.grid import Grid


def guess_genre(findings: Findings, span: Span, grid: Grid) -> str:
    """metal, funk, rock, alt rock, ballad, electronic, acoustic, jazz or unknown."""
    return "unknown"


def find_chorus(sections: tuple[Section, ...], riffs: tuple[Riff, ...]) -> Section | None:
    """The section that most likely is the chorus. None: nothing comes back."""
    return None
