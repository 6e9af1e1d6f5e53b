"""What every tracker is held to."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import soxr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.demo import SONG
from bridge.events import Event, fields
from bridge.live.engine import Engine
from bridge.sources import Block
from bridge.sources.file import read_whole
from bridge.trackers import TRACKERS

SECONDS = 14


@pytest.fixture(scope="module", params=[44100, 48000])
def song(request: pytest.FixtureRequest) -> tuple[np.ndarray, int]:
    """A stretch of the demo song at either rate that trackers work at, and the rate."""
    samples, rate = read_whole(SONG)
    stretch = samples[rate * 12 : rate * (12 + SECONDS)]
    return soxr.resample(stretch, rate, request.param), request.param


def heard(samples: np.ndarray, rate: int, tracker: str, cuts: list[int]) -> list[Event]:
    """What is said when the stream is cut at these samples."""
    engine = Engine(rate, samples.shape[1], [tracker])
    events: list[Event] = []
    edges = [0, *sorted(cuts), len(samples)]
    for first, end in pairwise(edges):
        events += engine.hear(Block(samples[first:end], first))
    return events + engine.finish()


@pytest.mark.parametrize("tracker", TRACKERS)
def test_a_stream_heard_live_equals_the_same_stream_heard_whole(
    song: tuple[np.ndarray, int], tracker: str
) -> None:
    samples, rate = song
    whole = heard(samples, rate, tracker, [])
    live = heard(samples, rate, tracker, list(range(256, len(samples), 256)))
    assert whole, f"{tracker} said nothing at all"
    assert live == whole


@pytest.mark.parametrize("tracker", TRACKERS)
@settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(cuts=st.lists(st.integers(0, 44100 * SECONDS), max_size=30))
def test_events_do_not_depend_on_where_the_stream_is_cut(
    song: tuple[np.ndarray, int], tracker: str, cuts: list[int]
) -> None:
    samples, rate = song
    assert heard(samples, rate, tracker, cuts) == heard(samples, rate, tracker, [])


@pytest.mark.parametrize("tracker", TRACKERS)
@pytest.mark.parametrize("decimation", [1, 2])
def test_nothing_that_can_arrive_breaks_a_tracker(
    song: tuple[np.ndarray, int], tracker: str, decimation: int
) -> None:
    music, rate = song
    if decimation > 1:
        rate *= decimation
        music = soxr.resample(music, rate // decimation, rate)
    chance = np.random.default_rng(5)
    pieces = [
        music,
        np.zeros((rate, 2)),
        chance.standard_normal((rate, 2)),
        np.full((rate // 2, 2), np.nan),
        np.full((rate // 2, 2), 1e30),
        np.tile([1.0, -1.0], (rate, 1)),
        chance.standard_normal((rate, 2)) * 1e-9,
    ]
    samples = np.concatenate(pieces).astype(np.float32)
    events = heard(samples, rate, tracker, list(range(777, len(samples), 7777)))
    for event in events:
        assert event.decided <= len(samples) / rate + 0.011
        for field in fields(type(event)):
            value = getattr(event, field.name)
            assert not isinstance(value, float) or np.isfinite(value), event
        for name in ("confidence", "strength"):
            assert 0 <= getattr(event, name, 0.5) <= 1, event


@pytest.mark.parametrize("tracker", TRACKERS)
@pytest.mark.parametrize("height", [1e3, 3e38])
def test_a_loud_fault_leaves_no_tracker_deaf(
    song: tuple[np.ndarray, int], tracker: str, height: float
) -> None:
    music, rate = song
    fault = height * np.random.default_rng(6).uniform(-1.0, 1.0, (rate // 10, 2))
    quiet = np.zeros((4 * rate, 2))  # so that a new piece begins behind it
    before = np.concatenate([music[: 4 * rate], fault, quiet]).astype(np.float32)
    samples = np.concatenate([before, music])
    again = [e for e in heard(samples, rate, tracker, []) if e.decided > len(before) / rate]
    alone = heard(music, rate, tracker, [])
    assert len(again) >= len(alone) / 2


@pytest.mark.parametrize("tracker", TRACKERS)
def test_what_is_said_is_decided_in_order_and_not_before_it_was_heard(
    song: tuple[np.ndarray, int], tracker: str
) -> None:
    samples, rate = song
    engine = Engine(rate, samples.shape[1], [tracker])
    step = rate // 100
    for first in range(0, len(samples), step):
        block = samples[first : first + step]
        for event in engine.hear(Block(block, first)):
            assert event.decided == pytest.approx((first + len(block)) / rate, abs=0.0101)
