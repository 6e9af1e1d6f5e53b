"""The attack of a stroke as numbers: what tells a kick from a snare 20 ms after it sounded."""

from __future__ import annotations

import numpy as np

from bridge.signal.frames import Array, Frames, hann, mel_bank

SHORT = (1024, 40, 60.0, 16000.0)  # window in samples, mel bands, Hz: frames.mel
LONG = (2048, 84, 30.0, 16000.0)  # its first LOW_BANDS bands, 30 to 430 Hz, tell kicks from toms
LOW_BANDS = 14
PAIRS = SHORT[1] // 2  # the short window's bands are taken two by two
BACK = 4  # hops: what the spectrum is compared with; then nothing of the stroke was heard
QUIETEST = -4.0  # log10 of magnitude, -80 dB: what is softer is not heard
DEEPEST = -3.0  # decades under the loudest band: what is softer says nothing
SIZE = 3 * PAIRS + 2 * LOW_BANDS


def stroke(now: Array, before: Array, frames: Frames, row: int) -> tuple[Array, Array]:
    """Features float32 (SIZE,) of a stroke, and the magnitude it added, (PAIRS,).

    now, before: rows of frames.mel(*SHORT), the latter BACK hops earlier; `row` is that of `now`.

    In decades of magnitude: the rise of each band; the spectrum under its loudest band; the added
    magnitude under its loudest band; rise and spectrum of the lowest bands in the long window.
    The level of the sound is in none but the rises, and there only against what was before.
    """
    loudest = now.max()
    added = np.maximum(_pairs(10.0**now) - _pairs(10.0**before), np.float32(1e-4))
    share = np.log10(added)
    low, low_before = _low(frames, row)
    features = np.concatenate(
        [
            _pairs(np.maximum(now - before, np.float32(0.0))),
            _pairs(np.maximum(now - loudest, np.float32(DEEPEST))),
            np.maximum(share - share.max(), np.float32(DEEPEST)),
            np.maximum(low - low_before, np.float32(0.0)),
            np.maximum(low - loudest, np.float32(DEEPEST)),
        ]
    )
    return features, added


def _pairs(bands: Array) -> Array:
    mean: Array = np.float32(0.5) * (bands[0::2] + bands[1::2])
    return mean


def _low(frames: Frames, row: int) -> Array:
    """log10 of the lowest bands of the long window, (2, LOW_BANDS): now and BACK hops earlier."""
    size = LONG[0]
    sound = frames.windows(size + BACK * frames.hop)[row]
    windows = np.stack([sound[-size:], sound[:size]]) * hann(size)
    bank = mel_bank(frames.rate, *LONG)[:, :LOW_BANDS]
    bins = int(np.flatnonzero(bank.any(axis=1))[-1]) + 1
    magnitude = np.abs(np.fft.rfft(windows, axis=1)[:, :bins]) * np.float32(4.0 / size)
    low: Array = np.maximum(np.log10(magnitude @ bank[:bins] + np.float32(1e-5)), QUIETEST)
    return low
