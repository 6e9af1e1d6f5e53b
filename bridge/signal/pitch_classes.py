"""Which pitch classes sound, twenty times a second: enough to see where the harmony changes.

Coarser and much cheaper than the notes that keys and chords are read from: a beat tracker asks
only whether two beats sound the same.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from bridge.signal.frames import Array, Frames, hann, rows_times

SIZE = 8192  # samples in a window: 5.4 Hz between bins
EVERY = 5  # hops
BINS = 512  # up to some 2.8 kHz
BASS, TREBLE = (45.0, 220.0), (220.0, 2200.0)  # Hz: folded apart
CLASSES = 24  # twelve of the bass, twelve above


def pitch_classes(frames: Frames) -> dict[int, Array]:
    """Of every fifth hop, by its number: float32 (24,)."""
    rows = [row for row, _ in frames.looks(EVERY)]
    if not rows:
        return {}
    spectra = np.abs(np.fft.rfft(frames.windows(SIZE)[rows] * hann(SIZE), axis=1)[:, :BINS])
    folded = _fold(spectra.astype(np.float32), frames.rate)
    return {frames.first + row: classes for row, classes in zip(rows, folded, strict=True)}


def _fold(spectra: Array, rate: int) -> Array:
    """Magnitudes (n, BINS) to pitch classes (n, 24). Roots, so that one loud note is not all."""
    return rows_times(np.sqrt(spectra), _folding(rate))


@cache
def _folding(rate: int) -> Array:
    hz = np.arange(BINS) * rate / SIZE
    note = 12 * np.log2(np.maximum(hz, 1.0) / 440.0)
    folding = np.zeros((BINS, CLASSES), np.float32)
    for part, (low, high) in enumerate((BASS, TREBLE)):
        inside = (hz >= low) & (hz < high)
        for pitch_class in range(12):
            away = np.abs((note - pitch_class + 6) % 12 - 6)
            folding[:, 12 * part + pitch_class] = np.where(inside, np.maximum(0, 1 - away), 0)
    return folding
