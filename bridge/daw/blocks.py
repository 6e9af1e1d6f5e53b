"""Positions that are told by audio blocks: how much the least delay of some is still too late.

A position told once a block is late by up to a block, evenly spread, and by its way on top. Of few
samples none is on time, so the line below them lies late by milliseconds. How delays are spread is
known, though, but for the way's length: the mean of what the line may be off by, given them all,
is the best estimate (Bayes; docs/timeline.md has the figures of what else was tried).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

NEAR = 20e-6  # seconds that steps may be off whole blocks: numbers are told with 9 decimals
SHORTEST = 0.002  # seconds of a block that matters
STEPS = 24  # that must agree: of fewer, all may be of two blocks by chance
FEW, LARGE = 7, 0.02  # as many are enough for blocks of that many seconds: steps are of a few
WAYS = np.array([1, 2, 3.5, 5, 8, 12, 16, 20, 25]) / 1000  # seconds: the longest way of a line
PLACES = 61  # between which the line is looked for
OUTLIER = 1e-3  # share of samples that were held up for longer


def block_of(seconds: Sequence[float]) -> float | None:
    """Seconds of the block of which the last positions are whole numbers apart; None: of none."""
    steps = [b - a for a, b in pairwise(seconds[-STEPS - 1 :])]
    if len(steps) == STEPS and (block := _divisor(steps)):
        return block
    if len(steps) >= FEW and (block := _divisor(steps[-FEW:])) and block >= LARGE:
        return block
    return None


def _divisor(steps: Sequence[float]) -> float | None:
    """The greatest common one, by Euclid, of numbers that are not quite exact."""
    block = steps[0]
    for step in steps:
        a, b = max(block, step), min(block, step)
        while b > NEAR:
            a, b = b, abs(a - b * round(a / b))
        block = a
    # steps of one block each are no proof: whatever is told at an even pace has such
    return block if SHORTEST <= block <= (min(steps) + NEAR) / 2 else None


def lead(delays: Sequence[float], block: float) -> float:
    """Seconds that the truth lies below the least of the delays: what is to be expected."""
    over = np.asarray(delays) - min(delays)
    below = np.linspace(0.0, block, PLACES)
    late = over[:, None, None] + below[:, None]
    # the density of the sum of both, each evenly spread: a trapezium
    height = np.minimum(np.minimum(late, block + WAYS - late), np.minimum(block, WAYS))
    density = np.maximum(height, 0.0) / (block * WAYS)
    likely = np.log((1 - OUTLIER) * density + OUTLIER).sum(axis=0)
    weight = np.exp(likely - likely.max())
    return float((weight.sum(axis=1) * below).sum() / weight.sum())
