"""Where in the beat the beat lies: beats found, against the same beats some part of one later.

At a given tempo, beat and off-beat differ little where a drummer plays on both. Two figures of
fast music are told here that the raster of all beats (bridge.recordings.beats) cannot afford: the
snare between the kicks (skank, double time) and the snare on every beat with kicks around it
(blast). They are used for beats of one length only: between lengths they would favour the long.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bridge.recordings.beats import Beats, activity
from bridge.recordings.rhythm import FEELS, beat_rates, figure_rates
from bridge.signal.frames import Array64
from bridge.trackers.beat_pointer import NEXT_KIND, OTHER_FEEL
from bridge.trackers.rhythm import ANYWHERE, KINDS

SHIFTS = (0.0, 0.25, 0.5, 0.75)  # of a beat
STAYS = 0.6  # probability per beat that such a figure goes on: they are rare, and kinds fit most
FIGURES = 2
VARIANTS = FEELS * KINDS + FIGURES


def shifted(beats: Beats, strokes: Array64) -> Beats:
    """The beats as they are, or each of them a part of a beat later, whichever fits best.

    strokes  (hops, 3), as for `decode_beats`
    """
    if not len(beats.hops):
        return beats
    hops = beats.hops + np.round(np.outer(SHIFTS, beats.period)).astype(int)
    scores = _scores(_fits(hops, beats.period, strokes))
    best = int(scores.argmax())
    return replace(beats, hops=hops[best], score=beats.score + float(scores[best] - scores[0]))


def _fits(hops: NDArray[np.int_], period: NDArray[np.int_], strokes: Array64) -> Array64:
    """Log likelihood of every beat in every variant, (shifts, beats, variants).

    A beat that is not heard whole, at any of the shifts, says nothing at all of them.
    """
    fits = np.zeros((*hops.shape, VARIANTS))
    sums = np.concatenate([np.zeros((1, 3)), np.cumsum(activity(strokes), axis=0)])
    whole = (hops.min(axis=0) >= 0) & (hops.max(axis=0) + period <= len(strokes))
    for length in np.unique(period[whole]):
        chosen = np.flatnonzero(whole & (period == length))
        rates = np.concatenate([beat_rates(int(length)), figure_rates(int(length))])
        weights = np.log(rates / ANYWHERE[:, None]).transpose(2, 1, 0).reshape(-1, VARIANTS)
        first = hops[:, chosen]
        heard = strokes[first[..., None] + np.arange(length)].reshape(*first.shape, -1)
        expected = (sums[first + length] - sums[first]) / length @ rates.sum(axis=2).T
        fits[:, chosen] = heard @ weights - expected
    return fits


def _scores(fits: Array64) -> Array64:
    """Log likelihood of the best sequence of variants, for each shift."""
    other = np.full((FEELS, FEELS), math.log(OTHER_FEEL))
    np.fill_diagonal(other, 0.0)
    plain = FEELS * KINDS
    moves = np.full((VARIANTS, VARIANTS), math.log(OTHER_FEEL))
    moves[:plain, :plain] = (other[:, None, :, None] + np.log(NEXT_KIND)[None, :, None]).reshape(
        plain, plain
    )
    moves[plain:, :plain] -= math.log(KINDS)
    moves[range(plain, VARIANTS), range(plain, VARIANTS)] = math.log(STAYS)
    scores: Array64 = fits[:, 0]
    for row in range(1, fits.shape[1]):
        scores = (scores[:, :, None] + moves).max(axis=1) + fits[:, row]
    best: Array64 = scores.max(axis=1)
    return best
