"""Files that DAWs ask to have analysed: one after the other, in a thread beside the talk."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from bridge.daw.analysed import LoopFile
from bridge.errors import BridgeError
from bridge.library.opening import open_library
from bridge.settings import Settings

if TYPE_CHECKING:
    from bridge.library.entries import Entry
    from bridge.library.jobs import Job
    from bridge.library.library import Library
    from bridge.recordings.facts import Recording, Riff, Take

STAGES = {
    "decode": "reading the file",
    "beats": "finding the beats",
    "structure": "finding sections and riffs",
    "drums": "listening to the drums",
    "labels": "naming",
}
MOST_LOOPS = 12  # of a recording: the coolest


@dataclass(frozen=True, slots=True)
class Order:
    """A file to be understood. name: of a recording in the library instead of a path.

    loops  the folder where the loops of its riffs are written; None: none are
    """

    number: int
    path: Path | None
    loops: Path | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an order is: 0..1, and what is being done."""

    number: int
    share: float
    text: str


@dataclass(frozen=True, slots=True)
class Understood:
    """An order is done. id, name: the recording's, in the library."""

    number: int
    recording: Recording
    id: str
    name: str
    loops: tuple[LoopFile, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """An order cannot be done, or was cancelled."""

    number: int
    error: BridgeError


Told = Progress | Understood | Failed


class _Stopped(Exception):
    """The order was cancelled, or the program ends."""


class Studies:
    """Orders in, what became of them out."""

    def __init__(self, settings: Settings) -> None:
        self.told: queue.SimpleQueue[Told] = queue.SimpleQueue()
        self._settings = settings
        self._orders: queue.SimpleQueue[Order | None] = queue.SimpleQueue()
        self._numbers = count(1)
        self._cancelled: set[int] = set()
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def order(self, path: Path | None, loops: Path | None = None, name: str = "") -> int:
        """Queues a file; gives the order's number."""
        number = next(self._numbers)
        self._orders.put(Order(number, path, loops, name))
        if self._thread is None:  # most runs never need it
            self._thread = threading.Thread(target=self._run, name="studies", daemon=True)
            self._thread.start()
        return number

    def cancel(self, number: int) -> None:
        """Ends an order; `told` hears of it as failed."""
        self._cancelled.add(number)

    def close(self) -> None:
        """Ends what runs; a job half done stays queued in the library."""
        self._ending.set()
        self._orders.put(None)
        if self._thread is not None:
            self._thread.join(5.0)

    # -- in the thread

    def _run(self) -> None:
        while (order := self._orders.get()) is not None and not self._ending.is_set():
            try:
                self._check(order)
                self.told.put(self._study(order))
            except _Stopped:
                error = BridgeError(
                    "The analysis was cancelled",
                    cause="somebody ended it",
                    remedy="the same action does it again, and goes on where it was",
                )
                self.told.put(Failed(order.number, error))
            except BridgeError as error:
                self.told.put(Failed(order.number, error))
            except Exception as error:  # a thread that dies of one file would leave all others
                failure = BridgeError(
                    "The analysis failed",
                    cause=str(error) or type(error).__name__,
                    remedy="try it with `dawbridge analyze`; report it if it fails there as well",
                )
                self.told.put(Failed(order.number, failure))

    def _check(self, order: Order) -> None:
        if self._ending.is_set() or order.number in self._cancelled:
            raise _Stopped

    def _study(self, order: Order) -> Understood:
        with open_library(self._settings) as library:
            entry = self._entry(library, order)
            if entry.analysed is None:
                self._analyse(library, order, entry)
            recording = library.analysis(entry.id)
            assert recording is not None
            loops = self._loops(library, order, entry, recording) if order.loops else ()
            return Understood(order.number, recording, entry.id, entry.name, loops)

    def _entry(self, library: Library, order: Order) -> Entry:
        from bridge.library.finding import find, newest

        if order.path is not None:
            return library.add(order.path, check=lambda: self._check(order))
        return find(library, order.name) if order.name else newest(library)

    def _analyse(self, library: Library, order: Order, entry: Entry) -> None:
        from bridge.library.foreground import work_through

        def told(jobs: Sequence[Job]) -> None:
            self._check(order)
            doing = STAGES.get(jobs[0].stage or "", "starting")
            self.told.put(Progress(order.number, jobs[0].progress, f"{entry.name}: {doing}"))

        def waits(why: str) -> None:
            self.told.put(Progress(order.number, 0.0, f"{entry.name} waits: {why}"))

        job = library.jobs.enqueue(entry.id).id
        try:
            (done,) = work_through(library, self._settings, [job], told, waits=waits)
        except _Stopped:
            if not self._ending.is_set():
                library.jobs.cancel(job)
            raise
        if failure := done.failure():
            raise failure

    def _loops(
        self, library: Library, order: Order, entry: Entry, recording: Recording
    ) -> tuple[LoopFile, ...]:
        assert order.loops is not None
        try:
            order.loops.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BridgeError(
                f"Loops cannot be written to {order.loops}",
                cause=error.strerror or str(error),
                remedy="save the project in a folder that can be written",
            ) from error
        riffs = [(riff, take) for take in recording.takes for riff in take.riffs]
        riffs.sort(key=lambda pair: -pair[0].coolness)
        made = []
        for index, (riff, take) in enumerate(riffs[:MOST_LOOPS]):
            self._check(order)
            share = index / min(len(riffs), MOST_LOOPS)
            self.told.put(Progress(order.number, share, f"loop {riff.name}"))
            made.append(_loop(library.file(entry.id), entry, riff, take, order.loops))
        return tuple(made)


def _loop(recording: Path, entry: Entry, riff: Riff, take: Take, folder: Path) -> LoopFile:
    """The loop of a riff's best time. A file is named by the sound and the stretch that it holds,
    so one that is there already is the same, and stays: a DAW may have it open.
    """
    import soundfile

    from bridge.recordings.export.loop import LoopOptions, export_loop
    from bridge.recordings.export.writing import safe_name

    span = riff.times[riff.best]
    stretch = f"{entry.id[:8]} {span.start:.3f}-{span.end:.3f}"
    path = folder / f"{safe_name(f'{entry.name} - {riff.name}'[:80])} {stretch}.wav"
    if not path.exists():
        export_loop(recording, span, LoopOptions(), path, grid=take.grid, name=riff.name)
    about = soundfile.info(path)
    seconds = about.frames / about.samplerate
    quarters = riff.bars * take.grid.quarters_per_bar
    if take.grid.tempo is None or quarters <= 0:
        return LoopFile(riff.name, span, str(path), None, None)
    return LoopFile(riff.name, span, str(path), 60 * quarters / seconds, quarters)
