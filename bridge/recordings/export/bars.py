"""The bars of a grid: where each one begins, how many units it has, and which place a time has."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from bridge.recordings.grid import Grid


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar, or what is played of it.

    number  from 1; 0: the upbeat before the first downbeat
    beats   seconds
    end     seconds: where the next bar begins
    units   notes of the metre's lower number in it, for each beat: (1, 1, 1, 1) in 4/4,
            (3, 3) in 6/8 felt in two
    """

    number: int
    beats: tuple[float, ...]
    end: float
    units: tuple[int, ...]

    @property
    def start(self) -> float:
        """Seconds."""
        return self.beats[0]


def bars_of(grid: Grid) -> tuple[Bar, ...]:
    """All bars, the unfinished ones at both ends too. None: fewer than two beats are no grid."""
    if len(grid.beats) < 2:
        return ()
    usual = grid.beats_per_bar
    beats = grid.beats
    starts = [index for index, number in enumerate(grid.numbers) if number == 1]
    starts = starts or list(
        range(0, len(beats), usual)
    )  # no downbeat heard: counted from the first
    upbeat = [0] if starts[0] > 0 else []
    edges = [*upbeat, *starts, len(beats)]
    # The last beat is as long as the one before, or, where beats are unequal, as a bar before.
    back = usual if grid.counted % usual and len(beats) > usual else 1
    last = beats[-1] + (beats[-back] - beats[-back - 1])
    unit = float(np.median(np.diff(beats))) * usual / grid.counted
    return tuple(
        Bar(
            number=index + 1 - len(upbeat),
            beats=beats[low:high],
            end=beats[high] if high < len(beats) else last,
            units=_units(
                (*beats[low:high], beats[high] if high < len(beats) else last), grid, usual, unit
            ),
        )
        for index, (low, high) in enumerate(pairwise(edges))
    )


def _units(beats: Sequence[float], grid: Grid, usual: int, unit: float) -> tuple[int, ...]:
    """Units of each beat; `beats` with the end of the last one, `unit` in seconds."""
    each, rest = divmod(grid.counted, usual)
    count = len(beats) - 1
    if not rest:
        return (each,) * count
    # Felt beats of unequal length, such as 2 + 2 + 3 in 7/8: as long as they sound.
    lengths = np.diff(beats)
    total = grid.counted if count == usual else max(count, round(float(lengths.sum()) / unit))
    exact = lengths / lengths.sum() * total
    units = np.maximum(1, np.floor(exact)).astype(int)
    while units.sum() < total:
        units[int(np.argmax(exact - units))] += 1
    while units.sum() > total:
        units[int(np.argmax(np.where(units > 1, units - exact, -np.inf)))] -= 1
    return tuple(int(each) for each in units)


def place(bars: Sequence[Bar], time: float) -> tuple[int, float] | None:
    """(bar, beat) of a time, the downbeat being beat 1.0. None: before or behind the bars."""
    early = time + 0.0005  # what is rounded to a millisecond still belongs to its beat
    index = bisect_right(bars, early, key=lambda bar: bar.start) - 1
    if index < 0 or early >= bars[index].end + 0.001:
        return None
    bar = bars[index]
    beat = bisect_right(bar.beats, early) - 1
    edges = (*bar.beats, bar.end)
    part = (time - edges[beat]) / (edges[beat + 1] - edges[beat])
    first = len(_full(bars)) - len(bar.beats) if bar.number == 0 else 0
    return bar.number, round(1 + max(0, first) + beat + min(max(part, 0.0), 1.0), 3)


def _full(bars: Sequence[Bar]) -> tuple[float, ...]:
    """The beats of a bar that has all its beats: an upbeat is counted back from its end."""
    return max((bar.beats for bar in bars if bar.number), key=len, default=())
