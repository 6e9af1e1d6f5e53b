from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.sinks.voicing import chord_notes
from bridge.trackers.chords import LABELS


@pytest.mark.parametrize(
    ("label", "notes"),
    [
        ("C:maj", (48, 52, 55)),
        ("E:min", (52, 55, 59)),
        ("G:7", (55, 59, 62, 65)),
        ("F:maj7", (53, 57, 60, 64)),
        ("A:min7", (57, 60, 64, 67)),
    ],
)
def test_chords_are_voiced_closely_from_c3_up(label: str, notes: tuple[int, ...]) -> None:
    assert chord_notes(label) == notes


@pytest.mark.parametrize("label", ["N", "X", "", "C", "H:maj", "C:nonsense", ":maj", "c:maj"])
def test_no_chord_and_what_is_not_known_sound_nothing(label: str) -> None:
    assert chord_notes(label) == ()


@pytest.mark.parametrize("label", LABELS[:-1])
def test_every_chord_the_tracker_says_lies_between_c3_and_c5(label: str) -> None:
    notes = chord_notes(label)
    assert len(notes) >= 3
    assert notes == tuple(sorted(set(notes)))
    assert notes[0] >= 48
    assert notes[-1] < 72


@given(st.text())
def test_any_text_is_a_chord_or_none(label: str) -> None:
    assert all(0 <= note <= 127 for note in chord_notes(label))
