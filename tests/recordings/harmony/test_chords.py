"""Chords on the beats of a grid, against synthesised progressions."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from bridge.recordings.facts import Chord, Span
from bridge.recordings.findings import Findings
from bridge.recordings.grid import Grid
from bridge.recordings.harmony.chords import find_chords
from bridge.recordings.harmony.keys import find_keys
from tests.recordings.notes import beats, notes_of, played
from tests.sound import noise, silence

SONG = ("C:maj", "A:min", "F:maj", "G:maj")


@cache
def song() -> Findings:
    """Two seconds each, twice: bars of 120 BPM."""
    return notes_of(played(SONG * 2, 2.0))


def chords(findings: Findings, grid: Grid, start: float = 0.0) -> tuple[Chord, ...]:
    span = Span(start, findings.duration)
    return find_chords(findings, span, grid, find_keys(findings, span, grid))


def test_a_progression_is_found_bar_by_bar() -> None:
    found = chords(song(), beats(120.0, 16.0))
    assert [chord.label for chord in found] == list(SONG * 2)
    assert [chord.start for chord in found] == pytest.approx(np.arange(0.0, 16.0, 2.0))


@pytest.mark.parametrize("cents", [-31.8, 46.5])
def test_tuning_changes_no_chord(cents: float) -> None:
    found = chords(notes_of(played(SONG * 2, 2.0, cents)), beats(120.0, 16.0))
    assert [chord.label for chord in found] == list(SONG * 2)


@pytest.mark.parametrize("label", ["D:maj", "E:min", "A:7", "F:maj7", "B:min7"])
def test_each_kind_of_chord_has_its_name(label: str) -> None:
    assert [chord.label for chord in chords(notes_of(played([label], 6.0)), beats(100.0, 6.0))] == [
        label
    ]


def test_chords_follow_a_corrected_grid_without_a_second_hearing() -> None:
    shifted = beats(120.0, 16.0, first=0.1)
    slower = beats(60.0, 16.0)
    for grid in (shifted, slower):
        starts = [chord.start for chord in chords(song(), grid)][1:]
        assert all(np.isclose(grid.beats, start, atol=1e-3).any() for start in starts)
    labels = [chord.label for chord in chords(song(), shifted)]
    assert labels == list(SONG * 2)


def test_without_a_grid_chords_are_found_on_a_raster() -> None:
    found = chords(song(), Grid((), ()))
    assert [chord.label for chord in found] == list(SONG * 2)


def test_chords_fill_the_span_and_follow_each_other() -> None:
    found = chords(song(), beats(120.0, 14.0, first=1.0), start=0.7)
    assert found[0].start == 0.7
    assert found[-1].end == 16.0
    assert all(one.end == other.start for one, other in pairwise(found))
    assert all(one.label != other.label for one, other in pairwise(found))
    assert all(0.0 <= chord.confidence <= 1.0 for chord in found)


def test_silence_and_noise_are_no_chord() -> None:
    for sound in (silence(6.0), noise(6.0)):
        assert {chord.label for chord in chords(notes_of(sound), beats(120.0, 6.0))} == {"N"}


def test_a_rest_between_chords_is_no_chord() -> None:
    sound = np.concatenate([played(["C:maj"], 4.0), silence(4.0), played(["C:maj"], 4.0)])
    found = chords(notes_of(sound), beats(120.0, 12.0))
    assert [(chord.label, chord.start) for chord in found] == [
        ("C:maj", 0.0),
        ("N", 4.0),
        ("C:maj", 8.0),
    ]


def test_a_span_shorter_than_a_look_has_an_answer() -> None:
    found = find_chords(song(), Span(3.0, 3.01), Grid((), ()), ())
    assert [(chord.start, chord.end) for chord in found] == [(3.0, 3.01)]
