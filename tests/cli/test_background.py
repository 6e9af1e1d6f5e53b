"""`dawbridge run --background` in a real terminal, and where there is none."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.daw.notices import FAILURE, read_notice
from bridge.live.instance import owner, runs

PATIENCE = 40.0  # seconds: a deadline for what takes one
QUIET = (
    "--input", "jack:nobody", "-s", "midi.on=false", "-s", "osc.on=false", "-s", "service.on=false",
    "-s", "daw.osc_port=0",
)  # fmt: skip


class Terminal:
    """A session of its own on a pty, with a shell that runs one line."""

    def __init__(self, line: str, env: dict[str, str]) -> None:
        self.child, self._file = pty.fork()
        if not self.child:
            os.execve("/bin/sh", ["sh", "-c", line], env)
        self.said = ""

    def read_until(self, word: str) -> str:
        """What stands in it, once that does. Fails after a while."""
        until = time.monotonic() + PATIENCE
        while word not in self.said and time.monotonic() < until:
            if select.select([self._file], [], [], 0.2)[0]:
                try:
                    self.said += os.read(self._file, 4096).decode()
                except OSError:  # Linux: nobody has it open any more
                    break
        assert word in self.said, self.said
        return self.said

    def type(self, text: str) -> None:
        os.write(self._file, text.encode())

    def close(self) -> None:
        """As when its window is closed."""
        os.close(self._file)
        os.waitpid(self.child, 0)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    data = tmp_path / "data" / "dawbridge"
    if runs(data):
        os.kill(owner(data) or 0, signal.SIGTERM)
        wait_for(lambda: not runs(data))


def environment(home: Path) -> dict[str, str]:
    return os.environ | {
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CONFIG_HOME": str(home / "config"),
    }


def command(*words: str) -> str:
    return " ".join([sys.executable, "-m", "bridge", "run", "--background", *words])


def wait_for(there: object) -> None:
    assert callable(there)
    until = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_it_gives_the_terminal_back_and_outlives_it(home: Path) -> None:
    data = home / "data" / "dawbridge"
    terminal = Terminal(f"{command(*QUIET)}; echo status=$?; cat", environment(home))
    said = terminal.read_until("status=")
    terminal.read_until("status=0")
    assert f"what happens stands in {data / 'background.log'}" in said
    assert "You may close this window" in said
    terminal.type("tt\n")
    terminal.read_until("tt\r\ntt")  # the keys are the terminal's: `cat` says them again
    terminal.close()
    log = data / "background.log"
    wait_for(lambda: "JACK" in log.read_text())
    assert runs(data)
    assert "told by hand" not in log.read_text()
    number = owner(data)
    assert number
    assert os.getsid(number) == number  # a session that no terminal ends
    for stream in (1, 2):
        assert Path(f"/proc/{number}/fd/{stream}").resolve() == log


def test_one_that_runs_already_is_said_in_the_terminal(home: Path) -> None:
    first = Terminal(f"{command(*QUIET)}; echo status=$?", environment(home))
    first.read_until("status=0")
    first.close()
    second = Terminal(f"{command(*QUIET)}; echo status=$?", environment(home))
    said = second.read_until("status=1")
    second.close()
    assert "already running" in said
    assert "each user can run only one" in said
    assert "runs in the background" not in said


def test_settings_that_cannot_be_read_are_said_in_the_terminal_the_log_and_to_daws(
    home: Path,
) -> None:
    config = home / "config" / "dawbridge" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("[source]\ninput = Scarlett\n")
    terminal = Terminal(f"{command()}; echo status=$?", environment(home))
    said = terminal.read_until("status=1")
    terminal.close()
    data = home / "data" / "dawbridge"
    told = read_notice(data / "daw" / FAILURE)
    assert told is not None
    log = (data / "background.log").read_text()
    for place in (said, log, told.text("text")):
        assert "line 2" in place
    assert "runs in the background" not in said


def test_one_that_comes_up_takes_the_old_reason_away(home: Path) -> None:
    place = home / "data" / "dawbridge" / "daw"
    place.mkdir(parents=True)
    (place / FAILURE).write_text('failure text="old"\n')
    terminal = Terminal(f"{command(*QUIET)}; echo status=$?", environment(home))
    terminal.read_until("status=0")
    terminal.close()
    assert not (place / FAILURE).exists()


def test_without_a_terminal_it_stays_the_process_that_was_started(home: Path) -> None:
    words = [sys.executable, "-m", "bridge", "run", "--background", *QUIET]
    with subprocess.Popen(
        words, env=environment(home), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as popen:  # as systemd, launchd and scripts in DAWs do
        assert popen.stderr
        assert "runs in the background" in popen.stderr.readline()
        assert popen.stderr.read() == ""  # it has let go of a pipe that nobody may read
        assert owner(home / "data" / "dawbridge") == popen.pid
        popen.send_signal(signal.SIGTERM)
        assert popen.wait(PATIENCE) == 0


def test_errors_go_where_the_caller_looks_without_a_terminal(home: Path) -> None:
    words = [sys.executable, "-m", "bridge", "run", "--background", "--preset", "none"]
    done = subprocess.run(
        words, env=environment(home), stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.count(b"There is no preset 'none'") == 1
