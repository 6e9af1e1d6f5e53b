"""Silence filled in from the clock while Windows plays nothing: the logic, without Windows."""

from __future__ import annotations

import sys
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import BridgeError
from bridge.sources import wasapi_loopback
from bridge.sources.client import Device
from bridge.sources.wasapi_loopback import LoopbackClient, SilenceClock

RATE = 48000
MS = 1_000_000  # ns
SECOND = 1000 * MS


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


class FakeLibrary:
    """PyAudioWPatch with one output, which can be unplugged."""

    paFloat32 = 1

    def __init__(self) -> None:
        self.there = True

    def PyAudio(self) -> FakeLibrary:
        return self

    def get_loopback_device_info_generator(self) -> list[dict[str, object]]:
        return [{"name": "Speakers", "index": 0}] if self.there else []

    def open(self, **_: object) -> FakeLibrary:
        return self

    def is_active(self) -> bool:
        return self.there

    def close(self) -> None:
        """Nothing is held."""

    def terminate(self) -> None:
        """Nothing is held."""


class ListTarget:
    """Remembers (first, count) of each block."""

    def __init__(self) -> None:
        self.blocks: list[tuple[int, int]] = []

    def write(self, samples: np.ndarray, first: int, host_ns: int, reason: int = 0) -> None:
        self.blocks.append((first, len(samples)))

    def wait_for_more(self) -> None:
        count, until = len(self.blocks), time.monotonic() + 10
        while len(self.blocks) == count:
            assert time.monotonic() < until
            time.sleep(0.005)


def test_while_the_output_is_gone_there_is_no_silence_and_the_time_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    library, target = FakeLibrary(), ListTarget()
    monkeypatch.setitem(sys.modules, "pyaudiowpatch", library)
    monkeypatch.setattr(wasapi_loopback, "AGAIN", 0.0)
    client = LoopbackClient(Device(0, "Speakers", "output", 2, RATE, "wasapi"), (), None)
    client.start(target, 0)
    target.wait_for_more()
    library.there = False
    lost = client.watch()
    assert lost is not None
    assert lost.state == "lost"
    with client._lock:  # whatever was being written is written
        before = list(target.blocks)
    time.sleep(10 * wasapi_loopback.TICK + wasapi_loopback.PAUSE / SECOND)
    assert client.watch() is None
    assert target.blocks == before
    library.there = True
    back = client.watch()
    assert back is not None
    assert back.state == "listening"
    target.wait_for_more()
    client.close()
    end = sum(before[-1])
    first, _ = target.blocks[len(before)]
    assert first - end >= 10 * wasapi_loopback.TICK * RATE


def test_a_rate_that_cannot_be_analysed_is_said() -> None:
    speakers = Device(0, "Speakers", "output", 2, 32000, "wasapi")
    with pytest.raises(BridgeError) as error:
        LoopbackClient(speakers, (), None)
    assert "48000" in error.value.remedy
