"""Where something begins: the onset strength of the live beat tracker, each 10 ms."""

from __future__ import annotations

import numpy as np

from bridge.signal.frames import MEL_LONG, Array, Frames
from bridge.signal.onset_strength import BANDS, DELAY, OnsetStrength


class StrengthLayer:
    """Strokes in the low, middle and high band."""

    every = 1
    late = DELAY
    columns = len(BANDS)

    def __init__(self) -> None:
        self._strength = OnsetStrength()

    def hear(self, frames: Frames) -> Array:
        """float32 (hops, 3)."""
        return self._strength.push(frames.mel(*MEL_LONG)).astype(np.float32)
