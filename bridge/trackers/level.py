"""Level, loudness and stereo image, ten times a second (ITU-R BS.1770-5, EBU Tech 3341)."""

from __future__ import annotations

from collections import deque
from functools import cache

import numpy as np
from numpy.typing import NDArray

from bridge.events import Event, Level
from bridge.signal.frames import HOP_SECONDS, Array, Array64, Frames

EVERY = 10  # hops: one event each 100 ms
MOMENTARY = 4  # looks: 400 ms
SHORT_TERM = 30  # looks: 3 s
FLOOR = -120.0  # dB: what silence reads
FAINTEST = 10.0 ** (FLOOR / 10.0)  # power at the floor
OFFSET = -0.691  # LU: makes a full-scale 997 Hz sine on one channel read -3.01 LUFS
TAPS = 0.07  # seconds: where the K filter's impulse response, a 38 Hz high-pass, has died away

# BS.1770-5 annex 2: the four phases of the interpolator; the last two are the first two reversed.
_OUTER = (
    0.0017089843750, 0.0109863281250, -0.0196533203125, 0.0332031250000, -0.0594482421875,
    0.1373291015625, 0.9721679687500, -0.1022949218750, 0.0476074218750, -0.0266113281250,
    0.0148925781250, -0.0083007812500,
)  # fmt: skip
_INNER = (
    -0.0291748046875, 0.0292968750000, -0.0517578125000, 0.0891113281250, -0.1665039062500,
    0.4650878906250, 0.7797851562500, -0.2003173828125, 0.1015625000000, -0.0582275390625,
    0.0330810546875, -0.0189208984375,
)  # fmt: skip
PHASES = tuple(np.array(p) for p in (_OUTER, _INNER, _INNER[::-1], _OUTER[::-1]))


class LevelTracker:
    """Reads frames.samples in spans of 100 ms. Look-ahead: none.

    The K filter is recursive in the standard. Numpy has no recursive filter, so its impulse
    response, cut after 70 ms, is applied by overlap-save to 100 ms at a time: 0.00001 LU from
    the recursion at 25 Hz, less above.
    """

    def __init__(self) -> None:
        self._waiting: list[Array] = []  # samples since the last look
        self._past: Array64 | None = None  # (n, channels): what the filter still needs
        self._loudness = deque([0.0] * SHORT_TERM, maxlen=SHORT_TERM)  # K-weighted power per look

    def process(self, frames: Frames) -> list[Event]:
        """One Level for each 100 ms that is complete."""
        events: list[Event] = []
        for start, stop, whole in frames.spans(EVERY):
            self._waiting.append(frames.samples[start * frames.hop : stop * frames.hop])
            if whole:
                at = frames.time(frames.first + stop - 1)
                events.append(self._look(np.concatenate(self._waiting), frames.rate, at))
                self._waiting.clear()
        return events

    def finish(self) -> list[Event]:
        """Nothing: less than 100 ms is left."""
        return []

    def _look(self, samples: Array, rate: int, at: float) -> Level:
        taps = round(TAPS * rate)
        if self._past is None:
            self._past = np.zeros((taps, samples.shape[1]))
        sound = np.concatenate([self._past, samples])
        self._past = sound[len(sound) - taps :]
        self._loudness.append(_k_weighted_power(sound, len(samples), rate))
        loudness = list(self._loudness)

        new = sound[taps:]
        peak = float(np.abs(new).max())
        width, correlation = _image(new)
        return Level(
            at=at,
            decided=at,
            rms=_db(float(np.square(new).mean())),
            peak=_db(peak**2),
            true_peak=_db(max(peak, _between(sound[taps - len(_OUTER) + 1 :])) ** 2),
            momentary=_lufs(sum(loudness[-MOMENTARY:]) / MOMENTARY),
            short_term=_lufs(sum(loudness) / SHORT_TERM),
            width=width,
            correlation=correlation,
        )


def _db(power: float) -> float:
    return float(10.0 * np.log10(max(power, FAINTEST)))


def _lufs(power: float) -> float:
    return max(FLOOR, OFFSET + _db(power))


def _k_weighted_power(sound: Array64, new: int, rate: int) -> float:
    """Power of the last `new` samples behind the K filter, summed over channels, per 100 ms."""
    size, response = k_response(rate)
    weighted = np.fft.irfft(np.fft.rfft(sound, size, axis=0) * response[:, None], size, axis=0)
    power = np.square(weighted[len(sound) - new : len(sound)]).sum()
    return float(power) / (rate * EVERY * HOP_SECONDS)


def _between(sound: Array64) -> float:
    """The highest magnitude between the samples: four times oversampled, each channel."""
    return max(
        float(np.abs(np.convolve(channel, phase, "valid")).max())
        for channel in sound.T
        for phase in PHASES
    )


def _image(sound: Array64) -> tuple[float, float]:
    """Width and correlation of the first two channels. One channel and silence are mono."""
    if sound.shape[1] == 1:
        return 0.0, 1.0
    left, right = sound[:, 0], sound[:, 1]
    lefts, rights, both = float(left @ left), float(right @ right), float(left @ right)
    energy = lefts + rights
    if energy < FAINTEST * len(sound):
        return 0.0, 1.0
    width = min(1.0, max(0.0, 0.5 - both / energy))
    # A side that is silent shares nothing with the other.
    scale = np.sqrt(lefts * rights)
    correlation = both / scale if scale > FAINTEST * len(sound) else 0.0
    return width, float(min(1.0, max(-1.0, correlation)))


@cache
def k_response(rate: int) -> tuple[int, NDArray[np.complex128]]:
    """Transform size and frequency response of the K filter for 100 ms and its past."""
    taps = round(TAPS * rate)
    impulse = np.zeros(taps)
    impulse[0] = 1.0
    for b, a in k_filter(rate):
        impulse = _recursive(impulse, b, a)
    size = 1 << (round(rate * EVERY * HOP_SECONDS) + taps - 1).bit_length()
    return size, np.fft.rfft(impulse, size)


def k_filter(rate: int) -> list[tuple[list[float], list[float]]]:
    """The two biquads (b, a) of the K filter: the head's high shelf and the RLB high-pass.

    Bilinear transforms of the analog prototypes behind the standard's table for 48 kHz (Mansbridge,
    Finn & Reiss 2012); at 48 kHz they give that table.
    """
    k, q = np.tan(np.pi * 1681.974450955533 / rate), 0.7071752369554196
    high = 10.0 ** (3.999843853973347 / 20.0)
    middle = high**0.4996667741545416
    a0 = 1.0 + k / q + k * k
    shelf = (
        [
            (high + middle * k / q + k * k) / a0,
            2.0 * (k * k - high) / a0,
            (high - middle * k / q + k * k) / a0,
        ],
        [1.0, 2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0],
    )
    k, q = np.tan(np.pi * 38.13547087602444 / rate), 0.5003270373238773
    a0 = 1.0 + k / q + k * k
    high_pass = (
        [1.0, -2.0, 1.0],
        [1.0, 2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0],
    )
    return [shelf, high_pass]


def _recursive(sound: Array64, b: list[float], a: list[float]) -> Array64:
    """A biquad, sample by sample: slow, for the impulse response only."""
    out = np.empty_like(sound)
    first = second = 0.0  # transposed direct form II
    for n, x in enumerate(sound.tolist()):
        y = b[0] * x + first
        first = b[1] * x - a[1] * y + second
        second = b[2] * x - a[2] * y
        out[n] = y
    return out
