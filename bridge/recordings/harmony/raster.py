"""The cells of time that harmony is read in: one to a beat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.recordings.facts import Span
from bridge.recordings.grid import Grid
from bridge.signal.frames import Array64

UNGRIDDED = 0.5  # seconds of a cell where there is no grid: a beat at 120 BPM
LEAST = 0.25  # of a beat: a shorter rest at an end of the span belongs to the cell beside it


@dataclass(frozen=True, slots=True)
class Raster:
    """Cells that fill a span.

    edges    float64 (cells + 1,): seconds, ascending
    numbers  int (cells,): each cell's place in its bar, 1 the downbeat, 0 where no beat stands
    """

    edges: Array64
    numbers: NDArray[np.int_]

    @property
    def seconds(self) -> Array64:
        """How long each cell is."""
        return np.diff(self.edges)

    def __len__(self) -> int:
        return len(self.numbers)


def raster_of(span: Span, grid: Grid) -> Raster:
    """A cell from each beat to the next; before the first and behind the last one by their tempo.

    A grid without two beats inside the span counts as none: then cells are UNGRIDDED long.
    """
    beats = np.asarray(grid.beats, np.float64)
    numbers = np.asarray(grid.numbers, int)
    inside = (beats > span.start - 1e-6) & (beats < span.end)
    beats, numbers = beats[inside], numbers[inside]
    if len(beats) < 2:
        count = max(1, round(span.seconds / UNGRIDDED))
        return Raster(np.linspace(span.start, span.end, count + 1), np.zeros(count, int))
    first, last = beats[1] - beats[0], beats[-1] - beats[-2]
    before = beats[0] - first * np.arange(np.ceil((beats[0] - span.start) / first), 0, -1)
    after = beats[-1] + last * np.arange(1, np.ceil((span.end - beats[-1]) / last) + 1)
    before = before[before > span.start + LEAST * first]
    after = after[after < span.end - LEAST * last]
    led = [span.start]
    if not len(before) and beats[0] - span.start < LEAST * first:
        led, beats[0] = [], span.start  # the first beat is heard as the beginning itself
    edges = np.concatenate([led, before, beats, after, [span.end]])
    places = np.concatenate(
        [np.zeros(len(led) + len(before), int), numbers, np.zeros(len(after), int)]
    )
    return Raster(edges, places)
