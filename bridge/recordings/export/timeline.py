"""Where beats lie in ticks: every bar of a DAW is a bar of the music, from time 0 on.

What comes before the first downbeat, and between takes, fills an offset: first a bar of what is
left over, then whole bars, so that the downbeat is a downbeat.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from bridge.recordings.export.bars import Bar, bars_of
from bridge.recordings.facts import Take
from bridge.recordings.grid import Grid
from bridge.signal.frames import Array64

QUARTER = 1920  # ticks: rounding stays under 1 ms down to 16 BPM, slow eighths included
DRIFT = 2e-4  # seconds that a tempo may be off before a new one is written
SLOWEST = 0xFFFFFF  # microseconds a quarter note: all that three bytes hold
PLAIN_TEMPO = 500_000  # microseconds a quarter note: 120 BPM, where nothing is known
AT_ZERO = 1e-3  # seconds: a beat so near to the beginning begins the file


@dataclass
class Timeline:
    """Ticks and seconds that belong together, and the metre from tick to tick."""

    times: list[float] = field(default_factory=lambda: [0.0])
    ticks: list[int] = field(default_factory=lambda: [0])
    metres: list[tuple[int, int, int]] = field(default_factory=list)  # tick, upper, lower number
    bars: list[int] = field(default_factory=list)  # ticks where bars of the music begin

    def reach(self, time: float, tick: int) -> None:
        """A time after the last one, or the very same."""
        if tick > self.ticks[-1]:
            self.times.append(time)
            self.ticks.append(tick)

    def metre(self, tick: int, upper: int, lower: int) -> None:
        """From this tick on."""
        if not self.metres or self.metres[-1][1:] != (upper, lower):
            self.metres.append((tick, upper, lower))

    def tempi(self) -> list[tuple[int, int]]:
        """(tick, microseconds a quarter note): rounding does not add up over the beats."""
        tempi: list[tuple[int, int]] = []
        at, tempo = 0.0, 0
        spans = itertools.pairwise(zip(self.times, self.ticks, strict=True))
        for (_, tick), (behind, next_tick) in spans:
            quarters = (next_tick - tick) / QUARTER
            if not tempo or abs(at + tempo * 1e-6 * quarters - behind) > DRIFT:
                tempo = min(max(1, round((behind - at) / quarters * 1e6)), SLOWEST)
                tempi.append((tick, tempo))
            at += tempo * 1e-6 * quarters
        return tempi or [(0, PLAIN_TEMPO)]

    def at(self, times: Sequence[float]) -> list[int]:
        """The nearest ticks; behind the last beat its tempo goes on."""
        tempi = self.tempi()
        starts = np.array([tick for tick, _ in tempi])
        slopes = np.array([tempo for _, tempo in tempi]) * 1e-6 / QUARTER
        seconds = np.concatenate([[0.0], np.cumsum(np.diff(starts) * slopes[:-1])])
        asked: Array64 = np.asarray(times, np.float64)
        part = np.clip(np.searchsorted(seconds, asked, "right") - 1, 0, len(starts) - 1)
        ticks = starts[part] + (asked - seconds[part]) / slopes[part]
        return [max(0, int(tick)) for tick in np.rint(ticks)]


def timeline(takes: Sequence[Take]) -> Timeline:
    """Where the beats of all takes lie in ticks, in the order of time."""
    line = Timeline()
    grids = [(take.grid, bars) for take in takes if (bars := bars_of(take.grid))]
    for index, (grid, bars) in enumerate(grids):
        _lead(line, grid, bars)
        _play(line, grid, bars, last=index == len(grids) - 1)
    return line


def _lead(line: Timeline, grid: Grid, bars: Sequence[Bar]) -> None:
    """From where the line ends to the first beat: an offset of a fitting number of bars."""
    note = 4 * QUARTER // grid.unit  # ticks of a unit
    whole = next((bar for bar in bars if sum(bar.units) == grid.counted), bars[0])
    unit = (whole.end - whole.start) / sum(whole.units)  # seconds
    gap = bars[0].start - line.times[-1]
    upbeat = sum(bars[0].units) if bars[0].number == 0 else 0
    start = line.ticks[-1]
    if gap < AT_ZERO:
        if len(line.times) > 1 and bars[0].start > line.times[-2]:
            line.times[-1] = bars[0].start  # the last beat before ends where this one begins
        if upbeat:
            line.metre(start, upbeat, grid.unit)
        return
    units = round(gap / unit)
    if not units:  # less than half a unit: a bar of a few sixteenths or less
        step = QUARTER // 8
        count = max(1, round(gap / (unit * step / note)))
        line.metre(start, count, 32)
        line.reach(bars[0].start, start + count * step)
        if upbeat:
            line.metre(line.ticks[-1], upbeat, grid.unit)
        return
    left = (units + upbeat) % grid.counted
    if left:
        line.metre(start, left, grid.unit)
    if units + upbeat >= grid.counted:
        line.metre(start + left * note, grid.counted, grid.unit)
    line.reach(bars[0].start, start + units * note)


def _play(line: Timeline, grid: Grid, bars: Sequence[Bar], *, last: bool) -> None:
    note = 4 * QUARTER // grid.unit
    for bar in bars:
        tick = line.ticks[-1]
        line.bars.append(tick)
        unfinished = bar is bars[-1] and sum(bar.units) < grid.counted and last
        if bar.number:
            line.metre(tick, grid.counted if unfinished else sum(bar.units), grid.unit)
        for units, behind in zip(bar.units, (*bar.beats[1:], bar.end), strict=True):
            tick += units * note
            line.reach(behind, tick)
