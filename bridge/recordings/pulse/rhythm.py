"""Strokes to be expected in a beat, as the live tracker has them, and one feel more.

In a shuffle the last third is played and the first is not; in 6/8 and 12/8 both are, and without
a feel of its own a slow 6/8 is read at three times its tempo.
"""

from __future__ import annotations

import math

import numpy as np

from bridge.signal.frames import Array64
from bridge.trackers import beat_pointer, rhythm
from bridge.trackers.rhythm import KINDS, SCATTER, rates_of

FEELS = rhythm.FEELS + 1
EIGHTHS = rhythm.FEELS  # the feel of 6/8 with all its eighths
IN_THIRDS = (rhythm.THIRDS, EIGHTHS)
FIRST_KIND = beat_pointer.FIRST_KIND
FIRST_FEEL = np.append(0.9 * beat_pointer.FIRST_FEEL, 0.1)
THIRD = np.array([0.12, 0.30, 0.60])  # strokes on each of both thirds, low, middle and high band
# The snare on every beat, the kick between and the hi-hat on the half: as sure as in other kinds.
_, KICK, SNARE = rhythm.ON_BEAT
BLAST = ((0.0, SNARE), (0.25, KICK), (0.5, rhythm.ON_BEAT[0]), (0.75, KICK))


def beat_rates(period: int) -> Array64:
    """Strokes per hop, (feels * kinds, 3 bands, period hops)."""
    variants = rhythm.FEELS * KINDS
    phase = np.tile(np.arange(period), variants)
    feel, kind = np.divmod(np.repeat(np.arange(variants), period), KINDS)
    rates = rates_of(np.full(len(phase), period), phase, kind, feel)
    rates = rates.reshape(rhythm.FEELS, KINDS, period, 3).transpose(0, 1, 3, 2)
    on_beat = rhythm.ANYWHERE[:, None] + rhythm.ON_BEAT[:, :, None] * _around(0.0, period)
    thirds = np.clip((period - 35) / 25, 0, 1.2)  # eighths closer than some 0.12 s are rare
    between = thirds * THIRD[:, None] * (_around(1 / 3, period) + _around(2 / 3, period))
    eighths = on_beat + between
    return np.concatenate([rates, eighths[None]]).reshape(-1, 3, period)


def blast_rates(period: int) -> Array64:
    """The same of a beat of blast, (3 bands, period hops)."""
    rates = np.tile(rhythm.ANYWHERE[:, None], (1, period))
    for place, strokes in BLAST:
        rates += strokes[:, None] * _around(place, period)
    return rates


def _around(place: float, period: int) -> Array64:
    away = np.abs(np.arange(period) - place * period)
    away = np.minimum(away, period - away)
    bump: Array64 = np.exp(-0.5 * (away / SCATTER) ** 2) / (SCATTER * math.sqrt(2 * math.pi))
    return bump
