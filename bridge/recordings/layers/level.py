"""How loud each 10 ms is."""

from __future__ import annotations

import numpy as np

from bridge.signal.frames import HOP_SECONDS, Array, Frames

FLOOR = -100.0  # dBFS


class LevelLayer:
    """RMS of the mono sound, dBFS."""

    every = 1
    late = HOP_SECONDS / 2
    columns = 1

    def hear(self, frames: Frames) -> Array:
        """float32 (hops, 1)."""
        power = np.square(frames.mono.reshape(frames.count, frames.hop)).mean(axis=1)
        level: Array = 10.0 * np.log10(np.maximum(power, 10.0 ** (FLOOR / 10.0)))
        return level[:, None].astype(np.float32)
