"""Which sections are one music."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bridge.recordings.structure.letters import families, letter, letters, section_likeness


def alike_of(*chords: int) -> np.ndarray:
    """Of beats with these chords: 1 the same, 0 another."""
    beats = np.array(chords)
    return (beats[:, None] == beats).astype(float)


def test_sections_that_repeat_are_wholly_alike() -> None:
    alike = alike_of(*range(16), *range(16))
    assert section_likeness(alike, np.array([[0, 16], [16, 32]]), 1)[0, 1] == 1.0


def test_a_half_of_a_section_is_alike_at_a_phrase() -> None:
    alike = alike_of(*range(8), 4, 5, 6, 7)
    assert section_likeness(alike, np.array([[0, 8], [8, 12]]), 1)[0, 1] == 1.0


def test_a_progression_that_begins_on_another_chord_is_another_music() -> None:
    alike = alike_of(0, 7, 9, 5, 0, 7, 9, 5, 9, 5, 0, 7, 9, 5, 0, 7)
    assert section_likeness(alike, np.array([[0, 8], [8, 16]]), 1)[0, 1] == 0.0


def test_letters_come_in_the_order_of_the_music() -> None:
    alike = np.array([[1.0, 0.1, 0.9], [0.1, 1.0, 0.2], [0.9, 0.2, 1.0]])
    assert letters(alike) == ("A", "B", "A")


def test_music_that_comes_again_transposed_is_of_one_family() -> None:
    up = np.array([[0.1, 0.1, 0.1], [0.1, 0.1, 0.9], [0.1, 0.1, 0.1]])
    assert families(("A", "B", "A", "C"), [up]) == ("A", "B", "A", "B")


@settings(max_examples=50, deadline=None)
@given(arrays(float, (7, 7), elements=st.floats(-1.0, 1.0)))
def test_every_section_gets_a_letter_whatever_the_likeness(values: np.ndarray) -> None:
    """Not even a likeness of rounding errors that is not symmetric goes on for ever."""
    found = letters(values)
    assert len(found) == 7
    assert found[0] == "A"


@pytest.mark.parametrize(("number", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (27, "AB")])
def test_after_z_come_two_letters(number: int, name: str) -> None:
    assert letter(number) == name
