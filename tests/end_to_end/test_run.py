"""A whole run on real servers: sound in by JACK, notes, OSC and WebSocket out, and every death."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from bridge.demo import SONG
from bridge.sources.file import read_whole
from bridge.trackers.drums import LOOK_AHEAD
from tests.end_to_end.jack_world import Player, Recorder, world
from tests.end_to_end.processes import PATIENCE, eventually
from tests.end_to_end.run import Run
from tests.end_to_end.servers import Server, jack_dummy, pulse_null_sink

pytestmark = pytest.mark.end_to_end

PERIOD = 256
LATENCY = 0.05  # seconds, of the notes: so much that a busy machine loses none
BACK = 2.0  # seconds within which a killed process must live again


@pytest.fixture(scope="module")
def song() -> tuple[np.ndarray, int]:
    """Twenty seconds of the demo song with the whole band, mono."""
    samples, rate = read_whole(SONG)
    return samples[18 * rate : 38 * rate].mean(axis=1), rate


@pytest.fixture
def server(song: tuple[np.ndarray, int]) -> Iterator[Server]:
    with jack_dummy(song[1], PERIOD) as running:
        yield running


class OscDump:
    """liblo's oscdump, an independent reader of OSC."""

    def __init__(self, port: int) -> None:
        self.lines: list[str] = []
        self._popen = subprocess.Popen(
            ["stdbuf", "-oL", "oscdump", str(port)], stdout=subprocess.PIPE, text=True
        )
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def close(self) -> None:
        self._popen.terminate()
        self._popen.wait()
        self._thread.join()

    def _read(self) -> None:
        assert self._popen.stdout is not None
        for line in self._popen.stdout:
            self.lines.append(line.strip())

    def of(self, address: str) -> list[list[str]]:
        """The arguments of each message to this address."""
        words = [line.split() for line in self.lines]
        return [each[3:] for each in words if len(each) > 1 and each[1] == address]


class Listener:
    """A WebSocket client that keeps everything."""

    def __init__(self, port: int) -> None:
        self.heard: list[tuple[float, dict[str, Any]]] = []
        self._socket = connect(f"ws://127.0.0.1:{port}/events").__enter__()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def close(self) -> None:
        self._socket.close()
        self._thread.join()

    def _read(self) -> None:
        with suppress(ConnectionClosed):  # the service ends first
            for message in self._socket:
                self.heard.append((time.monotonic(), json.loads(message)))

    def events(self) -> list[dict[str, Any]]:
        return [message for _, message in self.heard if "event" in message]

    def state_times(self) -> list[float]:
        return [at for at, message in self.heard if "state" in message and "hello" not in message]


def service_is_up(run: Run) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{run.port}/health", timeout=1):
            return True
    except OSError:
        return False


def test_a_song_into_jack_comes_out_as_notes_osc_and_websocket(
    server: Server, song: tuple[np.ndarray, int], tmp_path: Path
) -> None:
    sound, rate = song
    arguments = (
        "--input", "jack", "--set", 'source.connect=["player:out"]',
        "--set", f"midi.latency={LATENCY}",
    )  # fmt: skip
    with (
        world(server, sound) as (player, recorder),
        Run(tmp_path, server.env, *arguments) as run,
        closing(OscDump(run.osc_port)) as osc,
    ):
        run.wait_for_state("listening")
        eventually("the service answers", lambda: service_is_up(run))
        with closing(Listener(run.port)) as listener:
            eventually("our MIDI port", lambda: _connected(recorder))
            player.play()
            assert player.done.wait(len(sound) / rate + PATIENCE)
            eventually("silence", lambda: recorder_is_quiet(recorder))
            assert run.stop() == 0
        drums = run.events("drum")
        beats = run.events("beat")

    # notes: every drum event at its frame, a constant time after the onset
    notes = sorted(frame for frame, message in recorder.heard if message[0] == 0x99)
    assert len(drums) > 40, "a full band was played"
    assert len(notes) == len(drums)
    assert player.begin is not None
    due = sorted(round((hit["decided"] + LATENCY) * rate) for hit in drums)
    shifts = Counter(note - frame for note, frame in zip(notes, due, strict=True))
    ((_, exact),) = shifts.most_common(1)
    assert exact / len(notes) > 0.95, f"frames off the common shift: {shifts}"
    # and the kicks of the song are among them, where they are in the sound
    truth = json.loads(SONG.with_suffix(".json").read_text())["drums"]
    kicks = np.array([hit["time"] - 18 for hit in truth if hit["class"] == "kick"])
    kicks = kicks[(kicks > 5) & (kicks < 19)]
    said = np.array([frame for frame, message in recorder.heard if message[:2] == b"\x99\x24"])
    late = ((said - player.begin) / rate - LATENCY)[None, :] - kicks[:, None]
    near = ((late > 0) & (late < LOOK_AHEAD)).any(axis=1)
    assert near.mean() > 0.6, "the kicks that were played are notes at their time"
    on, off = Counter(), Counter()
    for _, message in recorder.heard:
        (on if message[0] & 0xF0 == 0x90 else off)[message[1]] += 1
    assert on.keys() == off.keys(), "every note that began ended"

    # OSC, read by liblo: one message a beat with its number in the bar
    told = osc.of("/dawbridge/beat/number")
    assert abs(len(told) - len(beats)) <= 1
    assert len(beats) > 20
    assert {words[0] for words in told} >= {"1", "2", "3", "4"}
    assert len(osc.of("/dawbridge/drum/kick")) == sum(hit["drum"] == "kick" for hit in drums)

    # WebSocket: ten states a second, and every event since it listened
    times = np.array(listener.state_times())
    per_second = (len(times) - 1) / (times[-1] - times[0])
    assert 9.0 <= per_second <= 10.5
    seen = Counter(event["event"] for event in listener.events())
    assert seen["drum"] == len(drums)
    assert seen["beat"] == len(beats)

    # nothing is left behind
    assert list((tmp_path / "data" / "dawbridge" / "sessions").glob("*.jsonl"))
    assert not list(Path("/dev/shm").glob(f"dawbridge-{run.pid}-*"))


def _connected(recorder: Recorder) -> bool:
    import jack

    try:
        recorder.listen()
    except jack.JackError:
        return False
    return True


def recorder_is_quiet(recorder: Recorder) -> bool:
    """No note has come for half a second."""
    before = len(recorder.heard)
    time.sleep(0.5)
    return len(recorder.heard) == before


@pytest.mark.parametrize("victim", ["ears", "capture", "service"])
def test_a_killed_process_is_back_within_two_seconds_and_no_note_hangs(
    server: Server, song: tuple[np.ndarray, int], tmp_path: Path, victim: str
) -> None:
    tone = chord(song[1], seconds=30)
    arguments = (
        "--input", "jack", "--set", 'source.connect=["player:out"]',
        "--set", "midi.chords=true", "--set", "midi.drums=false",
    )  # fmt: skip
    with world(server, tone) as (player, recorder), Run(tmp_path, server.env, *arguments) as run:
        run.wait_for_state("listening")
        eventually("the service answers", lambda: service_is_up(run))
        eventually("our MIDI port", lambda: _connected(recorder))
        player.play()
        eventually(f"a chord is held; {run.words()}", lambda: sounding(recorder))
        states = len(run.states())
        killed = run.kill(victim)
        eventually(
            f"{victim} is back; {run.words()}",
            lambda: run.process(victim) not in (None, killed),
            patience=BACK,
        )
        assert f"The {victim} process ended unexpectedly" in run.words()
        assert "SIGKILL" in run.words()
        if victim == "service":
            eventually("it answers again", lambda: service_is_up(run))
            return_code = run.stop()
        else:
            eventually("notes end", lambda: len(note_ends(recorder)) > 0)
            eventually("sound is heard again", lambda: "listening" in run.states()[states:])
            return_code = run.stop()
        eventually("no note hangs", lambda: not sounding(recorder))
        assert return_code == 0


def test_while_nothing_is_connected_it_is_stalled_and_new_ears_know_it(
    server: Server, tmp_path: Path
) -> None:
    arguments = ("--input", "jack", "--set", 'source.connect=["player:out"]')
    with Run(tmp_path, server.env, *arguments) as run:
        run.wait_for_state("stalled")
        states = len(run.states())
        killed = run.kill("ears")
        eventually("the ears are back", lambda: run.process("ears") not in (None, killed))
        eventually("they know", lambda: "stalled" in run.states()[states:])
        # JACK runs cycles of silence all the while: a second of them changes nothing
        count = len(run.events("level"))
        eventually("they hear", lambda: len(run.events("level")) > count + 10)
        assert run.states()[-1] == "stalled"
        player = Player(server, np.zeros(1, np.float32))
        eventually("it is connected", lambda: run.states()[-1] in ("listening", "silent"))
        player.close()
        assert run.stop() == 0


def test_ears_that_hang_are_ended_and_started_again(server: Server, tmp_path: Path) -> None:
    with Run(tmp_path, server.env, "--input", str(SONG)) as run:
        run.wait_for_state("listening")
        hung = run.process("ears")
        assert hung is not None
        os.kill(hung, signal.SIGSTOP)
        eventually(
            f"other ears; {run.words()}",
            lambda: run.process("ears") not in (None, hung),
            patience=2 * PATIENCE,
        )
        eventually("they hear", lambda: run.states().count("listening") == 2)
        # and the song goes on where it is, not at its beginning
        levels = [event["at"] for event in run.events("level")]
        assert levels == sorted(levels)
        assert run.stop() == 0


def chord(rate: int, seconds: float) -> np.ndarray:
    """A C major chord of plain tones with some overtones."""
    time_axis = np.arange(round(rate * seconds)) / rate
    sound = np.zeros(len(time_axis))
    for note in (48, 60, 64, 67):
        hz = 440 * 2 ** ((note - 69) / 12)
        for overtone in (1, 2, 3):
            sound += np.sin(2 * np.pi * hz * overtone * time_axis) / overtone
    return (sound / np.abs(sound).max() * 0.3).astype(np.float32)


def sounding(recorder: Recorder) -> set[tuple[int, int]]:
    """Notes (channel, note) that began and did not end."""
    held: set[tuple[int, int]] = set()
    for _, message in list(recorder.heard):
        kind, channel, note = message[0] & 0xF0, message[0] & 0x0F, message[1]
        if kind == 0x90 and message[2]:
            held.add((channel, note))
        elif kind in (0x80, 0x90):
            held.discard((channel, note))
        elif kind == 0xB0 and note in (120, 123):
            held = {each for each in held if each[0] != channel}
    return held


def note_ends(recorder: Recorder) -> list[bytes]:
    return [message for _, message in list(recorder.heard) if message[0] & 0xF0 in (0x80, 0xB0)]


def test_a_killed_midi_process_is_back_within_two_seconds(server: Server, tmp_path: Path) -> None:
    # the sound comes from a file, so a process of its own holds the MIDI port
    with Run(tmp_path, server.env, "--input", str(SONG)) as run:
        run.wait_for_state("listening")
        killed = eventually("it lives", lambda: run.process("midi out"))
        run.kill("midi out")
        eventually(
            f"it is back; {run.words()}",
            lambda: run.process("midi out") not in (None, killed),
            patience=BACK,
        )
        assert run.stop() == 0
        assert "The midi out process ended unexpectedly" in run.words()


def test_what_the_computer_plays_is_heard(tmp_path: Path) -> None:
    with (
        pulse_null_sink() as pulse,
        Run(tmp_path, pulse.env, "--input", "output", "--set", "midi.on=false") as run,
    ):
        run.wait_for_state("listening")
        playing = subprocess.Popen(["paplay", "--device=sink", str(SONG)], env=pulse.env)
        try:
            eventually("beats", lambda: len(run.events("beat")) > 8, patience=30)
        finally:
            playing.terminate()
            playing.wait()
        pulse.kill()
        run.wait_for_state("lost")
        pulse.start()
        run.wait_for_state("listening", count=2)
        assert run.stop() == 0


def test_when_the_supervisor_is_killed_nothing_of_it_lives_on(
    server: Server, song: tuple[np.ndarray, int], tmp_path: Path
) -> None:
    tone = chord(song[1], seconds=30)
    arguments = (
        "--input", "jack", "--set", 'source.connect=["player:out"]', "--set", "midi.chords=true",
    )  # fmt: skip
    with world(server, tone) as (player, recorder), Run(tmp_path, server.env, *arguments) as run:
        run.wait_for_state("listening")
        eventually("the service answers", lambda: service_is_up(run))
        eventually("our MIDI port", lambda: _connected(recorder))
        player.play()
        eventually("a chord is held", lambda: sounding(recorder))
        pids = [run.process(name) for name in ("capture", "ears", "service")]
        run._popen.kill()
        run._popen.wait()
        eventually("all have ended", lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))
        eventually("no note hangs", lambda: not sounding(recorder))
        left = list(Path("/dev/shm").glob(f"dawbridge-{run.pid}-*"))
    with Run(tmp_path, server.env, *arguments) as after:
        after.wait_for_state("stalled")  # the player it should listen to is gone
        assert not any(folder.exists() for folder in left), "a start sweeps what a kill left"
        assert after.stop() == 0
