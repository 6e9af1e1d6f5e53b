"""A grid is corrected by hand: bars and beats follow, and what was claimed to stay stays."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bridge.errors import BridgeError
from bridge.recordings.corrections import (
    Correction,
    Double,
    Halve,
    SetBeats,
    SetMetre,
    TheOne,
    apply,
    correct,
    correction_of,
)
from bridge.recordings.facts import from_json, to_json
from bridge.recordings.grid import FAR, Grid, felt_beats

METRES = ((2, 4), (3, 4), (4, 4), (5, 4), (6, 8), (7, 8))


@st.composite
def grids(draw: st.DrawFn, begins_on_one: bool = False) -> Grid:
    """Beats with a wandering tempo, bars of one metre with a shorter one here and there."""
    counted, unit = draw(st.sampled_from(METRES))
    length = felt_beats(counted, unit)
    gaps = draw(st.lists(st.floats(0.3, 1.2), min_size=3, max_size=60))
    beats = [draw(st.floats(0.0, 5.0))]
    for gap in gaps:
        beats.append(beats[-1] + gap)
    number = 1 if begins_on_one else draw(st.integers(1, length))
    numbers = [number]
    for _ in gaps:
        short = draw(st.integers(0, 30)) == 0 and not begins_on_one
        number = 1 if number >= length or short else number + 1
        numbers.append(number)
    return Grid(tuple(beats), tuple(numbers), counted, unit)


def steady(count: int = 16, period: float = 0.5, length: int = 4, first: int = 1) -> Grid:
    numbers = tuple((i + first - 1) % length + 1 for i in range(count))
    return Grid(tuple(i * period for i in range(count)), numbers, length, 4)


CORRECTIONS: st.SearchStrategy[Correction] = st.one_of(
    st.builds(Double),
    st.builds(Halve, other=st.booleans()),
    st.builds(TheOne, at=st.floats(0, 30)),
    st.sampled_from(METRES).map(lambda metre: SetMetre(*metre)),
    st.tuples(st.sampled_from(METRES), st.floats(0, 30)).map(
        lambda given: SetMetre(*given[0], since=given[1])
    ),
    st.lists(st.integers(0, 200), min_size=1, unique=True).map(
        lambda tenths: SetBeats(tuple(tenth / 5 for tenth in sorted(tenths)))
    ),
)


def runs(grid: Grid) -> bool:
    return all(after in (1, before + 1) for before, after in pairwise(grid.numbers))


@given(grids(), CORRECTIONS)
def test_numbers_always_run_and_beats_always_ascend(grid: Grid, correction: Correction) -> None:
    if isinstance(correction, TheOne):  # times that lie outside the take are refused
        assume(grid.beats[0] - FAR < correction.at < grid.beats[-1] + FAR)
    corrected = apply(grid, correction)
    assert runs(corrected)
    assert all(number >= 1 for number in corrected.numbers)
    assert all(before < after for before, after in pairwise(corrected.beats))


@given(grids())
def test_doubled_and_halved_gives_the_beats_back(grid: Grid) -> None:
    length = grid.beats_per_bar
    if all(after == before % length + 1 for before, after in pairwise(grid.numbers)):
        there = grid.doubled()
        assert grid.beats in (there.halved().beats, there.halved(other=True).beats)


@given(grids(begins_on_one=True))
def test_from_a_downbeat_doubled_and_halved_gives_the_same_grid(grid: Grid) -> None:
    assert grid.doubled().halved() == grid


@given(grids(begins_on_one=True))
def test_doubling_keeps_every_downbeat_and_every_beat(grid: Grid) -> None:
    doubled = grid.doubled()
    assert set(grid.downbeats) <= set(doubled.downbeats)
    assert set(grid.beats) <= set(doubled.beats)
    assert len(doubled.beats) == 2 * len(grid.beats) - 1


@given(grids())
def test_the_two_halves_share_no_beat_and_leave_none_out(grid: Grid) -> None:
    one, other = grid.halved().beats, grid.halved(other=True).beats
    assert sorted(one + other) == list(grid.beats)


def test_halving_keeps_every_other_downbeat() -> None:
    grid = steady(16)
    assert grid.halved().downbeats == grid.downbeats[::2]
    assert grid.halved().numbers == (1, 2, 3, 4, 1, 2, 3, 4)
    assert grid.halved(other=True).beats == grid.beats[1::2]


def test_a_short_bar_does_not_cost_the_downbeats_behind_it() -> None:
    numbers = (1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 1, 2, 3, 4, 1, 2, 3, 4)
    grid = Grid(tuple(0.4 * i for i in range(len(numbers))), numbers)
    assert grid.beats[10] in grid.halved().downbeats


@given(grids(), st.floats(-0.1, 1.1))
def test_the_one_is_where_the_hand_says(grid: Grid, share: float) -> None:
    at = inside(grid, share)
    moved = grid.with_one(at)
    assert moved.numbers[grid.nearest(at)] == 1
    assert moved.beats == grid.beats
    nearest = min(abs(at - beat) for beat in grid.beats)
    assert abs(moved.beats[grid.nearest(at)] - at) == nearest


def test_the_one_moves_all_bar_lines() -> None:
    assert steady(12).with_one(0.5).numbers == (4, 1, 2, 3) * 3
    assert steady(12).with_one(1.5).numbers == (2, 3, 4, 1) * 3


def inside(grid: Grid, share: float) -> float:
    """A time that is FAR from the beats at most."""
    first, last = grid.beats[0], grid.beats[-1]
    return min(max(first + share * (last - first), first - FAR), last + FAR)


def test_a_one_in_another_take_is_refused() -> None:
    with pytest.raises(BridgeError, match="no beat at 100"):
        steady(12).with_one(100.0)


@given(grids(), st.floats(-0.1, 1.1))
def test_to_say_the_one_twice_changes_nothing(grid: Grid, share: float) -> None:
    at = inside(grid, share)
    once = grid.with_one(at)
    assert once.with_one(at) == once


@given(grids(), st.sampled_from(METRES))
def test_another_metre_keeps_the_first_downbeat(grid: Grid, metre: tuple[int, int]) -> None:
    changed = grid.with_metre(*metre)
    assert changed.metre == f"{metre[0]}/{metre[1]}"
    assert changed.beats == grid.beats
    if grid.downbeats:
        assert grid.downbeats[0] in changed.downbeats
    assert max(changed.numbers) <= felt_beats(*metre)


def test_the_metre_changes_from_a_time_on() -> None:
    changed = steady(16).with_metre(3, 4, since=4.0)
    assert changed.numbers == (1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 1, 2, 3, 1, 2)
    assert changed.metre == "4/4"  # of no more than half of the beats
    assert steady(16).with_metre(3, 4, since=2.0).metre == "3/4"


def test_six_eight_has_two_felt_beats() -> None:
    assert steady(6).with_metre(6, 8).numbers == (1, 2, 1, 2, 1, 2)
    assert steady(6).with_metre(7, 8).beats_per_bar == 7


def test_a_usual_bar_is_what_most_bars_have() -> None:
    halved = Grid(tuple(0.4 * i for i in range(9)), (1, 2, 3, 1, 2, 3, 1, 2, 1), 7, 8)
    assert halved.beats_per_bar == 3
    assert Grid((0.0, 0.5, 1.0), (3, 1, 2), 6, 8).beats_per_bar == 2  # no bar is whole


def test_a_place_lies_between_its_beats_and_goes_on_outside() -> None:
    uneven = Grid((1.0, 2.0, 4.0, 5.0), (1, 2, 3, 4))
    places = uneven.places_at([0.5, 1.0, 1.5, 3.0, 4.0, 7.0])
    np.testing.assert_allclose(places, [-0.5, 0.0, 0.5, 1.5, 2.0, 5.0])


@given(grids(), st.lists(st.floats(-20.0, 200.0), min_size=1))
def test_a_time_has_one_place_and_a_place_one_time(grid: Grid, times: list[float]) -> None:
    assume(len(grid.beats) > 1)
    np.testing.assert_allclose(grid.times_at(grid.places_at(times)), times, atol=1e-6)


@pytest.mark.parametrize(("counted", "unit"), [(0, 4), (4, 3), (99, 4)])
def test_a_metre_nobody_writes_is_refused(counted: int, unit: int) -> None:
    with pytest.raises(BridgeError, match="no metre"):
        steady().with_metre(counted, unit)


@given(grids())
def test_the_same_beats_again_change_nothing(grid: Grid) -> None:
    if grid.downbeats and grid.numbers[0] == 1:
        again = grid.with_beats(grid.beats)
        assert set(grid.downbeats) <= set(again.downbeats)
        assert again.beats == grid.beats


def test_a_beat_moved_or_taken_away_leaves_the_other_downbeats() -> None:
    grid = steady(16)
    moved = list(grid.beats)
    moved[4] += 0.05
    assert grid.with_beats(moved).numbers == grid.numbers
    without = grid.with_beats(grid.beats[:5] + grid.beats[6:])
    assert without.numbers == (1, 2, 3, 4, 1, 2, 3, 1, 2, 3, 4, 1, 2, 3, 4)


def test_beats_from_nothing_are_counted_from_the_first() -> None:
    assert Grid((), ()).with_beats([1.0, 1.5, 2.0, 2.5, 3.0]).numbers == (1, 2, 3, 4, 1)


@pytest.mark.parametrize(
    "beats", [(1.0, 0.5), (1.0, 1.05), (1.0, 1.0), (-1.0, 2.0), (float("nan"),)]
)
def test_beats_that_nobody_can_count_are_refused(beats: tuple[float, ...]) -> None:
    with pytest.raises(BridgeError):
        steady().with_beats(beats)


def test_what_is_too_quick_cannot_be_doubled() -> None:
    with pytest.raises(BridgeError, match="do not follow"):
        steady(16, period=0.15).doubled()


def test_an_empty_grid_says_that_it_has_no_beats() -> None:
    empty = Grid((), ())
    for correction in (Double(), Halve(), TheOne(1.0)):
        with pytest.raises(BridgeError, match="grid cannot be"):
            apply(empty, correction)
    assert empty.with_metre(3, 4).metre == "3/4"


@given(grids(), st.lists(CORRECTIONS, max_size=4))
def test_undo_is_the_history_without_its_last_entry(grid: Grid, history: list[Correction]) -> None:
    steps = [grid]
    for correction in history:
        try:
            steps.append(apply(steps[-1], correction))
        except BridgeError:
            return
    for count, step in enumerate(steps):
        assert correct(grid, history[:count]) == step


@given(CORRECTIONS)
def test_a_correction_survives_json(correction: Correction) -> None:
    assert correction_of(to_json(correction)) == correction


@given(grids())
def test_a_grid_survives_json(grid: Grid) -> None:
    assert from_json(Grid, to_json(grid)) == grid


@pytest.mark.parametrize(
    ("counted", "unit", "quarters"), [(4, 4, 4.0), (6, 8, 3.0), (7, 8, 3.5), (3, 2, 6.0)]
)
def test_a_bar_is_counted_in_quarter_notes(counted: int, unit: int, quarters: float) -> None:
    assert Grid((), (), counted, unit).quarters_per_bar == quarters
