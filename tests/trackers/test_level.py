"""Loudness against the standard's own figures and against scipy's recursive filters."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter, resample_poly

from bridge.events import Level
from bridge.trackers.level import FLOOR, LevelTracker, k_filter
from tests.sound import listen, noise, silence, sine, stereo

RATES = pytest.mark.parametrize("rate", [44100, 48000])


def levels(samples: np.ndarray, rate: int) -> list[Level]:
    return [event for event in listen(LevelTracker(), samples, rate) if isinstance(event, Level)]


@RATES
def test_a_stereo_997_hz_sine_at_minus_23_dbfs_reads_minus_23_lufs(rate: int) -> None:
    """EBU Tech 3341, test case 1."""
    tone = sine(997.0, 5.0, rate, level_db=-23.0)
    last = levels(stereo(tone, tone), rate)[-1]
    assert last.momentary == pytest.approx(-23.0, abs=0.05)
    assert last.short_term == pytest.approx(-23.0, abs=0.05)


@RATES
def test_a_full_scale_sine_on_one_channel_reads_minus_3_lufs(rate: int) -> None:
    """BS.1770-5: -3.01 LKFS."""
    last = levels(sine(997.0, 4.0, rate, level_db=0.0), rate)[-1]
    assert last.short_term == pytest.approx(-3.01, abs=0.05)
    assert last.rms == pytest.approx(-3.01, abs=0.01)


@RATES
@pytest.mark.parametrize("hz", [25.0, 60.0, 500.0, 2000.0, 12000.0])
def test_loudness_is_that_of_the_recursive_filter(rate: int, hz: float) -> None:
    samples = sine(hz, 4.0, rate) + noise(4.0, rate, level_db=-40.0)
    weighted = samples[:, 0].astype(float)
    for b, a in k_filter(rate):
        weighted = lfilter(b, a, weighted)
    expected = -0.691 + 10 * np.log10(np.square(weighted[-3 * rate :]).mean())
    assert levels(samples, rate)[-1].short_term == pytest.approx(expected, abs=0.01)


def test_the_k_filter_at_48_khz_is_the_table_of_the_standard() -> None:
    shelf, high_pass = k_filter(48000)
    expected = (
        [1.53512485958697, -2.69169618940638, 1.19839281085285],
        [1.0, -1.69065929318241, 0.73248077421585],
    )
    assert shelf[0] == pytest.approx(expected[0], abs=1e-8)
    assert shelf[1] == pytest.approx(expected[1], abs=1e-8)
    assert high_pass[0] == [1.0, -2.0, 1.0]
    assert high_pass[1] == pytest.approx([1.0, -1.99004745483398, 0.99007225036621], abs=1e-8)


def test_momentary_forgets_after_400_ms_and_short_term_after_3_s() -> None:
    heard = levels(np.concatenate([sine(997.0, 4.0), silence(4.0)]), 44100)
    at = {round(event.at, 1): event for event in heard}
    assert at[4.2].momentary > -20.0
    assert at[4.6].momentary < -60.0
    assert at[6.8].short_term > -30.0
    assert at[7.2].short_term < -60.0


@RATES
def test_the_true_peak_between_two_samples_is_seen(rate: int) -> None:
    """A quarter of the rate, sampled at 45 degrees: the samples stay 3 dB under the peak."""
    count = np.arange(rate)
    tone = np.sin(2 * np.pi * count / 4 + np.pi / 4).astype(np.float32)[:, None]
    event = levels(tone, rate)[5]
    assert event.peak == pytest.approx(-3.01, abs=0.01)
    assert event.true_peak == pytest.approx(0.0, abs=0.2)


def test_the_true_peak_of_noise_is_that_of_a_long_resampler() -> None:
    samples = noise(1.0, 48000, level_db=-20.0)
    samples = np.convolve(samples[:, 0], np.ones(4) / 4, "same").astype(np.float32)[:, None]
    oracle = 20 * np.log10(np.abs(resample_poly(samples[:, 0].astype(float), 16, 1)).max())
    heard = max(event.true_peak for event in levels(samples, 48000))
    assert heard == pytest.approx(oracle, abs=0.3)


def test_width_and_correlation_know_mono_wide_and_opposed() -> None:
    tone, other = noise(0.5, seed=1), noise(0.5, seed=2)
    cases = [
        (stereo(tone, tone), 0.0, 1.0),
        (stereo(tone, -tone), 1.0, -1.0),
        (stereo(tone, other), 0.5, 0.0),
        (tone, 0.0, 1.0),
    ]
    for samples, width, correlation in cases:
        event = levels(samples, 44100)[-1]
        assert event.width == pytest.approx(width, abs=0.03)
        assert event.correlation == pytest.approx(correlation, abs=0.05)


def test_silence_reads_the_floor_and_nothing_infinite() -> None:
    for event in levels(silence(0.5, channels=2), 44100):
        floors = (event.rms, event.peak, event.true_peak, event.momentary, event.short_term)
        assert floors == (FLOOR,) * 5
        assert (event.width, event.correlation) == (0.0, 1.0)


def test_levels_come_every_100_ms_on_the_100_ms() -> None:
    heard = levels(noise(1.05), 44100)
    assert [event.at for event in heard] == pytest.approx([0.1 * i for i in range(1, 11)])
    assert all(event.decided == event.at for event in heard)
