"""Sections of pieces that are made of parts."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from bridge.events import Section
from bridge.trackers.sections import LONGEST, ROW, SHORTEST, SectionTracker
from tests.sound import beat, listen, noise, silence, sine

NAMES = {"intro", "verse-like", "chorus-like", "build", "drop", "break", "outro", "silence"}
RATES = pytest.mark.parametrize("rate", [44100, 48000])


def sections(samples: np.ndarray, rate: int) -> list[Section]:
    said = listen(SectionTracker(), samples, rate)
    return [event for event in said if isinstance(event, Section)]


def pad(seconds: float, rate: int, level_db: float = -30.0) -> np.ndarray:
    """A soft chord that flutters a little."""
    chord = np.sum([sine(hz, seconds, rate, level_db) for hz in (220.0, 277.2, 329.6)], axis=0)
    return chord * (1.0 + noise(seconds, rate, level_db=-50.0))


def band(seconds: float, rate: int) -> np.ndarray:
    """Drums over a bass and the chord."""
    drums, _ = beat(round(seconds / 2.0) + 1, rate)
    chord = pad(seconds, rate, level_db=-20.0) + sine(55.0, seconds, rate, level_db=-14.0)
    return chord + drums[rate // 2 : rate // 2 + len(chord)]


@RATES
def test_a_band_that_enters_and_leaves_makes_three_sections(rate: int) -> None:
    samples = np.concatenate([pad(20.0, rate), band(20.0, rate), pad(20.0, rate)])
    heard = sections(samples, rate)
    assert [event.at for event in heard] == pytest.approx([0.0, 20.0, 40.0], abs=1.0)
    assert [event.number for event in heard] == [1, 2, 3]
    assert [event.name for event in heard] == ["intro", "chorus-like", "break"]
    assert all(event.name in NAMES for event in heard)


def test_a_change_is_said_within_six_seconds_and_two_looks_agree() -> None:
    samples = np.concatenate([pad(20.0, 44100), band(20.0, 44100)])
    change = sections(samples, 44100)[1]
    assert 3.5 < change.decided - 20.0 < 6.0
    assert change.confidence > 0.5


def test_the_band_after_a_break_is_a_drop() -> None:
    parts = [band(20.0, 44100), pad(16.0, 44100), band(20.0, 44100)]
    assert [event.name for event in sections(np.concatenate(parts), 44100)][1:] == ["break", "drop"]


def test_a_rise_of_noise_and_level_is_a_build() -> None:
    rate = 44100
    swell = np.linspace(0.0, 1.0, 16 * rate, dtype=np.float32)[:, None]
    rise = pad(16.0, rate, -20.0) * 0.3 + noise(16.0, rate, -12.0) * 10 ** (2.5 * (swell - 1.0))
    samples = np.concatenate([pad(20.0, rate, -20.0), rise, band(16.0, rate)])
    assert "build" in [event.name for event in sections(samples, rate)]


def test_one_sound_for_long_is_split_but_not_often() -> None:
    seconds = 130.0
    heard = sections(pad(seconds, 44100), 44100)
    assert 2 <= len(heard) <= 1 + seconds / (LONGEST * ROW - 20.0)
    for earlier, later in pairwise(heard):
        assert later.at - earlier.at >= SHORTEST * ROW


def test_silence_is_said_when_the_music_has_ended_and_the_next_piece_is_an_intro() -> None:
    rate = 44100
    parts = [silence(1.0), band(12.0, rate), silence(5.0), pad(8.0, rate)]
    heard = sections(np.concatenate(parts), rate)
    assert [event.name for event in heard] == ["intro", "silence", "intro"]
    assert [event.at for event in heard] == pytest.approx([1.0, 13.2, 18.0], abs=0.3)
    assert heard[1].decided - heard[1].at == pytest.approx(2.5, abs=0.15)


def test_a_short_pause_ends_nothing() -> None:
    parts = [band(12.0, 44100), silence(1.5), band(6.0, 44100)]
    assert "silence" not in [event.name for event in sections(np.concatenate(parts), 44100)]


def test_silence_alone_is_no_piece() -> None:
    assert sections(silence(10.0), 44100) == []


def test_steady_noise_is_one_section_for_half_a_minute() -> None:
    assert [event.name for event in sections(noise(30.0), 44100)] == ["intro"]
