"""After a recording: where, to the sample, the DAW's own file holds what we heard."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bridge.daw.alignment import Alignment, align_file
from bridge.daw.marks import Stretch
from bridge.daw.tape import FileTape, Heard, TapeRecorder, TapeThread
from bridge.errors import BridgeError

PATIENCE = 30.0  # seconds for a pass to be known to its end
LOOK = 0.5  # seconds between two looks whether it is
# Seconds around where live marks lie, in which the file is searched: near first, since a drum
# machine sounds the same a bar later; again, since the DAW may still be writing it.
REACHES = (0.5, 0.5, 2.0)
PAUSE = 2.0  # seconds between two searches
SURE = 0.3  # confidence from which on marks are moved
MOST = 64  # files that wait: as many as tracks are armed at once


@dataclass(frozen=True, slots=True)
class Recorded:
    """A file that the DAW recorded: it plays from position `at` on, `offset` seconds into it."""

    path: Path
    at: float
    offset: float
    length: float

    def file_seconds(self, position: float) -> float:
        """Where in the file a position of the project is."""
        return self.offset + position - self.at

    def position(self, file_seconds: float) -> float:
        """The inverse."""
        return self.at + file_seconds - self.offset


@dataclass(frozen=True, slots=True)
class Exact:
    """Where the marks of a pass really lie."""

    stretch: Stretch
    alignment: Alignment
    recorded: Recorded

    def position(self, stream: float) -> float:
        """Seconds of the project at a moment of the stream."""
        return self.recorded.position(self.alignment.file_seconds(stream))


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """A file to be searched."""

    project: str
    recorded: Recorded
    stretch: Callable[[], Stretch | None]
    then: Callable[[Exact], None]
    until: float


class Matcher:
    """Keeps a tape of its own while a DAW records, and finds it again in the DAW's files.

    The search runs in one thread, a file after the other; `step` tells what was found.
    """

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
        self._tape: TapeThread | None = None
        self._file: FileTape | None = None
        if file is not None:
            with suppress(BridgeError):  # the ears say why it cannot be heard
                self._file = FileTape(file, loop=loop)
        self._waiting: list[_Asked] = []
        self._todo: queue.SimpleQueue[tuple[_Asked, Stretch, Heard] | None] = queue.SimpleQueue()
        self._found: queue.SimpleQueue[tuple[_Asked, Exact]] = queue.SimpleQueue()
        self._matched: set[tuple[str, float]] = set()  # project and start of passes that are done
        self._thread: threading.Thread | None = None
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
        if on and self._tape is None:
            self._tape = TapeThread(self._recorder)
        if on:
            self._recorder.start()
        else:
            self._recorder.stop()

    def match(
        self,
        project: str,
        recorded: Recorded,
        stretch: Callable[[], Stretch | None],
        then: Callable[[Exact], None],
    ) -> None:
        """Looks for what was heard in that file. `stretch`: the pass it is of, once its end is
        known; `then` is called in a later `step`, for the first file of a pass that is found.
        """
        if len(self._waiting) < MOST:
            until = time.monotonic() + PATIENCE
            self._waiting.append(_Asked(project, recorded, stretch, then, until))

    def step(self) -> None:
        """Begins what can begin, tells what was found. Never waits."""
        now = time.monotonic()
        if self._waiting and now - self._looked >= LOOK:
            self._looked = now
            self._waiting = [each for each in self._waiting if not self._begin(each, now)]
        while not self._found.empty():
            asked, exact = self._found.get()
            asked.then(exact)

    def close(self) -> None:
        """Ends the tape; a search that runs is given up."""
        self._over.set()
        self._todo.put(None)
        if self._tape is not None:
            self._tape.close()

    def _begin(self, asked: _Asked, now: float) -> bool:
        """Queues the search, once the pass is known to its end. True: it waits no longer."""
        stretch = asked.stretch()
        if stretch is None:
            return now > asked.until
        tape = self._file or self._recorder.recording_of(stretch.start, stretch.end)
        if tape is not None:
            self._todo.put((asked, stretch, tape))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="matching", daemon=True)
                self._thread.start()
        return True

    def _run(self) -> None:
        while (todo := self._todo.get()) is not None and not self._over.is_set():
            asked, stretch, tape = todo
            if (asked.project, stretch.start) in self._matched:
                continue
            found = self._search(asked.recorded, stretch, tape)
            if found is not None:
                self._matched.add((asked.project, stretch.start))
                self._found.put((asked, Exact(stretch, found, asked.recorded)))

    def _search(self, recorded: Recorded, stretch: Stretch, tape: Heard) -> Alignment | None:
        guess = recorded.file_seconds(stretch.first) - stretch.start
        begin, end = max(stretch.start, tape.start), min(stretch.end, tape.end)
        for reach in REACHES:
            try:
                found = align_file(
                    tape.read, begin, end, tape.rate, recorded.path, guess=guess, reach=reach
                )
            except (BridgeError, OSError):
                found = None
            if found is not None and found.confidence >= SURE:
                return found
            if self._over.wait(PAUSE):
                break
        return None
