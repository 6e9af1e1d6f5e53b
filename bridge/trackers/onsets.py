"""Onsets as peaks of spectral flux (SuperFlux: Böck & Widmer 2013)."""

from __future__ import annotations

from collections import deque

import numpy as np

from bridge.events import Event, Onset
from bridge.signal.frames import HOP_SECONDS, MEL_SHORT, Array, Frames
from bridge.signal.onset_strength import widened

LOOK_AHEAD = 0.04  # seconds: an onset is said at most this long after it sounds (clicks: 31 ms)
AFTER = 1  # hops that must have come, none of them higher
BEFORE = 3  # hops that must not be higher
MEMORY = 12  # hops whose mean is the local level
REST = 4  # hops between two onsets
LAG = 2  # hops: what a spectrum is compared with
THRESHOLD = 0.065  # mean rise over the local level, log10 of magnitude: 1.3 dB in every band
DELAY = 0.016  # seconds: from a click to the end of the hop with the highest flux, measured
AUDIBLE = -4.6  # log10 of magnitude, -92 dB: what is softer is noise


class OnsetTracker:
    """Reads frames.mel of MEL_SHORT: rise of each band over its neighbourhood two hops ago.

    The comparison with the highest of three neighbouring bands keeps vibrato from being heard as
    onsets. Look-ahead: AFTER hops.
    """

    def __init__(self) -> None:
        self._past: Array | None = None  # the last LAG rows
        self._flux: deque[float] = deque([0.0] * (MEMORY + 1), maxlen=MEMORY + 1)
        self._rest = 0  # hops to wait

    def process(self, frames: Frames) -> list[Event]:
        """The onsets that these hops made certain."""
        flux, self._past = rise(frames.mel(*MEL_SHORT), self._past)
        events: list[Event] = []
        for row, new in enumerate(flux.tolist()):
            height = self._peak(new)
            if height > 0.0:
                decided = frames.time(frames.first + row)
                at = max(0.0, decided - AFTER * HOP_SECONDS - DELAY)
                events.append(
                    Onset(
                        at=at,
                        decided=decided,
                        strength=height / (height + 4.0 * THRESHOLD),
                        confidence=height / (height + THRESHOLD),
                    )
                )
        return events

    def finish(self) -> list[Event]:
        """Nothing: a peak without its future is not an onset."""
        return []

    def _peak(self, new: float) -> float:
        """How far the hop before `new` stands over the threshold; 0: it is no peak."""
        flux = self._flux
        candidate = flux[-1]
        self._rest -= 1
        height = 0.0
        if candidate > THRESHOLD and candidate >= new and self._rest <= 0:
            past = list(flux)
            if candidate >= max(past[-1 - BEFORE :]):
                height = candidate - THRESHOLD - sum(past) / len(past)
                if height > 0.0:
                    self._rest = REST
        flux.append(new)
        return max(0.0, height)


def rise(bands: Array, past: Array | None) -> tuple[Array, Array]:
    """Mean rise per hop, (n,), of log magnitudes (n, bands), and the rows to remember.

    `past`: the LAG rows before, None at the start of the stream (heard as silence).
    """
    if past is None:
        past = np.full((LAG, bands.shape[1]), AUDIBLE, np.float32)
    rows = np.concatenate([past, np.maximum(bands, np.float32(AUDIBLE))])
    flux: Array = np.maximum(rows[LAG:] - widened(rows[:-LAG]), np.float32(0.0)).mean(axis=1)
    return flux, rows[len(rows) - LAG :]
