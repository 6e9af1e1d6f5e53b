"""The tempo of a whole recording as DAWs keep it: constant from point to point, bar by bar.

Unlike a MIDI file, where every beat may have its tempo, a project is edited by people: one tempo
a bar is what they can read. A bar whose beats are uneven has one for each beat.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bridge.recordings.export.timeline import DRIFT, PLAIN_TEMPO, QUARTER, Timeline, timeline
from bridge.recordings.facts import Take
from bridge.signal.frames import Array64

UNEVEN = 0.03  # seconds that a beat may lie off an even bar before the bar is split
DIGITS = 6  # of a tempo: exact to a tenth of a millisecond after a day


@dataclass(frozen=True, slots=True)
class Tempo:
    """From here on.

    quarter  quarter notes from the beginning
    at       seconds: where the tempi before lead to
    bpm      quarter notes a minute
    """

    quarter: float
    at: float
    bpm: float


@dataclass(frozen=True, slots=True)
class Metre:
    """From here on, which is always a bar line. quarter: quarter notes from the beginning."""

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

    tempi    at least one, the first at 0
    metres   at least one, the first at 0
    anchors  what the tempi follow, within DRIFT; none without beats
    first    tempo of the first bar of the music
    """

    tempi: tuple[Tempo, ...]
    metres: tuple[Metre, ...]
    anchors: tuple[Anchor, ...]
    first: float

    def quarters(self, times: Sequence[float]) -> Array64:
        """Quarter notes at these seconds; behind the last tempo it goes on."""
        asked = np.asarray(times, np.float64)
        starts = np.array([tempo.at for tempo in self.tempi])
        part = np.clip(np.searchsorted(starts, asked, "right") - 1, 0, len(starts) - 1)
        before = np.array([tempo.quarter for tempo in self.tempi])[part]
        pace = np.array([tempo.bpm for tempo in self.tempi])[part] / 60
        return np.asarray(np.maximum(before + (asked - starts[part]) * pace, 0.0), np.float64)

    def quarter(self, time: float) -> float:
        """Quarter notes at one time."""
        return float(self.quarters([time])[0])

    def seconds(self, quarters: Sequence[float]) -> Array64:
        """Where so many quarter notes lie: `quarters` backwards."""
        asked = np.asarray(quarters, np.float64)
        starts = np.array([tempo.quarter for tempo in self.tempi])
        part = np.clip(np.searchsorted(starts, asked, "right") - 1, 0, len(starts) - 1)
        before = np.array([tempo.at for tempo in self.tempi])[part]
        pace = np.array([tempo.bpm for tempo in self.tempi])[part] / 60
        return np.asarray(before + (asked - starts[part]) / pace, np.float64)

    def ticks(self, times: Sequence[float]) -> list[int]:
        """The same in ticks, rounded."""
        return [int(tick) for tick in np.rint(self.quarters(times) * QUARTER)]


def tempo_map(takes: Sequence[Take]) -> TempoMap:
    """Of all takes, in the order of time."""
    line = timeline(takes)
    anchors = _anchors(line)
    tempi = _tempi(anchors)
    metres = [Metre(tick / QUARTER, upper, lower) for tick, upper, lower in line.metres]
    if not metres or metres[0].quarter:
        metres.insert(0, Metre(0.0, 4, 4))
    first = line.bars[0] / QUARTER if line.bars else 0.0
    holds = next(tempo for tempo in reversed(tempi) if tempo.quarter <= first + 1e-9)
    return TempoMap(tuple(tempi), tuple(metres), tuple(anchors), holds.bpm)


def _anchors(line: Timeline) -> list[Anchor]:
    if len(line.ticks) < 2:
        return []
    ticks, times = np.array(line.ticks), np.array(line.times)
    marks = {0, *line.bars, *(tick for tick, _, _ in line.metres), line.ticks[-1]}
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


def _tempi(anchors: Sequence[Anchor]) -> list[Tempo]:
    """A new one where the last one would lead astray; what is rounded does not add up."""
    tempi: list[Tempo] = []
    at, bpm = 0.0, 0.0
    for here, behind in itertools.pairwise(anchors):
        quarters = behind.quarter - here.quarter
        if not bpm or abs(at + 60 * quarters / bpm - behind.at) > DRIFT:
            bpm = round(60 * quarters / (behind.at - at), DIGITS)
            tempi.append(Tempo(here.quarter, at, bpm))
        at += 60 * quarters / bpm
    return tempi or [Tempo(0.0, 0.0, 60e6 / PLAIN_TEMPO)]
