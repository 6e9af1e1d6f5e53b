"""The library as the service holds it: opened when first asked for, its jobs run in the background.

SQLAlchemy and the readers of sound are imported no sooner: the live part starts without them.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from bridge.errors import BridgeError, extra
from bridge.library.places import UPLOADS
from bridge.service.refusals import Refusal
from bridge.settings import LabelSettings, LibrarySettings, data_folder

if TYPE_CHECKING:
    from bridge.library.jobs import Job
    from bridge.library.library import Library
    from bridge.library.runner import Runner

MISSING = {"sqlalchemy", "alembic", "av"}  # what the extra `files` brings
SQLITE = "sqlite:///"  # a URL that begins so ends with a path
LOOK = 0.25  # seconds between two looks at the jobs, however many listen
NEWEST = 100  # jobs that a look tells of, besides those that run
CHANGES = 1000  # that are remembered for those who listen
PARTING = 1.0  # seconds that jobs have to let go when the service ends

P = ParamSpec("P")
T = TypeVar("T")
log = logging.getLogger(__name__)


class Store:
    """One library, one runner of its jobs, and what changed in it."""

    def __init__(
        self,
        settings: LibrarySettings,
        labels: LabelSettings | None = None,
        *,
        executor: Executor | None = None,
        holds: Path | None = None,
        folders: Sequence[str] = (),
    ) -> None:
        """`labels`: the language model that polishes names; `executor`: where work is done, niced
        processes of our own by default; `holds`: folder of the reasons for jobs to wait, the
        user's own by default; `folders`: where clients may add from.
        """
        self._settings = settings
        self._labels = labels
        self._given = executor
        self._holds = holds
        self._allowed = folders
        self.taking_in = threading.Lock()  # two uploads of one file at once would both be kept
        self._lock = threading.Lock()
        self._library: Library | None = None
        self._hands: Executor | None = None
        self._jobs: Executor | None = None
        self._runner: Runner | None = None
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._looking = threading.Lock()
        self._looked = 0.0
        self._seen: dict[int, Job] = {}
        self._changes: deque[tuple[int, dict[str, Any]]] = deque(maxlen=CHANGES)
        self._count = 0

    def library(self) -> Library:
        """The library. Raises Refusal: the extra is missing, or it cannot be opened."""
        with self._lock:
            if self._library is None:
                self._library = self._open()
                if any(job.state in ("queued", "running") for job in self._library.jobs.all()):
                    self._begin(self._library)  # left by a service that was ended or killed
            return self._library

    def folders(self) -> list[str]:
        """Folders of this machine that an answer must not tell, as far as they can be known."""
        chosen = [self._settings.folder, *self._allowed]
        known = [Path(folder).expanduser() for folder in chosen if folder] + [data_folder()]
        if self._settings.url.startswith(SQLITE):
            known.append(Path(self._settings.url.removeprefix(SQLITE)).parent)
        found = {str(each) for folder in known for each in (folder, folder.resolve())}
        if self._library is not None:
            with suppress(BridgeError):  # it is away: so are the names of its folders
                found.update(self._library.folders())
        return sorted(found)

    def work(self) -> None:
        """There is a job to do."""
        with self._lock:
            if self._library is not None:
                self._begin(self._library)

    @property
    def waiting(self) -> str | None:
        """Why jobs wait. None: they need not."""
        from bridge.library.holds import held

        return held(self._holds)

    async def by_hand(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs what takes long or much memory outside this process, one at a time."""
        with self._lock:
            if self._hands is None:
                self._hands = self._given or self._workers(1)
        return await asyncio.wrap_future(self._hands.submit(call, *args, **kwargs))

    def changed(self, recording: str, change: str) -> None:
        """Tells those who listen."""
        with self._looking:
            self._count += 1
            self._changes.append((self._count, {"recording": recording, "change": change}))

    def changes(self, after: int | None) -> tuple[int, list[dict[str, Any]]]:
        """(number of the last change, those after that number). None: only what will come."""
        with self._looking:
            number = self._count if after is None else after
            return self._count, [change for count, change in self._changes if count > number]

    def jobs(self) -> dict[int, Job]:
        """The newest jobs, those that run, and how those ended that ran or waited at the last look.

        Looks at the library every LOOK seconds at most, however many ask.
        """
        jobs = self.library().jobs
        with self._looking:
            if time.monotonic() - self._looked >= LOOK / 2:
                found = {job.id: job for job in [*jobs.all(most=NEWEST), *jobs.all("running")]}
                for id, job in self._seen.items():
                    if job.state in ("queued", "running") and id not in found:
                        try:
                            found[id] = jobs.get(id)
                        except BridgeError:
                            continue  # deleted with its recording
                self._seen, self._looked = found, time.monotonic()
            return self._seen

    def close(self) -> None:
        """Lets go. Jobs that run are queued again; what they heard is kept."""
        self._stop.set()
        self._wake.set()
        with self._lock:
            if self._thread is not None:
                self._thread.join(PARTING)
            for executor in (self._jobs, self._hands):
                if executor is not None and executor is not self._given:
                    executor.shutdown(wait=False, cancel_futures=True)
            if self._library is not None and not (self._thread and self._thread.is_alive()):
                self._library.close()
                self._library = None

    def _open(self) -> Library:
        try:
            from bridge.library.library import Library
            from bridge.library.upkeep import sweep
        except ModuleNotFoundError as error:
            if error.name not in MISSING:
                raise
            raise Refusal(501, not_installed(error.name or "")) from error
        try:
            library = Library.open(self._settings)
        except BridgeError as error:
            raise Refusal(503, error) from error
        sweep(library)
        return library

    def _begin(self, library: Library) -> None:
        """The runner runs until nothing waits, and begins again when it is woken."""
        if self._thread is None:
            from bridge.library.runner import Runner

            count = self._settings.workers or max(1, (os.cpu_count() or 2) - 1)
            self._jobs = self._given or self._workers(count)
            self._runner = Runner(
                library,
                self._jobs,
                lambda: count,
                own=self._given is None,
                memory=self._settings.memory,
                holds=self._holds,
                labels=self._labels,
            )
            self._thread = threading.Thread(target=self._run, name="service jobs", daemon=True)
            self._thread.start()
        self._wake.set()

    def _run(self) -> None:
        assert self._runner is not None
        while True:
            self._wake.wait()
            self._wake.clear()
            if self._stop.is_set():
                return
            try:
                self._runner.run(self._stop)
            except Exception:  # the database was away: the next job is another try
                log.exception("the jobs stopped")

    @staticmethod
    def _workers(count: int) -> Executor:
        from bridge.library.executors import Workers

        return Workers(count)


def uploads(library: Library) -> Path:
    """Where uploaded recordings lie."""
    return library.folder / UPLOADS


def not_installed(module: str) -> BridgeError:
    """The extra is missing."""
    return BridgeError(
        "There is no library to keep recordings in",
        cause=f"{module} is not installed",
        remedy=f"{extra('files')}, then start dawbridge again",
    )
