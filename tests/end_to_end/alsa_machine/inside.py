"""What is tried in the machine: killed holders of the virtual port, heard by ALSA's aseqdump."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bridge.demo import SONG
from bridge.live.midi_queue import MidiQueue
from tests.end_to_end.processes import Filter, eventually, settings
from tests.end_to_end.run import Run

KILLS = 3
SLOW = 120.0  # seconds: a deadline in an emulated machine
LINE = re.compile(r"Note (on|off) +(\d+), note (\d+)(?:, velocity (\d+))?")
Note = tuple[int, int]  # channel from 0, note


class AseqDump:
    """Listens from its start on, and connects to nobody by itself after that."""

    def __init__(self, port: str = "dawbridge") -> None:
        self.heard: list[tuple[bool, Note]] = []  # whether it begins
        self._popen = subprocess.Popen(
            ["stdbuf", "-oL", "aseqdump", "-p", port], stdout=subprocess.PIPE, text=True
        )
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def sounding(self) -> set[Note]:
        """Notes that hang, should nothing more come."""
        held: set[Note] = set()
        for begins, note in list(self.heard):
            (held.add if begins else held.discard)(note)
        return held

    def close(self) -> None:
        self._popen.terminate()
        self._popen.wait()
        self._thread.join()

    def _read(self) -> None:
        assert self._popen.stdout is not None
        for line in self._popen.stdout:
            if found := LINE.search(line):
                begins = found[1] == "on" and found[4] != "0"
                self.heard.append((begins, (int(found[2]), int(found[3]))))


@pytest.fixture
def listeners() -> Iterator[list[AseqDump]]:
    """Those of a test, closed after it."""
    there: list[AseqDump] = []
    yield there
    for each in there:
        each.close()


def test_the_notes_of_a_killed_holder_end_where_they_are_heard(
    tmp_path: Path, listeners: list[AseqDump]
) -> None:
    queue = MidiQueue.open_or_create(tmp_path / "midi")
    for number in range(KILLS):
        with holder(tmp_path) as process:
            eventually("what was left is ended", lambda: not queue.sounding(), SLOW)
            if not listeners:
                listeners += [AseqDump(), AseqDump()]  # of one name: told apart by their addresses
                eventually("both are known", lambda: len(remembered(tmp_path)) == 2, SLOW)
            note = (number, 60 + number)
            queue.post(time.monotonic_ns(), bytes((0x90 | note[0], note[1], 100)))
            eventually("it sounds", lambda: all(note in e.sounding() for e in listeners), SLOW)  # noqa: B023
            process.kill()
    with holder(tmp_path):
        eventually("all ended", lambda: not any(e.sounding() for e in listeners), SLOW)
    for each in listeners:
        assert [begins for begins, _ in each.heard] == [True, False] * KILLS


def test_who_was_disconnected_by_hand_stays_so(tmp_path: Path, listeners: list[AseqDump]) -> None:
    with holder(tmp_path) as process:
        listeners += [AseqDump(), AseqDump()]
        both = eventually("both", lambda: len(remembered(tmp_path)) == 2 and remembered(tmp_path))
        gone, stays = (peer.split()[0] for peer in both)
        subprocess.run(["aconnect", "-d", "dawbridge:0", gone], check=True)
        eventually("one is forgotten", lambda: len(remembered(tmp_path)) == 1, SLOW)
        process.kill()
    with holder(tmp_path):
        assert f"Connecting To: {stays}\n" in connections()


def test_no_note_of_a_run_hangs_when_its_holder_is_killed(
    tmp_path: Path, listeners: list[AseqDump]
) -> None:
    arguments = [
        "--input", str(SONG), "--set", 'trackers.on=["chords"]', "--set", "midi.chords=true",
        "--set", "osc.on=false", "--set", "service.on=false",
    ]  # fmt: skip
    with Run(tmp_path, os.environ, *arguments) as run:
        eventually("the port is open", lambda: "'dawbridge " in connections(), SLOW)
        listener = AseqDump()
        listeners.append(listener)
        ended = 0
        for _ in range(KILLS):
            eventually("it listens", lambda: "Connecting To" in connections(), SLOW)
            time.sleep(1.0)  # it is known after half a second
            held = eventually(f"a chord; {run.words()}", listener.sounding, SLOW)
            before = len(listener.heard)
            killed = run.kill("midi out")
            eventually("another", lambda: run.process("midi out") not in (None, killed), SLOW)  # noqa: B023
            for note in held:
                eventually(f"{note} ends", lambda: (False, note) in listener.heard[before:], SLOW)  # noqa: B023
            ended += len(held)
        assert run.stop() == 0
        eventually("the last chord ends", lambda: not listener.sounding(), SLOW)
    begun = [begins for begins, _ in listener.heard].count(True)
    print(f"{KILLS} kills, {ended} notes held then; {begun} note-ons, none hangs")


@contextmanager
def holder(folder: Path) -> Iterator[Filter]:
    """The process that holds the port, which is open."""
    with Filter("bridge.live.midi_out", settings(), folder) as process:
        eventually("the port is open", lambda: process.said, SLOW)
        assert process.said == [{"midi": {"port": "dawbridge"}}]
        yield process


def remembered(folder: Path) -> list[str]:
    """Who listens, as the holder knows."""
    try:
        peers: list[str] = json.loads((folder / "midi-connections.json").read_text())["midi"]
    except FileNotFoundError:
        return []
    return peers


def connections() -> str:
    """Who listens to whom, as ALSA itself tells."""
    return subprocess.run(["aconnect", "-l"], capture_output=True, text=True, check=True).stdout
