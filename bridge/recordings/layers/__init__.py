"""What is kept of the sound itself: a few numbers each 10 or 50 ms, from which all else follows.

A layer hears frames in order, batch after batch, and gives rows; a new one is a file and a line
in LAYERS. Rows are few enough that three hours fit in memory: 20 rows a second of up to 100
numbers, or 100 rows of up to 5.
"""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

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


LAYERS: dict[str, str] = {
    "level": "bridge.recordings.layers.level:LevelLayer",
    "strength": "bridge.recordings.layers.strength:StrengthLayer",
    "notes": "bridge.recordings.layers.notes:NotesLayer",
    "timbre": "bridge.recordings.layers.timbre:TimbreLayer",
}


def build_layer(name: str) -> Layer:
    """A fresh layer by its name. Raises KeyError for a name not in LAYERS."""
    module, kind = LAYERS[name].split(":")
    return cast(Layer, getattr(import_module(module), kind)())
