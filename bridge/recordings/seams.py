"""How well the best loop of each riff closes, measured on the sound itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bridge.recordings.facts import Recording
from bridge.recordings.loops import refine_loops


def with_seams(recording: Recording, path: Path) -> Recording:
    """The recording with each riff's seam as an export of it will have it.

    Reads a few milliseconds of sound around every loop. Raises BridgeError where the file cannot
    be read.
    """
    spans = [riff.times[riff.best] for take in recording.takes for riff in take.riffs]
    if not spans:
        return recording
    seams = iter([points.seam for points in refine_loops(path, spans)])
    return replace(
        recording,
        takes=tuple(
            replace(
                take,
                riffs=tuple(replace(riff, seam=round(next(seams), 3)) for riff in take.riffs),
            )
            for take in recording.takes
        ),
    )
