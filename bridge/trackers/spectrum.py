"""The colour of the sound, ten times a second."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from bridge.events import Event, Spectrum
from bridge.signal.frames import Array64, Frames, hann

EVERY = 10  # hops: one event each 100 ms
WINDOW = 2048  # samples
WINDOWS = 5  # per event
LOW, HIGH = 20.0, 16000.0  # Hz: the same at 44.1 and 48 kHz
WARM = (80.0, 500.0)  # Hz
OCTAVES = (0.0, 200.0, 400.0, 800.0, 1600.0, 3200.0, 6400.0, 12800.0)  # Hz
OUTER = 0.2  # share of an octave's bins that counts as its peaks, and as its valleys
SILENCE = 1e-10  # power of the whole spectrum, -100 dB: below it there is no colour


class SpectrumTracker:
    """The mean power of five windows that end within the last 100 ms. Look-ahead: none.

    It cuts its own windows: five each 100 ms cost a third of the ten that frames.spectrum would
    make. Contrast after Jiang et al. (2002), in dB and averaged over the octaves.
    """

    def process(self, frames: Frames) -> list[Event]:
        """One Spectrum for each 100 ms that is complete."""
        events: list[Event] = []
        step = EVERY // WINDOWS * frames.hop
        for row, at in frames.looks(EVERY):
            sound = frames.windows(WINDOW + (WINDOWS - 1) * step)[row]
            windows = sliding_window_view(sound, WINDOW)[::step]
            magnitude = np.abs(np.fft.rfft(windows * hann(WINDOW), axis=1))
            power = np.square(magnitude.astype(float) * (4.0 / WINDOW)).mean(axis=0)
            events.append(_colour(power, frames.rate, at))
        return events

    def finish(self) -> list[Event]:
        """Nothing: less than 100 ms is left."""
        return []


def _colour(power: Array64, rate: int, at: float) -> Spectrum:
    hz, heard, warm, octaves = _ranges(rate)
    inside = power[heard]
    whole = float(inside.sum())
    if whole < SILENCE:
        return Spectrum(at=at, decided=at, brightness=0.0, warmth=0.0, flatness=0.0, contrast=0.0)
    magnitude = np.sqrt(inside)
    # A floor 120 dB under the mean: digital zeros must not decide the geometric mean.
    floored = inside + 1e-12 * whole / len(inside)
    return Spectrum(
        at=at,
        decided=at,
        brightness=float((magnitude @ hz[heard]) / magnitude.sum()),
        warmth=float(power[warm].sum()) / whole,
        flatness=float(np.exp(np.log(floored).mean()) / floored.mean()),
        contrast=float(np.mean([_contrast(power[octave], whole) for octave in octaves])),
    )


def _contrast(power: Array64, whole: float) -> float:
    """Peaks over valleys of one octave, dB; what lies 100 dB under the whole is its floor."""
    ordered = np.sort(power) + 1e-10 * whole
    outer = max(1, round(OUTER * len(ordered)))
    return float(10.0 * np.log10(ordered[-outer:].mean() / ordered[:outer].mean()))


@cache
def _ranges(rate: int) -> tuple[Array64, slice, slice, tuple[slice, ...]]:
    hz = np.arange(WINDOW // 2 + 1) * rate / WINDOW
    octaves = tuple(_between(hz, low, high) for low, high in pairwise(OCTAVES))
    return hz, _between(hz, LOW, HIGH), _between(hz, *WARM), octaves


def _between(hz: Array64, low: float, high: float) -> slice:
    return slice(int(np.searchsorted(hz, low)), int(np.searchsorted(hz, high)))
