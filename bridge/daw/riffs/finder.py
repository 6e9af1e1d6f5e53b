"""Asks the process beside us for riffs, and takes its answers; it runs while it is of use."""

from __future__ import annotations

import logging
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from bridge.clocks import SECOND
from bridge.daw.riffs.recurrence import Found
from bridge.live.lines import LineWriter, read_lines

log = logging.getLogger(__name__)

EVERY = 5.0  # seconds between two looks, at least
SHARE = 0.1  # of a core, at most, that looks may take
PATIENCE = 60.0  # seconds for an answer: after them the process hangs
IDLE = 20.0  # seconds without use after which the process ends
AGAIN = 30.0  # seconds from one start of the process to the next, at least
FIRST = 15.0  # seconds: in less nothing comes back that is a riff
COMMAND = (sys.executable, "-P", "-m", "bridge.daw.riffs")  # -P: as the supervisor starts all

Lines = queue.SimpleQueue[dict[str, Any] | None]  # None: the process has ended


class Question(NamedTuple):
    """Riffs between two stream seconds. `of`: whose; `then` hears the answer, if there is one."""

    of: Hashable
    start: float
    end: float
    then: Callable[[Found], None]


@dataclass(slots=True)
class _Child:
    """The process, and what it was asked."""

    process: subprocess.Popen[bytes]
    writer: LineWriter
    answers: Lines
    asked: Question | None = None
    asked_ns: int = 0


class RiffFinder:
    """One question at a time, each project in its turn."""

    def __init__(
        self, file: Path | None, *, loop: bool = False, command: Sequence[str] = COMMAND
    ) -> None:
        """`file`: what is heard where it is no device; `loop`: again and again."""
        self._file = None if file is None else {"file": str(file), "loop": loop}
        self._source: dict[str, Any] | None = self._file
        self._command = command
        self._child: _Child | None = None
        self._turn: dict[Hashable, int] = {}  # when each was asked about last
        self._now_ns = 0
        self._look_ns = self._start_ns = 0  # not before
        self._used_ns = 0

    def listen_to(self, ring: Path) -> None:
        """Sound comes through this ring from now on."""
        if self._file is not None:
            return
        self._source = {"ring": str(ring)}
        if self._child is not None:
            self._child.writer.send(self._source)

    def look(self, questions: Sequence[Question]) -> None:
        """What rolls now, where riffs are wanted: the process hears along, and looks when it is
        time to. Call it each second.
        """
        self._turn = {each.of: self._turn.get(each.of, 0) for each in questions}
        if not questions:
            return
        self._used_ns = self._now_ns
        if self._child is None:
            self._start()
            return
        long = [each for each in questions if each.end - each.start >= FIRST]
        if long and self._child.asked is None and self._now_ns >= self._look_ns:
            asked = min(long, key=lambda each: self._turn[each.of])
            self._turn[asked.of] = self._now_ns
            self._child.asked, self._child.asked_ns = asked, self._now_ns
            self._child.writer.send({"find": {"start": asked.start, "end": asked.end}})

    def step(self, now_ns: int) -> None:
        """Takes answers. `now_ns`: the monotonic clock."""
        self._now_ns = now_ns
        child = self._child
        while child is not None and child is self._child and not child.answers.empty():
            told = child.answers.get()
            if told is None:
                log.warning("the process that looks for riffs has ended by itself")
                self.close()
            elif "found" in told and child.asked is not None:
                self._answered(child, told)
        child = self._child
        if child is None:
            return
        hangs = child.asked is not None and now_ns - child.asked_ns > PATIENCE * SECOND
        if hangs:
            log.warning("the process that looks for riffs has hung")
        if hangs or now_ns - self._used_ns > IDLE * SECOND:
            self.close()

    def close(self) -> None:
        """Ends the process; what it was asked stays unanswered."""
        child, self._child = self._child, None
        if child is None:
            return
        child.process.kill()  # it holds nothing
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(1.0)
        child.writer.close(0.0)

    def _answered(self, child: _Child, told: dict[str, Any]) -> None:
        asked, child.asked = child.asked, None
        pause = max(EVERY, told["seconds"] / SHARE)
        self._look_ns = self._now_ns + round(pause * SECOND)
        if asked is not None and told["found"]:
            try:
                asked.then(Found.from_line(told["found"]))
            except Exception:  # one project's trouble is not that of all
                log.exception("riffs could not be put")

    def _start(self) -> None:
        if self._source is None or self._now_ns < self._start_ns:
            return
        self._start_ns = self._now_ns + round(AGAIN * SECOND)
        try:
            process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        except OSError as error:
            log.warning("riffs cannot be looked for: %s", error)
            return
        assert process.stdin is not None
        self._child = _Child(process, LineWriter(process.stdin, "riffs"), queue.SimpleQueue())
        self._child.writer.send(self._source)
        threading.Thread(
            target=_take, args=(process, self._child.answers), name="riffs taker", daemon=True
        ).start()


def _take(process: subprocess.Popen[bytes], answers: Lines) -> None:
    assert process.stdout is not None
    with process.stdout:
        for line in read_lines(process.stdout):
            answers.put(line)
    answers.put(None)
