"""What sounds, looked at in batches, against what was synthesised."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.signal.frames import Framer, Frames
from bridge.signal.notes import NOTES, NoteListener, NoteRows
from tests.sound import chord, noise, silence, tone

EVERY = 5


def batch(samples: np.ndarray, rate: int) -> Frames:
    frames = Framer(rate, samples.shape[1]).push(samples)
    assert frames is not None
    return frames


def hear(samples: np.ndarray, rate: int = 44100) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    frames = batch(samples, rate)
    return NoteRows(EVERY).hear(frames, [row for row, _ in frames.looks(EVERY)])


@pytest.mark.parametrize("rate", [44100, 48000])
@pytest.mark.parametrize("midi", [33, 48, 60, 71, 72, 84])
def test_a_single_note_is_the_heaviest(rate: int, midi: int) -> None:
    notes, tonal, _ = hear(tone(midi, 1.5, rate), rate)
    assert (notes[10:25].argmax(axis=1) + NOTES[0] == midi).all()
    assert (tonal[10:25] == 1.0).all()


def test_weights_add_up_to_one_and_silence_has_none() -> None:
    notes, tonal, angles = hear(np.concatenate([silence(1.0), chord("A:min", 1.0)]))
    assert not notes[:18].any()
    assert not tonal[:18].any()
    assert not angles[:18].any()
    assert notes[25:].sum(axis=1) == pytest.approx(1.0, abs=1e-5)


def test_looks_at_once_agree_with_those_one_by_one_while_nothing_changes() -> None:
    sound = chord("F:maj7", 1.5)
    notes, _, _ = hear(sound)
    look = NoteListener(EVERY).hear(batch(sound, 44100), 120)
    assert look is not None
    assert np.corrcoef(notes[23], look.notes)[0, 1] > 0.98


def test_looks_do_not_depend_on_how_the_stream_was_cut() -> None:
    sound = np.concatenate([chord("C:maj", 1.0), noise(0.5), chord("E:min7", 1.0, cents=30.0)])
    whole = hear(sound)
    framer, rows, parts = Framer(44100, 1), NoteRows(EVERY), []
    for cut in np.split(sound, [7000, 7100, 44100, 60001, 90000]):
        frames = framer.push(cut)
        looks = [row for row, _ in frames.looks(EVERY)] if frames else []
        if frames and looks:
            parts.append(rows.hear(frames, looks))
    for one, many in zip(whole, zip(*parts, strict=True), strict=True):
        np.testing.assert_allclose(np.concatenate(many), one, atol=1e-4)


@pytest.mark.parametrize("hz", [432.0, 440.0, 443.0, 452.0])
def test_the_angles_of_the_peaks_are_the_tuning(hz: float) -> None:
    cents = 1200.0 * np.log2(hz / 440.0)
    _, _, angles = hear(chord("D:min", 1.5, cents=cents))
    found = np.angle(angles[10:25].sum()) / (2 * np.pi) * 100.0
    assert found == pytest.approx(cents, abs=2.0)


def test_what_is_out_of_tune_is_heard_as_the_same_notes() -> None:
    notes, _, _ = hear(chord("D:min", 4.0, cents=45.0))
    straight, _, _ = hear(chord("D:min", 4.0))
    assert np.corrcoef(notes[-20], straight[-20])[0, 1] > 0.95
