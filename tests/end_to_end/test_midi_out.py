"""The virtual port by rtmidi. Without ALSA's sequencer it is a JACK port, which is as real.

Where the computer has that sequencer it is hidden, so that the same is tested everywhere.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bridge.live.midi_queue import MidiQueue
from tests.end_to_end.jack_world import Recorder
from tests.end_to_end.processes import Filter, eventually, settings
from tests.end_to_end.servers import Server, jack_dummy

pytestmark = pytest.mark.end_to_end

ON, OFF = bytes((0x99, 36, 100)), bytes((0x89, 36, 0))
RATE = 48000
MODULE = "bridge.live.midi_out"
NO_SEQUENCER = {"ALSA_CONFIG_PATH": os.devnull}  # ALSA's library then knows no device at all
NOBODY = {"JACK_DEFAULT_SERVER": "nobody"}


@pytest.fixture
def server() -> Iterator[Server]:
    with jack_dummy(RATE, 128) as running:
        running.env |= NO_SEQUENCER
        yield running


@pytest.fixture
def recorder(server: Server) -> Iterator[Recorder]:
    recorder = Recorder(server)
    yield recorder
    recorder.close()


def test_messages_arrive_in_time_at_little_cost(
    server: Server, recorder: Recorder, tmp_path: Path
) -> None:
    queue = MidiQueue.open_or_create(tmp_path / "midi")
    with Filter(MODULE, settings(), tmp_path, server.env) as process:
        assert process.wait_for("midi") == {"port": "dawbridge"}
        recorder.listen("dawbridge:dawbridge")
        burnt, begin = cpu_seconds(process.pid), time.monotonic()
        start = time.monotonic_ns() + 100_000_000
        for number in range(60):  # thirty a second, which is a lot of drumming
            queue.post(start + number * 33_333_333, ON)
            queue.post(start + number * 33_333_333 + 10_000_000, OFF)
        eventually("all of them", lambda: len(recorder.heard) == 120)
        share = (cpu_seconds(process.pid) - burnt) / (time.monotonic() - begin)
        steps = np.diff(recorder.notes_on()) / RATE * 1000
        print(
            f"{share:.1%} of a core; every 33.3 ms: sd {steps.std():.2f}, worst {steps.max():.1f}"
        )
        # The dummy driver's own frames are no clock on a busy machine.
        assert np.median(steps) == pytest.approx(33.3, abs=10.0)
        assert share < 0.05  # coarse: the clock of a process counts in 10 ms
        assert process.end() == 0


@pytest.mark.parametrize("how", ["release", "end"])
def test_a_note_always_ends(how: str, server: Server, recorder: Recorder, tmp_path: Path) -> None:
    queue = MidiQueue.open_or_create(tmp_path / "midi")
    with Filter(MODULE, settings(), tmp_path, server.env) as process:
        process.wait_for("midi")
        recorder.listen("dawbridge:dawbridge")
        queue.post(time.monotonic_ns(), ON)
        eventually("the note", lambda: recorder.heard)
        if how == "release":
            process.send({"release": True})
        else:
            assert process.end() == 0
        eventually("the note-off", lambda: len(recorder.heard) == 2)
        assert recorder.heard[1][1] == OFF


def test_the_notes_of_a_killed_process_end_where_they_are_heard(tmp_path: Path) -> None:
    queue = MidiQueue.open_or_create(tmp_path / "midi")
    remembered = tmp_path / "midi-connections.json"
    with jack_dummy(RATE, 128, sync=False) as server:  # the other mode waits 5 s for the dead
        server.env |= NO_SEQUENCER
        recorder = Recorder(server)
        try:
            with Filter(MODULE, settings(), tmp_path, server.env) as process:
                process.wait_for("midi")
                recorder.listen("dawbridge:dawbridge")
                eventually("it is known who listens", lambda: "recorder" in remembered.read_text())
                queue.post(time.monotonic_ns(), ON)
                eventually("the note", lambda: ON in [message for _, message in recorder.heard])
                process.kill()
            assert queue.sounding() == [(9, 36)]
            with Filter(MODULE, settings(), tmp_path, server.env) as another:
                another.wait_for("midi")
                eventually("the note is ended", lambda: not queue.sounding())
                eventually("and heard to end", lambda: recorder.heard[-1][1][:2] == OFF[:2])
                assert another.end() == 0
        finally:
            recorder.close()


def test_a_jack_server_that_dies_is_noticed_and_waited_for(tmp_path: Path) -> None:
    queue = MidiQueue.open_or_create(tmp_path / "midi")
    remembered = tmp_path / "midi-connections.json"
    with jack_dummy(RATE, 128) as server:
        server.env |= NO_SEQUENCER
        recorder = Recorder(server)
        with Filter(MODULE, settings(), tmp_path, server.env) as process:
            process.wait_for("midi")
            recorder.listen("dawbridge:dawbridge")
            eventually("it is known who listens", lambda: "recorder" in remembered.read_text())
            queue.post(time.monotonic_ns(), ON)
            eventually("the note", lambda: recorder.heard)
            server.kill()
            assert process.status() == 1  # asks to be started again
            assert "the JACK server is gone" in process.words()
        recorder.close()
        with Filter(MODULE, settings(), tmp_path, server.env) as another:
            assert another.wait_for("error")["what"] == "There is no MIDI on this computer"
            server.start()
            another.wait_for("midi")
            eventually("what sounded is forgotten", lambda: not queue.sounding())
            recorder = Recorder(server)
            eventually("it listens again", lambda: recorder.listens_to() == ["dawbridge:dawbridge"])
            queue.post(time.monotonic_ns(), ON)
            eventually("the next note", lambda: recorder.notes_on())
            assert another.end() == 0
        recorder.close()
        with Filter(MODULE, settings(), tmp_path, server.env | NOBODY) as waiting:
            waiting.wait_for("error")
            assert waiting.end() == 0


def test_without_midi_it_says_so_and_asks_for_no_restart(tmp_path: Path) -> None:
    env = os.environ | NO_SEQUENCER | NOBODY
    with Filter(MODULE, settings(), tmp_path, env) as process:
        error = process.wait_for("error")
        assert error["what"] == "There is no MIDI on this computer"
        assert "modprobe snd-seq" in error["remedy"]
        assert process.status() == 3


def cpu_seconds(pid: int) -> float:
    """User and system time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
