"""Lines of JSON between the processes. A writer never waits for a slow reader."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
from collections import deque
from collections.abc import Iterator
from typing import IO, Any

ROOM = 2000  # lines that may wait: some seconds of everything


class LineWriter:
    """Writes from a thread of its own; when the reader is slow the oldest lines are dropped."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self.dropped = 0
        self.gone = False  # nobody reads any more
        self._stream = stream
        self._waiting: deque[dict[str, Any]] = deque()
        self._wake = threading.Condition()
        self._ending = False
        self._thread = threading.Thread(target=self._write, name=f"{name} writer", daemon=True)
        self._thread.start()

    def send(self, message: dict[str, Any]) -> None:
        """Queues a line."""
        with self._wake:
            if len(self._waiting) >= ROOM:
                self._waiting.popleft()
                self.dropped += 1
            self._waiting.append(message)
            self._wake.notify()

    def close(self, timeout: float = 1.0) -> None:
        """Writes what waits, at most for `timeout` seconds, and ends the stream."""
        with self._wake:
            self._ending = True
            self._wake.notify()
        self._thread.join(timeout)

    def _write(self) -> None:
        try:
            while True:
                with self._wake:
                    self._wake.wait_for(lambda: self._waiting or self._ending)
                    batch = list(self._waiting)
                    self._waiting.clear()
                if not batch:
                    break
                self._stream.write(b"".join(json.dumps(each).encode() + b"\n" for each in batch))
                self._stream.flush()
        except (OSError, ValueError):
            self.gone = True
        finally:
            with contextlib.suppress(OSError):
                self._stream.close()


def standard_input() -> IO[bytes]:
    """Standard input for a thread of its own.

    Not sys.stdin: a thread that waits in it at the interpreter's end makes that end abort.
    """
    return os.fdopen(os.dup(sys.stdin.fileno()), "rb")


def standard_output() -> IO[bytes]:
    """Standard output for a `LineWriter`, which closes it."""
    return os.fdopen(os.dup(sys.stdout.fileno()), "wb")


def read_lines(stream: IO[bytes]) -> Iterator[dict[str, Any]]:
    """Messages until the stream ends. What is no JSON object is passed over: it is no message."""
    for line in stream:
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(message, dict):
            yield message
