"""Where beats lie in ticks: every bar of a DAW is a bar of the music, from time 0 on.

What comes before the first downbeat, and between takes, fills an offset: first a bar of what is
left over, then whole bars, so that the downbeat is a downbeat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from bridge.recordings.export.bars import Bar, bars_of
from bridge.recordings.facts import Take
from bridge.recordings.grid import Grid
from bridge.recordings.tempo import Tempi
from bridge.signal.frames import Array64

QUARTER = 1920  # ticks: rounding stays under 1 ms down to 16 BPM, slow eighths included
DRIFT = 2e-4  # seconds that a tempo may be off before a new one is written
AT_ZERO = 1e-3  # seconds: a beat so near to the beginning begins the file


@dataclass
class Ruler:
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

    @property
    def quarters(self) -> Array64:
        """The ticks as quarter notes."""
        return np.asarray(self.ticks, np.float64) / QUARTER


def ticks_at(tempi: Tempi, times: Sequence[float]) -> list[int]:
    """The nearest ticks to these seconds; behind the last beat its tempo goes on."""
    ticks = np.rint(tempi.quarters(times) * QUARTER)
    return [max(0, int(tick)) for tick in ticks]


def ruler_of(takes: Sequence[Take]) -> Ruler:
    """Where the beats of all takes lie in ticks, in the order of time."""
    ruler = Ruler()
    grids = [(take.grid, bars) for take in takes if (bars := bars_of(take.grid))]
    for index, (grid, bars) in enumerate(grids):
        _lead(ruler, grid, bars)
        _play(ruler, grid, bars, last=index == len(grids) - 1)
    return ruler


def _lead(ruler: Ruler, grid: Grid, bars: Sequence[Bar]) -> None:
    """From where the ruler ends to the first beat: an offset of a fitting number of bars."""
    note = 4 * QUARTER // grid.unit  # ticks of a unit
    whole = next((bar for bar in bars if sum(bar.units) == grid.counted), bars[0])
    unit = (whole.end - whole.start) / sum(whole.units)  # seconds
    gap = bars[0].start - ruler.times[-1]
    upbeat = sum(bars[0].units) if bars[0].number == 0 else 0
    start = ruler.ticks[-1]
    if gap < AT_ZERO:
        if len(ruler.times) > 1 and bars[0].start > ruler.times[-2]:
            ruler.times[-1] = bars[0].start  # the last beat before ends where this one begins
        if upbeat:
            ruler.metre(start, upbeat, grid.unit)
        return
    units = round(gap / unit)
    if not units:  # less than half a unit: a bar of a few sixteenths or less
        step = QUARTER // 8
        count = max(1, round(gap / (unit * step / note)))
        ruler.metre(start, count, 32)
        ruler.reach(bars[0].start, start + count * step)
        if upbeat:
            ruler.metre(ruler.ticks[-1], upbeat, grid.unit)
        return
    left = (units + upbeat) % grid.counted
    if left:
        ruler.metre(start, left, grid.unit)
    if units + upbeat >= grid.counted:
        ruler.metre(start + left * note, grid.counted, grid.unit)
    ruler.reach(bars[0].start, start + units * note)


def _play(ruler: Ruler, grid: Grid, bars: Sequence[Bar], *, last: bool) -> None:
    note = 4 * QUARTER // grid.unit
    for bar in bars:
        tick = ruler.ticks[-1]
        ruler.bars.append(tick)
        unfinished = bar is bars[-1] and sum(bar.units) < grid.counted and last
        if bar.number:
            ruler.metre(tick, grid.counted if unfinished else sum(bar.units), grid.unit)
        for units, behind in zip(bar.units, (*bar.beats[1:], bar.end), strict=True):
            tick += units * note
            ruler.reach(behind, tick)
