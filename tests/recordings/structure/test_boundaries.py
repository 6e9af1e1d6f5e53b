"""Evidence for boundaries, and the best set of them."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bridge.recordings.structure.boundaries import (
    COST,
    LENGTHS,
    ODD,
    PHRASE,
    RARE,
    cut,
    novelty,
    stripes,
)


def test_novelty_is_what_a_checkerboard_kernel_gives() -> None:
    rows = np.random.default_rng(3).normal(size=(40, 5))
    products = rows @ rows.T / 5
    for at in range(PHRASE, 40 - PHRASE):
        before, behind = slice(at - PHRASE, at), slice(at, at + PHRASE)
        own = products[before, before].mean() + products[behind, behind].mean()
        cross = products[before, behind].mean()
        assert novelty(rows, 1)[at] == pytest.approx(own / 2 - cross)


def test_what_changes_with_each_beat_of_the_bar_is_no_novelty() -> None:
    rows = np.tile(np.random.default_rng(3).normal(size=(4, 5)), (12, 1))
    assert novelty(rows, 4) == pytest.approx(np.zeros(49))


def test_stripes_begin_and_end_where_a_repeat_does() -> None:
    bars = np.random.default_rng(5).normal(size=(40, 30))
    bars[24:32] = bars[8:16]
    unit = bars / np.linalg.norm(bars, axis=1, keepdims=True)
    found = stripes(unit @ unit.T, 1, 4)
    assert set(np.argsort(found)[-4:]) == {8, 16, 24, 32}


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_few_beats_have_evidence_too(count: int) -> None:
    assert novelty(np.ones((count, 3)), 4) == pytest.approx(np.zeros(count + 1))
    assert len(stripes(np.ones((count, count)), 4, 8)) == count + 1
    assert cut(np.zeros(count + 1), 4).tolist() == [0, count]


def worth_of(places: list[int], told: np.ndarray) -> float:
    """What `cut` maximises, written down again for bars of one beat."""

    def usual(length: int) -> float:
        return LENGTHS.get(length, ODD if length % 2 else RARE) if length else -np.inf

    lengths = np.diff(places)
    if len(lengths) > 1 and min(lengths[0], lengths[-1]) < 2:
        return -np.inf
    worth = sum(told[place] - COST for place in places[1:-1])
    for number, length in enumerate(lengths):
        outer = number in (0, len(lengths) - 1)
        worth += max(usual(max(0, length - over)) for over in range(3 if outer else 1))
    return worth


@settings(max_examples=30, deadline=None)
@given(arrays(float, 14, elements=st.floats(0.0, 4.0)))
def test_no_other_set_of_boundaries_is_worth_more(told: np.ndarray) -> None:
    count = len(told) - 1
    best = max(
        worth_of([0, *inner, count], told)
        for size in range(6)
        for inner in combinations(range(1, count), size)
    )
    assert worth_of(cut(told, 1).tolist(), told) >= best - 1e-9
