"""A DAW's track by ReaStream, played in real time by a sender of the tests, into a whole run."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bridge.demo import SONG
from bridge.live.ring import RingReader
from bridge.sources.file import read_whole
from tests.end_to_end.processes import Filter, eventually, settings
from tests.end_to_end.run import Run, free_port
from tests.sources.reastream_sender import Sender, packets

pytestmark = pytest.mark.end_to_end

BLOCK = 512
BEAT = 60 / 122.0  # seconds, of the demo song
SECONDS = 42.0
DROPPED = 0.01


class Track(threading.Thread):
    """Sound sent block by block, each when its last sample was played; some packets are lost."""

    def __init__(
        self, port: int, sound: np.ndarray, rate: int, *, name: str = "test", drop: float = 0.0
    ) -> None:
        super().__init__(daemon=True)
        self._sender = Sender(port)
        self._sound, self._rate, self._name, self._drop = sound, rate, name, drop
        self._stopped = threading.Event()
        self.standing = threading.Event()
        self.began = 0.0

    def __enter__(self) -> Track:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self.join()
        self._sender.close()

    def run(self) -> None:
        chance = np.random.default_rng(1)
        begin = time.monotonic()
        self.began = begin
        for number, first in enumerate(range(0, len(self._sound) - BLOCK, BLOCK)):
            due = begin + (number + 1) * BLOCK / self._rate
            if self._stopped.wait(max(0.0, due - time.monotonic())):
                return
            if self.standing.is_set():
                continue
            for _, content in packets(self._sound[first : first + BLOCK], self._rate, self._name):
                if chance.random() >= self._drop:
                    self._sender.send(content)


@pytest.fixture(scope="module")
def song() -> tuple[np.ndarray, int]:
    """The demo song from its verse on, once and again: stereo."""
    samples, rate = read_whole(SONG)
    return np.concatenate([samples[8 * rate : 64 * rate]] * 2), rate


@pytest.fixture
def port() -> Iterator[int]:
    yield free_port(socket.SOCK_DGRAM)


@pytest.mark.parametrize("drop", [0.0, DROPPED])
def test_beats_and_sections_of_a_track_arrive(
    song: tuple[np.ndarray, int], port: int, tmp_path: Path, drop: float
) -> None:
    sound, rate = song
    arguments = ("--input", f"reastream:test@127.0.0.1:{port}", "--set", "midi.on=false")
    with Run(tmp_path, os.environ, *arguments) as run:
        eventually("it waits with words", lambda: "ReaStream" in run.words())
        with Track(port, sound, rate, drop=drop) as track:
            run.wait_for_state("listening")
            time.sleep(max(0.0, track.began + SECONDS - time.monotonic()))
            beats = [beat for beat in run.events("beat") if beat["at"] > 15.0]
            assert len(beats) > 30, run.words()
            apart = np.diff([beat["at"] for beat in beats])
            assert np.median(apart) == pytest.approx(BEAT, abs=0.01)
            assert run.events("section"), run.states()
            gaps = run.events("gap")
            assert not [gap for gap in gaps if gap["seconds"] > 0.1 and gap["at"] > 1.0]
            if drop:
                assert "lost on the way" in run.words()
            else:
                assert "lost" not in run.words()
            # The DAW is stopped and goes on.
            track.standing.set()
            eventually("stalled", lambda: "stalled" in run.states())
            stalled = next(e for e in run.events("state") if e["state"] == "stalled")
            assert "sends nothing" in stalled["reason"]
            track.standing.clear()
            run.wait_for_state("listening", 2)
        assert run.stop() == 0


@pytest.mark.parametrize("drop", [0.0, DROPPED])
def test_the_stream_time_stays_true(port: int, tmp_path: Path, drop: float) -> None:
    """Each sample says which it is; where it lies in the stream says how far off the time is."""
    rate = 48000
    number = np.arange(40 * rate, dtype=np.float32)
    sound = np.stack([np.floor(number / 4096) / 1024, (number % 4096) / 4096], axis=1)
    wanted = settings(source__input=f"reastream:test@127.0.0.1:{port}")
    with (
        Track(port, sound, rate, drop=drop),
        Filter("bridge.live.capture", wanted, tmp_path) as capture,
    ):
        reader = RingReader(Path(capture.wait_for("ring")["path"]))
        until, off = time.monotonic() + 25.0, []
        while time.monotonic() < until:
            time.sleep(0.05)
            for block in reader.read():
                heard = block.samples.astype(np.float64)
                said = np.rint(heard[:, 0] * 1024) * 4096 + heard[:, 1] * 4096
                whole = np.abs(said - np.rint(said)) < 1e-3  # not where a hole was bridged
                places = block.first + np.arange(len(heard)) - said
                off += places[whole].tolist()
        lag = np.array(off) / rate
        lag -= np.median(lag[: rate // 2])
        print(f"{100 * drop:.0f} % dropped: {1000 * lag.min():+.1f} to {1000 * lag.max():+.1f} ms, "
              f"{1000 * lag[-rate // 10 :].mean():+.1f} ms at the end")  # fmt: skip
        assert len(off) > 22 * rate * (1 - 2 * drop)
        assert np.abs(lag).max() < (0.03 if drop else 0.001)
        assert capture.end() == 0


def test_a_second_dawbridge_is_told_who_has_the_port(port: int, tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", port))
        wanted = settings(source__input=f"reastream:test@127.0.0.1:{port}")
        with Filter("bridge.live.capture", wanted, tmp_path) as capture:
            error = capture.wait_for("error")
            assert "is taken" in error["what"]
            assert "lost" in capture.wait_for("state")["state"]
            other.close()
            sound = np.zeros((10 * 48000, 2), np.float32)
            with Track(port, sound, 48000):
                assert capture.wait_for("ring")["rate"] == 48000
            assert capture.end() == 0
