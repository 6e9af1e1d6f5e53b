"""Where in the beat the beat lies: beats found, against the same beats some part of one later.

In fast metal the snare may play every beat and the kick between: a figure that the raster of all
beats (bridge.recordings.pulse.beats) cannot afford to know, and takes for kick and snare off the
beat. Here it is known, for beats of one length only: between lengths it would favour the long ones.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bridge.recordings.pulse.beats import Beats, activity
from bridge.recordings.pulse.rhythm import FEELS, beat_rates, blast_rates
from bridge.signal.frames import Array64
from bridge.trackers.beat_pointer import NEXT_KIND, OTHER_FEEL
from bridge.trackers.rhythm import ANYWHERE, KINDS

SHIFTS = (0.0, 0.25, 0.5, 0.75)  # of a beat
STAYS = 0.6  # probability per beat that the figure goes on: it is rare
CLEARLY = 0.25  # nats per beat by which others must be likelier: busy drums fit all shifts alike
PLAIN = FEELS * KINDS
VARIANTS = PLAIN + 1


def shifted(beats: Beats, strokes: Array64) -> Beats:
    """The beats as they are, or each of them a part of a beat later if that fits clearly better.

    strokes  (hops, 3), as for `decode_beats`
    """
    if not len(beats.hops):
        return beats
    hops = beats.hops + np.round(np.outer(SHIFTS, beats.period)).astype(int)
    scores = _scores(_fits(hops, beats.period, strokes))
    best = int(scores.argmax())
    if scores[best] < scores[0] + CLEARLY * len(beats.hops):
        return beats
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
        rates = np.concatenate([beat_rates(int(length)), blast_rates(int(length))[None]])
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
    moves = np.full((VARIANTS, VARIANTS), math.log(OTHER_FEEL))
    moves[:PLAIN, :PLAIN] = (other[:, None, :, None] + np.log(NEXT_KIND)[None, :, None]).reshape(
        PLAIN, PLAIN
    )
    moves[PLAIN, PLAIN] = math.log(STAYS)
    scores: Array64 = fits[:, 0]
    for row in range(1, fits.shape[1]):
        scores = (scores[:, :, None] + moves).max(axis=1) + fits[:, row]
    best: Array64 = scores.max(axis=1)
    return best
