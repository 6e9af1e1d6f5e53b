"""Units of letters: two bars are alike when their letters are."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bridge.recordings.riffs.recurrence import Unit, find_units


def units(text: str, shortest: int = 1, longest: int = 16, silent: str = "-") -> tuple[Unit, ...]:
    letters = np.array(list(text))
    alike = (letters[:, None] == letters).astype(np.float64)
    borders = np.zeros(len(letters), bool)
    return find_units(alike, letters != silent, borders, shortest, longest)


def told(text: str) -> dict[str, tuple[int, ...]]:
    return {text[unit.starts[0] :][: unit.bars]: unit.starts for unit in units(text)}


def test_the_smallest_repeating_unit_is_told() -> None:
    assert told("abcdabcdabcdabcd") == {"abcd": (0, 4, 8, 12)}
    assert told("aaaaaaaa") == {"a": tuple(range(8))}


def test_a_twelve_bar_blues_is_one_unit_though_bars_come_back_inside() -> None:
    blues = "aaaaddaaedae"
    assert told(blues * 3) == {blues: (0, 12, 24)}


def test_a_phrase_keeps_its_first_bar_though_that_is_less_alike() -> None:
    phrase = "abcdefghijkl"
    text = "-".join([phrase] * 3)
    letters = np.array(list(text))
    alike = (letters[:, None] == letters).astype(np.float64)
    heads = np.flatnonzero(letters == "a")
    alike[np.ix_(heads, heads)] = 0.61  # of 1: hardly the same
    (unit,) = find_units(alike, letters != "-", np.zeros(len(letters), bool), 1, 16)
    assert (unit.bars, unit.starts) == (12, (0, 13, 26))


def test_parts_that_take_turns_are_units_of_their_own() -> None:
    assert told("abcd" * 2 + "efgh" * 2 + "xyzw" + "abcd" * 2 + "efgh" * 2) == {
        "abcd": (0, 4, 20, 24),
        "efgh": (8, 12, 28, 32),
    }


def test_what_comes_once_is_no_unit() -> None:
    assert told("abcdefghijkl") == {}
    assert units("") == ()
    assert units("a") == ()


@given(st.text("abc-", max_size=40), st.integers(1, 4), st.integers(1, 8))
def test_units_repeat_the_same_letters_and_never_overlap(
    text: str, shortest: int, longest: int
) -> None:
    taken: set[int] = set()
    for unit in units(text, shortest, longest):
        assert shortest <= unit.bars <= longest
        assert len(unit.starts) == len(unit.match) >= 2
        assert unit.worth >= 1.0
        words = [text[start : start + unit.bars] for start in unit.starts]
        assert "-" not in "".join(words)
        assert all(len(word) == unit.bars for word in words)
        bars = {bar for start in unit.starts for bar in range(start, start + unit.bars)}
        assert len(bars) == unit.bars * len(unit.starts)
        assert not bars & taken
        assert len(set(words)) == 1  # letters are alike or not at all
        taken |= bars
