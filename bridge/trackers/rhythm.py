"""What strokes are to be expected where in a beat: rhythm as drummers play it, written by hand.

Three kinds of beat (plain, kick, snare) times three feels (straight, in sixteenths, in thirds).
The numbers are strokes per beat in the low, middle and high band (bridge.signal.onset_strength):
first guesses from what is usual on a drum kit, then a few of them moved by measurement
(docs/beats.md).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from bridge.signal.frames import HOPS_PER_SECOND, Array64

KINDS, FEELS = 3, 3
THIRDS = 2  # the feel of shuffles and jigs

ON_BEAT = np.array([[0.45, 0.50, 0.60], [0.90, 0.35, 0.60], [0.25, 0.90, 0.70]])
# Half a beat after the snare there is often the kick that anticipates the next beat.
HALF = np.array([[0.10, 0.12, 0.30], [0.15, 0.20, 0.45], [0.50, 0.25, 0.45]])
QUARTER = np.array([0.05, 0.07, 0.15])
DENSE_HALF = np.array([[0.20, 0.30, 0.55], [0.20, 0.30, 0.55], [0.50, 0.30, 0.55]])
DENSE_QUARTER = np.array([0.12, 0.20, 0.40])
FIRST_THIRD = np.array([0.06, 0.10, 0.20])
LAST_THIRD = np.array([0.15, 0.20, 0.45])
ANYWHERE = np.array([0.15, 0.25, 0.40]) / HOPS_PER_SECOND  # per hop: what fits no place
SCATTER = 2.2  # hops: standard deviation of a stroke around its place


def rates_of(
    period: NDArray[np.int_],
    phase: NDArray[np.int_],
    kind: NDArray[np.int_],
    feel: NDArray[np.int_],
) -> Array64:
    """Strokes expected per hop in every state, (states, bands). Period and phase are in hops."""

    def around(place: float) -> Array64:
        away = np.abs(phase - place * period)
        away = np.minimum(away, period - away)
        bump: Array64 = np.exp(-0.5 * (away / SCATTER) ** 2) / (SCATTER * math.sqrt(2 * math.pi))
        return bump[:, None]

    # Notes closer than some 0.1 s are rare: a quick beat is divided less.
    halves = np.clip((period - 20) / 30, 0, 1.2)[:, None]
    quarters = np.clip((period - 40) / 40, 0, 1.3)[:, None]
    thirds = np.clip((period - 25) / 25, 0, 1.2)[:, None]
    sixteenths = np.clip((period - 35) / 30, 0, 1.2)[:, None]
    straight = HALF[kind] * halves * around(1 / 2)
    straight += QUARTER * quarters * (around(1 / 4) + around(3 / 4))
    dense = DENSE_HALF[kind] * halves * around(1 / 2)
    dense += DENSE_QUARTER * sixteenths * (around(1 / 4) + around(3 / 4))
    in_thirds = thirds * (FIRST_THIRD * around(1 / 3) + LAST_THIRD * around(2 / 3))
    on_beat: Array64 = ANYWHERE + ON_BEAT[kind] * around(0)
    return on_beat + np.choose(feel[:, None], (straight, dense, in_thirds))
