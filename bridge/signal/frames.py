"""Sound cut into hops of 10 ms, with the features that trackers share.

Sound is analysed at 44.1 or 48 kHz as it comes; 88.2 to 192 kHz are halved or quartered by a short
filter. No resampler stands in the live way: its delay would be heard.

Every window of hop k ENDS with the last sample of that hop, so nothing looks ahead, and a hop's
features depend on the samples alone, never on how the stream was cut: products run row by row
(`rows_times`), because a matrix product rounds differently for different numbers of rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Array = NDArray[np.float32]
Array64 = NDArray[np.float64]

HOPS_PER_SECOND = 100
HOP_SECONDS = 1 / HOPS_PER_SECOND
LONGEST = 16384  # samples: the largest window a tracker may ask for
LOUDEST = 10.0  # full scale 1: 20 dB over it is a fault
RATES = {44100: 1, 48000: 1, 88200: 2, 96000: 2, 176400: 4, 192000: 4}  # rate: decimation

# What trackers ask of Frames.mel: window in samples, bands, Hz from and to. Those who ask for the
# same share the work.
MEL_SHORT = (1024, 40, 60.0, 16000.0)  # 23 ms: when something begins
MEL_LONG = (2048, 84, 30.0, 16000.0)  # 46 ms: tells low drums from each other


def rows_times(rows: Array, matrix: Array) -> Array:
    """(n, a) times (a, b), each row on its own: the same bits however many rows come at once."""
    product: Array = np.matmul(rows[:, None, :], matrix)[:, 0, :]
    return product


@cache
def hann(size: int) -> Array:
    """A periodic Hann window, float32 (size,)."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
    return window.astype(np.float32)


@cache
def mel_bank(rate: int, size: int, bands: int, low: float, high: float) -> Array:
    """Triangular mel filters, float32 (size // 2 + 1, bands), each column summing to 1.

    Centres are laid out in Hz, so 44.1 and 48 kHz give the same features. A triangle narrower
    than a bin takes the nearest bin. Mel scale: O'Shaughnessy (1987).
    """
    mel = np.linspace(_to_mel(low), _to_mel(high), bands + 2)
    edges = 700.0 * (10.0 ** (mel / 2595.0) - 1.0)
    hz = np.arange(size // 2 + 1) * rate / size
    rise = (hz[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[2:] - hz[:, None]) / (edges[2:] - edges[1:-1])
    bank = np.maximum(0.0, np.minimum(rise, fall))
    for band in np.flatnonzero(bank.sum(axis=0) == 0):
        bank[np.abs(hz - edges[band + 1]).argmin(), band] = 1.0
    bank /= bank.sum(axis=0)
    return np.asarray(bank, np.float32)


def _to_mel(hz: float) -> float:
    return float(2595.0 * np.log10(1.0 + hz / 700.0))


class Frames:
    """A batch of consecutive hops. Live one or two, from a file up to a thousand.

    rate     analysis rate, Hz (44100 or 48000)
    hop      samples in a hop (441 or 480)
    first    number of the first hop, counted from the start of the stream
    count    how many hops
    samples  float32 (count * hop, channels), as heard
    mono     float32 (count * hop,), mean of the channels
    """

    def __init__(self, rate: int, first: int, samples: Array, past: Array) -> None:
        """`past`: float32 (LONGEST,), the mono sound right before `samples`."""
        self.rate = rate
        self.hop = rate // HOPS_PER_SECOND
        self.first = first
        self.count = len(samples) // self.hop
        self.samples = samples
        self.mono: Array = mean_of_channels(samples)
        self._sound = np.concatenate([past, self.mono])
        self._spectra: dict[int, Array] = {}
        self._mels: dict[tuple[int, int, float, float], Array] = {}

    def time(self, hop: int) -> float:
        """Stream seconds at the END of a hop: what had been heard when its features were known."""
        return (hop + 1) * HOP_SECONDS

    def spans(self, every: int) -> Iterator[tuple[int, int, bool]]:
        """The batch cut where the hop count since the stream's start is a multiple of `every`.

        Gives (start, stop, whole): rows start to stop of this batch; whole: a look is due now.
        """
        start = 0
        while start < self.count:
            stop = min(self.count, start + every - (self.first + start) % every)
            yield start, stop, (self.first + stop) % every == 0
            start = stop

    def looks(self, every: int) -> Iterator[tuple[int, float]]:
        """(row, stream seconds at its end) of each hop that completes `every` since the start."""
        for row in range((-self.first - 1) % every, self.count, every):
            yield row, self.time(self.first + row)

    def windows(self, size: int) -> Array:
        """A view of the mono sound, (count, size): row i ends with hop first + i."""
        start = LONGEST + self.hop - size
        return sliding_window_view(self._sound, size)[start :: self.hop][: self.count]

    def spectrum(self, size: int) -> Array:
        """Magnitudes (count, size // 2 + 1) of Hann windows; a full-scale sine reads 1."""
        if size not in self._spectra:
            window = hann(size)
            spectrum = np.abs(np.fft.rfft(self.windows(size) * window, axis=1))
            spectrum *= np.float32(2.0) / window.sum()
            self._spectra[size] = spectrum
        return self._spectra[size]

    def mel(self, size: int, bands: int, low: float, high: float) -> Array:
        """log10 of mel-band magnitudes, (count, bands), floor at -5 (-100 dB)."""
        key = (size, bands, low, high)
        if key not in self._mels:
            bank = mel_bank(self.rate, size, bands, low, high)
            self._mels[key] = np.log10(rows_times(self.spectrum(size), bank) + np.float32(1e-5))
        return self._mels[key]


def mean_of_channels(samples: Array) -> Array:
    """float32 (n, channels) to (n,)."""
    if samples.shape[1] == 1:
        return np.ascontiguousarray(samples[:, 0])
    mono: Array = samples.mean(axis=1, dtype=np.float32)
    return mono


def sane(samples: Array) -> Array:
    """NaN and infinity as silence, and nothing louder than LOUDEST."""
    if not samples.size or np.abs(samples).max() <= LOUDEST:  # NaN is not
        return samples
    finite = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
    clipped: Array = np.clip(finite, -LOUDEST, LOUDEST)
    return clipped


class Framer:
    """Takes blocks of any length, gives batches of whole hops."""

    def __init__(self, rate: int, channels: int, first: int = 0) -> None:
        """`first`: number of the first hop. Raises ValueError for a rate not in RATES."""
        if rate not in RATES:
            raise ValueError(f"cannot analyse at {rate} Hz; possible: {', '.join(map(str, RATES))}")
        self.rate = rate // RATES[rate]
        self.hop = self.rate // HOPS_PER_SECOND
        self._decimator = Decimator(RATES[rate], channels) if RATES[rate] > 1 else None
        self._next = first
        self._waiting = np.zeros((0, channels), np.float32)
        self._past = np.zeros(LONGEST, np.float32)

    def push(self, samples: Array) -> Frames | None:
        """float32 (n, channels). None: no whole hop yet.

        NaN and infinity are heard as silence. What is louder than LOUDEST is cut there: trackers
        that follow the level would be deaf for minutes after one such sample.
        """
        if not len(samples):
            return None
        samples = sane(samples)
        if self._decimator:
            samples = self._decimator.push(samples)
        waiting = np.concatenate([self._waiting, samples])
        whole = len(waiting) // self.hop * self.hop
        self._waiting = waiting[whole:]
        if not whole:
            return None
        frames = Frames(self.rate, self._next, waiting[:whole], self._past)
        self._next += frames.count
        self._past = np.concatenate([self._past, frames.mono])[-LONGEST:]
        return frames


class Decimator:
    """Keeps every second or fourth sample behind a windowed-sinc low-pass of 0.2 ms delay."""

    def __init__(self, ratio: int, channels: int) -> None:
        taps = 16 * ratio + 1
        n = np.arange(taps) - taps // 2
        sinc = np.sinc(0.92 * n / ratio) * np.kaiser(taps, 6.0)
        self._taps = (sinc / sinc.sum()).astype(np.float32)
        self._ratio = ratio
        self._past = np.zeros((taps - 1, channels), np.float32)
        self._skip = 0  # samples until the next one that is kept

    def push(self, samples: Array) -> Array:
        """float32 (n, channels) to about (n / ratio, channels)."""
        sound = np.concatenate([self._past, samples])
        self._past = sound[len(sound) - len(self._past) :]
        windows = sliding_window_view(sound, len(self._taps), axis=0)[self._skip :: self._ratio]
        self._skip = (self._skip - len(samples)) % self._ratio
        kept: Array = (windows * self._taps).sum(axis=2)  # row by row, in a fixed order
        return kept
