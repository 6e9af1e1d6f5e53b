"""Where in a beat the music is and how long a beat lasts: a probability over both, hop by hop.

A state says: a beat lasts `period` hops, `phase` of them have gone, and the beat was of a kind
(plain, kick, snare). Each hop the phase moves on by one; where a beat ends the period may change a
little and the kind follows the last one. That is the bar pointer of Whiteley, Cemgil & Godsill
(2006) on the state space of Krebs, Böck & Widmer (2015), with beats in the place of bars.

What is heard enters as strokes per band (bridge.signal.onset_strength), a Poisson process whose
rate depends on the state: see `rates`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from bridge.signal.frames import HOPS_PER_SECOND

Numbers = NDArray[np.float64]

SHORTEST, LONGEST = 28, 112  # hops in a beat: 214 to 54 BPM
STEP = 1.02  # between neighbouring periods: what an ear just takes for the same tempo
USUAL_TEMPO, SPREAD = 112.0, 0.6  # BPM and octaves: a log-normal prior (Moelants 2002 has 120-130)
STEADY = 80.0  # how unlikely another period is: exp(-STEADY * |log ratio|)
LEAP = 2e-6  # probability per hop that everything starts anew

# Strokes expected per beat in the low, middle and high band.
ON_BEAT = np.array([[0.45, 0.50, 0.60], [0.90, 0.35, 0.60], [0.25, 0.90, 0.70]])
HALF = np.array([0.15, 0.20, 0.45])
QUARTER = np.array([0.05, 0.07, 0.15])
TRIPLET = np.array([0.03, 0.05, 0.12])
ANYWHERE = np.array([0.15, 0.25, 0.40]) / HOPS_PER_SECOND  # per hop
SCATTER = 1.8  # hops: standard deviation of a stroke around its place
NEXT_KIND = np.array([[0.90, 0.06, 0.04], [0.05, 0.15, 0.80], [0.05, 0.80, 0.15]])
FIRST_KIND = np.array([0.4, 0.3, 0.3])


class BeatPointer:
    """The probability of every state, moved on hop by hop."""

    def __init__(self) -> None:
        steps = math.floor(math.log(LONGEST / SHORTEST) / math.log(STEP) + 0.5)
        self.periods = np.unique(np.round(SHORTEST * STEP ** np.arange(steps + 1)).astype(int))
        kinds = len(ON_BEAT)
        lengths = np.tile(self.periods, kinds)
        self.period = np.repeat(lengths, lengths)
        self.phase = np.concatenate([np.arange(length) for length in lengths])
        self.remaining = self.period - self.phase
        self._first = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        self._last = self._first + lengths - 1
        kind = np.repeat(np.arange(kinds), self.periods.sum())

        rates = _rates(self.period, self.phase, kind)
        alike = np.round(np.log(rates) * 20).astype(int)
        _, example, self._class = np.unique(alike, axis=0, return_index=True, return_inverse=True)
        self._class = self._class.ravel()
        self._rates = np.ascontiguousarray(rates[example])
        self._log_rates = np.log(self._rates)

        distance = np.abs(np.log(self.periods[:, None] / self.periods))
        change = np.exp(-STEADY * distance)
        self._change = change / change.sum(axis=1, keepdims=True)

        octaves = np.log2(60 * HOPS_PER_SECOND / self.period / USUAL_TEMPO) / SPREAD
        start = np.exp(-0.5 * octaves**2) / self.period * FIRST_KIND[kind]
        self._start = start / start.sum()
        self.probability = self._start.copy()

    def push(self, strokes: Numbers, evidence: Numbers) -> None:
        """One hop. `strokes` (3,); `evidence` (3,): 0..1, how much a missing stroke means."""
        ends = self.probability[self._last].reshape(len(NEXT_KIND), -1)
        moved = np.empty_like(self.probability)
        moved[1:] = self.probability[:-1]
        moved[self._first] = (NEXT_KIND.T @ (ends @ self._change)).ravel()
        moved *= 1 - LEAP
        moved += LEAP * self._start
        fit = self._log_rates @ strokes - self._rates @ evidence
        moved *= np.exp(fit - fit.max())[self._class]
        moved /= moved.sum()
        self.probability = moved


def _rates(period: NDArray[np.int_], phase: NDArray[np.int_], kind: NDArray[np.int_]) -> Numbers:
    """Strokes expected per hop, (states, bands)."""

    def around(place: float) -> Numbers:
        away = np.abs(phase - place * period)
        away = np.minimum(away, period - away)
        bump: Numbers = np.exp(-0.5 * (away / SCATTER) ** 2) / (SCATTER * math.sqrt(2 * math.pi))
        return bump[:, None]

    # Notes closer than some 0.1 s are rare: a quick beat is divided less.
    halves = np.clip((period - 20) / 30, 0, 1.2)[:, None]
    quarters = np.clip((period - 40) / 40, 0, 1.3)[:, None]
    thirds = np.clip((period - 28) / 40, 0, 1.2)[:, None]
    rates: Numbers = ANYWHERE + ON_BEAT[kind] * around(0)
    rates += HALF * halves * around(1 / 2)
    rates += QUARTER * quarters * (around(1 / 4) + around(3 / 4))
    rates += TRIPLET * thirds * (0.5 * around(1 / 3) + around(2 / 3))
    return rates
