"""How a run is seen."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.cli.displays import Log, daws_text
from bridge.errors import BridgeError


def lines(path: Path) -> list[str]:
    """Without their time."""
    return [line.split(" ", 2)[2] for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_log_holds_what_changes_and_trouble_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "background.log"
    error = BridgeError("No sound", cause="it is unplugged", remedy="plug it in")
    with Log(path) as log:
        log.line({"event": "state", "state": "listening", "reason": "sound comes"})
        log.line({"event": "beat", "at": 1.0})
        log.trouble(error)
        log.trouble(error)
        log.line({"daw": [{"daw": "Reaper", "project": "Song", "state": "recording"}]})
    text = path.read_text(encoding="utf-8")
    assert text.count("No sound") == 1
    assert [word in text for word in ("listening: sound comes", "plug it in", "beat")] == [
        True, True, False,
    ]  # fmt: skip
    assert "connected: Reaper (Song, recording)" in text


def test_two_logs_do_not_mix_and_touch_no_logger_of_the_process(tmp_path: Path) -> None:
    before = set(logging.Logger.manager.loggerDict)
    with Log(tmp_path / "one.log") as one, Log(tmp_path / "two.log") as two:
        one.note("for one")
        two.note("for two")
    assert lines(tmp_path / "one.log") == ["dawbridge starts", "for one", "dawbridge ends"]
    assert lines(tmp_path / "two.log") == ["dawbridge starts", "for two", "dawbridge ends"]
    assert set(logging.Logger.manager.loggerDict) == before


def test_a_log_that_cannot_be_written_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with Log(tmp_path / "file" / "background.log") as log:
        log.note("nobody reads it")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes of POSIX")
@pytest.mark.parametrize("kind", ["folder", "pipe", "read pipe", "older is a folder"])
def test_a_log_that_is_no_plain_file_is_left_alone_in_silence(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], kind: str
) -> None:
    path = tmp_path / "background.log"
    reader = -1
    if kind == "folder":
        path.mkdir()
    elif "pipe" in kind:
        os.mkfifo(path)
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK) if kind == "read pipe" else -1
    else:
        (tmp_path / "background.log.1").mkdir()
        path.write_text("x" * Log.SIZE)
    with Log(path) as log:
        for number in range(5):
            log.note(f"line {number}")
    if reader >= 0:
        os.close(reader)
    assert capfd.readouterr().err == ""
    assert path.is_fifo() == ("pipe" in kind)


FULL = """
import resource, sys
from pathlib import Path
from bridge.cli.displays import Log
path = Path(sys.argv[1])
with Log(path) as log:
    limit = path.stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    for _ in range(500):
        log.note("no room " * 20)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    log.note("room again")
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, resource.RLIM_INFINITY))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_a_full_disk_is_borne_in_silence_and_lines_come_again(tmp_path: Path) -> None:
    path = tmp_path / "background.log"
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(path)], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert lines(path) == ["dawbridge starts", "room again"]


def test_who_is_connected_is_a_line() -> None:
    there = [
        {"daw": "Reaper", "project": "Song", "state": "recording"},
        {"daw": "Live", "project": "Set", "state": "playing"},
    ]
    assert daws_text(there) == "connected: Reaper (Song, recording), Live (Set)"
    assert daws_text([]) == "no DAW is connected"
