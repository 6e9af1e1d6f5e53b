"""A count-in: two sticks, higher on the one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridge.signal.frames import Array

ONE, OTHERS = 2600.0, 1950.0  # Hz: the ring of hickory sticks, a fourth apart
RING, CRACK = 0.018, 0.002  # seconds in which ring and crack fall to 1/e
LONG = 0.15  # seconds
LEVEL = 0.35  # of full scale, -9 dBFS


def count_in(beats: Sequence[float], ones: Sequence[bool], seconds: float, rate: int) -> Array:
    """float32 (seconds * rate,): a stroke at each of `beats`, seconds; higher where `ones`."""
    sound = np.zeros(round(seconds * rate), np.float32)
    for beat, one in zip(beats, ones, strict=True):
        first = round(beat * rate)
        hit = stroke(ONE if one else OTHERS, rate)[: len(sound) - first]
        sound[first : first + len(hit)] += hit
    return sound


def stroke(hz: float, rate: int) -> Array:
    """One stroke, float32 (n,): a ring with an inharmonic partial, and a crack of noise."""
    time = np.arange(round(LONG * rate)) / rate
    ring = np.sin(2 * np.pi * hz * time) + 0.4 * np.sin(2 * np.pi * 2.76 * hz * time)
    crack = np.random.default_rng(7).standard_normal(len(time))
    sound = ring * np.exp(-time / RING) + 0.5 * crack * np.exp(-time / CRACK)
    return np.asarray(LEVEL * sound / abs(sound).max(), np.float32)
