"""Our own processes as the supervisor runs them: lines of JSON in, lines of JSON out."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bridge.settings import Settings, load

PATIENCE = 15.0  # seconds: a deadline for what takes milliseconds on a quiet machine


class Filter:
    """One process, started with its first line."""

    def __init__(
        self, module: str, settings: Settings, folder: Path, env: Mapping[str, str] | None = None
    ) -> None:
        self.started = time.monotonic()
        self._popen = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=env,
        )
        self.pid = self._popen.pid
        self.said: list[dict[str, Any]] = []
        self._lines: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._words = b""
        self._threads = [
            threading.Thread(target=self._read_lines, daemon=True),
            threading.Thread(target=self._read_words, daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        self.send({"settings": settings.model_dump(mode="json"), "folder": str(folder)})

    def send(self, message: dict[str, Any]) -> None:
        assert self._popen.stdin is not None
        self._popen.stdin.write(json.dumps(message).encode() + b"\n")
        self._popen.stdin.flush()

    def wait_for(self, topic: str, state: str | None = None) -> dict[str, Any]:
        """The next line of a topic, of a given state if it is 'state'."""
        until = time.monotonic() + PATIENCE
        while (left := until - time.monotonic()) > 0:
            try:
                message = self._lines.get(timeout=left)
            except queue.Empty:
                break
            if message is None:
                break
            if topic in message and state in (None, message[topic].get("state")):
                found: dict[str, Any] = message[topic]
                return found
        raise AssertionError(f"no {topic} {state or ''}; it said {self.said}, {self.words()}")

    def kill(self) -> None:
        """As a crash."""
        self._popen.kill()
        self._popen.wait()

    def end(self) -> int:
        """Ends its standard input; the exit status."""
        assert self._popen.stdin is not None
        self._popen.stdin.close()
        return self.status()

    def status(self) -> int:
        """Waits for its end; the exit status."""
        try:
            return self._popen.wait(PATIENCE)
        except subprocess.TimeoutExpired as error:
            self.kill()
            raise AssertionError(f"it does not end; {self.words()}") from error

    def words(self) -> str:
        """What it wrote to standard error."""
        return self._words.decode(errors="replace")

    def __enter__(self) -> Filter:
        return self

    def __exit__(self, failed: object, *_: object) -> None:
        if self._popen.poll() is None:
            if failed is None:
                self.end()
            else:
                self.kill()

    def _read_lines(self) -> None:
        assert self._popen.stdout is not None
        for line in self._popen.stdout:
            message = json.loads(line)
            self.said.append(message)
            self._lines.put(message)
        self._lines.put(None)

    def _read_words(self) -> None:
        assert self._popen.stderr is not None
        for line in self._popen.stderr:
            self._words += line


def settings(**flags: Any) -> Settings:
    """Settings of a test: double underscores stand for dots, nothing of the machine counts."""
    named = {name.replace("__", "."): value for name, value in flags.items()}
    return load(environment={}, flags=named).settings


def eventually(what: str, true: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """Waits until something is so, and returns it."""
    until = time.monotonic() + patience
    while not (found := true()):
        assert time.monotonic() < until, f"not within {patience} s: {what}"
        time.sleep(0.01)
    return found
