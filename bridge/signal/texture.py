"""What a stretch of music sounds like, ten times a second: the material of sections."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from bridge.signal.frames import Array, Array64, hann

WINDOW = 8192  # samples: 171 to 186 ms, so that single strokes do not decide
EDGES = (30.0, 120.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16000.0)  # Hz: octave bands
BANDS = len(EDGES) - 1
LEVEL, BRIGHTNESS, VOICE = BANDS, BANDS + 1, BANDS + 2  # columns behind the bands
SIZE = BANDS + 3
VOICE_HZ = (300.0, 3400.0)  # where sung and spoken vowels have their partials
FAINTEST = 1e-9  # power, -90 dB


def texture(sound: Array, rate: int) -> Array64:
    """One row of float64 (SIZE,) for WINDOW samples.

    First the octave bands in dB, then the level in dB, the brightness in octaves over 1 kHz (the
    centroid of magnitudes) and the presence of a voice, 0..1.

    A voice is meant by its place and kind: the share of all magnitude that stands out as partials
    between 300 and 3400 Hz. A lead guitar is a voice in this sense, a strummed chord hardly.
    """
    hz, bands, voice = _ranges(rate)
    magnitude = np.abs(np.fft.rfft(sound * hann(WINDOW))).astype(np.float64) * (4.0 / WINDOW)
    power = np.square(magnitude)
    row = np.empty(SIZE)
    row[:BANDS] = np.add.reduceat(power, bands)[:-1]
    row[LEVEL] = row[:BANDS].sum()
    row[: BANDS + 1] = 10.0 * np.log10(row[: BANDS + 1] + FAINTEST)
    heard = slice(bands[0], bands[-1])
    whole = magnitude[heard].sum() + 1e-6
    row[BRIGHTNESS] = np.log2(max(50.0, (magnitude[heard] @ hz[heard]) / whole) / 1000.0)
    middle = magnitude[voice]
    around = np.convolve(magnitude, _MEAN, "same")[voice]
    row[VOICE] = np.maximum(0.0, middle - 2.0 * around).sum() / whole
    return row


_MEAN = np.full(41, 1.0 / 41.0)  # 220 to 240 Hz: wider than a partial, narrower than a formant


@cache
def _ranges(rate: int) -> tuple[Array64, NDArray[np.int64], slice]:
    hz = np.arange(WINDOW // 2 + 1) * rate / WINDOW
    low, high = np.searchsorted(hz, VOICE_HZ)
    return hz, np.searchsorted(hz, EDGES), slice(int(low), int(high))
