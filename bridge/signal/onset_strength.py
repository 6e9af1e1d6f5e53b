"""How strongly something begins, in three bands: spectral flux that forgives vibrato, in strokes.

The flux is SuperFlux's (Böck & Widmer 2013): a band's rise over the loudest of itself and its two
neighbours two hops earlier, so a gliding or vibrating tone does not count. It is divided by the
band's strongest recent onset: a stroke adds up to about 1 over the three or four hops of its rise,
whatever the level and whatever the instrument.
"""

from __future__ import annotations

import math

import numpy as np

from bridge.signal.frames import HOPS_PER_SECOND, Array, Array64

# Where the bands part, as indices of MEL_LONG's: 130 Hz holds the kick and little of the snare,
# 2 kHz the body of snares, voices and guitars; above are hi-hats, cymbals and picks.
BANDS = ((0, 3), (3, 36), (36, 84))
LAG = 2  # hops between the spectra that are compared: half of the 43 ms window
RANGE = 3.0  # decades below the loudest recent band that still count
LOUDEST_FALLS = 0.3  # decades per second
FORGET = 6.0  # seconds: how long the strongest onset is remembered
RISE = 4  # hops over which a stroke's flux is summed up
SMALLEST = 0.03  # decades: weaker onsets than this are no onsets
DELAY = 0.0196  # seconds from a stroke to the middle of its flux (docs/beats.md, "Late")


def widened(bands: Array) -> Array:
    """Each band (n, bands) as loud as the loudest of itself and its two neighbours."""
    wide = bands.copy()
    np.maximum(wide[:, 1:], bands[:, :-1], out=wide[:, 1:])
    np.maximum(wide[:, :-1], bands[:, 1:], out=wide[:, :-1])
    return wide


class OnsetStrength:
    """Onset strength of the low, middle and high band in strokes."""

    def __init__(self) -> None:
        self._loudest = -5.0
        self._before: Array | None = None  # the last LAG rows, floored and widened
        self._recent = np.zeros((RISE, len(BANDS)))
        self._reference = np.full(len(BANDS), SMALLEST)
        self._forget = math.exp(-1 / (FORGET * HOPS_PER_SECOND))

    def push(self, mel: Array) -> Array64:
        """float32 (hops, 84), Frames.mel of MEL_LONG, to float64 (hops, 3)."""
        floored = np.maximum(mel, self._floor(mel)[:, None])
        wide = widened(floored)
        if self._before is None:
            self._before = np.repeat(wide[:1], LAG, axis=0)
        past = np.concatenate([self._before, wide])
        self._before = past[-LAG:]
        rise = np.maximum(floored - past[:-LAG], 0).astype(np.float64)
        flux = np.stack([rise[:, a:b].sum(axis=1) / (b - a) for a, b in BANDS], axis=1)
        strength = np.empty_like(flux)
        for hop, row in enumerate(flux):
            self._recent[:-1] = self._recent[1:]
            self._recent[-1] = row
            stroke = np.maximum(self._recent.sum(axis=0), SMALLEST)
            self._reference = np.maximum(self._reference * self._forget, stroke)
            strength[hop] = row / self._reference
        return strength

    def _floor(self, mel: Array) -> Array:
        floor = np.empty(len(mel), np.float32)
        for hop, peak in enumerate(mel.max(axis=1).tolist()):
            self._loudest = max(peak, self._loudest - LOUDEST_FALLS / HOPS_PER_SECOND)
            floor[hop] = self._loudest - RANGE
        return floor
