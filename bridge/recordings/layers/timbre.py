"""What the sound is like, 20 times a second: its mel spectrum in 42 bands."""

from __future__ import annotations

import numpy as np

from bridge.signal.frames import HOP_SECONDS, MEL_LONG, Array, Frames


class TimbreLayer:
    """log10 of the magnitude in 42 mel bands, the mean of five hops."""

    every = 5
    late = (5 * HOP_SECONDS + 0.043) / 2
    columns = 42

    def __init__(self) -> None:
        self._waiting = np.zeros((0, self.columns), np.float32)

    def hear(self, frames: Frames) -> Array:
        """float32 (looks, 42)."""
        mel = frames.mel(*MEL_LONG)
        rows = np.concatenate([self._waiting, mel.reshape(len(mel), self.columns, 2).mean(axis=2)])
        whole = len(rows) // self.every * self.every
        self._waiting = rows[whole:]
        means: Array = rows[:whole].reshape(-1, self.every, self.columns).mean(axis=1)
        return means
