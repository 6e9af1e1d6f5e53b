"""A stretch of rolling without a jump: which position sounded at which moment.

What a script tells of its position is late, never early: an arrival by what lay between, a stamped
position by the audio block that the DAW was in. So the least delay is the truth, and a line below
all delays is fitted, whose slope is the drift between the clocks (docs/timeline.md).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf, isfinite

from bridge.clocks import SECOND
from bridge.daw.blocks import block_of, lead

DRIFT = 350e-6  # between two clocks: the worst are 300 ppm apart
SHORT, FULL = 8.0, 25.0  # seconds of points: up to the first no drift is believed, then more
REACH = 30.0  # seconds to either side that have a say in a moment's delay
ENOUGH = 6  # points of a fit at least, however far away: what is old is kept coarsely
ALONE = 0.012  # seconds: a stamped position that far ahead of all before is a fault
SURE = 1.0  # seconds of samples until a fit is worth being told
STEP = 0.001  # seconds of doubt about a change of rate from which on the delay is fitted anew
NEWEST = 128  # samples by which it is known how late blocks make the line
POINTS = 4096  # kept of a stretch; beyond, older ones are joined in pairs
KNOTS = 8192  # kept changes of rate


@dataclass(frozen=True, slots=True)
class Sample:
    """What a script told of its transport: at `host_ns` it stood or rolled at position `at`.

    rate    units of position a second
    exact   stamped by the script's own clock; else `host_ns` is the arrival, some time later
    loop    start and end of the loop, while the transport repeats it and the script tells
    cursor  where a start or a seek would have begun to roll, where the script tells
    """

    host_ns: int
    at: float
    playing: bool
    recording: bool
    rate: float = 1.0
    exact: bool = False
    loop: tuple[float, float] | None = None
    cursor: float | None = None


def least_line(points: list[tuple[float, float]], x: float) -> float:
    """At `x`, the line that lies below all points and as near to them as it can.

    `points` by rising x; slopes beyond DRIFT are none that clocks have. The line of the least
    sum of distances is the edge of the lower hull at the mean of x (a linear programme in two
    unknowns; Moon, Skelly & Towsley 1999 fit network delays so).
    """
    mean = sum(each for each, _ in points) / len(points)
    hull: list[tuple[float, float]] = []
    for point in points:
        while len(hull) > 1 and _turns_down(hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    slope, span = 0.0, points[-1][0] - points[0][0]
    drift = DRIFT * min(max((span - SHORT) / (FULL - SHORT), 0.0), 1.0)
    for (x1, y1), (x2, y2) in pairwise(hull):
        if x1 <= mean <= x2 and x2 > x1:
            slope = min(max((y2 - y1) / (x2 - x1), -drift), drift)
            break
    return min(y - slope * (each - mean) for each, y in points) + slope * (x - mean)


def _turns_down(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    return (b[1] - a[1]) * (c[0] - a[0]) >= (c[1] - a[1]) * (b[0] - a[0])


class Floor:
    """Least delays, one point for each second, and the line below them."""

    def __init__(self) -> None:
        self._x: list[float] = []
        self._y: list[float] = []
        self._second = -inf  # that the last point stands for
        self._next = (0.0, inf)  # the second least of it

    def add(self, x: float, y: float, *, doubtful: bool = False) -> None:
        """`x` never falls. `doubtful`: one that is alone far below all others is a fault."""
        if x - self._second >= 1.0 or not self._x:
            self._settle(doubtful)
            self._second = x
            self._next = (0.0, inf)
            self._x.append(x)
            self._y.append(y)
        else:
            if y <= self._y[-1]:
                self._next = (self._x[-1], self._y[-1])
                self._x[-1], self._y[-1] = x, y
            elif y < self._next[1]:
                self._next = (x, y)
        if len(self._x) > POINTS:
            self._thin()

    def at(self, x: float) -> float:
        """The delay at `x`. Needs a point."""
        low, high = bisect_left(self._x, x - REACH), bisect_right(self._x, x + REACH)
        if high - low < ENOUGH:
            middle = bisect_left(self._x, x)
            low = max(0, min(low, middle - ENOUGH // 2, len(self._x) - ENOUGH))
            high = min(len(self._x), max(high, low + ENOUGH))
        return least_line(list(zip(self._x[low:high], self._y[low:high], strict=True)), x)

    def forget(self, before: float) -> None:
        """Drops the points below `before`, but the last one."""
        count = min(bisect_left(self._x, before), len(self._x) - 1)
        if count > 0:
            del self._x[:count], self._y[:count]

    def _settle(self, doubtful: bool) -> None:
        others = list(zip(self._x[-ENOUGH:-1], self._y[-ENOUGH:-1], strict=True))
        if not doubtful or len(others) < ENOUGH - 1 or self._next[1] == inf:
            return
        if least_line(others, self._x[-1]) - self._y[-1] > ALONE:
            self._x[-1], self._y[-1] = self._next

    def _thin(self) -> None:
        half = len(self._x) // 4 * 2
        lower = [i if self._y[i] <= self._y[i + 1] else i + 1 for i in range(0, half, 2)]
        self._x[:half] = [self._x[i] for i in lower]
        self._y[:half] = [self._y[i] for i in lower]


@dataclass(frozen=True, slots=True)
class _Knot:
    """From here on `rate` units a second; `u`: seconds that the positions themselves count."""

    u: float
    at: float
    rate: float
    stretch: int  # number of the stretch whose delays hold here


@dataclass(slots=True)
class _Stretch:
    """Delays between two changes of rate whose moment is not known well enough."""

    began: float  # u
    began_ns: int
    floor: Floor
    least: float  # bounds of the delay where it began
    most: float
    newest: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=NEWEST))
    early: float = 0.0  # seconds that the truth lies below the line: positions told by blocks

    def weigh(self, u: float, delay: float) -> None:
        """A sample without a stamp: where blocks are told, by how much the line is late."""
        self.newest.append((u, delay))
        block = block_of([each for each, _ in self.newest])
        if block is None:
            return
        first, last = self.newest[0][0], self.newest[-1][0]
        begin, end = self.floor.at(first), self.floor.at(last)
        slope = (end - begin) / (last - first)
        above = [delay - begin - slope * (u - first) for u, delay in self.newest]
        self.early = lead(above, block) - min(above)


class Roll:
    """Positions to moments and back, of rolling without a jump.

    Positions are turned into `u`, the seconds they count at the rates that were told; a moment is
    u and the delay there. What is left in the delay is drift of the clocks, and small.
    """

    def __init__(self, first: Sample) -> None:
        self._origin_ns = first.host_ns
        self._knots = [_Knot(0.0, first.at, first.rate, 0)]
        self._stretches = [_Stretch(0.0, first.host_ns, Floor(), -inf, inf)]
        self._stretches[0].floor.add(0.0, 0.0)
        self._u = 0.0
        self.last = first

    def excess(self, sample: Sample) -> float:
        """Seconds that it comes later than expected; negative: the position is ahead."""
        u, doubt = self._count(sample)
        late = (sample.host_ns - self._origin_ns) / SECOND - u - self._delay(u, -1)
        if doubt <= STEP:
            return late
        return late - min(max(late, -doubt), doubt)

    def add(self, sample: Sample) -> None:
        """A sample that lies on it. `at` must not fall."""
        u, doubt = self._count(sample)
        delay = (sample.host_ns - self._origin_ns) / SECOND - u
        if sample.rate != self.last.rate:
            number = len(self._stretches) - 1
            if self._knots[-1].u < self._u:
                self._knots.append(_Knot(self._u, self.last.at, self.last.rate, number))
            if doubt > STEP:
                before = self._delay(self._u, number)
                self._stretches.append(
                    _Stretch(u, sample.host_ns, Floor(), before - doubt, before + doubt)
                )
                number += 1
            self._knots.append(_Knot(u, sample.at, sample.rate, number))
            if len(self._knots) > KNOTS:
                self._thin()
        self._stretches[-1].floor.add(u, delay, doubtful=sample.exact)
        if not sample.exact:
            self._stretches[-1].weigh(u, delay)
        self._u, self.last = u, sample

    @property
    def sure(self) -> bool:
        """Whether enough was told since the last change for a fit."""
        stretch = self._stretches[-1]
        return (
            self._u - stretch.began >= SURE
            and self.last.host_ns - stretch.began_ns >= SURE * SECOND
        )

    @property
    def changed_ns(self) -> int | None:
        """When the rate changed last in a way that is fitted anew; None: never."""
        return self._stretches[-1].began_ns if len(self._stretches) > 1 else None

    def host_ns(self, at: float) -> int:
        """When position `at` sounded or will sound, if it goes on like this."""
        index = max(0, bisect_right(self._knots, at, key=lambda knot: knot.at) - 1)
        knot = self._knots[index]
        following = self._knots[index + 1] if index + 1 < len(self._knots) else None
        if following is not None and following.rate != knot.rate:
            begin, span, turn = self._turn(knot, following)
            before = turn * knot.rate
            done = at - knot.at
            seconds = begin + (
                done / knot.rate if done <= before else turn + (done - before) / following.rate
            )
            seconds = min(seconds, begin + span)
        else:
            u = knot.u + (at - knot.at) / knot.rate
            seconds = u + self._delay(u, knot.stretch)
        return self._origin_ns + round(seconds * SECOND)

    def at(self, host_ns: int) -> float:
        """The position that sounded then: the inverse of `host_ns`."""
        seconds = (host_ns - self._origin_ns) / SECOND
        index = max(0, bisect_right(self._knots, seconds, key=self._moment) - 1)
        knot = self._knots[index]
        following = self._knots[index + 1] if index + 1 < len(self._knots) else None
        if following is not None and following.rate != knot.rate:
            begin, _, turn = self._turn(knot, following)
            gone = seconds - begin
            at = knot.at + min(gone, turn) * knot.rate + max(0.0, gone - turn) * following.rate
            return min(at, following.at)
        u = seconds - self._delay(seconds - self._delay(knot.u, knot.stretch), knot.stretch)
        u = seconds - self._delay(u, knot.stretch)
        return knot.at + (u - knot.u) * knot.rate

    def _count(self, sample: Sample) -> tuple[float, float]:
        """Its `u`, and the doubt about it in seconds where the rate changed in between."""
        step = sample.at - self.last.at
        if sample.rate == self.last.rate:
            knot = self._knots[-1]
            return knot.u + (sample.at - knot.at) / knot.rate, 0.0
        doubt = abs(step * (1 / self.last.rate - 1 / sample.rate)) / 2
        return self._u + step * 2 / (self.last.rate + sample.rate), doubt

    def _delay(self, u: float, number: int) -> float:
        stretch = self._stretches[number]
        delay = stretch.floor.at(u) - stretch.early
        if stretch.least > -inf:
            drifted = DRIFT * abs(u - stretch.began)
            delay = min(max(delay, stretch.least - drifted), stretch.most + drifted)
        return delay

    def _moment(self, knot: _Knot) -> float:
        return knot.u + self._delay(knot.u, knot.stretch)

    def _turn(self, knot: _Knot, following: _Knot) -> tuple[float, float, float]:
        """Moment of the knot, seconds to the next, and after how many the rate changed."""
        begin = self._moment(knot)
        span = max(0.0, self._moment(following) - begin)
        turn = (following.at - knot.at - following.rate * span) / (knot.rate - following.rate)
        return begin, span, min(max(turn, 0.0), span) if isfinite(turn) else span

    def _thin(self) -> None:
        """Of the oldest changes every other one goes; those between stretches stay."""
        half = len(self._knots) // 2
        self._knots[1:half] = [
            knot
            for index, knot in enumerate(self._knots[1:half])
            if index % 2 or knot.stretch != self._knots[index + 2].stretch
        ]
