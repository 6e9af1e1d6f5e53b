"""Which notes sound, 20 times a second."""

from __future__ import annotations

import numpy as np

from bridge.signal.frames import Array, Frames
from bridge.signal.notes import NOTES, NoteListener

TONAL = NOTES[1] - NOTES[0]  # column behind the notes: 0 noise or drums alone, 1 tones


class NotesLayer:
    """Weights of the notes, their sum 1 (0 in silence), and how tonal the sound is."""

    every = 5
    late = 0.1
    columns = TONAL + 1

    def __init__(self) -> None:
        self._listener = NoteListener(self.every)

    def hear(self, frames: Frames) -> Array:
        """float32 (looks, 65)."""
        looks = list(frames.looks(self.every))
        rows = np.zeros((len(looks), self.columns), np.float32)
        for row, (hop, _) in zip(rows, looks, strict=True):
            look = self._listener.hear(frames, hop)
            if look is not None:
                row[:TONAL] = look.notes
                row[TONAL] = look.tonal
        return rows
