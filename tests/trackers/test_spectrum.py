"""The colour of sounds whose colour is known."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.events import Spectrum
from bridge.trackers.spectrum import SpectrumTracker
from tests.sound import listen, noise, silence, sine

RATES = pytest.mark.parametrize("rate", [44100, 48000])


def colours(samples: np.ndarray, rate: int) -> list[Spectrum]:
    said = listen(SpectrumTracker(), samples, rate)
    return [event for event in said if isinstance(event, Spectrum)]


@RATES
@pytest.mark.parametrize("hz", [200.0, 1000.0, 6000.0])
def test_the_brightness_of_a_sine_is_its_frequency(rate: int, hz: float) -> None:
    assert colours(sine(hz, 0.5, rate), rate)[-1].brightness == pytest.approx(hz, rel=0.03)


@RATES
def test_the_brightness_of_white_noise_is_the_middle_of_what_is_looked_at(rate: int) -> None:
    assert colours(noise(0.5, rate), rate)[-1].brightness == pytest.approx(8000.0, rel=0.05)


def test_warmth_is_the_share_between_80_and_500_hz() -> None:
    warm, cold = sine(200.0, 0.5), sine(3000.0, 0.5)
    assert colours(warm, 44100)[-1].warmth > 0.99
    assert colours(cold, 44100)[-1].warmth < 0.01
    assert colours(warm + cold, 44100)[-1].warmth == pytest.approx(0.5, abs=0.03)


def test_a_tone_is_not_flat_and_noise_is() -> None:
    assert colours(sine(1000.0, 0.5), 44100)[-1].flatness < 0.01
    assert colours(noise(0.5), 44100)[-1].flatness > 0.7


def test_partials_contrast_more_than_noise() -> None:
    partials = sum(sine(220.0 * k, 0.5, level_db=-20.0) for k in range(1, 40))
    assert isinstance(partials, np.ndarray)
    assert colours(partials, 44100)[-1].contrast > colours(noise(0.5), 44100)[-1].contrast + 20.0


def test_the_colour_does_not_depend_on_the_level() -> None:
    loud = colours(noise(0.5, level_db=-10.0), 44100)[-1]
    soft = colours(noise(0.5, level_db=-50.0), 44100)[-1]
    assert soft.brightness == pytest.approx(loud.brightness, rel=1e-3)
    assert soft.flatness == pytest.approx(loud.flatness, rel=1e-3)
    assert soft.contrast == pytest.approx(loud.contrast, rel=1e-3)


def test_silence_has_no_colour() -> None:
    for event in colours(silence(0.3), 44100):
        assert (event.brightness, event.warmth, event.flatness, event.contrast) == (0, 0, 0, 0)
