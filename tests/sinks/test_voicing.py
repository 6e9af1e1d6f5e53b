from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.sinks.voicing import QUALITIES, chord_notes

NAMES = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]


@pytest.mark.parametrize(
    ("label", "notes"),
    [
        ("C:maj", (48, 52, 55)),
        ("C", (48, 52, 55)),
        ("E:min", (52, 55, 59)),
        ("G:7", (55, 59, 62, 65)),
        ("F:maj7", (53, 57, 60, 64)),
        ("A:min7", (57, 60, 64, 67)),
        ("B:dim", (59, 62, 65)),
        ("Eb:aug", (51, 55, 59)),
        ("D:sus2", (50, 52, 57)),
        ("D:sus4", (50, 55, 57)),
        ("A:5", (57, 64)),
        ("Bb:maj/3", (58, 62, 65)),
        ("Cb:maj", (59, 63, 66)),
        ("C:maj(9)", (48, 52, 55)),
    ],
)
def test_chords_are_voiced_closely_from_c3_up(label: str, notes: tuple[int, ...]) -> None:
    assert chord_notes(label) == notes


@pytest.mark.parametrize("label", ["N", "X", "", "H:maj", "C:nonsense", ":maj", "c:maj", "#"])
def test_no_chord_and_what_is_not_known_sound_nothing(label: str) -> None:
    assert chord_notes(label) == ()


@pytest.mark.parametrize("quality", QUALITIES)
@pytest.mark.parametrize("name", NAMES)
def test_every_chord_lies_between_c3_and_c5(name: str, quality: str) -> None:
    notes = chord_notes(f"{name}:{quality}")
    assert notes == tuple(sorted(set(notes)))
    assert notes[0] >= 48
    assert notes[-1] < 72


@given(st.text())
def test_any_text_is_a_chord_or_none(label: str) -> None:
    assert all(0 <= note <= 127 for note in chord_notes(label))
