"""The best path through states, and what a path is made of."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bridge.signal.frames import Array64

Path = NDArray[np.int_]  # (steps,): which state each step is in


def best_path(fits: Array64, enter: Array64 | float) -> Path:
    """Which state each step is in, by Viterbi's algorithm.

    fits   (steps, states): what a step adds to the score of a path in that state
    enter  broadcast to (steps, states): what it costs to come into that state from any other
           one at that step
    """
    costs = np.broadcast_to(enter, fits.shape)
    score = fits[0].copy()
    back = np.zeros(fits.shape, np.int32)
    every = np.arange(fits.shape[1])
    for step in range(1, len(fits)):
        best = int(score.argmax())
        jump = score[best] - costs[step]
        stay = score >= jump
        back[step] = np.where(stay, every, best)
        score = np.where(stay, score, jump) + fits[step]
    return traced(back, int(score.argmax()))


def traced(back: NDArray[np.integer], last: int) -> Path:
    """The path that ends in a state, from where each state came at each step."""
    path = np.zeros(len(back), int)
    path[-1] = last
    for step in range(len(back) - 1, 0, -1):
        path[step - 1] = back[step, path[step]]
    return path


def runs(path: Path) -> list[tuple[int, int, int]]:
    """(first, behind the last, state) of each run of steps in the same state."""
    cuts = [0, *(np.flatnonzero(np.diff(path)) + 1).tolist(), len(path)]
    return [(first, behind, int(path[first])) for first, behind in pairwise(cuts)]
