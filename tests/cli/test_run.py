"""A run whose output nobody takes: it ends when it should, and nothing of it stays."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from bridge.cli.aside import ROOM, Aside
from bridge.demo import SONG
from bridge.live.ears import COMMANDS_WAITING, _read

PATIENCE = 20.0  # seconds: a deadline for what takes one


@pytest.fixture
def run(tmp_path: Path) -> subprocess.Popen[bytes]:
    """The demo song through a run that touches no port."""
    return subprocess.Popen(
        [
            sys.executable, "-m", "bridge", "run", "--json", "--input", str(SONG),
            "--set", "midi.on=false", "--set", "osc.on=false", "--set", "service.on=false",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)},
    )  # fmt: skip


def ended_cleanly(run: subprocess.Popen[bytes]) -> bool:
    run.wait(PATIENCE)
    return not list(Path("/dev/shm").glob(f"dawbridge-{run.pid}-*"))


def test_a_reader_that_goes_away_ends_the_run(run: subprocess.Popen[bytes]) -> None:
    assert run.stdout is not None
    assert b"listening" in run.stdout.readline()
    run.stdout.close()
    assert ended_cleanly(run)


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_reader_that_does_not_read_holds_up_no_end(
    run: subprocess.Popen[bytes], end: signal.Signals
) -> None:
    assert run.stdout is not None
    assert b"listening" in run.stdout.readline()
    time.sleep(1.0)  # nothing is read while events come
    run.send_signal(end)
    assert ended_cleanly(run)
    assert run.returncode == 0
    run.stdout.close()


def test_a_flood_of_commands_does_not_pile_up() -> None:
    inbox: queue.Queue[dict[str, object] | int] = queue.Queue()
    _read([{"command": "tap"}] * 1000 + [{"ring": {}}], inbox)
    assert inbox.qsize() == COMMANDS_WAITING + 2, "a ring and the end are never dropped"


def test_a_display_that_stands_still_is_not_waited_for() -> None:
    stuck = threading.Event()
    seen: list[int] = []
    aside = Aside("test")
    aside.put(lambda: stuck.wait(PATIENCE) and None)
    for number in range(2 * ROOM):
        aside.put(lambda number=number: seen.append(number))
    stuck.set()
    aside.close(PATIENCE)
    assert seen[-1] == 2 * ROOM - 1
    assert len(seen) <= ROOM + 1
