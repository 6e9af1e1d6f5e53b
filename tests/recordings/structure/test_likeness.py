"""How alike bars and beats are."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.recordings.facts import Span
from bridge.recordings.grid import Grid
from bridge.recordings.structure.likeness import (
    RASTER,
    bar_edges,
    harmony_likeness,
    portray,
    rhythm_likeness,
    timbre_likeness,
)
from tests.recordings.form import CHORUS, VERSE, played


def test_a_bar_is_wholly_like_itself() -> None:
    findings, grid, _ = played((VERSE, CHORUS))
    portrait = portray(findings, bar_edges(grid, Span(1.0, 33.0)), grid=grid)
    for each in (harmony_likeness, timbre_likeness, rhythm_likeness):
        assert np.diagonal(each(portrait)) == pytest.approx(np.ones(len(portrait)), abs=1e-5)
        assert each(portrait) == pytest.approx(each(portrait).T, abs=1e-6)


def test_a_verse_is_like_the_verse_and_not_like_the_chorus() -> None:
    findings, grid, _ = played((VERSE, CHORUS, VERSE))
    portrait = portray(findings, bar_edges(grid, Span(1.0, 49.0)), grid=grid)
    alike = harmony_likeness(portrait)
    assert np.diagonal(alike, 16).min() > 0.75
    assert np.diagonal(alike, 8).max() < 0.5


def test_a_transposed_verse_is_alike_at_its_shift_alone() -> None:
    findings, grid, _ = played((VERSE, VERSE.up(2)), noise=0.02)
    portrait = portray(findings, bar_edges(grid, Span(1.0, 33.0)), grid=grid)
    means = [np.diagonal(harmony_likeness(portrait, shift), 8).mean() for shift in range(12)]
    assert int(np.argmax(means)) == 2
    assert means[2] > 0.9


def test_bars_fill_the_span_with_the_one_behind_the_last_line() -> None:
    grid = Grid(tuple(np.arange(1.0, 9.1, 0.5)), tuple(i % 4 + 1 for i in range(17)))
    assert bar_edges(grid, Span(0.0, 11.0)).tolist() == [0.0, 1.0, 3.0, 5.0, 7.0, 9.0, 11.0]


def test_without_a_grid_units_lie_on_a_raster() -> None:
    assert np.diff(bar_edges(Grid((), ()), Span(3.0, 23.0))) == pytest.approx(RASTER)
