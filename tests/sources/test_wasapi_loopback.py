"""Silence filled in from the clock while Windows plays nothing: the logic, without Windows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import BridgeError
from bridge.sources.client import Device
from bridge.sources.wasapi_loopback import LoopbackClient, SilenceClock

RATE = 48000
MS = 1_000_000  # ns


def test_sound_that_comes_steadily_gets_no_silence() -> None:
    clock = SilenceClock(RATE, 0)
    for block in range(1, 500):
        assert clock.tick(block * 10 * MS - 1) == 0
        assert clock.heard(480, block * 10 * MS) == 0


def test_while_nothing_plays_silence_keeps_up_with_the_clock() -> None:
    clock = SilenceClock(RATE, 0)
    written = sum(clock.tick(now * MS) for now in range(0, 60_001, 10))
    assert written / RATE == pytest.approx(60.0, abs=0.06)


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 300)), min_size=1, max_size=20))
def test_the_stream_is_as_long_as_the_time_that_passed(parts: list[tuple[int, int]]) -> None:
    """Pauses in ms, then that many blocks of 10 ms; a look at the clock every 10 ms."""
    clock = SilenceClock(RATE, 0)
    now, samples = 0, 0
    for pause, blocks in parts:
        for _ in range(pause // 10):
            now += 10
            samples += clock.tick(now * MS)
        for _ in range(blocks):
            now += 10
            samples += clock.heard(480, now * MS) + 480
    # short of it or beyond it by less than what a pause is, for each change
    assert abs(samples - now * RATE // 1000) <= len(parts) * 0.051 * RATE


def test_a_rate_that_cannot_be_analysed_is_said() -> None:
    speakers = Device(0, "Speakers", "output", 2, 32000, "wasapi")
    with pytest.raises(BridgeError) as error:
        LoopbackClient(speakers, (), None)
    assert "48000" in error.value.remedy
