"""Beats of a whole take: the live tracker's model of rhythm, decoded with the future in view.

A beat begins at a hop, lasts a period and is of a variant (kind and feel,
bridge.trackers.rhythm). How well it fits is the log likelihood of its strokes under the Poisson
rates the live pointer uses; the most probable sequence of beats is found by Viterbi's algorithm
over beats rather than hops: an explicit-duration (semi-Markov) form of the bar pointer of
Whiteley, Cemgil & Godsill (2006). docs/grid.md tells why.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.signal.frames import HOPS_PER_SECOND, Array, Array64
from bridge.trackers.beat_pointer import (
    FIRST_FEEL,
    FIRST_KIND,
    LONGEST,
    NEXT_KIND,
    OTHER_FEEL,
    PULL,
    SHORTEST,
    SPREAD,
    STEADY,
    STEP,
    USUAL_TEMPO,
)
from bridge.trackers.rhythm import ANYWHERE, FEELS, KINDS, THIRDS, rates_of

LEAP = 1e-5  # probability per beat of a beat of any other tempo: a change no drift explains
REACH = 3  # steps of tempo from one beat to the next; what is further is a leap
CHUNK = 2048  # hops that are transformed at once: 20 s
KEPT, COMMITTED = 12, 6  # chunks in memory: beats of the older half are settled when it is full
SOON, LATER = 1.0, 8.0  # seconds: spans of the activity now and of the music
ENOUGH = 0.5  # share of the music's activity at which strokes are expected in full
VARIANTS = KINDS * FEELS


@dataclass(frozen=True, slots=True)
class Beats:
    """The most probable beats.

    hops    where they begin, int (n,)
    period  hops each of them lasts
    kind    0 plain, 1 kick, 2 snare
    feel    0 straight, 1 in sixteenths, 2 in thirds
    """

    hops: NDArray[np.int_]
    period: NDArray[np.int_]
    kind: NDArray[np.int_]
    feel: NDArray[np.int_]

    @property
    def in_thirds(self) -> float:
        """Share of the beats that are divided in three."""
        return float(np.mean(self.feel == THIRDS)) if len(self.feel) else 0.0


def activity(strokes: Array64) -> Array64:
    """0..1 per hop and band: how far strokes are to be expected, by what comes around them."""
    now, usual = (_smooth(strokes, round(span * HOPS_PER_SECOND)) for span in (SOON, LATER))
    evidence: Array64 = np.minimum(1.0, now / (ENOUGH * usual + 1e-9))
    return evidence


def decode_beats(strokes: Array64) -> Beats:
    """The beats of strokes per hop in three bands, (hops, 3)."""
    lattice = Lattice()
    found = lattice.decode(strokes, activity(strokes))
    hops, period, variant = (np.array(column, int) for column in zip(*found, strict=True))
    return Beats(hops, period, variant % KINDS, variant // KINDS)


class Lattice:
    """Every beat that could be: periods times variants, at every hop."""

    def __init__(self) -> None:
        steps = math.floor(math.log(LONGEST / SHORTEST) / math.log(STEP) + 0.5)
        self.periods = np.unique(np.round(SHORTEST * STEP ** np.arange(steps + 1)).astype(int))
        tempi = len(self.periods)
        self._templates = np.zeros((VARIANTS, tempi, 3, CHUNK // 2 + 1), np.complex64)
        self._expected = np.zeros((VARIANTS, tempi, 3), np.float32)
        for index, period in enumerate(self.periods):
            phase = np.tile(np.arange(period), VARIANTS)
            feel, kind = np.divmod(np.repeat(np.arange(VARIANTS), period), KINDS)
            rates = rates_of(np.full(len(phase), period), phase, kind, feel)
            rates = rates.reshape(VARIANTS, period, 3).transpose(0, 2, 1)
            weights = np.log(rates / ANYWHERE[:, None]).astype(np.float32)
            # conjugate: the product of spectra is then a correlation, not a convolution
            self._templates[:, index] = np.conj(np.fft.rfft(weights, CHUNK))
            self._expected[:, index] = rates.sum(axis=2)
        usual = np.log2(60 * HOPS_PER_SECOND / self.periods / USUAL_TEMPO) / SPREAD
        self._pull = (-0.5 * PULL * usual**2 * self.periods / HOPS_PER_SECOND).astype(np.float32)
        prior = np.exp(-0.5 * usual**2)
        variants = np.kron(FIRST_FEEL, FIRST_KIND)
        self._leap = np.log(np.outer(variants, prior / prior.sum())).astype(np.float32)
        feel = np.eye(FEELS) * (1 - FEELS * OTHER_FEEL) + OTHER_FEEL
        self._next = np.log(np.kron(feel, NEXT_KIND)).astype(np.float32)  # (from, to)
        distance = np.abs(np.log(self.periods[:, None] / self.periods))
        change = np.exp(-STEADY * distance)
        change = np.log(change / change.sum(axis=1, keepdims=True))
        far = np.abs(np.subtract.outer(np.arange(tempi), np.arange(tempi))) > REACH
        self._change = np.where(far, -np.inf, change).astype(np.float32)  # (from, to)

    def fits(self, strokes: Array64, evidence: Array64) -> Iterator[Array]:
        """Log likelihood of every beat, chunk after chunk: float32 (hops, variants, tempi)."""
        longest = int(self.periods[-1])
        useful = CHUNK - longest
        strokes = np.concatenate([strokes, np.zeros((CHUNK, 3))]).astype(np.float32)
        sums = np.concatenate([np.zeros((1, 3)), np.cumsum(evidence, axis=0)])
        count = len(evidence)
        for first in range(0, count, useful):
            spectra = np.fft.rfft(strokes[first : first + CHUNK].T)
            product = np.einsum("vpbf,bf->vpf", self._templates, spectra.astype(np.complex64))
            fit = np.fft.irfft(product, CHUNK)[:, :, :useful].astype(np.float32)
            starts = np.arange(first, first + useful)
            ends = np.minimum(starts[:, None] + self.periods, count)
            mean = (sums[ends] - sums[np.minimum(starts, count)][:, None]) / self.periods[:, None]
            missing = np.einsum("vpb,spb->svp", self._expected, mean.astype(np.float32))
            fit = fit.transpose(2, 0, 1) - missing + self._pull
            yield np.ascontiguousarray(fit[: count - first])

    def decode(self, strokes: Array64, evidence: Array64) -> list[tuple[int, int, int]]:
        """(hop, period, variant) of the best sequence of beats, ascending.

        The first beat may have begun before the strokes, the last one may end after them.
        """
        longest, block = int(self.periods[-1]), int(self.periods[0])
        count = len(strokes)
        pad = np.zeros((longest, 3))
        strokes, evidence = (np.concatenate([pad, each, pad]) for each in (strokes, evidence))
        first_score = self._leap - np.log(self.periods).astype(np.float32)
        settled: list[tuple[int, int, int]] = []
        kept = np.zeros((0, VARIANTS, len(self.periods)), np.float32)
        offset = 0  # hop of the first row of `kept`
        chunks = 0
        for fit in self.fits(strokes, evidence):
            start = offset + len(kept)
            kept = np.concatenate([kept, fit])
            for at in range(start, start + len(fit), block):
                here = np.arange(at, min(at + block, start + len(fit)))
                best = np.full((len(here), *kept.shape[1:]), -np.inf, np.float32)
                if at >= block:
                    best = self._step(self._arrive(kept, offset, here))
                early = here < longest
                if early.any():
                    best[early] = np.maximum(best[early], first_score)
                kept[here - offset] += best
            chunks += 1
            if chunks == KEPT:
                settled += [
                    beat
                    for beat in self._trace(kept, offset, offset + len(kept) - 1, settled)
                    if beat[0] < offset + COMMITTED * (CHUNK - longest)
                ]
                drop = COMMITTED * (CHUNK - longest) - 2 * longest
                kept, offset = kept[drop:], offset + drop
                chunks -= COMMITTED
        settled += self._trace(kept, offset, longest + count, settled)
        return [(hop - longest, period, variant) for hop, period, variant in settled]

    def _arrive(self, kept: Array, offset: int, here: NDArray[np.int_]) -> Array:
        """Score of what ends at each hop: (hops, variants, tempi)."""
        starts = here[:, None] - self.periods - offset
        tempi = np.arange(len(self.periods))
        scores = kept[np.maximum(starts, 0), :, tempi]
        scores[starts < 0] = -np.inf
        return np.ascontiguousarray(scores.transpose(0, 2, 1))

    def _step(self, arrive: Array) -> Array:
        """Best score of every beat that begins where others end."""
        best = np.full_like(arrive, -np.inf)
        for source in range(VARIANTS):
            np.maximum(best, arrive[:, source, None] + self._next[source][None, :, None], out=best)
        moved = best + np.diagonal(self._change)
        for away in range(1, REACH + 1):
            up = best[..., :-away] + np.diagonal(self._change, away)
            np.maximum(moved[..., away:], up, out=moved[..., away:])
            down = best[..., away:] + np.diagonal(self._change, -away)
            np.maximum(moved[..., :-away], down, out=moved[..., :-away])
        leap = arrive.max(axis=(1, 2))[:, None, None] + (math.log(LEAP) + self._leap)
        stepped: Array = np.maximum(moved, leap)
        return stepped

    def _trace(
        self, kept: Array, offset: int, end: int, settled: list[tuple[int, int, int]]
    ) -> list[tuple[int, int, int]]:
        """The best path that reaches `end`, back to the settled beats."""
        floor = settled[-1][0] + settled[-1][1] // 2 if settled else 0
        over = np.arange(end, min(end + int(self.periods[-1]), offset + len(kept)))
        arrive = self._arrive(kept, offset, over)
        # beats that begin after the end are none
        arrive = np.where((over[:, None] - self.periods < end)[:, None, :], arrive, -np.inf)
        row, variant, tempo = np.unravel_index(int(arrive.argmax()), arrive.shape)
        at = int(over[row])
        found: list[tuple[int, int, int]] = []
        while True:
            at -= int(self.periods[tempo])
            if at < floor:
                break
            found.append((at, int(self.periods[tempo]), int(variant)))
            arrive = self._arrive(kept, offset, np.array([at]))[0]
            path = arrive + self._next[:, variant][:, None] + self._change[:, tempo]
            leap = arrive + (math.log(LEAP) + self._leap[variant, tempo])
            best = np.maximum(path, leap)
            if not np.isfinite(best.max()) or (
                at < int(self.periods[-1])
                and not settled
                and best.max() < self._leap[variant, tempo] - math.log(self.periods[tempo])
            ):
                break
            variant, tempo = np.unravel_index(int(best.argmax()), best.shape)
        return found[::-1]


def _smooth(rows: Array64, width: int) -> Array64:
    """The mean over `width` rows around each, fewer at the ends."""
    sums = np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0)])
    middle = np.arange(len(rows))
    first = np.maximum(middle - width // 2, 0)
    last = np.minimum(middle + width // 2 + 1, len(rows))
    mean: Array64 = (sums[last] - sums[first]) / (last - first)[:, None]
    return mean
