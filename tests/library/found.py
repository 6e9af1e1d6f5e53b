"""Analyses as they might be found, made by hand so that truth is known."""

from __future__ import annotations

from dataclasses import replace

from bridge.recordings.analysis import follow
from bridge.recordings.facts import Hit, Part, Recording, Riff, Span
from bridge.recordings.findings import Findings
from bridge.recordings.grid import Grid

GRID = Grid(tuple(0.5 + 0.5 * n for n in range(32)), tuple(n % 4 + 1 for n in range(32)))
HITS = (Hit(0.5, "kick", 100, 0.9), Hit(1.0, "snare", 90, 0.8), Hit(1.25, "hihat", 40, 0.512))


def riff(
    name: str, *times: tuple[float, float], best: int = 0, bars: float = 2.0, coolness: float = 5.0
) -> Riff:
    return Riff(
        id=name,
        name=name,
        times=tuple(Span(*time) for time in times),
        best=best,
        bars=bars,
        loop_bars=4,
        repetition=0.5,
        energy=0.5,
        salience=0.5,
        coolness=coolness,
        niceness=50.0,
        chords=("A:min", "F:maj"),
        seam=0.9,
        confidence=0.8,
    )


VERSE = riff("verse", (0.5, 4.5), (8.5, 12.5))
HOOK = riff("hook", (4.5, 8.5), (12.5, 16.5), best=1)


def analysis(
    findings: Findings, *riffs: Riff, grid: Grid = GRID, span: tuple[float, float] = (0.0, 17.0)
) -> Recording:
    """One song with these riffs."""
    part = Part(*span, "song", 0.9)
    take = replace(follow(findings, part, grid, name="Take 1"), riffs=tuple(riffs))
    return Recording(findings.duration, (part,), (take,), HITS)
