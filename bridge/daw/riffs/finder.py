"""Asks the process beside us for riffs, and takes its answers; it runs while it is of use."""

from __future__ import annotations

import logging
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bridge.clocks import SECOND
from bridge.daw.riffs.recurrence import Found
from bridge.live.lines import LineWriter, read_lines

log = logging.getLogger(__name__)

EVERY = 5.0  # seconds between two questions, at least
SHARE = 0.05  # of a core, at most, that answers may take
IDLE = 20.0  # seconds without use after which the process ends
AGAIN = 30.0  # seconds before one that died is started again
FIRST = 15.0  # seconds: in less nothing comes back that is a riff

Then = Callable[[Found], None]


class RiffFinder:
    """One question at a time. Pass the monotonic clock, in nanoseconds, to `step`."""

    def __init__(self, file: Path | None, *, loop: bool = False) -> None:
        """`file`: what is heard where it is no device; `loop`: again and again."""
        self._source: dict[str, Any] | None = None
        if file is not None:
            self._source = {"file": str(file), "loop": loop}
        self._hears_file = file is not None
        self._process: subprocess.Popen[bytes] | None = None
        self._writer: LineWriter | None = None
        self._answers: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._then: Then | None = None
        self._now_ns = 0
        self._next_ns = 0
        self._used_ns = self._started_ns = -(10**18)

    @property
    def free(self) -> bool:
        """Whether it is time for a question."""
        return self._writer is not None and self._then is None and self._now_ns >= self._next_ns

    def listen_to(self, ring: Path) -> None:
        """Sound comes through this ring from now on."""
        if self._hears_file:
            return
        self._source = {"ring": str(ring)}
        if self._writer is not None:
            self._writer.send(self._source)

    def hear(self) -> None:
        """Sound is of use now: the process hears it, or is started."""
        self._used_ns = self._now_ns
        again = self._now_ns - self._started_ns >= AGAIN * SECOND
        if self._process is None and self._source is not None and again:
            self._start(self._source)

    def find(self, start: float, end: float, then: Then) -> None:
        """Riffs between these stream seconds, once; `then` is called in a later `step`."""
        if self._writer is None or end - start < FIRST:
            return
        self._then = then
        self._writer.send({"find": {"start": start, "end": end}})

    def step(self, now_ns: int) -> None:
        """Takes answers. Never waits."""
        self._now_ns = now_ns
        while not self._answers.empty():
            told = self._answers.get()
            if told is None:
                self._end()
                log.warning("the process that looks for riffs has ended; it is started again")
            elif "found" in told and self._then is not None:
                pause = max(EVERY, told["seconds"] / SHARE)
                self._next_ns = now_ns + round(pause * SECOND)
                then, self._then = self._then, None
                if told["found"]:
                    then(Found.heard(told["found"]))
        if self._process is not None and now_ns - self._used_ns > IDLE * SECOND:
            self.close()

    def close(self) -> None:
        """Ends the process; what it was asked stays unanswered."""
        self._end()
        self._answers = queue.SimpleQueue()
        self._started_ns = -(10**18)

    def _start(self, source: dict[str, Any]) -> None:
        self._started_ns = self._now_ns
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "bridge.daw.riffs"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ,
        )
        assert self._process.stdin is not None
        self._writer = LineWriter(self._process.stdin, "riffs")
        self._writer.send(source)
        threading.Thread(
            target=_take, args=(self._process, self._answers), name="riffs taker", daemon=True
        ).start()

    def _end(self) -> None:
        process, self._process = self._process, None
        writer, self._writer, self._then = self._writer, None, None
        if process is not None and writer is not None:
            process.kill()  # it holds nothing
            process.wait()
            writer.close(0.0)


def _take(
    process: subprocess.Popen[bytes], answers: queue.SimpleQueue[dict[str, Any] | None]
) -> None:
    assert process.stdout is not None
    for line in read_lines(process.stdout):
        answers.put(line)
    answers.put(None)
