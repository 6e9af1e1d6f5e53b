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

from bridge.recordings.pulse.rhythm import FEELS, FIRST_FEEL, FIRST_KIND, IN_THIRDS, beat_rates
from bridge.signal.frames import HOPS_PER_SECOND, Array, Array64
from bridge.trackers.beat_pointer import (
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
from bridge.trackers.rhythm import ANYWHERE, KINDS

LEAP = 1e-12  # probability per beat of a beat of any other tempo: two seconds of music outweigh it
REACH = 3  # steps of tempo from one beat to the next; what is further is a leap
CHUNK = 2048  # hops that are transformed at once: 20 s
KEPT = 12  # chunks in memory, 4 minutes: when it is full, the beats of the older half are settled
SOON, LATER = 1.0, 8.0  # seconds: spans of the activity now and of the music
ENOUGH = 0.5  # share of the music's activity at which strokes are expected in full
VARIANTS = KINDS * FEELS
Place = tuple[int, int, int]  # hop, index of the period, variant


@dataclass(frozen=True, slots=True)
class Beats:
    """The most probable beats.

    hops    where they begin, int (n,)
    period  hops each of them lasts
    kind    0 plain, 1 kick, 2 snare
    feel    0 straight, 1 in sixteenths, 2 in thirds, 3 in eighths of 6/8
    score   log likelihood of all of them
    """

    hops: NDArray[np.int_]
    period: NDArray[np.int_]
    kind: NDArray[np.int_]
    feel: NDArray[np.int_]
    score: float

    @property
    def in_thirds(self) -> Array64:
        """1 for each beat that is divided in three, else 0."""
        return np.isin(self.feel, IN_THIRDS).astype(np.float64)


def activity(strokes: Array64) -> Array64:
    """0..1 per hop and band: how far strokes are to be expected, by what comes around them."""
    now, usual = (_smooth(strokes, round(span * HOPS_PER_SECOND)) for span in (SOON, LATER))
    evidence: Array64 = np.minimum(1.0, now / (ENOUGH * usual + 1e-9))
    return evidence


def pull(period: NDArray[np.int_]) -> Array64:
    """Nats, 0 or less, by which the tempo of beats of so many hops is unusual."""
    nats: Array64 = -0.5 * PULL * _usual(period) ** 2 * period / HOPS_PER_SECOND
    return nats


def _usual(period: NDArray[np.int_]) -> Array64:
    """Spreads from the usual tempo."""
    return np.asarray(np.log2(60 * HOPS_PER_SECOND / period / USUAL_TEMPO) / SPREAD, np.float64)


def decode_beats(strokes: Array64, within: tuple[float, float] = (SHORTEST, LONGEST)) -> Beats:
    """The beats of strokes per hop in three bands, (hops, 3); periods `within` hops."""
    return Lattice(*within).decode(strokes, activity(strokes))


class Lattice:
    """Every beat that could be: periods times variants, at every hop.

    Scores are float32 (periods, variants, hops).
    """

    def __init__(self, shortest: float = SHORTEST, longest: float = LONGEST) -> None:
        steps = math.floor(math.log(LONGEST / SHORTEST) / math.log(STEP) + 0.5)
        every = np.unique(np.round(SHORTEST * STEP ** np.arange(steps + 1)).astype(int))
        self.periods = every[(every >= shortest) & (every <= longest)]
        tempi = len(self.periods)
        self._templates = np.zeros((tempi, VARIANTS, 3, CHUNK // 2 + 1), np.complex64)
        self._expected = np.zeros((tempi, VARIANTS, 3), np.float32)
        for index, period in enumerate(self.periods):
            rates = beat_rates(int(period))
            weights = np.log(rates / ANYWHERE[:, None]).astype(np.float32)
            # conjugate: the product of spectra is then a correlation, not a convolution
            self._templates[index] = np.conj(np.fft.rfft(weights, CHUNK))
            self._expected[index] = rates.sum(axis=2)
        self._pull = pull(self.periods).astype(np.float32)
        prior = np.exp(-0.5 * _usual(self.periods) ** 2)
        variants = np.kron(FIRST_FEEL, FIRST_KIND)
        self._leap = np.log(np.outer(prior / prior.sum(), variants)).astype(np.float32)
        self._start = self._leap - np.log(self.periods).astype(np.float32)[:, None]
        self._kind = np.log(NEXT_KIND)  # (from, to)
        self._other = math.log(OTHER_FEEL)
        distance = np.abs(np.log(self.periods[:, None] / self.periods))
        change = np.exp(-STEADY * distance)
        change = np.log(change / change.sum(axis=1, keepdims=True))
        steps_apart = np.subtract.outer(np.arange(tempi), np.arange(tempi))
        far = np.abs(steps_apart) > REACH
        self._change = np.where(far, -np.inf, change).astype(np.float32)  # (from, to)

    def fits(self, strokes: Array64, evidence: Array64) -> Iterator[Array]:
        """Log likelihood of every beat, chunk after chunk."""
        useful = CHUNK - LONGEST
        count = len(evidence)
        strokes = np.concatenate([strokes, np.zeros((CHUNK, 3))]).astype(np.float32)
        sums = np.concatenate([np.zeros((1, 3)), np.cumsum(evidence, axis=0)]).T
        for first in range(0, count, useful):
            starts = np.arange(first, min(first + useful, count))
            spectra = np.fft.rfft(strokes[first : first + CHUNK].T).astype(np.complex64)
            fit = np.empty((len(self.periods), VARIANTS, len(starts)), np.float32)
            for index, period in enumerate(self.periods):
                product = self._templates[index, :, 0] * spectra[0]
                product += self._templates[index, :, 1] * spectra[1]
                product += self._templates[index, :, 2] * spectra[2]
                heard = np.fft.irfft(product, CHUNK)[:, : len(starts)]
                ends = np.minimum(starts + period, count)
                mean = ((sums[:, ends] - sums[:, starts]) / period).astype(np.float32)
                fit[index] = heard - self._expected[index] @ mean + self._pull[index]
            yield fit

    def decode(self, strokes: Array64, evidence: Array64) -> Beats:
        """The best sequence of beats.

        The first beat may have begun before the strokes, the last one may end after them.
        """
        pad = np.zeros((LONGEST, 3))
        count = len(strokes) + 2 * LONGEST
        strokes, evidence = (np.concatenate([pad, each, pad]) for each in (strokes, evidence))
        block = int(self.periods[0])
        most = min(count, KEPT * (CHUNK - LONGEST))
        kept = np.empty((len(self.periods), VARIANTS, most), np.float32)
        offset = filled = 0  # hop of the first column of `kept`, and how many columns are known
        settled: list[Place] = []
        for fit in self.fits(strokes, evidence):
            if filled + fit.shape[2] > most:
                keep = most // 2
                path, _ = self._trace(kept[..., :filled], offset, offset + filled - 1, settled)
                border = offset + filled - keep + LONGEST
                settled += [place for place in path if place[0] < border]
                kept[..., :keep] = kept[..., filled - keep : filled].copy()
                offset, filled = offset + filled - keep, keep
            end = filled + fit.shape[2]
            kept[..., filled:end] = fit
            for at in range(filled, end, block):
                here = np.arange(at, min(at + block, end))
                best = self._step(self._arrive(kept, here))
                first = here + offset < LONGEST
                if first.any():
                    best[..., first] = np.maximum(best[..., first], self._start[:, :, None])
                kept[..., at : at + len(here)] += best
            filled = end
        path, score = self._trace(kept[..., :filled], offset, count - LONGEST, settled)
        hops, tempi, variants = np.array(settled + path).reshape(-1, 3).T
        return Beats(
            hops - LONGEST, self.periods[tempi], variants % KINDS, variants // KINDS, score
        )

    def _arrive(self, kept: Array, here: NDArray[np.int_]) -> Array:
        """Score of what ends at each column `here`: (periods, variants, columns)."""
        starts = here - self.periods[:, None]
        index = np.arange(len(self.periods))[:, None]
        scores = kept[index, :, np.maximum(starts, 0)].transpose(0, 2, 1)
        scores = np.ascontiguousarray(scores)
        if starts[-1, 0] < 0:
            scores[np.broadcast_to((starts < 0)[:, None], scores.shape)] = -np.inf
        return scores

    def _step(self, arrive: Array) -> Array:
        """Best score of every beat that begins where others end."""
        tempi, _, columns = arrive.shape
        by_feel = arrive.reshape(tempi, FEELS, KINDS, columns)
        fed = np.maximum(by_feel, by_feel.max(axis=1, keepdims=True) + self._other)
        best = np.empty_like(fed)
        for kind in range(KINDS):
            best[:, :, kind] = (fed + self._kind[:, kind, None].astype(np.float32)).max(axis=2)
        best = best.reshape(arrive.shape)
        moved = best + np.diagonal(self._change)[:, None, None]
        for away in range(1, min(REACH, tempi - 1) + 1):
            up = best[:-away] + np.diagonal(self._change, away)[:, None, None]
            np.maximum(moved[away:], up, out=moved[away:])
            down = best[away:] + np.diagonal(self._change, -away)[:, None, None]
            np.maximum(moved[:-away], down, out=moved[:-away])
        leap = arrive.max(axis=(0, 1)) + (math.log(LEAP) + self._leap)[:, :, None]
        stepped: Array = np.maximum(moved, leap.astype(np.float32))
        return stepped

    def _trace(
        self, kept: Array, offset: int, end: int, settled: list[Place]
    ) -> tuple[list[Place], float]:
        """The best path that reaches hop `end`, back to the settled beats; and its score.

        Nothing but the scores is kept: what a beat came from is worked out again, for a few
        hundred beats instead of every state.
        """
        floor = settled[-1][0] + int(self.periods[settled[-1][1]]) // 2 if settled else 0
        last = np.arange(end - offset, min(end - offset + LONGEST, kept.shape[2]))
        arrive = self._arrive(kept, last)
        # a beat that begins after the end is none
        late = last - self.periods[:, None] >= end - offset
        arrive[np.broadcast_to(late[:, None], arrive.shape)] = -np.inf
        tempo, variant, column = np.unravel_index(int(arrive.argmax()), arrive.shape)
        score = float(arrive.max())
        at = int(last[column])
        path: list[Place] = []
        while True:
            at -= int(self.periods[tempo])
            if at + offset < floor:
                break
            path.append((at + offset, int(tempo), int(variant)))
            arrive = self._arrive(kept, np.array([at]))[:, :, 0]
            feel, kind = divmod(int(variant), KINDS)
            same = np.repeat(np.where(np.arange(FEELS) == feel, 0.0, self._other), KINDS)
            from_kind = np.tile(self._kind[:, kind], FEELS)
            steps = arrive + same + from_kind + self._change[:, tempo, None]
            steps = np.maximum(steps, arrive + (math.log(LEAP) + self._leap[tempo, variant]))
            begins = at + offset < LONGEST and steps.max() <= self._start[tempo, variant]
            if begins or not np.isfinite(steps.max()):
                break
            tempo, variant = np.unravel_index(int(steps.argmax()), steps.shape)
        return path[::-1], score


def _smooth(rows: Array64, width: int) -> Array64:
    """The mean over `width` rows around each, fewer at the ends."""
    sums = np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0)])
    middle = np.arange(len(rows))
    first = np.maximum(middle - width // 2, 0)
    last = np.minimum(middle + width // 2 + 1, len(rows))
    mean: Array64 = (sums[last] - sums[first]) / (last - first)[:, None]
    return mean
