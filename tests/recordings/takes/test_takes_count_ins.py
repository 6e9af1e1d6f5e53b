"""Counting-in, from the level and the timbre alone."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.recordings.findings import Rows
from bridge.recordings.takes.count_ins import find_count_ins

FLOOR, STROKE, BAND = -60.0, -12.0, -14.0  # dBFS


def heard(
    strokes: list[float],
    music: tuple[float, float],
    *,
    seconds: float = 14.0,
    low: float = -5.0,
    decay: float = 100.0,
) -> tuple[Rows, Rows]:
    """Strokes that fall by `decay` dB/s, then a band; `low` is how strong their bass is."""
    hops = np.arange(round(seconds * 100)) / 100
    level = np.full(len(hops), FLOOR)
    timbre = np.full((len(hops) // 5, 42), -5.0)
    for at in strokes:
        since = hops - at
        level = np.maximum(level, np.where(since >= 0, STROKE - decay * since, FLOOR))
        row = round(at * 20)
        timbre[row : row + 2, :3] = low
        timbre[row : row + 2, 8:20] = -2.5
    level[(hops >= music[0]) & (hops < music[1])] = BAND
    return Rows(level[:, None], 0.0, 0.01), Rows(timbre, 0.0, 0.05)


@pytest.mark.parametrize("period", [0.3, 0.5, 1.0])
@pytest.mark.parametrize("count", [3, 4, 8])
def test_even_strokes_before_the_band_count_it_in(period: float, count: int) -> None:
    strokes = [1.0 + period * number for number in range(count)]
    start = 1.0 + period * count
    (found,) = find_count_ins(*heard(strokes, (start, start + 5.0)))
    assert found.start == pytest.approx(1.0, abs=0.011)
    assert found.end == pytest.approx(start, abs=0.03)
    assert found.period == pytest.approx(period, abs=0.01)


def test_a_room_that_rings_does_not_hide_the_strokes() -> None:
    strokes = [1.0, 1.5, 2.0, 2.5]
    assert len(find_count_ins(*heard(strokes, (3.0, 8.0), decay=60.0))) == 1


def test_people_do_not_count_like_a_clock() -> None:
    strokes = [1.0, 1.52, 2.0, 2.51]
    assert len(find_count_ins(*heard(strokes, (3.0, 8.0)))) == 1


@pytest.mark.parametrize(
    ("strokes", "music", "low"),
    [
        ([1.0, 1.5, 2.0, 2.5], (13.9, 14.0), -5.0),  # nobody plays after them
        ([1.0, 1.5], (2.0, 8.0), -5.0),  # too few
        ([1.0, 1.3, 2.0, 2.2], (3.0, 8.0), -5.0),  # uneven
        ([1.0, 1.5, 2.0, 2.5], (3.0, 8.0), -1.0),  # a kick drum
    ],
)
def test_other_strokes_are_no_counting_in(
    strokes: list[float], music: tuple[float, float], low: float
) -> None:
    assert find_count_ins(*heard(strokes, music, low=low)) == ()


@pytest.mark.parametrize("seconds", [0.0, 0.1, 1.0, 3.0])
def test_a_recording_may_end_anywhere(seconds: float) -> None:
    level, timbre = heard([0.1, 0.4, 0.7, 1.0, 1.3], (2.0, 9.0))
    cut = Rows(level.values[: round(seconds * 100)], 0.0, 0.01)
    find_count_ins(cut, timbre)
