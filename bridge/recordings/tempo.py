"""Tempi from point to point, fitted to where quarter notes were heard.

One fit for MIDI files, for projects and for tempo maps inside a DAW: they differ in how far a bar
line may lie off, and in which tempi they can write.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import ArrayLike

from bridge.signal.frames import Array64

PLAIN = 120.0  # BPM where nothing is known
DIGITS = 6  # of a tempo that people read: exact to a tenth of a millisecond after a day
SLOWEST = 0xFFFFFF  # microseconds a quarter note: all that MIDI's three bytes hold
SHORTEST = 1e-6  # seconds a quarter note: what lies closer is no music

Rounding = Callable[[float], float]  # a tempo to the nearest one that can be written, BPM both


@dataclass(frozen=True, slots=True)
class Step:
    """From here on one tempo.

    quarter  quarter notes from the beginning
    at       seconds: where the steps before lead to
    bpm      quarter notes a minute
    """

    quarter: float
    at: float
    bpm: float


@dataclass(frozen=True, slots=True)
class Tempi:
    """Quarter notes and seconds that belong together. steps: at least one, ascending."""

    steps: tuple[Step, ...]

    def quarters(self, times: ArrayLike) -> Array64:
        """Quarter notes at these seconds; the last tempo goes on, and so does the first before."""
        asked = np.asarray(times, np.float64)
        quarters, starts, pace = self._columns()
        part = np.clip(np.searchsorted(starts, asked, "right") - 1, 0, len(starts) - 1)
        return np.asarray(quarters[part] + (asked - starts[part]) * pace[part], np.float64)

    def seconds(self, quarters: ArrayLike) -> Array64:
        """Where so many quarter notes lie: `quarters` backwards."""
        asked = np.asarray(quarters, np.float64)
        starts, seconds, pace = self._columns()
        part = np.clip(np.searchsorted(starts, asked, "right") - 1, 0, len(starts) - 1)
        return np.asarray(seconds[part] + (asked - starts[part]) / pace[part], np.float64)

    def bpm(self, quarter: float) -> float:
        """The tempo that holds there."""
        return next(
            (step.bpm for step in reversed(self.steps) if step.quarter <= quarter),
            self.steps[0].bpm,
        )

    def _columns(self) -> tuple[Array64, Array64, Array64]:
        """Quarter notes, seconds, and quarter notes a second."""
        table = np.array([(step.quarter, step.at, step.bpm / 60) for step in self.steps])
        return table[:, 0], table[:, 1], table[:, 2]


def in_digits(bpm: float) -> float:
    """A tempo as people write it."""
    return round(bpm, DIGITS)


def in_whole_microseconds(bpm: float) -> float:
    """A tempo as MIDI files hold it."""
    return 60e6 / min(max(1, round(60e6 / bpm)), SLOWEST)


def fitted(
    quarters: Sequence[float] | Array64,
    seconds: Sequence[float] | Array64,
    *,
    within: float,
    rounded: Rounding = in_digits,
) -> Tempi:
    """Few steps that lead past every anchor by `within` seconds at most; both ascend.

    A step goes as far as one tempo does, and ends right on an anchor. What its rounding leaves
    over is made good by the next one, so it does not add up.
    """
    steps: list[Step] = []
    here, at = 0, float(seconds[0]) if len(seconds) else 0.0
    while here < len(quarters) - 1:
        bpm, there = _furthest(quarters, seconds, here, at, within, rounded)
        steps.append(Step(float(quarters[here]), at, bpm))
        at += 60 * float(quarters[there] - quarters[here]) / bpm
        here = there
    return Tempi(tuple(steps) or (Step(0.0, at, PLAIN),))


def _furthest(
    quarters: Sequence[float] | Array64,
    seconds: Sequence[float] | Array64,
    here: int,
    at: float,
    within: float,
    rounded: Rounding,
) -> tuple[float, int]:
    """The tempo from anchor `here`, reached at `at` seconds, and the anchor that it leads to."""
    slowest, quickest = 0.0, inf  # BPM that pass all anchors so far within the tolerance
    best = (PLAIN, here)
    for there in range(here + 1, len(quarters)):
        span = float(quarters[there] - quarters[here])
        reach = max(float(seconds[there]) - at, span * SHORTEST)
        slowest = max(slowest, 60 * span / (reach + within))
        quickest = min(quickest, 60 * span / (reach - within) if reach > within else inf)
        if slowest > quickest:
            break
        bpm = rounded(60 * span / reach)
        if there == here + 1 or slowest <= bpm <= quickest:
            best = (bpm, there)
    return best
