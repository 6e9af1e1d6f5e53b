"""The grid of a take: its beats, which of them begin a bar, and the metre."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridge.signal.frames import Array64


@dataclass(frozen=True, slots=True)
class Grid:
    """Beats and bars. Everything else of a take follows from its findings and its grid.

    beats    seconds, ascending
    numbers  each beat's place in its bar, 1 is the downbeat; as long as beats
    unit     note value that the metre counts in: 4, or 8 (6/8 and 7/8)
    counted  units in a usual bar, the upper number of the metre: 6 for 6/8, whose felt beats are 2
    """

    beats: tuple[float, ...]
    numbers: tuple[int, ...]
    counted: int = 4
    unit: int = 4
    confidence: float = 0.0

    def __post_init__(self) -> None:
        if len(self.beats) != len(self.numbers):
            raise ValueError("a grid needs one number for each beat")

    @property
    def metre(self) -> str:
        """As musicians write it: 4/4, 6/8."""
        return f"{self.counted}/{self.unit}"

    @property
    def downbeats(self) -> tuple[float, ...]:
        """Seconds of the beats that begin a bar."""
        return tuple(
            beat for beat, number in zip(self.beats, self.numbers, strict=True) if number == 1
        )

    @property
    def tempo(self) -> float | None:
        """Felt beats per minute, from the median distance; None with fewer than two beats."""
        if len(self.beats) < 2:
            return None
        return float(60.0 / np.median(np.diff(self.beats)))

    def tempo_curve(self) -> tuple[Array64, Array64]:
        """(seconds, BPM) at each beat but the last."""
        beats = np.asarray(self.beats, np.float64)
        return beats[:-1], 60.0 / np.diff(beats)
