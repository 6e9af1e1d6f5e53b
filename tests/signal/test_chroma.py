"""Notes, chroma and tuning of sounds whose notes are known."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.signal.chroma import bass_chroma, harmony_chroma, unit_rows
from bridge.signal.frames import Framer
from bridge.signal.notes import BANDS, NOTES, PER_NOTE, Look, NoteListener, whiten
from bridge.signal.periodicity import peaks, similarity
from bridge.signal.tuning import Tuning
from tests import sound


def looks(samples: np.ndarray, rate: int = 44100) -> tuple[list[Look | None], float]:
    """All looks, one each 100 ms, and the tuning after them."""
    frames = Framer(rate, 1).push(samples)
    assert frames is not None
    listener = NoteListener(10)
    return [listener.hear(frames, row) for row in range(9, frames.count, 10)], listener.tuning


def last_look(samples: np.ndarray, rate: int = 44100) -> Look:
    look = looks(samples, rate)[0][-1]
    assert look is not None
    return look


@pytest.mark.parametrize("rate", [44100, 48000])
@pytest.mark.parametrize("midi", [31, 45, 60, 71, 72, 84])
def test_the_partials_of_one_note_are_heard_as_one_note(midi: int, rate: int) -> None:
    notes = last_look(sound.tone(midi, 0.6, rate), rate).notes
    assert NOTES[0] + int(notes.argmax()) == midi
    assert notes.max() > 2.0 * np.sort(notes)[-2]


def test_the_chroma_of_a_chord_holds_its_tones_and_its_bass() -> None:
    notes = last_look(sound.chord("E:min", 0.6)).notes
    assert set(np.argsort(harmony_chroma(notes))[-3:]) == {4, 7, 11}
    assert int(bass_chroma(notes).argmax()) == 4


def test_both_rates_give_the_same_chroma() -> None:
    low, high = (
        harmony_chroma(last_look(sound.chord("A:7", 0.6, r), r).notes) for r in (44100, 48000)
    )
    assert low == pytest.approx(high, abs=0.05)


@pytest.mark.parametrize("cents", [-40.0, 25.0, 45.0])
def test_the_tuning_is_found(cents: float) -> None:
    _, tuning = looks(sound.chord("C:maj", 4.0, cents=cents))
    assert 100.0 * tuning == pytest.approx(cents, abs=8.0)


def test_music_at_440_hz_is_left_alone() -> None:
    assert looks(sound.chord("C:maj", 2.0))[1] == 0.0


def test_silence_has_no_tuning_and_no_notes() -> None:
    assert looks(sound.silence(0.5)) == ([None] * 5, 0.0)
    tuning = Tuning(0.1)
    tuning.hear(np.zeros(8193), 2.7)
    assert tuning.semitones == 0.0


def test_tones_are_told_from_noise() -> None:
    assert last_look(sound.chord("G:maj", 0.6)).tonal > 0.9
    assert last_look(sound.noise(0.6)).tonal < 0.5


def test_a_level_spectrum_is_white_already() -> None:
    spectrum = np.ones((BANDS[1] - BANDS[0]) * PER_NOTE)
    assert whiten(spectrum) == pytest.approx(0.0, abs=1e-6)
    spectrum[100] = 2.0
    assert np.flatnonzero(whiten(spectrum) > 1e-3).tolist() == [100]


def test_a_sound_resembles_itself_after_each_period_and_half_of_it_not_at_all() -> None:
    [curve] = similarity(np.sin(2 * np.pi * np.arange(2000) / 100.0)[None], 350)
    assert curve[[0, 100, 200, 300]] == pytest.approx(1.0, abs=1e-3)
    assert curve[[50, 150, 250]] == pytest.approx(-1.0, abs=1e-3)


def test_similarity_is_what_its_formula_says() -> None:
    x = np.random.default_rng(4).standard_normal(300)
    [curve] = similarity(x[None], 40)
    for lag in (1, 7, 40):
        a, b = x[: 300 - lag], x[lag:]
        assert curve[lag] == pytest.approx(2 * (a @ b) / (a @ a + b @ b))


def test_peaks_lie_between_the_samples() -> None:
    lags, heights = peaks(
        similarity(np.sin(2 * np.pi * np.arange(2000) / 70.3)[None], 200)[0], 20, 0.5, 4
    )
    assert sorted(lags) == pytest.approx([70.3, 140.6], abs=0.1)
    assert heights == pytest.approx(1.0, abs=1e-3)


def test_rows_become_as_long_as_each_other_and_zeros_stay() -> None:
    rows = unit_rows(np.array([[3.0, 4.0], [0.0, 0.0], [-1e-3, 0.0]]))
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0.0, 0.0], [-1.0, 0.0]])
