"""What a PulseAudio server plays, heard by our own process."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bridge.live.ring import RingReader
from bridge.sources import Block
from tests.end_to_end.processes import Filter, eventually, settings
from tests.end_to_end.servers import Server, pulse_null_sink

pytestmark = pytest.mark.end_to_end

RATE = 48000
SINK = ["load-module", "module-null-sink", "norewinds=1", f"rate={RATE}", "format=float32le"]


@pytest.fixture
def server() -> Iterator[Server]:
    with pulse_null_sink(RATE) as running:
        yield running


def noise(seconds: float) -> np.ndarray:
    """Stereo on the grid of 16 bits, so that it is exact in any format."""
    random = np.random.default_rng(7)
    sound = random.uniform(-0.5, 0.5, (round(RATE * seconds), 2))
    return (np.round(sound * 32768) / 32768).astype(np.float32)


def play(server: Server, sound: np.ndarray, sink: str = "sink") -> None:
    """All at once with the default buffer: a small one underruns on a busy machine."""
    command = ["pacat", "--raw", f"--device={sink}", "--format=float32le", f"--rate={RATE}"]
    command += ["--channels=2"]
    subprocess.run(command, input=sound.tobytes(), env=server.env, check=True, timeout=30)


def pactl(server: Server, *arguments: str) -> str:
    answer = subprocess.run(
        ["pactl", *arguments], env=server.env, check=True, timeout=10, capture_output=True
    )
    return answer.stdout.decode().strip()


def find(sound: np.ndarray, blocks: list[Block]) -> int | None:
    """Where `sound` begins in what was heard, if all of it is there bit by bit."""
    heard = np.concatenate([block.samples for block in blocks])
    for at in np.flatnonzero((heard[: -len(sound) or None] == sound[0]).all(axis=1)):
        if np.array_equal(heard[at : at + len(sound)], sound):
            return int(at)
    return None


def hears(reader: RingReader, server: Server, sink: str = "sink") -> None:
    """Plays a second and checks that it is heard."""
    sound = noise(1.0)
    blocks = list(eventually("sound", reader.read))
    play(server, sound, sink)

    def heard() -> bool:
        blocks.extend(reader.read())
        return find(sound, blocks) is not None

    eventually("all of it is heard, bit by bit", heard)


@pytest.mark.parametrize("wish", ["output", "sink.monitor"])
def test_the_output_is_heard_bit_by_bit(wish: str, server: Server, tmp_path: Path) -> None:
    with Filter(
        "bridge.live.capture", settings(source__input=wish), tmp_path, server.env
    ) as capture:
        ring = capture.wait_for("ring")
        assert (ring["rate"], ring["channels"], ring["midi_block"]) == (RATE, 2, 0)
        hears(RingReader(Path(ring["path"])), server)
        assert capture.end() == 0


def test_one_channel_of_the_output(server: Server, tmp_path: Path) -> None:
    wanted = settings(source__input="output", source__channels=(2,))
    with Filter("bridge.live.capture", wanted, tmp_path, server.env) as capture:
        ring = capture.wait_for("ring")
        assert ring["channels"] == 1
        reader = RingReader(Path(ring["path"]))
        sound = noise(0.5)
        blocks = list(eventually("sound", reader.read))
        play(server, sound)

        def heard() -> bool:
            blocks.extend(reader.read())
            return find(sound[:, 1:], blocks) is not None

        eventually("the right side is heard", heard)


def test_a_killed_server_is_waited_for(server: Server, tmp_path: Path) -> None:
    with Filter(
        "bridge.live.capture", settings(source__input="output"), tmp_path, server.env
    ) as capture:
        reader = RingReader(Path(capture.wait_for("ring")["path"]))
        eventually("sound", reader.read)
        server.kill()
        assert "gone" in capture.wait_for("state", "lost")["reason"]
        before = reader.last()
        reader.read()
        server.start()
        capture.wait_for("state", "listening")
        (block, *_) = eventually("sound again", reader.read)
        assert block.reason == "the device was gone"
        after = reader.last()
        assert before is not None
        assert after is not None
        passed = (after.host_ns - before.host_ns) * RATE / 1e9
        assert after.sample - before.sample == pytest.approx(passed, abs=RATE // 20)
        hears(reader, server)


def test_a_sink_that_goes_is_not_replaced_by_another(server: Server, tmp_path: Path) -> None:
    pactl(server, "load-module", "module-rescue-streams")
    module = pactl(server, *SINK, "sink_name=usb")
    pactl(server, "set-default-source", "sink.monitor")
    with Filter(
        "bridge.live.capture", settings(source__input="usb.monitor"), tmp_path, server.env
    ) as capture:
        reader = RingReader(Path(capture.wait_for("ring")["path"]))
        # parec writes its time in between, so what it says about the move is not alone in its line
        eventually("half a second", lambda: (last := reader.last()) and last.sample > RATE / 2)
        pactl(server, "unload-module", module)
        assert "usb.monitor is gone" in capture.wait_for("state", "lost")["reason"]
        eventually("nothing else is heard", lambda: "parec" not in pactl(server, "list", "clients"))
        pactl(server, *SINK, "sink_name=usb")
        capture.wait_for("state", "listening")
        hears(reader, server, "usb")


def test_another_output_is_followed(server: Server, tmp_path: Path) -> None:
    pactl(server, *SINK, "sink_name=headphones")
    pactl(server, "set-default-sink", "sink")
    with Filter(
        "bridge.live.capture", settings(source__input="output"), tmp_path, server.env
    ) as capture:
        reader = RingReader(Path(capture.wait_for("ring")["path"]))
        eventually("sound", reader.read)
        pactl(server, "set-default-sink", "headphones")
        eventually("it listens there", lambda: "headphones.monitor\t" in _heard_sources(server))
        hears(reader, server, "headphones")


def _heard_sources(server: Server) -> str:
    """`pactl list short sources`, only those that somebody listens to."""
    lines = pactl(server, "list", "short", "sources").splitlines()
    return "\n".join(line for line in lines if line.endswith("RUNNING"))


def test_a_wrong_name_lists_what_there_is(server: Server, tmp_path: Path) -> None:
    with Filter(
        "bridge.live.capture", settings(source__input="Scarlett"), tmp_path, server.env
    ) as capture:
        error = capture.wait_for("error")
        assert error["what"] == "There is no device 'Scarlett' to hear"
        assert "sink.monitor" in error["cause"]
        assert "dawbridge devices" in error["remedy"]
        assert capture.status() == 3


def test_no_server_is_waited_for(server: Server, tmp_path: Path) -> None:
    server.stop()
    with Filter(
        "bridge.live.capture", settings(source__input="output"), tmp_path, server.env
    ) as capture:
        assert "answers" in capture.wait_for("error")["what"]
        server.start()
        capture.wait_for("ring")


def test_the_first_sound_is_there_within_a_second(server: Server, tmp_path: Path) -> None:
    with Filter(
        "bridge.live.capture", settings(source__input="output"), tmp_path, server.env
    ) as capture:
        reader = RingReader(Path(capture.wait_for("ring")["path"]), expected=0)
        eventually("sound", lambda: reader.last() is not None)
        took = time.monotonic() - capture.started
        print(f"first sound after {took:.2f} s")
        assert took < 3.0  # a busy machine; alone it takes a quarter of a second


def test_portaudio_hears_the_monitor_and_waits_for_it(server: Server, tmp_path: Path) -> None:
    wanted = settings(source__input="monitor", source__rate=RATE)
    exact = {"PULSE_LATENCY_MSEC": "50"}
    with Filter("bridge.live.capture", wanted, tmp_path, server.env | exact) as capture:
        reader = RingReader(Path(capture.wait_for("ring")["path"]))
        hears(reader, server)
        server.kill()
        capture.wait_for("state", "lost")
        server.start()
        capture.wait_for("state", "listening")
        eventually("sound again", reader.read)
        hears(reader, server)
