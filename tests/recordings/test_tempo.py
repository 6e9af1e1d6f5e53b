"""Tempi fitted to where quarter notes were heard."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.daw.tempo_map import Bar as DawBar
from bridge.daw.tempo_map import tempo_points
from bridge.recordings.export.bars import bars_of
from bridge.recordings.export.ruler import DRIFT
from bridge.recordings.export.tempo_map import tempo_map
from bridge.recordings.grid import Grid
from bridge.recordings.tempo import PLAIN, Step, Tempi, fitted, in_whole_microseconds
from tests.recordings.export.material import take


def played(tempi: Tempi, quarters: list[float]) -> list[float]:
    """Seconds of each quarter note by adding up the steps: an independent reckoning."""
    found = []
    for quarter in quarters:
        at = tempi.steps[0].at
        ends = [step.quarter for step in tempi.steps[1:]] + [float("inf")]
        for step, end in zip(tempi.steps, ends, strict=True):
            if quarter > step.quarter:
                at += (min(quarter, end) - step.quarter) * 60 / step.bpm
        found.append(at)
    return found


lengths_of_bars = st.lists(st.floats(0.5, 8.0), min_size=1, max_size=80)


@given(lengths_of_bars, st.sampled_from([2e-4, 3e-3, 0.02]), st.sampled_from([1.0, 3.5, 4.0]))
def test_every_anchor_is_kept_within_the_tolerance(
    lengths: list[float], within: float, quarters: float
) -> None:
    seconds = [0.0, *np.cumsum(lengths)]
    counted = [quarters * index for index in range(len(seconds))]
    tempi = fitted(counted, seconds, within=within)
    assert np.abs(np.array(played(tempi, counted)) - seconds).max() < within + 1e-9
    assert tempi.seconds(counted) == pytest.approx(played(tempi, counted), abs=1e-9)
    assert tempi.quarters(tempi.seconds(counted)) == pytest.approx(counted, abs=1e-9)


@given(lengths_of_bars)
def test_what_midi_can_write_is_kept_within_the_tolerance_too(lengths: list[float]) -> None:
    seconds = [0.0, *np.cumsum(lengths)]
    counted = [4.0 * index for index in range(len(seconds))]
    tempi = fitted(counted, seconds, within=2e-4, rounded=in_whole_microseconds)
    assert np.abs(np.array(played(tempi, counted)) - seconds).max() < 2e-4 + 1e-9
    micros = [60e6 / step.bpm for step in tempi.steps]
    assert micros == pytest.approx([round(each) for each in micros], abs=1e-6)


def test_what_is_rounded_does_not_add_up_over_hours() -> None:
    beat = 60 / 123.456
    seconds = [beat * index for index in range(20_000)]
    tempi = fitted(list(range(20_000)), seconds, within=2e-4, rounded=in_whole_microseconds)
    assert abs(played(tempi, [19_999])[0] - seconds[-1]) < 2e-4 + 1e-9
    assert len(tempi.steps) < 100


def test_a_steady_tempo_is_one_step() -> None:
    assert fitted([0, 4, 8, 12], [1.0, 3.0, 5.0, 7.0], within=1e-3).steps == (Step(0, 1.0, 120.0),)


def test_a_step_ends_where_an_anchor_was_heard() -> None:
    wavering = 2.0 * np.arange(200) + np.random.default_rng(1).normal(0, 0.001, 200)
    quarters = 4.0 * np.arange(200)
    tempi = fitted(quarters, wavering, within=3e-3)
    assert len(tempi.steps) < 20
    heard = dict(zip(quarters, wavering, strict=True))
    assert [step.at for step in tempi.steps] == pytest.approx(
        [heard[step.quarter] for step in tempi.steps], abs=1e-4
    )


def test_without_two_anchors_it_is_a_plain_tempo() -> None:
    assert fitted([], [], within=1e-3).steps == (Step(0.0, 0.0, PLAIN),)


def test_slower_than_midi_can_say_it_is_as_slow_as_it_can() -> None:
    tempi = fitted([0, 1, 2], [0.0, 40.0, 40.5], within=2e-4, rounded=in_whole_microseconds)
    assert 60e6 / tempi.steps[0].bpm == pytest.approx(0xFFFFFF)
    assert all(step.bpm > 0 for step in tempi.steps)


@given(st.lists(st.floats(1.2, 3.0), min_size=4, max_size=40), st.sampled_from([DRIFT, 3e-3]))
def test_a_song_gets_the_same_map_as_a_project_and_inside_a_daw(
    lengths: list[float], within: float
) -> None:
    edges = np.concatenate([[0.0], np.cumsum(lengths)])
    beats = np.interp(np.arange(4 * len(lengths) + 1) / 4, np.arange(len(edges)), edges)[:-1]
    music = Grid(tuple(beats.tolist()), tuple(i % 4 + 1 for i in range(len(beats))))
    project = tempo_map([take(music)], within=within)
    daw = tempo_points([DawBar(bar.start, bar.end, 4, 4) for bar in bars_of(music)], exact=within)
    assert [(point.at, point.bpm) for point in daw] == [
        (pytest.approx(step.at, abs=1e-6), pytest.approx(step.bpm, abs=2e-6))
        for step in project.pace.steps
    ]
