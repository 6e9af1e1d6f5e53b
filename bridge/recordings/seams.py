"""How well the best loop of each riff closes, measured on the sound itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bridge.recordings.facts import Take
from bridge.recordings.loops import refine_loops


def with_seams(takes: Sequence[Take], path: Path) -> tuple[Take, ...]:
    """The takes with each riff's seam as an export of it will have it.

    Reads a few milliseconds of sound around every loop. Raises BridgeError where the file cannot
    be read.
    """
    spans = [riff.times[riff.best] for take in takes for riff in take.riffs]
    seams = iter([round(points.seam, 3) for points in refine_loops(path, spans)] if spans else [])
    return tuple(
        replace(take, riffs=tuple(replace(riff, seam=next(seams)) for riff in take.riffs))
        for take in takes
    )
