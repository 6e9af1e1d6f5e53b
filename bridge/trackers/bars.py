"""Which beat of the bar it is, and how many there are: a probability over metres and places.

Once per beat the place moves on by one, and what the beat was like is weighed: whether the harmony
changed on it, how strong the kick and the snare were, and whether the beats of a bar ago were
alike. Every feature enters relative to its own recent mean and spread.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.signal.frames import Array64

MIXED = 24  # beats of a history that are compared
SLIP = 0.004  # probability per beat that the place is any other
CHANGE = 0.0001  # probability per beat that the metre is another
FIRST_IS_ONE = 0.35  # probability that the first beat said is a downbeat
REPEATS = 1.0  # nats per spread of likeness with the beats a bar ago
FORGET = 0.94  # per beat: of the features' means and spreads
LEAST = np.array([0.03, 0.1, 0.1])  # added to the spreads: beats that are all alike say nothing
FIRST_SPREAD = 0.01  # of a feature that was not heard yet
MOST = 2.5  # spreads: more does not count more
FOR_THIRDS = 0.3  # weight of the log probability that beats are divided in three
NEVER = 0.05  # what is added to that probability: it excludes nothing
LAGS = range(2, 7)  # beats: bars of two to six are compared
TRUSTED = 6.0  # beats heard from which means and spreads are taken at their word
KEEP = 2.0  # how much likelier another place must be than the one that follows

# Expected height of a feature in spreads, by place: harmony, kick, snare.
ONE = (1.3, 0.6, -0.5)
BACK = (-0.45, -0.4, 0.6)
OTHER = (-0.45, -0.3, 0.2)
MIDDLE = (0.1, 0.3, -0.5)


@dataclass(frozen=True, slots=True)
class Bar:
    """A metre that is considered."""

    beats: int  # as felt
    counted: tuple[int, int]  # the time signature
    prior: float
    profile: tuple[tuple[float, float, float], ...]
    thirds: bool = False  # only where beats are divided in three


BARS = (
    Bar(4, (4, 4), 0.70, (ONE, BACK, MIDDLE, BACK)),
    Bar(3, (3, 4), 0.12, (ONE, OTHER, OTHER)),
    Bar(2, (6, 8), 0.08, (ONE, BACK), thirds=True),
    Bar(5, (5, 4), 0.05, (ONE, OTHER, OTHER, MIDDLE, OTHER)),
)


class Bars:
    """Feed a beat's features when it is over; ask which beat comes next."""

    def __init__(self) -> None:
        self._bar = np.concatenate([np.full(bar.beats, i) for i, bar in enumerate(BARS)])
        self._place = np.concatenate([np.arange(bar.beats) for bar in BARS])
        self._first = np.flatnonzero(self._place == 0)
        beats = np.array([bar.beats for bar in BARS])
        self._before = np.arange(len(self._bar)) - 1
        self._before[self._first] = self._first + beats - 1
        self._profile = np.concatenate([np.array(bar.profile) for bar in BARS])
        prior = np.array([bar.prior for bar in BARS])
        first = np.where(
            self._place == 0, FIRST_IS_ONE, (1 - FIRST_IS_ONE) / (beats - 1)[self._bar]
        )
        self._even = prior[self._bar] / beats[self._bar]
        self.probability: Array64 = prior[self._bar] * first
        self._mean = np.zeros(3)
        self._square = np.full(3, FIRST_SPREAD**2)
        self._count = 0.0
        self._history: list[Array64] = []
        self._by_hand = False  # a hand has set the downbeat: no metre moves it

    def hear(self, features: Array64, sound: Array64, thirds: float) -> None:
        """The beat that is now over: (harmony, kick, snare); `sound`, a vector to compare beats
        by; the probability that beats are divided in three."""
        self._count = FORGET * self._count + 1
        rate = max(1 / self._count, 1 - FORGET)
        self._mean += rate * (features - self._mean)
        away = features - self._mean
        self._square += rate * (away**2 - self._square)
        height = np.clip(away / np.sqrt(self._square + LEAST**2), -MOST, MOST)
        height *= min(1.0, self._count / TRUSTED)
        fit = self._profile @ height - 0.5 * (self._profile**2).sum(axis=1)
        fit += self._likeness(sound)[self._bar]
        for index, bar in enumerate(BARS):
            if bar.thirds:
                fit[self._bar == index] += FOR_THIRDS * np.log(thirds + NEVER)
        self.probability = self.probability * np.exp(fit - fit.max())
        self.probability /= self.probability.sum()

    def move(self, beats: int = 1) -> None:
        """To the next beat, or over some that were not said."""
        for _ in range(beats):
            moved = self.probability[self._before]
            share = np.bincount(self._bar, moved)[self._bar] / np.bincount(self._bar)[self._bar]
            if not self._by_hand:
                moved = (1 - SLIP - CHANGE) * moved + SLIP * share + CHANGE * self._even
            self.probability = moved / moved.sum()

    def _likeness(self, sound: Array64) -> Array64:
        """For every metre: how alike this beat is to that of a bar ago, against the other lags."""
        self._history = [*self._history[-MIXED:], sound]
        if len(self._history) < LAGS.stop:
            return np.zeros(len(BARS))
        usual = np.mean(self._history, axis=0)
        like = {lag: _cosine(sound - usual, self._history[-1 - lag] - usual) for lag in LAGS}
        mean = sum(like.values()) / len(like)
        return np.array([REPEATS * (like[bar.beats] - mean) for bar in BARS])

    def best(self) -> tuple[Bar, int, float]:
        """The most probable metre and place (1 is the downbeat), and its probability."""
        state = int(self.probability.argmax())
        return BARS[self._bar[state]], int(self._place[state]) + 1, float(self.probability[state])

    def metre(self) -> tuple[Bar, float]:
        """The most probable metre with its probability."""
        share = np.bincount(self._bar, self.probability)
        best = int(share.argmax())
        return BARS[best], float(share[best])

    def probability_of(self, bar: Bar, place: int) -> float:
        """Of one metre and place."""
        return float(self.probability[self._first[BARS.index(bar)] + place - 1])

    def forget(self) -> None:
        """The count is lost: any place is as likely, the metre stays."""
        self._by_hand = False
        share = np.bincount(self._bar, self.probability)[self._bar]
        self.probability = share / np.bincount(self._bar)[self._bar]

    def set_one(self, ago: int) -> None:
        """A hand says: so many beats before the present one was a downbeat. It stays so."""
        beats = np.bincount(self._bar)[self._bar]
        metres = np.bincount(self._bar, self.probability)[self._bar]
        self.probability = np.where(self._place == ago % beats, metres + 1e-6, 0.0)
        self.probability /= self.probability.sum()
        self._by_hand = True

    def double(self) -> None:
        """Beats are half as long: what was beat 2 is beat 3 of 4."""
        beats = np.bincount(self._bar)[self._bar]
        place = 2 * self._place % beats
        self.probability = self._gather(place, self.probability)

    def halve(self) -> None:
        """Beats are twice as long: what was beat 3 is beat 2, or that of the next bar."""
        beats = np.bincount(self._bar)[self._bar]
        half = self.probability / 2
        place = self._place // 2
        self.probability = self._gather(place, half)
        place = (place + (beats + 1) // 2) % beats
        self.probability += self._gather(place, half)

    def _gather(self, place: NDArray[np.int_], probability: Array64) -> Array64:
        gathered = np.bincount(self._first[self._bar] + place, probability, len(self._bar))
        return np.asarray(gathered, np.float64)

    def probability_of_odd(self) -> float:
        """That the present beat is the first, third or fifth of its bar."""
        return float(self.probability[self._place % 2 == 0].sum())


def _cosine(a: Array64, b: Array64) -> float:
    return float(a @ b / (np.sqrt((a @ a) * (b @ b)) + 1e-9))
