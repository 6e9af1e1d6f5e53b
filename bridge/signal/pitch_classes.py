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


class PitchClasses:
    """A row of 24 for every fifth hop."""

    def push(self, frames: Frames) -> tuple[list[int], Array]:
        """The hops that were looked at, and float32 (hops, 24)."""
        last = frames.first + frames.count
        hops = [hop for hop in range(frames.first, last) if hop % EVERY == EVERY - 1]
        if not hops:
            return hops, np.zeros((0, CLASSES), np.float32)
        windows = frames.windows(SIZE)[[hop - frames.first for hop in hops]]
        spectra = np.abs(np.fft.rfft(windows * hann(SIZE), axis=1)[:, :BINS])
        return hops, fold(spectra.astype(np.float32), frames.rate)


def fold(spectra: Array, rate: int) -> Array:
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
