from __future__ import annotations

from itertools import pairwise, product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bridge.signal.paths import best_path, runs


@given(st.integers(0, 2**32 - 1))
def test_the_path_is_the_best_of_all(seed: int) -> None:
    chance = np.random.default_rng(seed)
    fits, enter = chance.normal(size=(5, 3)), chance.uniform(0.0, 2.0, (5, 3))

    def score(path: tuple[int, ...]) -> float:
        value = sum(fits[cell, state] for cell, state in enumerate(path))
        moves = enumerate(pairwise(path), 1)
        return float(value - sum(enter[cell, to] for cell, (of, to) in moves if to != of))

    best = max(product(range(3), repeat=5), key=score)
    assert np.isclose(score(tuple(best_path(fits, enter).tolist())), score(best))


def test_runs_are_stretches_of_the_same() -> None:
    assert runs(np.array([2, 2, 5, 2, 2])) == [(0, 2, 2), (2, 3, 5), (3, 5, 2)]
