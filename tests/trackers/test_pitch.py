"""Single voices of known pitch, and nothing where there is no voice."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.events import Pitch
from bridge.trackers.pitch import DELAY, PitchTracker
from tests import sound


def heard(samples: np.ndarray, rate: int = 44100) -> list[Pitch]:
    events = sound.listen(PitchTracker(), samples, rate)
    return [event for event in events if isinstance(event, Pitch)]


def hertz(midi: float) -> float:
    return 440.0 * 2.0 ** ((midi - 69.0) / 12.0)


def cents(event: Pitch, midi: float) -> float:
    return float(1200.0 * np.log2(event.hz / hertz(midi)))


@pytest.mark.parametrize("rate", [44100, 48000])
@pytest.mark.parametrize("midi", [28, 33, 40, 57.37, 69, 84, 95])
def test_a_note_is_heard_within_ten_cents(midi: float, rate: int) -> None:
    voiced = [p for p in heard(sound.tone(midi, 1.0, rate), rate) if p.hz > 0.0 and p.at > 0.08]
    settled = [p for p in voiced if p.at < 0.92]
    assert len(settled) >= 40
    assert max(abs(cents(p, midi)) for p in settled) < 10.0


@pytest.mark.parametrize("decay", [0.0, 0.95])
def test_neither_a_pure_nor_a_rich_tone_is_taken_for_its_octave(decay: float) -> None:
    voiced = [p for p in heard(sound.tone(52.0, 1.0, decay=decay)) if 0.1 < p.at < 0.9]
    assert max(abs(cents(p, 52.0)) for p in voiced) < 20.0


def test_a_missing_fundamental_is_heard() -> None:
    samples = sound.tone(45.0, 1.0) - sound.tone(45.0, 1.0, decay=0.0)
    voiced = [p for p in heard(samples) if 0.1 < p.at < 0.9]
    assert len(voiced) >= 35
    assert max(abs(cents(p, 45.0)) for p in voiced) < 20.0


def test_it_speaks_fifty_times_a_second_and_once_when_the_voice_ends() -> None:
    events = heard(np.concatenate([sound.silence(0.5), sound.tone(60.0, 1.0), sound.silence(0.5)]))
    voiced = [p for p in events if p.hz > 0.0]
    assert 45 <= len(voiced) <= 53
    assert np.diff([p.at for p in voiced]) == pytest.approx(0.02)
    assert [p.hz for p in events].count(0.0) == 1
    assert events[-1].hz == 0.0
    assert voiced[0].at == pytest.approx(0.5, abs=0.03)
    assert events[-1].at == pytest.approx(1.5, abs=0.04)


def test_a_voice_ends_at_the_latest_with_the_stream() -> None:
    assert heard(sound.tone(60.0, 0.5))[-1].hz == 0.0


def test_the_delay_is_the_one_that_is_stated() -> None:
    events = heard(sound.tone(60.0, 0.5))[:-1]
    assert [p.decided - p.at for p in events] == pytest.approx([DELAY] * len(events))


def test_a_soft_note_after_a_loud_one_is_heard() -> None:
    loud, soft = sound.tone(60.0, 0.5, level_db=-10.0), sound.tone(67.0, 0.5, level_db=-30.0)
    events = heard(np.concatenate([loud, sound.silence(0.2), soft]))
    late = [p for p in events if 0.8 < p.at < 1.1]
    assert len(late) >= 14
    assert max(abs(cents(p, 67.0)) for p in late) < 20.0


def test_vibrato_is_followed() -> None:
    time = np.arange(66150) / 44100
    bend = 50.0 * np.sin(2 * np.pi * 5.5 * time)  # cents
    phase = 2 * np.pi * np.cumsum(hertz(62.0) * 2.0 ** (bend / 1200.0)) / 44100
    samples = (0.1 * np.sin(phase) + 0.05 * np.sin(2 * phase)).astype(np.float32)[:, None]
    for event in heard(samples):
        if 0.1 < event.at < 1.4:
            expected = 50.0 * np.sin(2 * np.pi * 5.5 * event.at)
            assert cents(event, 62.0) == pytest.approx(expected, abs=20.0)


def test_breath_around_a_voice_does_not_hide_it() -> None:
    samples = sound.tone(64.0, 1.0) + sound.noise(1.0, level_db=-40.0)
    late = [p for p in heard(samples) if 0.1 < p.at < 0.9]
    assert max(abs(cents(p, 64.0)) for p in late) < 15.0


@pytest.mark.parametrize(
    "samples",
    [sound.silence(2.0), sound.noise(2.0), sound.noise(2.0, level_db=-70.0)],
    ids=["silence", "noise", "soft noise"],
)
def test_where_nobody_sings_nothing_is_said(samples: np.ndarray) -> None:
    assert heard(samples) == []


def test_nan_and_a_thundering_level_do_not_stop_it() -> None:
    broken = np.full((4410, 1), np.nan, np.float32)
    thunder = np.full((4410, 1), 1e30, np.float32)
    note = sound.tone(60.0, 0.5)
    events = heard(np.concatenate([note, broken, thunder, broken, note, note]))
    assert all(np.isfinite(p.hz) and 0.0 <= p.confidence <= 1.0 for p in events)
    assert abs(cents(events[-6], 60.0)) < 20.0
