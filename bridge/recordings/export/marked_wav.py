"""A whole recording as WAV with what is known of it: cue points, regions, loops, tempo.

The sound stays as it is: 16 and 24 bits as they were, everything finer as 32-bit float.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from bridge.errors import BridgeError
from bridge.recordings.export.material import Material
from bridge.recordings.export.plain import one_line
from bridge.recordings.export.riff_file import Mark, WavNotes, stream_wav
from bridge.recordings.export.rows import rows_of
from bridge.recordings.export.sound import Sound, blocks_of
from bridge.recordings.facts import Recording

MOST_SAMPLES = 0xFFFFFFFF  # that a cue point can say
SHORTEST_LOOP = 2  # samples


def write_marked_wav(material: Material, out: BinaryIO) -> None:
    """See `docs/export.md`. Raises BridgeError without the sound, or where it cannot be read."""
    sound = material.sound
    if sound is None:
        raise BridgeError(
            "A marked WAV needs the sound",
            cause="only the facts of the recording are at hand",
            remedy="give the recording's file",
        )
    notes = replace(
        _tempo(material.recording, sound),
        name=one_line(material.title),
        stamp=sound.first,
        marks=tuple(_marks(material, sound)),
        loops=tuple(_loops(material.recording, sound)) if "riffs" in material.kinds else (),
    )
    stream_wav(out, blocks_of(sound), sound.frames, sound.rate, sound.channels, sound.bits, notes)


def _marks(material: Material, sound: Sound) -> Iterator[Mark]:
    limit = min(sound.frames, MOST_SAMPLES)
    for row in rows_of(material.recording, material.kinds):
        at = max(0, round(row.start * sound.rate))
        end = min(round((row.end or 0.0) * sound.rate), limit)
        if at < limit:
            yield Mark(at, one_line(row.label), max(0, end - at))


def _loops(recording: Recording, sound: Sound) -> Iterator[tuple[int, int]]:
    """The best time of each riff."""
    limit = min(sound.frames, MOST_SAMPLES)
    for take in recording.takes:
        for riff in take.riffs:
            best = riff.times[riff.best]
            first = max(0, round(best.start * sound.rate))
            last = min(round(best.end * sound.rate), limit) - 1
            if last - first >= SHORTEST_LOOP:
                yield first, last


def _tempo(recording: Recording, sound: Sound) -> WavNotes:
    """Said where one take is played: several have several tempi, and the file can say one."""
    grids = [take.grid for take in recording.takes if len(take.grid.beats) > 1]
    if len(grids) != 1:
        return WavNotes()
    (grid,) = grids
    tempo = (grid.tempo or 0.0) * grid.quarters_per_bar / grid.beats_per_bar
    return WavNotes(
        quarters=max(1, round(tempo * sound.seconds / 60)),
        tempo=tempo,
        metre=(grid.counted, grid.unit),
        one_shot=True,
    )
