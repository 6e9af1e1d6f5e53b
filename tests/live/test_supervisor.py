"""A run inside this process: what it says, and that nothing of it stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

import pytest
import soundfile

from bridge.errors import BridgeError
from bridge.live.supervisor import FIRST_WORD, HUNG, Supervisor, cause_of, make_folder
from bridge.settings import Settings
from tests import sound

RATE = 44100


@pytest.fixture
def beat(tmp_path: Path) -> Path:
    """Eight bars of drums at 120 BPM."""
    path = tmp_path / "beat.wav"
    soundfile.write(path, sound.beat(8, RATE)[0], RATE)
    return path


def quiet(folder: Path, **groups: dict[str, Any]) -> Settings:
    """Nothing that needs a server or a port."""
    return Settings.model_validate(
        {
            "source": {"paced": False},
            "midi": {"on": False},
            "osc": {"on": False},
            "service": {"on": False},
            "daw": {"on": False},
            "recorder": {"folder": str(folder)},
        }
        | groups
    )


def test_a_file_is_heard_to_its_end_and_only_the_main_thread_is_left(
    beat: Path, tmp_path: Path
) -> None:
    before = set(threading.enumerate())
    said: list[dict[str, Any]] = []
    troubles: list[BridgeError] = []
    run = Supervisor(quiet(tmp_path), on_line=said.append, on_trouble=troubles.append, file=beat)
    with run:
        run.run()
    assert not run.failed
    assert troubles == []
    topics = {line.get("event") for line in said}
    assert {"state", "level", "onset", "beat", "tempo"} <= topics
    assert [line["state"] for line in said if line.get("event") == "state"][-1] == "ended"
    assert set(threading.enumerate()) == before
    assert list(tmp_path.glob("session-*.jsonl"))


def test_a_file_that_vanished_ends_the_run_with_its_reason(tmp_path: Path) -> None:
    troubles: list[BridgeError] = []
    gone = tmp_path / "gone.wav"
    run = Supervisor(quiet(tmp_path), on_line=lambda _: None, on_trouble=troubles.append, file=gone)
    with run:
        run.run()
    assert run.failed
    assert "There is no file" in troubles[0].what
    assert troubles[0].remedy


@pytest.mark.parametrize("spoke", [False, True])
def test_ears_have_longer_for_their_first_word_than_for_the_next(
    spoke: bool, beat: Path, tmp_path: Path
) -> None:
    run = Supervisor(quiet(tmp_path), on_line=lambda _: None, on_trouble=print, file=beat)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as popen:
        ears = run._processes["ears"]
        ears.popen, ears.started = popen, time.monotonic()
        if spoke:
            run._route({"load": {}})
        patience = HUNG if spoke else FIRST_WORD
        run._look_after_ears(ears.started + patience - 1)
        assert popen.poll() is None
        run._look_after_ears(time.monotonic() + patience + 1)
        assert popen.wait(10) == -signal.SIGKILL
        ears.popen = None
    run.__exit__()


def test_what_a_killed_run_left_in_shared_memory_is_swept() -> None:
    folder = make_folder()
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)  # a number that no process has now
    old = folder.with_name(f"dawbridge-{child}-left")
    old.mkdir()
    other = make_folder()
    assert not old.exists()
    assert folder.exists(), "a run that lives keeps its folder"
    folder.rmdir()
    other.rmdir()


@pytest.mark.parametrize(
    ("status", "words", "expected"),
    [
        (-signal.SIGKILL, [], "SIGKILL"),
        (-signal.SIGABRT, ["Fatal Python error: x"], "Fatal Python error: x"),
        (1, ["Traceback", "ValueError: y", ""], "ValueError: y"),
        (5, [], "status 5"),
        (-200, [], "200"),
    ],
)
def test_the_cause_of_a_death_is_told_in_words(
    status: int, words: list[str], expected: str
) -> None:
    assert expected in cause_of(status, deque(words))
