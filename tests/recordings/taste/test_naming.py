"""Names tell what is heard, are the same each time, and no two are alike."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.recordings.taste.naming import name_riff
from bridge.recordings.taste.scores import Ingredients
from tests.recordings.taste.ingredients import CALM, stretches


@pytest.mark.parametrize(
    ("change", "chords", "section", "name"),
    [
        ({"density": 0.8, "energy": 0.9}, ("E:min",), None, "Driving E minor riff"),
        ({"energy": 0.2}, ("A:min", "F:maj", "A:min"), "break", "Quiet Am–F break"),
        ({"brightness": 0.1}, ("C:maj7", "N", "D:min7"), None, "Dark Cmaj7–Dm7 riff"),
        ({}, ("C:maj", "G:maj", "A:min", "F:maj"), "chorus", "Steady C major chorus"),
        ({"tempo": 60.0}, ("N",), None, "Slow riff"),
        ({}, ("N", "G:7"), None, "Steady G7 riff"),
    ],
)
def test_names_tell_what_is_heard(
    change: dict[str, float], chords: tuple[str, ...], section: str | None, name: str
) -> None:
    assert name_riff(replace(CALM, **change), chords, "C major", 2.0, section) == name


@given(st.lists(st.tuples(stretches, st.sampled_from([("E:min",), ("A:min", "F:maj"), ()]))))
def test_no_two_riffs_share_a_name(riffs: list[tuple[Ingredients, tuple[str, ...]]]) -> None:
    named: list[list[str]] = [[], []]
    for taken in named:
        for stretch, chords in riffs:
            taken.append(name_riff(stretch, chords, "E minor", 2.0, taken=taken))
    assert named[0] == named[1]
    assert len(set(named[0])) == len(riffs)
