"""The pitch of a voice as notes: which semitone is sung, without the flutter between two."""

from __future__ import annotations

import math

AGREE = 3  # successive pitches that make a note: 60 ms at 50 a second
HOLD = 0.7  # semitones from a note's middle at which its pitch still belongs to it


class Melody:
    """Turns pitches into the note that is sung, or None."""

    def __init__(self) -> None:
        self.note: int | None = None
        self._candidate: int | None = None  # what the last pitches say instead
        self._agreed = 0  # how many of them

    def hear(self, hz: float) -> int | None:
        """The note at this pitch; `hz` 0 is the end of the voice. A note is 0..127."""
        if not 0 < hz < math.inf:
            self.end()
            return None
        height = 69.0 + 12.0 * math.log2(hz / 440.0)
        if self.note is not None and abs(height - self.note) <= HOLD:
            self._candidate = None  # what agrees must follow one another
            return self.note
        if self._candidate is None or abs(height - self._candidate) > HOLD:
            self._candidate, self._agreed = round(height), 0
        self._agreed += 1
        if self._agreed >= AGREE:
            self.note = self._candidate if 0 <= self._candidate <= 127 else None
            self._candidate = None
        return self.note

    def end(self) -> None:
        """The voice is over."""
        self.note, self._candidate, self._agreed = None, None, 0
