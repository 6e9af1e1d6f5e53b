"""Chords that were put in must come out, soon, and nothing where there is no harmony."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from bridge.events import Chord
from bridge.trackers.chords import LABELS, ChordTracker
from tests import sound

LOOP = ("C:maj", "A:min", "F:maj", "G:maj")


def heard(samples: np.ndarray, rate: int = 44100) -> list[Chord]:
    events = sound.listen(ChordTracker(), samples, rate)
    return [event for event in events if isinstance(event, Chord)]


def label_at(chords: list[Chord], time: float) -> str:
    """What had been said by then."""
    return next((c.label for c in reversed(chords) if c.decided <= time), "N")


@pytest.mark.parametrize("rate", [44100, 48000])
@pytest.mark.parametrize("label", ["C:maj", "F#:maj", "A:min", "Eb:min"])
def test_a_triad_is_heard_within_half_a_second(label: str, rate: int) -> None:
    samples = np.concatenate([sound.silence(1.0, rate), sound.chord(label, 3.0, rate)])
    chords = [c for c in heard(samples, rate) if c.label != "N"]
    assert [c.label for c in chords] == [label]
    assert chords[0].decided < 1.5
    assert chords[0].at == pytest.approx(1.0, abs=0.15)
    assert chords[0].confidence > 0.5


@pytest.mark.parametrize("label", ["G:7", "D:min7", "F:maj7"])
def test_sevenths_are_told_from_triads(label: str) -> None:
    assert heard(sound.chord(label, 3.0))[-1].label == label


def test_each_chord_of_a_loop_is_heard_while_it_sounds() -> None:
    samples = np.concatenate([sound.chord(label, 2.0) for label in LOOP * 2])
    chords = heard(samples)
    assert [label_at(chords, 2.0 * i + 1.0) for i in range(8)] == [*LOOP * 2]


def test_a_change_is_dated_back_to_where_it_sounded() -> None:
    samples = np.concatenate([sound.chord(label, 2.0) for label in LOOP])
    changes = [c for c in heard(samples) if c.decided > 1.0]
    assert [c.at for c in changes] == pytest.approx([2.0, 4.0, 6.0], abs=0.15)
    assert all(c.at < c.decided < c.at + 0.6 for c in changes)


def test_drums_over_a_chord_do_not_change_it() -> None:
    drums, _ = sound.beat(2)
    chord = sound.chord("E:min", len(drums) / 44100)
    chords = heard(drums[: len(chord)] + chord)
    assert {c.label for c in chords if c.label != "N"} <= {"E:min", "E:min7"}


def test_music_tuned_forty_cents_high_is_named_all_the_same() -> None:
    samples = np.concatenate([sound.chord(label, 2.0, cents=40.0) for label in LOOP])
    chords = heard(samples)
    assert [label_at(chords, 2.0 * i + 1.5) for i in range(1, 4)] == [*LOOP][1:]


@pytest.mark.parametrize(
    "samples",
    [sound.silence(4.0), sound.noise(4.0), sound.beat(3)[0]],
    ids=["silence", "noise", "drums"],
)
def test_without_harmony_there_is_no_chord(samples: np.ndarray) -> None:
    chords = heard(samples)
    assert {c.label for c in chords} == {"N"}


def test_the_end_of_the_music_is_no_chord() -> None:
    samples = np.concatenate([sound.chord("D:maj", 2.0), sound.silence(2.0)])
    assert heard(samples)[-1].label == "N"


def test_nan_and_a_thundering_level_do_not_stop_it() -> None:
    broken = np.full((4410, 1), np.nan, np.float32)
    thunder = np.full((4410, 1), 1e30, np.float32)
    chord = sound.chord("D:maj", 3.0)
    chords = heard(np.concatenate([chord, broken, thunder, broken, chord]))
    assert chords[-1].label == "D:maj"
    assert all(0.0 <= c.confidence <= 1.0 for c in chords)


def test_chords_begin_in_the_order_in_which_they_are_said() -> None:
    samples = np.concatenate([sound.chord(label, 0.7) for label in LOOP * 2])
    chords = heard(samples)
    assert all(a.at <= b.at and a.decided < b.decided for a, b in pairwise(chords))
    assert all(a.label != b.label for a, b in pairwise(chords))
    assert all(c.label in LABELS and c.at <= c.decided for c in chords)
