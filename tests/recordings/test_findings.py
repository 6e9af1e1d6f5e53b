from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bridge.recordings.findings import Rows


@given(st.lists(st.integers(0, 40), min_size=2, max_size=8, unique=True).map(sorted))
def test_means_and_sums_are_those_of_the_rows_between(cuts: list[int]) -> None:
    chance = np.random.default_rng(len(cuts))
    rows = Rows(chance.normal(size=(40, 3)).astype(np.float32), start=2.0, step=0.05)
    edges = 2.0 + 0.05 * np.array(cuts, float)
    inside = [rows.values[low:high] for low, high in pairwise(cuts)]
    np.testing.assert_allclose(rows.means(edges), [each.mean(axis=0) for each in inside], atol=1e-5)
    sums = [each.sum(axis=0) for each in inside]
    np.testing.assert_allclose(rows.sums(edges[:-1], edges[1:]), sums, atol=1e-4)


def test_a_stretch_between_two_rows_has_the_mean_of_the_next_and_no_sum() -> None:
    rows = Rows(np.arange(10.0)[:, None], start=0.0, step=1.0)
    assert rows.means(np.array([3.1, 3.4])).tolist() == [[4.0]]
    assert rows.sums(np.array([3.1, 30.0]), np.array([3.4, 40.0])).tolist() == [[0.0], [0.0]]
