"""Where the beat lies in figures that a plain beat and its off-beat cannot tell."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.recordings.pulse.beats import Beats
from bridge.recordings.pulse.shifts import shifted
from bridge.signal.frames import Array64

KICK, SNARE, HIHAT = (0.9, 0.2, 0.3), (0.2, 0.9, 0.6), (0.0, 0.1, 0.6)
Figure = Mapping[float, tuple[float, float, float]]
BLAST: Figure = {0.0: SNARE, 0.25: KICK, 0.5: HIHAT, 0.75: KICK}
ROCK: Figure = {0.0: KICK, 0.5: HIHAT, 1.0: SNARE, 1.5: HIHAT}


def strokes(figure: Figure, period: int, beats: int) -> Array64:
    """Strokes of a figure of one or two beats, the first at hop 100."""
    heard = np.zeros((100 + period * (beats + 2), 3))
    length = 1 + int(max(figure))
    for bar in range(beats // length):
        for place, weights in figure.items():
            heard[100 + round((bar * length + place) * period)] += weights
    return heard


def beats_at(first: int, period: int, count: int) -> Beats:
    """Plain beats."""
    none = np.zeros(count, int)
    return Beats(first + period * np.arange(count), np.full(count, period), none, none, 0.0)


@pytest.mark.parametrize("late", [0.25, 0.5, 0.75])
def test_among_kicks_in_sixteenths_the_snare_is_the_beat(late: float) -> None:
    heard = strokes(BLAST, 56, 60)
    found = shifted(beats_at(100 - round(late * 56), 56, 60), heard)
    assert np.abs(found.hops[0] - 100) % 56 == 0
    assert found.score > 0


@settings(max_examples=20, deadline=None)
@given(period=st.integers(32, 100), figure=st.sampled_from([BLAST, ROCK]))
def test_beats_that_lie_well_stay(period: int, figure: Figure) -> None:
    beats = beats_at(100, period, 40)
    moved = shifted(beats, strokes(figure, period, 40))
    assert (moved.hops == beats.hops).all()
    assert moved.score == beats.score


def test_no_beats_stay_none() -> None:
    beats = beats_at(0, 50, 0)
    assert shifted(beats, np.zeros((500, 3))) is beats


def test_silence_moves_nothing() -> None:
    beats = beats_at(20, 50, 12)
    assert (shifted(beats, np.zeros((1000, 3))).hops == beats.hops).all()
