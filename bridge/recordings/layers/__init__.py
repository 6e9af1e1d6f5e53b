"""What is kept of the sound itself: a few numbers each 10 or 50 ms, from which all else follows.

A layer hears frames in order, batch after batch, and gives rows; a new one is a file and a line
in LAYERS. Rows are few enough that three hours fit in memory: 20 rows a second of up to 100
numbers, or 100 rows of up to 5.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from bridge.recordings.layers.level import LevelLayer
from bridge.recordings.layers.notes import NotesLayer
from bridge.recordings.layers.strength import StrengthLayer
from bridge.recordings.layers.timbre import TimbreLayer
from bridge.signal.frames import Array, Frames


class Layer(Protocol):
    """Hears frames, gives rows.

    every    hops between two rows
    late     seconds by which the middle of what a row is about lies before the end of its hop
    columns  numbers in a row
    """

    every: int
    late: float
    columns: int

    def hear(self, frames: Frames) -> Array:
        """float32 (rows, columns): one row for each of `frames.looks(every)`."""
        ...


LAYERS: dict[str, Callable[[], Layer]] = {
    "level": LevelLayer,
    "strength": StrengthLayer,
    "notes": NotesLayer,
    "timbre": TimbreLayer,
}
