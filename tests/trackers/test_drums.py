"""Drum hits: strokes of known drums, and sounds that are none."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.events import DrumHit
from bridge.trackers.drums import LOOK_AHEAD, DrumTracker
from tests.sound import at, beat, click, drum, listen, noise, silence, sine

RATES = pytest.mark.parametrize("rate", [44100, 48000])


def hits(samples: np.ndarray, rate: int) -> list[DrumHit]:
    said = listen(DrumTracker(), samples, rate)
    return [event for event in said if isinstance(event, DrumHit)]


@RATES
def test_each_stroke_of_a_beat_is_heard_as_its_drum_within_the_look_ahead(rate: int) -> None:
    samples, truth = beat(4, rate)
    heard = hits(samples, rate)
    for time, name in truth:
        here = [hit for hit in heard if abs(hit.at - time) < 0.02]
        assert name in [hit.drum for hit in here], f"{name} at {time}"
        assert all(0.0 < hit.decided - time <= LOOK_AHEAD for hit in here)
    assert all(min(abs(hit.at - time) for time, _ in truth) < 0.02 for hit in heard)


@RATES
def test_a_lone_kick_is_a_kick_and_no_hihat(rate: int) -> None:
    samples = at([0.5, 1.0, 1.5, 2.0], drum("kick", rate), 3.0, rate)
    heard = hits(samples, rate)
    assert [hit.at for hit in heard if hit.drum == "kick"] == pytest.approx(
        [0.5, 1.0, 1.5, 2.0], abs=0.015
    )
    assert "hihat" not in {hit.drum for hit in heard}


@RATES
def test_a_lone_hihat_is_a_hihat_and_no_kick_or_snare(rate: int) -> None:
    times = [0.5 + 0.25 * i for i in range(8)]
    heard = {hit.drum for hit in hits(at(times, drum("hihat", rate, -14.0), 3.0, rate), rate)}
    assert "hihat" in heard
    assert not heard & {"kick", "snare", "toms"}


def test_harder_strokes_have_higher_velocities() -> None:
    times = [0.5 + 0.5 * i for i in range(8)]
    levels = (-6.0, -18.0) * 4
    parts = [
        at([time], drum("kick", level_db=level), 5.0, 44100)
        for time, level in zip(times, levels, strict=True)
    ]
    kicks = [hit for hit in hits(np.sum(parts, axis=0), 44100) if hit.drum == "kick"]
    assert len(kicks) == 8
    assert all(1 <= hit.velocity <= 127 for hit in kicks)
    for hard, soft in zip(kicks[0::2], kicks[1::2], strict=True):
        assert hard.velocity > 2 * soft.velocity


def test_the_drums_may_be_30_db_softer() -> None:
    samples, truth = beat(4)
    heard = hits(samples * np.float32(0.03), 44100)
    kicks = [time for time, name in truth if name == "kick"]
    assert [hit.at for hit in heard if hit.drum == "kick"] == pytest.approx(kicks, abs=0.02)


def test_chords_that_begin_and_end_are_no_drums() -> None:
    """Notes with soft attacks, as strings and winds have them."""
    rate = 44100
    rise = np.minimum(1.0, np.arange(rate // 2) / (0.04 * rate))
    envelope = (rise * rise[::-1]).astype(np.float32)[:, None]
    chords = []
    for root in (220.0, 196.0, 174.6, 261.6) * 4:
        partials = [sine(root * k, 0.5, rate, -20.0 - 3 * k) for k in range(1, 9)]
        chords.append(np.sum(partials, axis=0) * envelope)
    assert hits(np.concatenate(chords), rate) == []


def test_hum_and_silence_are_no_drums() -> None:
    hum = np.sum([sine(50.0 * k, 10.0, level_db=-30.0) for k in (1, 2, 3, 5)], axis=0)
    for samples in (hum + noise(10.0, level_db=-50.0), silence(10.0)):
        assert [hit for hit in hits(samples, 44100) if hit.at > 0.2] == []


def test_loud_steady_noise_is_no_drum_but_by_chance() -> None:
    """Without the condition that a stroke rises more than the sound does anyway: 700."""
    assert len([hit for hit in hits(noise(30.0), 44100) if hit.at > 0.2]) < 6


def test_before_drums_play_a_single_unclear_noise_is_not_said() -> None:
    soft = at([2.0, 9.0, 16.0], click(level_db=-40.0), 20.0, 44100)
    heard = hits(soft + noise(20.0, level_db=-55.0), 44100)
    assert [hit for hit in heard if hit.at > 0.2] == []
