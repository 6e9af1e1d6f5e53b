"""Onsets where sounds begin, and only there."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.events import Onset
from bridge.trackers.onsets import LOOK_AHEAD, OnsetTracker
from tests.sound import clicks, listen, noise, silence, sine

RATES = pytest.mark.parametrize("rate", [44100, 48000])


def onsets(samples: np.ndarray, rate: int) -> list[Onset]:
    said = listen(OnsetTracker(), samples, rate)
    return [event for event in said if isinstance(event, Onset)]


@RATES
@pytest.mark.parametrize("bpm", [77.0, 300.0])
def test_every_click_is_an_onset_at_its_time_and_said_within_the_look_ahead(
    rate: int, bpm: float
) -> None:
    samples, times = clicks(bpm, 10.0, rate)
    heard = onsets(samples, rate)
    assert len(heard) == len(times)
    for event, time in zip(heard, times, strict=True):
        assert event.at == pytest.approx(time, abs=0.01)
        assert 0.0 < event.decided - time <= LOOK_AHEAD


def test_soft_clicks_are_heard_as_well() -> None:
    samples, times = clicks(100.0, 6.0)
    assert len(onsets(samples * np.float32(0.02), 44100)) == len(times)


def test_a_louder_onset_is_stronger() -> None:
    samples, _ = clicks(60.0, 4.0)
    ramp = np.array([0.01, 0.03, 0.1, 1.0], np.float32).repeat(44100)
    heard = onsets(samples * ramp[:, None] + noise(4.0, level_db=-60.0), 44100)
    strengths = [event.strength for event in heard if event.at > 0.2]
    assert len(strengths) == 4
    assert strengths == sorted(set(strengths))


def test_new_notes_without_a_gap_are_onsets() -> None:
    notes = [sine(hz, 0.5) for hz in (220.0, 330.0, 262.0, 392.0)]
    heard = [event.at for event in onsets(np.concatenate(notes), 44100)]
    for time in (0.5, 1.0, 1.5):
        assert min(abs(at - time) for at in heard) < 0.03


def test_vibrato_is_not_an_onset() -> None:
    time = np.arange(44100 * 4) / 44100
    phase = 2 * np.pi * (880.0 * time + 3.0 * np.sin(2 * np.pi * 6.0 * time))
    tone = (0.3 * np.sin(phase) * np.minimum(1.0, time / 0.05)).astype(np.float32)[:, None]
    assert len([event for event in onsets(tone, 44100) if event.at > 0.2]) == 0


def test_steady_noise_and_silence_have_no_onsets() -> None:
    """Noise may have one a minute by chance."""
    assert len([event for event in onsets(noise(20.0), 44100) if event.at > 0.2]) <= 1
    assert onsets(silence(5.0), 44100) == []
