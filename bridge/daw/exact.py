"""After a recording: where, to the sample, the DAW's own file holds what we heard."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bridge.daw.alignment import Alignment, align_file
from bridge.daw.marks import Stretch
from bridge.daw.tape import FileTape, Recording, TapeRecorder, TapeThread
from bridge.errors import BridgeError

if TYPE_CHECKING:
    from bridge.daw.desk import Desk

PATIENCE = 30.0  # seconds for a pass to be known to its end
LOOK = 0.5  # seconds between two looks whether it is
# Seconds around where live marks lie, in which the file is searched: near first, since a drum
# machine sounds the same a bar later; again, since the DAW may still be writing it.
REACHES = (0.5, 0.5, 2.0)
PAUSE = 2.0  # seconds between two searches
SURE = 0.3  # confidence from which on marks are moved


@dataclass(frozen=True, slots=True)
class Recorded:
    """A file that the DAW recorded: it plays from position `at` on, `offset` seconds into it."""

    path: Path
    at: float
    offset: float
    length: float
    rate: float

    def file_seconds(self, position: float) -> float:
        """Where in the file a position of the project is."""
        return self.offset + (position - self.at) * self.rate

    def position(self, file_seconds: float) -> float:
        """The inverse."""
        return self.at + (file_seconds - self.offset) / self.rate


@dataclass(frozen=True, slots=True)
class Exact:
    """Where the marks of a pass really lie."""

    desk: Desk
    project: str
    number: int
    alignment: Alignment
    recorded: Recorded

    def position(self, stream: float) -> float:
        """Seconds of the project at a moment of the stream."""
        return self.recorded.position(self.alignment.file_seconds(stream))


@dataclass(slots=True)
class _Waiting:
    desk: Desk
    project: str
    recorded: Recorded
    until: float


class Matcher:
    """Keeps a tape of its own while a DAW records, and finds it again in the DAW's file."""

    def __init__(
        self,
        folder: Path,
        file: Path | None,
        on_error: Callable[[BridgeError], None],
        *,
        loop: bool = False,
    ) -> None:
        """`folder`: of the tapes; `file`: what is heard, where it is no device; `loop`: again and
        again.
        """
        self._recorder = TapeRecorder(folder, on_error)
        self._thread: TapeThread | None = None
        self._file: FileTape | None = None
        if file is not None:
            with suppress(BridgeError):  # the ears say why it cannot be heard
                self._file = FileTape(file, loop=loop)
        self._waiting: list[_Waiting] = []
        self._found: queue.SimpleQueue[Exact] = queue.SimpleQueue()
        self._over = threading.Event()
        self._looked = 0.0

    def listen_to(self, ring: Path) -> None:
        """Sound comes through this ring from now on."""
        with suppress(BridgeError):  # an old line: that capture process is gone
            self._recorder.listen_to(ring)

    def tape(self, on: bool) -> None:
        """Records or not."""
        if self._file is not None:
            return
        if on and self._thread is None:
            self._thread = TapeThread(self._recorder)
        if on:
            self._recorder.start()
        else:
            self._recorder.stop()

    def match(self, desk: Desk, recorded: Recorded) -> None:
        """Looks for what was heard in that file; `found` tells later."""
        if abs(recorded.rate - 1.0) < 1e-6:  # a recording is not played faster than it sounded
            until = time.monotonic() + PATIENCE
            self._waiting.append(_Waiting(desk, desk.project or "", recorded, until))

    def found(self) -> list[Exact]:
        """What was found since the last call."""
        now = time.monotonic()
        if self._waiting and now - self._looked >= LOOK:
            self._looked = now
            self._waiting = [each for each in self._waiting if not self._begin(each, now)]
        found = []
        while not self._found.empty():
            found.append(self._found.get())
        return found

    def close(self) -> None:
        """Ends the tape."""
        self._over.set()
        if self._thread is not None:
            self._thread.close()

    def _begin(self, waiting: _Waiting, now: float) -> bool:
        """Starts the search, once the pass is known to its end. True: it waits no longer."""
        marks, recorded = waiting.desk.marks, waiting.recorded
        if marks is None or waiting.desk.project != waiting.project:
            return True
        about = marks.recorded(recorded.at, recorded.at + recorded.length)
        if about is None:
            return now > waiting.until
        tape = self._file or self._recorder.recording_of(about.start, about.end)
        if tape is not None:
            threading.Thread(
                target=self._search, args=(waiting, about, tape), name="matching", daemon=True
            ).start()
        return True

    def _search(self, waiting: _Waiting, about: Stretch, tape: Recording) -> None:
        recorded = waiting.recorded
        guess = recorded.file_seconds(about.first) - about.start
        begin, end = max(about.start, tape.start), min(about.end, tape.end)
        for reach in REACHES:
            try:
                found = align_file(
                    tape.read, begin, end, tape.rate, recorded.path, guess=guess, reach=reach
                )
            except (BridgeError, OSError):
                found = None
            if found is not None and found.confidence >= SURE:
                self._found.put(Exact(waiting.desk, waiting.project, about.number, found, recorded))
                return
            if self._over.wait(PAUSE):
                return
