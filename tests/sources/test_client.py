"""Counting what was lost, choosing channels."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.errors import BridgeError
from bridge.sources.client import (
    DEVICE_GONE,
    LOST_CYCLES,
    NO_REASON,
    Said,
    SteadyClock,
    StreamCount,
    elapsed,
    is_jack,
    pick,
    rate_for,
)

RATE = 48000
SECOND = 10**9


def run(clock: SteadyClock, seconds: float, end: int, now: int, *, drift: float = 0.0) -> tuple:
    """Feeds blocks of 10 ms with jitter up to 4 ms; (lost, end, now) afterwards."""
    random = np.random.default_rng(0)
    lost = 0
    for _ in range(round(seconds * 100)):
        now += round(SECOND / 100 * (1 + drift))
        missing = clock.lost(end + 480, now + int(random.integers(0, 4_000_000)))
        lost += missing
        end += 480 + missing
    return lost, end, now


def test_jitter_and_the_drift_of_a_sound_card_lose_nothing() -> None:
    for drift in (-2e-4, 2e-4):
        assert run(SteadyClock(RATE), 120, 0, 5 * SECOND, drift=drift)[0] == 0


def test_sound_that_went_missing_is_found_within_two_seconds() -> None:
    clock = SteadyClock(RATE)
    lost, end, now = run(clock, 5, 0, 0)
    now += SECOND // 5
    lost, end, now = run(clock, 3, end, now)
    assert lost == pytest.approx(RATE / 5, abs=RATE * 0.005)
    assert run(clock, 5, end, now)[0] == 0


def test_sound_that_came_late_and_at_once_was_not_lost() -> None:
    clock = SteadyClock(RATE)
    lost, end, now = run(clock, 5, 0, 0)
    now += 3 * SECOND  # a stall, then everything in a burst
    for _ in range(300):
        lost += clock.lost(end + 480, now)
        end += 480
    assert lost + run(clock, 5, end, now)[0] == 0


def test_after_a_restart_nothing_is_compared_with_before() -> None:
    clock = SteadyClock(RATE)
    _, end, now = run(clock, 5, 0, 0)
    clock.restart()
    assert run(clock, 5, end, now + 60 * SECOND)[0] == 0


def test_what_passed_while_the_device_was_gone_is_counted() -> None:
    count = StreamCount(RATE)
    count.start(0, 0)
    assert count.place(480, SECOND) == (0, NO_REASON)  # the stream begins with the first sound
    assert count.place(480, SECOND + SECOND // 100) == (480, NO_REASON)
    count.reopened(3 * SECOND)
    assert count.quiet(3 * SECOND) == 0
    assert count.place(480, 3 * SECOND + SECOND // 100) == (2 * RATE + 480, DEVICE_GONE)
    assert count.place(480, 3 * SECOND + SECOND // 50) == (2 * RATE + 960, NO_REASON)


def test_a_stream_that_goes_on_after_a_restart_counts_the_time_to_its_first_block() -> None:
    count = StreamCount(RATE)
    count.start(96000, SECOND)
    assert count.place(480, SECOND + SECOND // 10) == (96000 + 4320, DEVICE_GONE)


def test_what_the_device_says_it_lost_is_believed() -> None:
    count = StreamCount(RATE)
    count.start(0, 0)
    count.place(256, SECOND)
    assert count.place(256, SECOND, lost=128) == (384, LOST_CYCLES)


def test_time_in_samples() -> None:
    assert elapsed(SECOND, 44100) == 44100
    assert elapsed(-5, 44100) == 0


def test_channels_are_counted_from_1_and_the_first_two_if_none_are_named() -> None:
    assert pick((), 8, "x") == (0, 1)
    assert pick((), 1, "x") == (0,)
    assert pick((5, 2), 8, "x") == (4, 1)


@pytest.mark.parametrize("wrong", [(9,), (0,), (1, 3, 10)])
def test_a_channel_that_is_not_there_is_said(wrong: tuple[int, ...]) -> None:
    with pytest.raises(BridgeError) as told:
        pick(wrong, 8, "Scarlett")
    assert "1 to 8" in told.value.cause


@pytest.mark.parametrize(
    ("wish", "native", "rate"), [(None, 44100, 44100), (None, 32000, 48000), (96000, 44100, 96000)]
)
def test_the_rate_is_the_one_wished_for_or_the_devices_own(
    wish: int | None, native: int, rate: int
) -> None:
    assert rate_for(wish, native) == rate


def test_a_rate_that_cannot_be_analysed_is_said() -> None:
    with pytest.raises(BridgeError, match="32000 Hz"):
        rate_for(32000, 48000)


def test_each_change_is_said_once() -> None:
    say = Said()
    assert say("listening", "it has been from the start") is None
    assert say("stalled", "nothing comes") is not None
    assert say("stalled", "still nothing") is None
    assert say("listening", "it comes") is not None


def test_jack_is_meant_by_its_name_or_that_of_a_server() -> None:
    assert [is_jack(wish) for wish in ("jack", "jack:studio", "jackson", "jack.wav", "")] == [
        True, True, False, False, False,
    ]  # fmt: skip
