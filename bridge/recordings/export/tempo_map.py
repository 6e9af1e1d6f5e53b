"""The tempo of a whole recording as DAWs keep it: constant from point to point, bar by bar.

Unlike a MIDI file, where every beat may have its tempo, a project is edited by people: one tempo
a bar is what they can read. A bar whose beats are uneven has one for each beat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bridge.recordings.export.ruler import DRIFT, QUARTER, Ruler, ruler_of, ticks_at
from bridge.recordings.facts import Take
from bridge.recordings.tempo import Tempi, fitted
from bridge.signal.frames import Array64

UNEVEN = 0.03  # seconds that a beat may lie off an even bar before the bar is split


@dataclass(frozen=True, slots=True)
class Signature:
    """From here on, which is always a bar ruler. quarter: quarter notes from the beginning."""

    quarter: float
    upper: int
    lower: int


@dataclass(frozen=True, slots=True)
class Anchor:
    """A bar line, or a beat of an uneven bar: so many quarter notes, at so many seconds."""

    quarter: float
    at: float


@dataclass(frozen=True, slots=True)
class TempoMap:
    """Quarter notes and seconds of a recording; both begin at 0.

    pace     the tempi; the first holds from 0 on
    metres   at least one, the first at 0
    anchors  what the tempi follow; none without beats
    first    tempo of the first bar of the music
    """

    pace: Tempi
    metres: tuple[Signature, ...]
    anchors: tuple[Anchor, ...]
    first: float

    def quarters(self, times: Sequence[float]) -> Array64:
        """Quarter notes at these seconds; behind the last tempo it goes on."""
        return np.maximum(self.pace.quarters(times), 0.0)

    def quarter(self, time: float) -> float:
        """Quarter notes at one time."""
        return float(self.quarters([time])[0])

    def seconds(self, quarter: float) -> float:
        """Where so many quarter notes lie."""
        return float(self.pace.seconds([quarter])[0])

    def ticks(self, times: Sequence[float]) -> list[int]:
        """Ticks at these seconds, rounded."""
        return ticks_at(self.pace, times)


def tempo_map(takes: Sequence[Take], *, within: float = DRIFT) -> TempoMap:
    """Of all takes, in the order of time; no anchor lies off by more than `within` seconds."""
    ruler = ruler_of(takes)
    anchors = _anchors(ruler)
    pace = fitted([each.quarter for each in anchors], [each.at for each in anchors], within=within)
    metres = [Signature(tick / QUARTER, upper, lower) for tick, upper, lower in ruler.metres]
    if not metres or metres[0].quarter:
        metres.insert(0, Signature(0.0, 4, 4))
    first = ruler.bars[0] / QUARTER if ruler.bars else 0.0
    return TempoMap(pace, tuple(metres), tuple(anchors), pace.bpm(first))


def _anchors(ruler: Ruler) -> list[Anchor]:
    if len(ruler.ticks) < 2:
        return []
    ticks, times = np.array(ruler.ticks), np.array(ruler.times)
    marks = {0, *ruler.bars, *(tick for tick, _, _ in ruler.metres), ruler.ticks[-1]}
    bars = np.array(sorted(mark for mark in marks if mark <= ticks[-1]))
    edges = np.interp(bars, ticks, times)
    beats = (ticks > 0) & (ticks < ticks[-1])
    off = np.abs(times - np.interp(ticks, bars, edges))
    uneven = set(np.searchsorted(bars, ticks[beats & (off > UNEVEN)], "right").tolist())
    split = [
        int(tick)
        for tick, within in zip(ticks, np.searchsorted(bars, ticks, "right"), strict=True)
        if int(within) in uneven
    ]
    kept = np.array(sorted({*bars.tolist(), *split}))
    found = np.interp(kept, ticks, times)
    return [
        Anchor(int(tick) / QUARTER, float(time)) for tick, time in zip(kept, found, strict=True)
    ]
