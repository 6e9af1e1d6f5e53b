"""Strokes whose scatter is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bridge.recordings.facts import Span
from bridge.recordings.findings import Findings
from bridge.recordings.grid import Grid
from bridge.recordings.taste.tightness import tightness
from tests.played import Bar, piece

BUSY = Bar((), "khshkhshkhshkhsh")


def tight(scatter: float, seed: int = 1) -> float:
    findings, grid = piece([BUSY] * 8, scatter=scatter, seed=seed)
    return tightness(findings, Span(0.0, findings.duration), grid)


def with_onsets(at: np.ndarray) -> tuple[Findings, Grid]:
    findings, grid = piece([BUSY] * 8)
    return replace(findings, onsets=np.column_stack([at, np.ones(len(at))])), grid


def test_strokes_on_the_grid_are_tight_and_the_more_they_scatter_the_less() -> None:
    figures = [tight(scatter) for scatter in (0.0, 0.005, 0.01, 0.02, 0.04)]
    assert figures[0] == pytest.approx(1.0, abs=1e-6)
    assert figures == sorted(figures, reverse=True)
    assert figures[1] > 0.8
    assert figures[-1] < 0.4


def test_scatter_measures_what_a_formula_says() -> None:
    # The median distance of a normal scatter is 0.6745 of it; chance lies at a quarter of 125 ms.
    measured = np.mean([tight(0.01, seed) for seed in range(8)])
    assert measured == pytest.approx(1.0 - 0.6745 * 0.01 / (0.25 * 0.125), abs=0.03)


def test_an_even_lateness_does_not_count() -> None:
    findings, grid = with_onsets(0.5 + 0.125 * np.arange(120) + 0.03)
    assert tightness(findings, Span(0.0, 20.0), grid) > 0.99


def test_triplets_are_as_tight_as_sixteenths() -> None:
    findings, grid = with_onsets(0.5 + np.arange(90) / 6.0)
    assert tightness(findings, Span(0.0, 20.0), grid) > 0.99


def test_strokes_that_know_no_grid_are_not_tight() -> None:
    chance = np.random.default_rng(5)
    findings, grid = with_onsets(np.sort(chance.uniform(0.5, 16.0, 400)))
    assert tightness(findings, Span(0.0, 20.0), grid) < 0.2


def test_too_few_strokes_say_nothing() -> None:
    findings, grid = with_onsets(np.array([0.5, 1.0, 1.5]))
    assert tightness(findings, Span(0.0, 20.0), grid) == 0.0
    findings, _ = piece([BUSY] * 2)
    assert tightness(findings, Span(0.0, 20.0), Grid((), ())) == 0.0
