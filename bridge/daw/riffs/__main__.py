"""The process that looks for riffs while a DAW rolls: `python -m bridge.daw.riffs`.

Lines of JSON in: `{"ring": PATH}` or `{"file": PATH, "loop": false}`, what to hear;
`{"find": {"start": 0.0, "end": 60.0}}`, stream seconds. Each `find` is answered by
`{"found": {"start": 0.0, "end": 60.0, "riffs": [{"name": "...", "times": [[0.0, 8.0]]}]},
"seconds": 0.4}`, about what of it was heard (`null`: nothing), and how much of a core it took. The
end of standard input ends it.
"""

from __future__ import annotations

import logging
import queue
import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from bridge.daw.riffs.recurrence import Found
from bridge.daw.riffs.stream import Heard, StreamHearing
from bridge.daw.tape import FileTape
from bridge.errors import BridgeError
from bridge.live.lines import LineWriter, read_lines, standard_input, standard_output
from bridge.live.priority import give_way
from bridge.live.ring import RingReader
from bridge.sources import Block

log = logging.getLogger(__name__)

PAUSE = 0.5  # seconds between two looks into the ring, which holds 4 and more
AT_ONCE = 10.0  # seconds of a file that are heard at once

Stretch = tuple[float, float]  # from, until: stream seconds


class Sound(Protocol):
    """What is heard, bit by bit."""

    rate: int
    channels: int

    def read(self, asked: Stretch | None, /) -> Iterable[Block]:
        """What came since the last call; a file gives what is asked about."""
        ...


class RingSound:
    """The sound of the ring, from a little before now on."""

    def __init__(self, path: Path) -> None:
        """Raises BridgeError when there is no ring."""
        self._reader = RingReader(path, back=True)
        self.rate, self.channels = self._reader.rate, self._reader.channels

    def read(self, _: Stretch | None, /) -> list[Block]:
        """All that is there."""
        return self._reader.read()


class FileSound:
    """A run that hears a file: the same file."""

    channels = 1

    def __init__(self, path: Path, *, loop: bool) -> None:
        """Raises BridgeError when it is no sound."""
        self._tape = FileTape(path, loop=loop)
        self.rate = self._tape.rate
        self._at: float | None = None

    def read(self, asked: Stretch | None, /) -> Iterator[Block]:
        """From the first second that was ever asked about, or where it was heard until."""
        if asked is None:
            return
        start, end = asked
        at = round(start * self.rate) / self.rate if self._at is None else self._at
        until = min(end, self._tape.end)
        while at < until:
            stop = min(at + AT_ONCE, until)
            yield Block(self._tape.read(at, stop)[:, None], round(at * self.rate))
            self._at = at = stop


def main() -> int:
    """Runs until standard input ends. The exit status."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    give_way()
    inbox: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(inbox,), name="riffs reader", daemon=True).start()
    writer = LineWriter(standard_output(), "riffs")
    looking = ThreadPoolExecutor(1, "riffs")
    sound: Sound | None = None
    hearing: StreamHearing | None = None
    form = 0, 0  # rate and channels of what is remembered
    while True:
        line: dict[str, Any] = {}
        with suppress(queue.Empty):
            told = inbox.get(timeout=PAUSE)
            if told is None:
                break
            line = told
        if "ring" in line or "file" in line:
            with suppress(BridgeError):  # an old line: that capture process is gone
                sound = _sound(line)
                if hearing is None or (sound.rate, sound.channels) != form:
                    form = sound.rate, sound.channels
                    hearing = StreamHearing(*form)
        if sound is None or hearing is None:
            continue
        asked = (line["find"]["start"], line["find"]["end"]) if "find" in line else None
        with suppress(BridgeError):  # a file that was moved: others say so
            for block in sound.read(asked):
                hearing.hear(block)
        if asked:
            # In a thread: the ring is read meanwhile, or it would run over.
            looking.submit(_look, hearing.heard(*asked), writer)
    looking.shutdown(wait=False, cancel_futures=True)
    writer.close()
    return 0


def _look(heard: Heard | None, writer: LineWriter) -> None:
    found: Found | None = None
    before = time.thread_time()
    try:
        found = heard.find() if heard else None
    except Exception:  # an answer is owed, whatever this sound was
        log.exception("riffs could not be looked for")
    seconds = time.thread_time() - before
    writer.send({"found": found and found.told(), "seconds": seconds})


def _sound(line: dict[str, Any]) -> Sound:
    if "ring" in line:
        return RingSound(Path(line["ring"]))
    return FileSound(Path(line["file"]), loop=bool(line.get("loop")))


def _read(inbox: queue.SimpleQueue[dict[str, Any] | None]) -> None:
    for line in read_lines(standard_input()):
        inbox.put(line)
    inbox.put(None)


if __name__ == "__main__":
    sys.exit(main())
