"""Where in a beat the music is and how long a beat lasts: a probability over both, hop by hop.

A state says: a beat lasts `period` hops, `phase` of them have gone, and the beat was of a kind
(plain, kick, snare). Each hop the phase moves on by one; where a beat ends the period may change a
little and the kind follows the last one. That is the bar pointer of Whiteley, Cemgil & Godsill
(2006) on the state space of Krebs, Böck & Widmer (2015), with beats in the place of bars.

What is heard enters as strokes per band (bridge.signal.onset_strength), a Poisson process whose
rate depends on the state (bridge.trackers.rhythm).
"""

from __future__ import annotations

import math

import numpy as np

from bridge.signal.frames import HOPS_PER_SECOND, Array, Array64
from bridge.trackers.rhythm import FEELS, KINDS, THIRDS, rates_of

SHORTEST, LONGEST = 28, 112  # hops in a beat: 214 to 54 BPM
STEP = 1.02  # between neighbouring periods: what an ear just takes for the same tempo
USUAL_TEMPO, SPREAD = 112.0, 0.6  # BPM and octaves: a log-normal prior (Moelants 2002 has 120-130)
STEADY = 100.0  # how unlikely another period is: exp(-STEADY * |log ratio|)
LEAP = 1e-6  # probability per hop that a beat of any tempo begins: new evidence is let in

NEXT_KIND = np.array([[0.84, 0.08, 0.08], [0.05, 0.10, 0.85], [0.05, 0.85, 0.10]])  # from, to
FIRST_KIND = np.array([0.4, 0.3, 0.3])
FIRST_FEEL = np.array([0.70, 0.15, 0.15])
OTHER_FEEL = 0.002  # probability per beat that beats are divided in another way from now on
PULL = 1.0  # an unusual tempo, at SPREAD from the usual one, costs half of this in nats per second
OCTAVE = 0.7  # octaves around a tempo set by hand that leaps may reach: not half, not double
TAP_SCATTER = 3.0  # hops: standard deviation of a tap around its beat
TAP_OCTAVES = 0.06  # likewise of the tempo of a series of taps, octaves


class BeatPointer:
    """The probability of every state, moved on hop by hop.

    periods      hops in a beat, (tempi,)
    period       of every state; likewise phase and remaining (hops) and feel
    probability  float32, of every state; their sum is 1
    best         the most probable state
    """

    def __init__(self) -> None:
        steps = math.floor(math.log(LONGEST / SHORTEST) / math.log(STEP) + 0.5)
        self.periods = np.unique(np.round(SHORTEST * STEP ** np.arange(steps + 1)).astype(int))
        variants = KINDS * FEELS
        lengths = np.tile(self.periods, variants)
        self.period = np.repeat(lengths, lengths)
        self.phase = np.concatenate([np.arange(length) for length in lengths])
        self.remaining = self.period - self.phase
        self._first = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        self._last = self._first + lengths - 1
        self.feel, kind = np.divmod(
            np.repeat(np.arange(variants), lengths.reshape(variants, -1).sum(axis=1)), KINDS
        )
        self._weigh(rates_of(self.period, self.phase, kind, self.feel))

        distance = np.abs(np.log(self.periods[:, None] / self.periods))
        change = np.exp(-STEADY * distance)
        self._usual = np.log2(60 * HOPS_PER_SECOND / self.periods / USUAL_TEMPO) / SPREAD
        pull = np.exp(-0.5 * PULL * self._usual**2 * self.periods / HOPS_PER_SECOND)
        self._change = (change / change.sum(axis=1, keepdims=True) * pull).astype(np.float32)
        feel = np.eye(FEELS) * (1 - FEELS * OTHER_FEEL) + OTHER_FEEL
        self._next = np.kron(feel, NEXT_KIND).T.astype(np.float32)
        self._variants = np.kron(FIRST_FEEL, FIRST_KIND)
        self._within: Array | None = None  # 1 for the states that a hand allows; None: all
        self._allow(np.ones(len(self.periods)))
        start = np.repeat(self._leap.ravel() / lengths, lengths)
        self.probability: Array = (start / start.sum()).astype(np.float32)
        self._other: Array = np.empty_like(self.probability)
        self._fit: Array = np.empty_like(self.probability)
        self.best = 0

    def _weigh(self, rates: Array64) -> None:
        """Most states have a rate like some other's: each different one is worked out once."""
        alike = np.round(np.log(rates) * 20).astype(int)
        _, example, same = np.unique(alike, axis=0, return_index=True, return_inverse=True)
        self._class = same.ravel().astype(np.intp)
        self._rates = np.ascontiguousarray(rates[example])
        self._log_rates = np.log(self._rates)

    def _allow(self, tempi: Array64) -> None:
        """Where leaps may lead: the usual tempi times these weights."""
        weights = np.exp(-0.5 * self._usual**2) * tempi
        weights /= weights.sum()
        self._leap = (self._variants[:, None] * weights).astype(np.float32)

    def push(self, strokes: Array64, evidence: Array64, hold: bool = False) -> None:
        """One hop. `strokes` (3,); `evidence` (3,): 0..1, how much a missing stroke means.

        `hold`: nothing is heard; tempo and phase run on without a change.
        """
        ends = self.probability[self._last].reshape(self._leap.shape)
        moved = self._other
        moved[1:] = self.probability[:-1]
        if hold:
            moved[self._first] = ends.ravel()
        else:
            moved[self._first] = (self._next @ (ends @ self._change) + LEAP * self._leap).ravel()
            fit = self._log_rates @ strokes - self._rates @ evidence
            fit = np.exp(fit - fit.max()).astype(np.float32)
            np.take(fit, self._class, out=self._fit, mode="clip")
            moved *= self._fit
            if self._within is not None:
                moved *= self._within
            moved *= np.float32(1) / moved.sum()
        self._other, self.probability = self.probability, moved
        self.best = int(moved.argmax())

    def tempi(self) -> Array64:
        """Probability of each of `periods`."""
        share = np.bincount(self.period, self.probability)[self.periods]
        return np.asarray(share, np.float64)

    def in_thirds(self) -> float:
        """Probability that beats are divided in three."""
        return float(self.probability[self.feel == THIRDS].sum())

    def loosen(self, share: float) -> None:
        """This share of the probability keeps its tempo and loses its place in the beat."""
        lengths = self._last - self._first + 1
        even = np.add.reduceat(self.probability, self._first) / lengths
        self.probability *= np.float32(1 - share)
        self.probability += np.float32(share) * np.repeat(even, lengths).astype(np.float32)

    def rescale(self, ratio: float, first_half: float = 0.5) -> None:
        """Beats `ratio` as long (a half or 2) from now on, and no way back by itself.

        `first_half`: when beats get twice as long, the probability that the last beat stays one.
        """
        new = np.zeros_like(self.probability)
        tempi = len(self.periods)
        for block, start in enumerate(self._first):
            length = int(self.periods[block % tempi])
            source = int(np.abs(self.periods - length / ratio).argmin())
            if abs(self.periods[source] * ratio / length - 1) > 2 * (STEP - 1):
                continue
            first = self._first[block // tempi * tempi + source]
            old = self.probability[first : first + self.periods[source]]
            if ratio < 1:
                halves = old[:length], old[len(old) - length :]
                new[start : start + length] = halves[0] + halves[1]
            else:
                new[start : start + len(old)] = first_half * old[:length]
                new[start + length - len(old) : start + length] += (1 - first_half) * old[:length]
        if new.sum() > 0:
            self.probability = new / new.sum()
            self.best = int(self.probability.argmax())
        self.keep_near(float(self.period[self.best]))

    def keep_near(self, period: float | None) -> None:
        """Nothing is further than OCTAVE from this period (hops) from now on. None: all may be."""
        if period is None:
            self._allow(np.ones(len(self.periods)))
            self._within = None
            return
        self._allow((np.abs(np.log2(self.periods / period)) < OCTAVE).astype(np.float64))
        # not the leaps alone: what is left at another octave needs none, and small steps lead there
        self._within = (np.abs(np.log2(self.period / period)) < OCTAVE).astype(np.float32)
        near = self.probability * self._within
        if near.sum() > 0:
            self.probability = near / near.sum()
            self.best = int(self.probability.argmax())

    def reaches(self, period: float) -> bool:
        """Whether a beat may be so long (hops)."""
        return bool(self.periods[0] <= period <= self.periods[-1])

    def expect(self, away: Array64, period: float | None = None) -> None:
        """A hand taps: `away`, for every state, the hops between the tap and its nearest beat."""
        fit = np.exp(-0.5 * (away / TAP_SCATTER) ** 2) + 1e-3
        if period is not None:
            fit *= np.exp(-0.5 * (np.log2(self.period / period) / TAP_OCTAVES) ** 2) + 1e-6
        self.probability = (self.probability * fit).astype(np.float32)
        self.probability /= self.probability.sum()
        self.best = int(self.probability.argmax())
