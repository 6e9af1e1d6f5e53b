"""Our JACK client on a real server: exact to the sample, and back after every death."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bridge.live.midi_queue import MidiQueue
from bridge.live.ring import RingReader
from bridge.sources import Block
from bridge.sources.client import LOST_CYCLES, REASONS
from tests.end_to_end.jack_world import Player, Recorder, drum_hits
from tests.end_to_end.processes import Filter, eventually, settings
from tests.end_to_end.servers import Server, jack_dummy

pytestmark = pytest.mark.end_to_end

RATE = 48000
PERIOD = 256
NOTE_ON, NOTE_OFF = bytes((0x99, 36, 100)), bytes((0x89, 36, 0))
JACK = settings(source__input="jack", source__connect=("player:out",))


@pytest.fixture
def server() -> Iterator[Server]:
    with jack_dummy(RATE, PERIOD) as running:
        yield running


@pytest.fixture
def unsynchronised() -> Iterator[Server]:
    """As users run it. The synchronous mode waits 5 s for a client that was killed."""
    with jack_dummy(RATE, PERIOD, sync=False) as running:
        yield running


def position_of(sound: np.ndarray, blocks: list[Block]) -> int | None:
    """Number in the stream of the first sample of `sound`, if all of it was heard, bit by bit."""
    if not blocks:
        return None
    heard = np.concatenate([block.samples[:, 0] for block in blocks])
    for at in np.flatnonzero(heard == sound[0]):
        if np.array_equal(heard[at : at + len(sound)], sound):
            return blocks[0].first + int(at)
    return None


def test_sound_is_heard_bit_by_bit_and_notes_leave_at_their_frame(
    server: Server, tmp_path: Path
) -> None:
    sound, hits = drum_hits(RATE, 3.0)
    player, recorder = Player(server, sound), Recorder(server)
    with Filter("bridge.live.capture", JACK, tmp_path, server.env) as capture:
        ring = capture.wait_for("ring")
        assert (ring["rate"], ring["channels"], ring["midi_block"]) == (RATE, 1, PERIOD)
        recorder.listen()
        reader = RingReader(Path(ring["path"]))
        queue = MidiQueue.open_or_create(tmp_path / "midi")
        blocks: list[Block] = []
        player.play()
        latency = 4096  # samples
        posted: list[int] = []

        def hear_and_answer() -> bool:
            for block in reader.read():
                blocks.append(block)
                for at in np.flatnonzero(block.samples[:, 0] > 0.4).tolist():
                    due = block.first + at + latency
                    if not posted or due > posted[-1] + RATE // 20:
                        posted.append(due)
                        queue.post(due + 600, NOTE_OFF)  # in any order
                        queue.post(due, NOTE_ON)
            return player.done.is_set() and len(recorder.heard) == 2 * len(hits)

        eventually("a note for each hit", hear_and_answer)
        begin = position_of(sound, blocks)
        assert begin is not None
        assert all(block.gap == 0 for block in blocks)
        assert posted == [begin + hit + latency for hit in hits]
        assert recorder.notes_on() == [player.begin + hit + latency for hit in hits]
        assert (queue.late, queue.refused) == (0, 0)
        assert capture.end() == 0
    player.close()
    recorder.close()


@pytest.mark.parametrize("period", [64, 128])
def test_the_trigger_answers_within_two_blocks(period: int, tmp_path: Path) -> None:
    sound, hits = drum_hits(RATE, 4.0)
    with jack_dummy(RATE, period) as server:
        player, recorder = Player(server, sound), Recorder(server)
        wanted = settings(source__input="jack", source__connect=("player:out",), trigger__on=True)
        with Filter("bridge.live.capture", wanted, tmp_path, server.env) as capture:
            capture.wait_for("ring")
            recorder.listen()
            player.play()
            eventually("all notes", lambda: len(recorder.heard) == 2 * len(hits))
            assert player.begin is not None
            late = [
                frame - player.begin - hit
                for frame, hit in zip(recorder.notes_on(), hits, strict=True)
            ]
            print(f"{period} frames: note after hit, frames: {sorted(Counter(late).items())}")
            assert all(0 <= each <= 2 * period for each in late)
            assert [message[:2] for _, message in recorder.heard[1::2]] == [NOTE_OFF[:2]] * len(
                hits
            )
        player.close()
        recorder.close()


def sounding_note(queue: MidiQueue, reader: RingReader, recorder: Recorder) -> None:
    """Begins a note that nobody ends."""
    last = eventually("sound", reader.last)
    assert queue.post(last.sample + 2048, NOTE_ON)
    eventually("the note", lambda: recorder.heard)
    assert [message for _, message in recorder.heard] == [NOTE_ON]


def test_a_note_that_a_killed_capture_left_is_ended_by_the_next(
    unsynchronised: Server, tmp_path: Path
) -> None:
    server = unsynchronised
    player, recorder = Player(server, np.zeros(1, np.float32)), Recorder(server)
    queue = MidiQueue.open_or_create(tmp_path / "midi")
    with Filter("bridge.live.capture", JACK, tmp_path, server.env) as capture:
        reader = RingReader(Path(capture.wait_for("ring")["path"]))
        recorder.listen()
        connections = tmp_path / "jack-connections.json"
        eventually(
            "the connection is remembered",
            lambda: json.loads(connections.read_text())["midi"] == ["recorder:midi"],
        )
        sounding_note(queue, reader, recorder)
        capture.kill()
        before = reader.last()
    with Filter("bridge.live.capture", JACK, tmp_path, server.env) as capture:
        ring = capture.wait_for("ring")
        eventually("the note-off", lambda: len(recorder.heard) == 2)
        took = time.monotonic() - capture.started
        assert recorder.heard[1][1] == NOTE_OFF
        assert recorder.listens_to() == ["dawbridge:midi"]
        print(f"note-off {took:.2f} s after the new capture was started")
        # the stream goes on where it would be, had nothing happened
        assert before is not None
        reader = RingReader(Path(ring["path"]), expected=before.sample)
        after = eventually("sound", reader.last)
        passed = (after.host_ns - before.host_ns) * RATE / 1e9
        assert after.sample - before.sample == pytest.approx(passed, abs=4 * PERIOD)
        assert sum(block.gap for block in eventually("a block", reader.read)) > 0
        eventually("the table is empty", lambda: not queue.sounding())
        assert capture.end() == 0
    player.close()
    recorder.close()


@pytest.mark.parametrize("how", ["release", "end"])
def test_notes_end_when_the_ears_die_and_when_we_end(
    how: str, server: Server, tmp_path: Path
) -> None:
    recorder = Recorder(server)
    queue = MidiQueue.open_or_create(tmp_path / "midi")
    with Filter("bridge.live.capture", settings(source__input="jack"), tmp_path, server.env) as it:
        reader = RingReader(Path(it.wait_for("ring")["path"]))
        recorder.listen()
        sounding_note(queue, reader, recorder)
        if how == "release":
            it.send({"release": True})
        else:
            assert it.end() == 0
        eventually("the note-off", lambda: len(recorder.heard) == 2)
        assert recorder.heard[1][1] == NOTE_OFF
    recorder.close()


def test_a_killed_server_is_waited_for_and_the_stream_goes_on(
    server: Server, tmp_path: Path
) -> None:
    wanted = settings(source__input="jack", source__connect=("player:out",))
    player = Player(server, np.zeros(1, np.float32))
    with Filter("bridge.live.capture", wanted, tmp_path, server.env) as capture:
        reader = RingReader(Path(capture.wait_for("ring")["path"]))
        eventually("sound", reader.read)
        server.kill()
        assert "gone" in capture.wait_for("state", "lost")["reason"]
        player.close()
        server.start()
        capture.wait_for("state", "listening")
        blocks = eventually("sound again", reader.read)
        (gap,) = [block for block in blocks if block.gap] or [
            block for block in eventually("sound", reader.read) if block.gap
        ]
        assert gap.reason == "the device was gone"
        player = Player(server, drum_hits(RATE, 1.0)[0])
        player.play()  # connected again, though it came later than we did
        heard = []

        def loud() -> bool:
            heard.extend(reader.read())
            return any(np.abs(block.samples).max() > 0.5 for block in heard)

        eventually("the player is connected again", loud)
        player.close()
        assert capture.end() == 0


def test_a_server_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    with jack_dummy(RATE, PERIOD) as server:
        server.stop()
        wanted = settings(source__input=f"jack:{server.name}")
        with Filter("bridge.live.capture", wanted, tmp_path, server.env) as capture:
            assert "no JACK server" in capture.wait_for("error")["what"]
            capture.wait_for("state", "lost")
            server.start()
            capture.wait_for("state", "listening")
            capture.wait_for("ring")
            assert capture.end() == 0


def test_a_missing_port_is_said_and_taken_when_it_comes(server: Server, tmp_path: Path) -> None:
    with Filter("bridge.live.capture", JACK, tmp_path, server.env) as capture:
        capture.wait_for("ring")
        assert "player:out" in capture.wait_for("state", "stalled")["reason"]
        player = Player(server, np.zeros(1, np.float32))
        capture.wait_for("state", "listening")
        player.close()
        assert "player:out" in capture.wait_for("state", "stalled")["reason"]


def test_lost_cycles_are_counted_so_that_stream_time_stays_true(
    unsynchronised: Server, tmp_path: Path
) -> None:
    """Samples tell their own number; the process is stopped for a while in the middle."""
    numbers = np.arange(1, 4 * RATE, dtype=np.float32) / 2**20
    player = Player(unsynchronised, numbers)
    with Filter("bridge.live.capture", JACK, tmp_path, unsynchronised.env) as capture:
        reader = RingReader(Path(capture.wait_for("ring")["path"]))
        player.play()
        blocks: list[Block] = []

        def loud() -> bool:
            blocks.extend(reader.read())
            return sum(np.count_nonzero(block.samples) for block in blocks) > RATE / 4

        eventually("a quarter of a second", loud)
        os.kill(capture.pid, signal.SIGSTOP)
        stopped = time.monotonic()
        eventually("some cycles were lost", lambda: time.monotonic() > stopped + 0.2)
        os.kill(capture.pid, signal.SIGCONT)

        def over() -> bool:
            blocks.extend(reader.read())
            return player.done.is_set()

        eventually("the end", over)
        lost = sum(block.gap for block in blocks)
        assert lost >= 0.15 * RATE
        assert {block.reason for block in blocks if block.gap} == {REASONS[LOST_CYCLES]}
        print(f"{lost / RATE:.2f} s were lost, and counted")
        # Of a cycle that the player lost JACK gives the sound of the one before: most must agree.
        (cut, *_) = [block.first for block in blocks if block.gap > 0.1 * RATE]
        before = [_shift(block) for block in blocks if block.first < cut]
        after = [_shift(block) for block in blocks if block.first >= cut]
        assert _most(before) == _most(after)
    player.close()


def _shift(block: Block) -> np.ndarray:
    """Number in the stream minus the number that each sample tells; of those that tell one."""
    told = np.round(block.samples[:, 0] * 2**20).astype(int)
    return (block.first + np.arange(len(told)) - told)[told > 0]


def _most(shifts: list[np.ndarray]) -> int:
    values, counts = np.unique(np.concatenate(shifts), return_counts=True)
    return int(values[counts.argmax()])
