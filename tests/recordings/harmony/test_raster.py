"""Cells fill a span, whatever grid and span are."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bridge.recordings.facts import Span
from bridge.recordings.grid import Grid
from bridge.recordings.harmony.raster import raster_of
from tests.recordings.notes import beats


@given(
    times=st.lists(st.floats(0.0, 60.0), max_size=40),
    start=st.floats(0.0, 30.0),
    length=st.floats(0.05, 40.0),
)
def test_cells_follow_each_other_and_fill_the_span(
    times: list[float], start: float, length: float
) -> None:
    ordered = sorted({round(time, 2) for time in times})
    numbers = tuple(index % 4 + 1 for index in range(len(ordered)))
    raster = raster_of(Span(start, start + length), Grid(tuple(ordered), numbers))
    assert raster.edges[0] == start
    assert raster.edges[-1] == start + length
    assert (raster.seconds > 0).all()
    assert len(raster.edges) == len(raster.numbers) + 1


def test_every_beat_begins_a_cell_and_keeps_its_number() -> None:
    raster = raster_of(Span(0.0, 12.0), beats(120.0, 10.0, first=2.1))
    assert set(np.round(2.1 + 0.5 * np.arange(16), 6)) <= set(np.round(raster.edges, 6))
    assert raster.numbers[np.isclose(raster.edges[:-1], 2.1)].tolist() == [1]
    assert (raster.numbers[raster.edges[:-1] < 2.0] == 0).all()


def test_without_a_grid_cells_are_even() -> None:
    raster = raster_of(Span(3.0, 13.0), Grid((), ()))
    assert np.allclose(raster.seconds, 0.5)
