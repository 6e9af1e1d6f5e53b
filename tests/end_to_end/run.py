"""The command itself, `dawbridge run`, as a user starts it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.end_to_end.processes import PATIENCE, eventually

MODULES = {
    "capture": "bridge.live.capture",
    "ears": "bridge.live.ears",
    "midi out": "bridge.live.midi_out",
    "service": "bridge.service",
    "daw": "bridge.daw",
}


class Run:
    """A run with `--json`: every line it said, and its processes."""

    def __init__(self, home: Path, env: Mapping[str, str], *arguments: str) -> None:
        self.port = free_port()
        self.osc_port = free_port(socket.SOCK_DGRAM)
        self.said: list[dict[str, Any]] = []
        environment = dict(env) | {
            "XDG_DATA_HOME": str(home / "data"),
            "XDG_CONFIG_HOME": str(home / "config"),
        }
        self._popen = subprocess.Popen(
            [
                sys.executable, "-m", "bridge", "run", "--json",
                "--service-port", str(self.port), "--osc", f"127.0.0.1:{self.osc_port}",
                "-s", "daw.osc_port=0", *arguments,
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )  # fmt: skip
        self.pid = self._popen.pid
        self._words: list[str] = []
        self._readers = [
            threading.Thread(target=self._read_lines), threading.Thread(target=self._read_words)
        ]  # fmt: skip
        for reader in self._readers:
            reader.start()

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        if self._popen.poll() is None:
            self._popen.kill()
        self._popen.wait()
        for reader in self._readers:
            reader.join()

    def events(self, topic: str) -> list[dict[str, Any]]:
        """What was said of a topic so far."""
        return [message for message in list(self.said) if message.get("event") == topic]

    def states(self) -> list[str]:
        """The states, in order."""
        return [message["state"] for message in self.events("state")]

    def wait_for_state(self, state: str, count: int = 1) -> None:
        """Until this state was said so many times."""
        eventually(
            f"{count} x {state}; {self.states()} {self.words()}",
            lambda: self.states().count(state) >= count,
        )

    def words(self) -> str:
        """What it wrote to standard error."""
        return "".join(self._words)

    def process(self, name: str) -> int | None:
        """The number of one of its processes, if it lives."""
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                try:
                    parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
                    words = (folder / "cmdline").read_bytes().split(b"\0")
                except (OSError, IndexError):
                    continue
                if parent == self.pid and MODULES[name].encode() in words:
                    return int(folder.name)
        return None

    def kill(self, name: str) -> int:
        """SIGKILL for one of its processes; its number."""
        pid = self.process(name)
        assert pid is not None, f"{name} does not live; {self.words()}"
        os.kill(pid, signal.SIGKILL)
        return pid

    def stop(self) -> int:
        """As Ctrl-C does; the exit status."""
        self._popen.send_signal(signal.SIGINT)
        return self.wait()

    def wait(self) -> int:
        """Until it ends by itself; the exit status."""
        return self._popen.wait(PATIENCE)

    def _read_lines(self) -> None:
        assert self._popen.stdout is not None
        for line in self._popen.stdout:
            self.said.append(json.loads(line))

    def _read_words(self) -> None:
        assert self._popen.stderr is not None
        for line in self._popen.stderr:
            self._words.append(line.decode())


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port nobody uses at the moment."""
    with socket.socket(type=kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
