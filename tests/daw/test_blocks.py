"""Positions told by audio blocks: the block's length, and what it hides."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.daw.blocks import block_of, lead

BLOCKS = [2048 / 44100, 1024 / 48000, 512 / 48000, 256 / 44100]


def positions(block: float, count: int, seed: int = 1) -> list[float]:
    """Told a good ten times a second, with nine decimals; from a place between two blocks on."""
    chance = np.random.default_rng(seed)
    moments = np.cumsum(chance.uniform(0.09, 0.14, count))
    told = np.floor(moments / block) * block + 77.123
    return [77.111, *(round(float(each), 9) for each in told)]


@pytest.mark.parametrize("block", BLOCKS)
def test_the_block_is_known_after_25_positions(block: float) -> None:
    for seed in range(30):
        assert block_of(positions(block, 25, seed)) == pytest.approx(block, abs=1e-6)


def test_a_large_block_is_known_within_a_second() -> None:
    found = [block_of(positions(BLOCKS[0], 9, seed)) for seed in range(50)]
    assert found.count(None) < 3  # all steps of two blocks, by chance
    assert all(each is None or each == pytest.approx(BLOCKS[0], abs=1e-6) for each in found)


def test_positions_that_are_not_told_by_blocks_have_none() -> None:
    for seed in range(30):
        moments = np.cumsum(np.random.default_rng(seed).uniform(0.09, 0.14, 40)).tolist()
        assert block_of(moments) is None
        assert block_of([round(each, 3) for each in moments]) is None
    assert block_of([0.1 * each for each in range(40)]) is None, "an even pace is no block"
    assert block_of([1.0] * 40) is None
    assert block_of([]) is None
    assert block_of([3.0, 2.0, 1.0] * 20) is None


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("way", [0.003, 0.015])
def test_the_truth_is_found_below_the_least_delay(block: float, way: float) -> None:
    chance = np.random.default_rng(3)
    for count, allowed, most in ((10, 0.012, 0.004), (100, 0.005, 0.001)):
        delays = chance.uniform(0.0, block, (60, count)) + chance.uniform(0.0, way, (60, count))
        off = np.array([each.min() - lead(each.tolist(), block) for each in delays])
        assert np.abs(off).max() < allowed
        assert abs(off.mean()) < most


def test_some_that_were_held_up_for_seconds_change_little() -> None:
    chance = np.random.default_rng(4)
    block = BLOCKS[0]
    delays = chance.uniform(0.0, block, 100) + chance.uniform(0.0, 0.01, 100)
    late = [*delays.tolist(), 3.0, 4.5]
    assert abs(min(late) - lead(late, block)) < 0.006
