"""How well a sound repeats itself after each lag: the normalised square difference function."""

from __future__ import annotations

import numpy as np

from bridge.signal.frames import Array64

SILENCE = 1e-10  # mean square, -100 dBFS: keeps rounding noise from being divided by nothing
SLOPE = 0.05  # similarity that an octave of lag is worth when candidates are chosen


def similarity(sounds: Array64, longest: int) -> Array64:
    """-1..1 for lags 0..longest, samples: 2 r(lag) / m(lag) (McLeod & Wyvill 2005).

    (n, size) to (n, longest + 1), each row on its own. 1 where the sound repeats exactly. Unlike
    plain autocorrelation it does not fall with the lag.
    """
    size = sounds.shape[1]
    padded = 1 << (size + longest - 1).bit_length()
    spectrum = np.fft.rfft(sounds, padded, axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    products = np.fft.irfft(power, padded, axis=1)[:, : longest + 1]
    energy = np.zeros((len(sounds), size + 1))
    np.cumsum(sounds * sounds, axis=1, out=energy[:, 1:])
    lags = np.arange(longest + 1)
    both = energy[:, size - lags] + (energy[:, size, None] - energy[:, lags])
    curves: Array64 = 2.0 * products / (both + SILENCE * size)
    return curves


def peaks(curve: Array64, shortest: int, least: float, most: int) -> tuple[Array64, Array64]:
    """(lags, heights) of at most `most` local maxima, by parabolas; short lags go before long ones.

    Only after the curve first falls below 0: before, a sound resembles itself for want of time.
    """
    below = np.flatnonzero(curve < 0.0)
    if not len(below):
        return np.zeros(0), np.zeros(0)
    inner = curve[1:-1]
    top = np.flatnonzero((inner > curve[:-2]) & (inner >= curve[2:]) & (inner > least)) + 1
    top = top[top >= max(shortest, int(below[0]))]
    # All multiples of a period are as high as it is: without a slope they would crowd it out.
    top = top[np.argsort(SLOPE * np.log2(top) - curve[top], kind="stable")[:most]]
    left, middle, right = curve[top - 1], curve[top], curve[top + 1]
    offset = 0.5 * (left - right) / (left - 2.0 * middle + right)
    return top + offset, np.minimum(middle - 0.25 * (left - right) * offset, 1.0)
