"""Which notes sound, 20 times a second."""

from __future__ import annotations

import numpy as np

from bridge.signal.frames import Array, Frames
from bridge.signal.notes import LONG, NOTES, NoteRows

TONAL = NOTES[1] - NOTES[0]  # column behind the notes: 0 noise or drums alone, 1 tones
TUNING = slice(TONAL + 1, TONAL + 3)  # real and imaginary part of how far peaks lie from A = 440 Hz
AT_ONCE = 20  # looks: their sound, 1 MB, stays in the cache; 50 at once cost a quarter more


class NotesLayer:
    """Weights of the notes, their sum 1 (0 in silence), how tonal the sound is, and its tuning."""

    every = 5
    late = LONG / 2 / 46000  # seconds: half a window, 8 ms more at 44.1 kHz and 8 ms less at 48
    columns = TUNING.stop

    def __init__(self) -> None:
        self._listener = NoteRows(self.every)

    def hear(self, frames: Frames) -> Array:
        """float32 (looks, 67)."""
        looks = [row for row, _ in frames.looks(self.every)]
        rows = np.zeros((len(looks), self.columns), np.float32)
        for first in range(0, len(looks), AT_ONCE):
            some = slice(first, first + AT_ONCE)
            notes, tonal, angles = self._listener.hear(frames, looks[some])
            rows[some, :TONAL] = notes
            rows[some, TONAL] = tonal
            rows[some, TUNING] = np.stack([angles.real, angles.imag], axis=1)
        return rows
