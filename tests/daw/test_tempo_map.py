"""A tempo map from bars."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.daw.tempo_map import EXACT, Bar, Point, tempo_points


def bars_at(edges: list[float], num: int = 4, den: int = 4) -> list[Bar]:
    return [Bar(a, b, num, den) for a, b in pairwise(edges)]


def bar_lines(points: list[Point], bars: int) -> list[float]:
    """Where a DAW that plays these points has its bar lines: an independent reckoning."""
    lines, at, beats = [points[0].at], points[0].at, 0.0
    num, den = 4, 4
    for _ in range(bars):
        point = max((p for p in points if p.at <= at + 1e-6), key=lambda p: p.at)
        if point.num:
            num, den = point.num, point.den
        beats = num * 4 / den
        at += beats * 60 / point.bpm
        lines.append(at)
    return lines


def test_a_steady_song_is_one_point() -> None:
    assert tempo_points(bars_at([1.0 + 2.0 * i for i in range(60)])) == [Point(1.0, 120.0, 4, 4)]


@given(
    st.lists(st.floats(1.2, 3.0), min_size=2, max_size=60),
    st.sampled_from([(4, 4), (3, 4), (6, 8), (7, 8)]),
)
def test_every_bar_line_is_where_the_downbeat_was(lengths: list[float], metre) -> None:
    edges = [0.5, *(0.5 + np.cumsum(lengths))]
    points = tempo_points(bars_at(edges, *metre))
    assert np.abs(np.array(bar_lines(points, len(lengths))) - edges).max() < EXACT + 1e-9


def test_a_player_who_wavers_by_a_millisecond_does_not_fill_the_map() -> None:
    noise = np.random.default_rng(1).normal(0, 0.001, 200)
    assert len(tempo_points(bars_at(list(2.0 * np.arange(200) + noise)))) < 20


def test_a_change_of_metre_is_a_point_though_the_tempo_stays() -> None:
    bars = [*bars_at([0.0, 2.0, 4.0]), *bars_at([4.0, 5.5, 7.0], 3)]
    assert tempo_points(bars) == [Point(0.0, 120.0, 4, 4), Point(4.0, 120.0, 3, 4)]


def test_six_eighths_are_counted_in_quarter_notes() -> None:
    assert tempo_points(bars_at([0.0, 1.5], 6, 8)) == [Point(0.0, pytest.approx(120.0), 6, 8)]


def test_beats_of_live_are_turned_into_seconds() -> None:
    assert tempo_points(bars_at([0.0, 4.0]), unit_seconds=0.5)[0].bpm == pytest.approx(120.0)


def test_bars_behind_a_gap_begin_anew() -> None:
    bars = [*bars_at([0.0, 2.0, 4.0]), *bars_at([9.0, 12.0])]
    assert tempo_points(bars) == [Point(0.0, 120.0, 4, 4), Point(9.0, 80.0, 0, 0)]


def test_what_no_daw_can_play_takes_no_metre_along() -> None:
    bars = [*bars_at([0.0, 2.0]), *bars_at([2.0, 62.0], 3), *bars_at([62.0, 63.5], 3)]
    assert tempo_points(bars) == [Point(0.0, 120.0, 4, 4), Point(62.0, 120.0, 3, 4)]
