"""The grid of a take: beats by their strokes, bars by what the beats are like."""

from bridge.recordings.pulse.grids import find_grid

__all__ = ["find_grid"]
