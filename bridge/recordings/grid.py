"""The grid of a take: its beats, which of them begin a bar, and the metre; and how to correct it.

A correction gives a new grid and never changes the old one. Numbers always run: each is 1 or one
more than that of the beat before.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import isfinite

import numpy as np
from numpy.typing import ArrayLike

from bridge.errors import BridgeError
from bridge.signal.frames import Array64

CLOSEST = 0.1  # seconds between beats: 600 BPM, quicker than anybody counts
FAR = 2.0  # seconds from every beat: who gives such a time means another take
COMPOUND = (6, 9, 12, 15)  # eighths in a bar that are felt in threes
UNITS = (2, 4, 8, 16)
MOST_COUNTED = 32


@dataclass(frozen=True, slots=True)
class Grid:
    """Beats and bars. Everything else of a take follows from its findings and its grid.

    beats    seconds, ascending
    numbers  each beat's place in its bar, 1 is the downbeat; as long as beats
    unit     note value that the metre counts in: 4, or 8 (6/8 and 7/8)
    counted  units in a usual bar, the upper number of the metre: 6 for 6/8, whose felt beats are 2
    """

    beats: tuple[float, ...]
    numbers: tuple[int, ...]
    counted: int = 4
    unit: int = 4
    confidence: float = 0.0

    def __post_init__(self) -> None:
        if len(self.beats) != len(self.numbers):
            raise ValueError("a grid needs one number for each beat")

    @property
    def metre(self) -> str:
        """As musicians write it: 4/4, 6/8."""
        return f"{self.counted}/{self.unit}"

    @property
    def downbeats(self) -> tuple[float, ...]:
        """Seconds of the beats that begin a bar."""
        return tuple(
            beat for beat, number in zip(self.beats, self.numbers, strict=True) if number == 1
        )

    @property
    def tempo(self) -> float | None:
        """Felt beats per minute, from the median distance; None with fewer than two beats."""
        if len(self.beats) < 2:
            return None
        return float(60.0 / np.median(np.diff(self.beats)))

    @property
    def beats_per_bar(self) -> int:
        """Felt beats in a usual bar: what most bars have, or what the metre says where none is
        whole."""
        ones = [index for index, number in enumerate(self.numbers) if number == 1]
        if len(ones) < 2:
            return felt_beats(self.counted, self.unit)
        return int(np.argmax(np.bincount(np.diff(ones))))

    @property
    def quarters_per_bar(self) -> float:
        """Quarter notes in a usual bar: 3 in 6/8."""
        return self.counted * 4 / self.unit

    def places_at(self, times: ArrayLike) -> Array64:
        """Which beat each time (seconds) is: 0 the first one, fractions between two.

        Before the first and behind the last beat the usual distance goes on. Two beats at least.
        """
        at, beats = np.asarray(times, np.float64), np.asarray(self.beats, np.float64)
        outside = np.minimum(at - beats[0], 0.0) + np.maximum(at - beats[-1], 0.0)
        inside = np.interp(at, beats, np.arange(len(beats)))
        return np.asarray(inside + outside / np.median(np.diff(beats)), np.float64)

    def times_at(self, places: ArrayLike) -> Array64:
        """Seconds of each place: `places_at` backwards."""
        at, beats = np.asarray(places, np.float64), np.asarray(self.beats, np.float64)
        outside = np.minimum(at, 0.0) + np.maximum(at - (len(beats) - 1), 0.0)
        inside = np.interp(at, np.arange(len(beats)), beats)
        return np.asarray(inside + outside * np.median(np.diff(beats)), np.float64)

    def doubled(self) -> Grid:
        """Twice the tempo: a beat between every two, two bars where one was."""
        beats = self._some("doubled")
        bars = self._bar_lengths()
        between = [(a + b) / 2 for a, b in pairwise(beats)]
        doubled = sorted([*beats, *between])
        numbers: list[int] = []
        for number, length in zip(self.numbers, bars, strict=True):
            first = 2 * (number - 1)
            numbers += [first % length + 1, (first + 1) % length + 1]
        _check(doubled)
        return replace(self, beats=tuple(doubled), numbers=_running(numbers[:-1]))

    def halved(self, other: bool = False) -> Grid:
        """Half the tempo: every other beat, one bar where two were.

        The beats that stay are those at an even distance from the first downbeat, or the `other`
        ones. Where bars get longer or shorter the count starts afresh, so that what follows keeps
        its downbeats.
        """
        beats = self._some("halved")
        places = self._places()
        kept = [i for i, place in enumerate(places) if place % 2 == int(other)]
        bars = self._bar_lengths()
        numbers = [(places[i] - int(other)) // 2 % bars[i] + 1 for i in kept]
        return replace(self, beats=tuple(beats[i] for i in kept), numbers=_running(numbers))

    def with_one(self, at: float) -> Grid:
        """The beat nearest to `at` (seconds) is a downbeat; all bar lines move with it."""
        self._some("moved")
        index = self.nearest(at)
        if abs(self.beats[index] - at) > FAR:
            raise BridgeError(
                f"There is no beat at {at:g} s",
                cause=f"the beats of this take lie from {self.beats[0]:.1f} to "
                f"{self.beats[-1]:.1f} s of the recording",
                remedy="give the time of a beat among them",
            )
        ones = [i for i, number in enumerate(self.numbers) if number == 1]
        if not ones:
            ones = [1 - self.numbers[0]]
        shift = index - min(ones, key=lambda one: abs(index - one))
        length = self.beats_per_bar
        numbers = list(self.numbers)
        for _ in range(shift):
            numbers = [(numbers[0] - 2) % max(length, numbers[0]) + 1, *numbers[:-1]]
        for _ in range(-shift):
            last = numbers[-1]
            numbers = [*numbers[1:], last + 1 if last < length else 1]
        return replace(self, numbers=_running(numbers))

    def with_metre(self, counted: int, unit: int, since: float | None = None) -> Grid:
        """Bars of `counted` units; the beats stay.

        Without `since` everywhere, and the first downbeat stays one. With it from the beat nearest
        to `since` on, which begins a bar; the grid is then named after the metre of most beats.
        """
        if unit not in UNITS or not 1 <= counted <= MOST_COUNTED:
            raise BridgeError(
                f"{counted}/{unit} is no metre",
                cause=f"a bar has 1 to {MOST_COUNTED} units, each a 1/2, 1/4, 1/8 or 1/16 note",
                remedy="give a metre such as 3/4, 6/8 or 7/8",
            )
        length = felt_beats(counted, unit)
        if not self.beats:
            return replace(self, counted=counted, unit=unit)
        if since is None:
            first = next((i for i, number in enumerate(self.numbers) if number == 1), 0)
            numbers = [(i - first) % length + 1 for i in range(len(self.beats))]
            return replace(self, numbers=tuple(numbers), counted=counted, unit=unit)
        first = self.nearest(since)
        numbers = [i % length + 1 for i in range(len(self.beats) - first)]
        grid = replace(self, numbers=self.numbers[:first] + tuple(numbers))
        if 2 * len(numbers) > len(self.beats):
            return replace(grid, counted=counted, unit=unit)
        return grid

    def with_beats(self, beats: Sequence[float]) -> Grid:
        """These beats (seconds, ascending) instead; downbeats stay where a new beat is near one."""
        _check(beats)
        new = tuple(float(beat) for beat in beats)
        length = self.beats_per_bar
        ones = sorted(
            {one for downbeat in self.downbeats if (one := _near(new, downbeat)) is not None}
        )
        numbers = [0] * len(new)
        edges = [*ones, len(new)] if ones else [0, len(new)]
        for index in range(edges[0]):
            numbers[index] = (index - edges[0]) % length + 1
        for first, last in pairwise(edges):
            # A bar with a beat more or less is left as it is; a longer stretch has several bars.
            whole = length if last == len(new) or last - first >= 2 * length else last - first
            for index in range(first, last):
                numbers[index] = (index - first) % whole + 1
        return replace(self, beats=new, numbers=_running(numbers))

    def nearest(self, at: float) -> int:
        """Index of the beat nearest to `at`, seconds. Raises BridgeError where there are none."""
        beats = self._some("asked for a beat")
        return min(range(len(beats)), key=lambda index: abs(beats[index] - at))

    def _some(self, what: str) -> tuple[float, ...]:
        if not self.beats:
            raise BridgeError(
                f"The grid cannot be {what}",
                cause="no beats were found here",
                remedy="give the beats first, as a list of times or by tapping",
            )
        return self.beats

    def _bar_lengths(self) -> list[int]:
        """Of each beat, how many beats its bar has; one that is cut off is like its neighbour."""
        starts = [i for i, number in enumerate(self.numbers) if number == 1]
        edges = sorted({0, *starts, len(self.numbers)})
        longest = [self.numbers[last - 1] for last in edges[1:]]
        lengths = list(longest)
        if len(lengths) > 1 and self.numbers[0] != 1:
            lengths[0] = max(longest[0], longest[1] if len(lengths) > 2 else self.beats_per_bar)
        before = lengths[-2] if len(lengths) > 1 else self.beats_per_bar
        lengths[-1] = max(longest[-1], before)
        spans = [last - first for first, last in pairwise(edges)]
        return [length for length, span in zip(lengths, spans, strict=True) for _ in range(span)]

    def _places(self) -> list[int]:
        """How many beats each is behind the downbeat from which bars of its length are counted;
        negative before the first downbeat."""
        bars = self._bar_lengths()
        start = next((i for i, number in enumerate(self.numbers) if number == 1), 0)
        places: list[int] = []
        for index, number in enumerate(self.numbers):
            if number == 1 and index > start and bars[index] != bars[index - 1]:
                start = index
            places.append(index - start)
        return places


def felt_beats(counted: int, unit: int) -> int:
    """Beats that are felt in a bar: two in 6/8, three in 9/8, four in 12/8 ...; else as counted."""
    return counted // 3 if unit == 8 and counted in COMPOUND else counted


def _running(numbers: Sequence[int]) -> tuple[int, ...]:
    """Numbers that run: what is neither 1 nor one more than the last one goes on counting."""
    run: list[int] = []
    for number in numbers:
        run.append(number if not run or number in (1, run[-1] + 1) else run[-1] + 1)
    return tuple(run)


def _near(beats: tuple[float, ...], at: float) -> int | None:
    """Index of the beat that stands for one at `at`: nearer than half a beat."""
    if not beats:
        return None
    after = bisect_left(beats, at)
    around = [index for index in (after - 1, after) if 0 <= index < len(beats)]
    index = min(around, key=lambda each: abs(beats[each] - at))
    gaps = [b - a for a, b in pairwise(beats[max(index - 1, 0) : index + 2])]
    half = min(gaps, default=CLOSEST) / 2
    return index if abs(beats[index] - at) < half else None


def _check(beats: Sequence[float]) -> None:
    """Raises BridgeError for beats that nobody can count."""
    for beat in beats:
        if not isfinite(beat) or beat < 0:
            raise BridgeError(
                f"{beat} is no time of a beat",
                cause="beats are seconds from the beginning of the recording, 0 or more",
                remedy="leave that beat out or give its time",
            )
    for before, after in pairwise(beats):
        if after - before < CLOSEST - 1e-9:
            raise BridgeError(
                f"The beats at {before:.3f} s and {after:.3f} s do not follow each other",
                cause=f"beats must ascend and lie at least {CLOSEST} s apart",
                remedy="take one of the two away, or put them in order",
            )
