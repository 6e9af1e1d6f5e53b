from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.signal.spelling import chord_name, chord_notes


@pytest.mark.parametrize(
    ("label", "name", "notes"),
    [
        ("C:maj", "C", {0, 4, 7}),
        ("A:min", "Am", {9, 0, 4}),
        ("F#:min7", "F#m7", {6, 9, 1, 4}),
        ("F#:7", "F#7", {6, 10, 1, 4}),
        ("Bb:maj7/3", "Bbmaj7/D", {10, 2, 5, 9}),
        ("E:5", "E5", {4, 11}),
        ("B:hdim7", "Bm7b5", {11, 2, 5, 9}),
        ("G:sus4(b7)", "Gsus4(b7)", {7, 0, 2, 5}),
        ("Eb", "Eb", {3, 7, 10}),
        ("C:(1,5)", "C(1,5)", {0, 7}),
        ("N", "N.C.", set()),
        ("H:odd", "H:odd", set()),
    ],
)
def test_chords_are_spelled_as_musicians_do(label: str, name: str, notes: set[int]) -> None:
    assert chord_name(label) == name
    assert {note % 12 for note in chord_notes(label)} == notes


@given(
    label=st.text()
    | st.from_regex(
        r"[A-G][#b]{0,2}:[a-z0-9]{0,5}(\([#b0-9*,]{0,6}\))?(/[#b]?[0-9]{1,3})?", fullmatch=True
    )
)
def test_any_label_has_a_name_and_notes_that_midi_has(label: str) -> None:
    assert isinstance(chord_name(label), str)
    assert all(0 <= note <= 127 for note in chord_notes(label))


def test_the_bass_of_a_slash_chord_is_the_lowest_note() -> None:
    assert min(chord_notes("C:maj/5")) % 12 == 7
    assert min(chord_notes("C:maj")) % 12 == 0
