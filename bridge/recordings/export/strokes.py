"""Drums as notes: which one, from tick to tick, how hard."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bridge.recordings.export.ruler import QUARTER
from bridge.recordings.facts import Hit
from bridge.sinks.drum_maps import load_drum_map

DRUM_CHANNEL = 9  # counted from 0: General MIDI's channel 10
DRUM_MAP = "general_midi"  # what a file is for is not known: any program plays these notes
STROKE = QUARTER // 16  # ticks: a drum sounds as long as it wants


@dataclass(frozen=True, slots=True)
class Stroke:
    """A note on the drum channel; ticks, velocity 1..127."""

    start: int
    end: int
    note: int
    velocity: int


def strokes(
    hits: Sequence[Hit], ticks_of: Callable[[Sequence[float]], list[int]]
) -> Iterator[Stroke]:
    """Drum by drum, each in the order of time; none ends after the next of its drum begins."""
    notes = load_drum_map(DRUM_MAP).notes
    for drum in dict.fromkeys(hit.drum for hit in hits):
        played = sorted((hit for hit in hits if hit.drum == drum), key=lambda hit: hit.time)
        ticks = ticks_of([hit.time for hit in played])
        for hit, tick, behind in zip(played, ticks, [*ticks[1:], ticks[-1] + STROKE], strict=True):
            if tick == behind:
                continue  # two strokes of one drum in one tick are one
            velocity = min(max(hit.velocity, 1), 127)
            yield Stroke(tick, min(tick + STROKE, behind), notes[drum], velocity)
