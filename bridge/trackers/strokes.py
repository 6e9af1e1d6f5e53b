"""Strokes: where something is hit, and its attack as numbers that tell a kick from a snare."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import numpy as np

from bridge.signal.frames import MEL_LONG, MEL_SHORT, Array, Frames, hann, mel_bank, rows_times

LOW_BANDS = 14  # of MEL_LONG, 30 to 430 Hz: they tell kicks from toms
PAIRS = MEL_SHORT[1] // 2  # the short window's bands are taken two by two
BACK = 4  # hops: what the spectrum is compared with; then nothing of the stroke was heard
QUIETEST = -4.6  # log10 of magnitude, -92 dB: what is softer is not heard
DEEPEST = -3.0  # decades under the loudest band: what is softer says nothing
LEAST_ADDED = np.float32(1e-4)  # magnitude, -80 dB
SIZE = 3 * PAIRS + 2 * LOW_BANDS

LAG = 2  # hops: what a spectrum is compared with to find strokes
LEAST_RISE = 0.04  # decades of magnitude: the weakest stroke
UNREST = 2.0  # times the mean rise of the last USED hops that it must have more: noise rises, too
USED = 10
USUAL = -1.2  # log10 of magnitude of the loudest band: softer music is raised to it
MOST_GAIN = 1.5  # decades, 30 dB
FORGET = 0.0005  # decades per hop: the loudest band of late is a decade less after 20 s
ECHO = 0.6  # share of the rise 20 and 30 ms before, under which a peak is its echo


class Strokes:
    """Finds peaks in the rise of the spectrum and describes them. Look-ahead: one hop.

    A stroke in hop j raises the spectrum most in hop j + 1, which is known with hop j + 2. Soft
    music is described as if it were louder: the discriminants know levels from -30 dBFS.
    """

    def __init__(self) -> None:
        self._past: Array | None = None  # the last BACK rows
        self._rises = deque([0.0] * USED, maxlen=USED)
        self._loudest = QUIETEST  # band of late

    def find(self, frames: Frames) -> Iterator[tuple[int, Array, Array]]:
        """Of each stroke: the row that made it certain, its features, what it added (`_attack`)."""
        bands = np.maximum(frames.mel(*MEL_SHORT), np.float32(QUIETEST))
        if self._past is None:
            self._past = np.full((BACK, bands.shape[1]), QUIETEST, np.float32)
        rows = np.concatenate([self._past, bands])
        self._past = rows[len(rows) - BACK :]
        rise = rows_times(np.maximum(bands - rows[BACK - LAG : -LAG], np.float32(0.0)), _EVEN)
        loudest = bands.max(axis=1).tolist()
        for row, new in enumerate(rise[:, 0].tolist()):
            self._rises.append(new)
            self._loudest = max(loudest[row], self._loudest - FORGET)
            if self._is_peak():
                gain = np.float32(min(MOST_GAIN, max(0.0, USUAL - self._loudest)))
                yield row, *_attack(rows[row + BACK] + gain, rows[row] + gain, frames, row, gain)

    def _is_peak(self) -> bool:
        """The rise was highest one hop ago."""
        rises = list(self._rises)
        earliest, earlier, before, peak, after = rises[-5:]
        return (
            peak >= before
            and peak > after
            and peak >= ECHO * max(earliest, earlier)
            and peak > LEAST_RISE + UNREST * sum(rises[:-3]) / (USED - 3)
        )


def _attack(
    now: Array, before: Array, frames: Frames, row: int, gain: np.float32
) -> tuple[Array, Array]:
    """Features float32 (SIZE,) of a stroke, and the magnitude it added, (PAIRS,).

    now, before: rows of frames.mel(*MEL_SHORT), raised by `gain` (decades), the latter BACK hops
    earlier; `row` is that of `now`.

    In decades of magnitude: the rise of each band; the spectrum under its loudest band; the added
    magnitude under its loudest band; rise and spectrum of the lowest bands in the long window.
    The level of the sound is in none but the rises, and there only against what was before.
    """
    loudest = now.max()
    added = np.maximum(_pairs(10.0**now) - _pairs(10.0**before), LEAST_ADDED)
    share = np.log10(added)
    low, low_before = _low(frames, row) + gain
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
    size = MEL_LONG[0]
    sound = frames.windows(size + BACK * frames.hop)[row]
    windows = np.stack([sound[-size:], sound[:size]]) * hann(size)
    bank = mel_bank(frames.rate, *MEL_LONG)[:, :LOW_BANDS]
    bins = int(np.flatnonzero(bank.any(axis=1))[-1]) + 1
    magnitude = np.abs(np.fft.rfft(windows, axis=1)[:, :bins]) * np.float32(4.0 / size)
    low: Array = np.maximum(np.log10(magnitude @ bank[:bins] + np.float32(1e-5)), QUIETEST)
    return low


# Lows, middle and highs count alike, however many bands they have.
_THIRDS = (8, 16, 16)
_EVEN = np.concatenate([np.full((n, 1), 1.0 / (3 * n)) for n in _THIRDS]).astype(np.float32)
