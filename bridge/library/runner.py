"""Runs a library's jobs on an executor: claims them, hands them out, takes up what dies."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from pathlib import Path

from bridge.library.holds import held, holds_folder
from bridge.library.jobs import Job, owner
from bridge.library.library import Library
from bridge.library.worker import Order, work
from bridge.settings import LabelSettings

BEAT = 3.0  # seconds between two signs of life
PAUSE = 0.2  # seconds between two looks for work


class Runner:
    """Hands jobs to an executor, so many at a time. What is durable is in the database alone.

    Any number of runners may work on one library, in one process each.
    """

    def __init__(
        self,
        library: Library,
        executor: Executor,
        at_once: Callable[[], int],
        *,
        own: bool,
        memory: int = 0,
        holds: Path | None = None,
        labels: LabelSettings | None = None,
    ) -> None:
        """`own`: the executor's processes are ours and may be ended; `memory`: MB each may take;
        `holds`: folder of the reasons to wait, the user's own by default; `labels`: the language
        model that polishes names, where one is set.
        """
        self._library = library
        self._executor = executor
        self._at_once = at_once
        self._own = own
        self._memory = memory
        self._holds = holds or holds_folder()
        self._labels = labels if labels and labels.model else None
        self._owner = owner()
        self._flying: dict[Future[str], Job] = {}
        self._beaten = 0.0
        self.waiting: str | None = None  # why no job begins

    def run(self, stop: threading.Event, *, serve: bool = False) -> None:
        """Until nothing is left to do, or for ever; until `stop` in any case.

        When stopped, jobs that run are queued again; what they heard is kept.
        """
        try:
            while not stop.is_set():
                self.step()
                if not self._flying and not serve and not self.waiting and not self._waits():
                    return
                if not self._flying:
                    stop.wait(PAUSE)
        finally:
            self._let_go()

    def step(self) -> None:
        """One look: signs of life, new work, what has ended. Waits PAUSE at most."""
        now = time.monotonic()
        if now - self._beaten >= BEAT:
            self._beaten = now
            self._library.jobs.beat(self._owner)
            self._library.jobs.take_up()
        self.waiting = held(self._holds)
        while self.waiting is None and len(self._flying) < self._at_once():
            job = self._library.jobs.claim(self._owner)
            if job is None:
                break
            self._flying[self._executor.submit(work, self._order(job))] = job
        ended, _ = wait(self._flying, PAUSE, FIRST_COMPLETED)
        for future in ended:
            self._settle(self._flying.pop(future), future)

    def _order(self, job: Job) -> Order:
        assert job.run is not None
        return Order(
            folder=str(self._library.folder),
            url=self._library.url,
            job=job.id,
            run=job.run,
            recording=job.recording,
            begin=job.begin,
            most_riffs=job.most_riffs,
            own=self._own,
            memory=self._memory,
            holds=str(self._holds),
            labels=self._labels,
        )

    def _settle(self, job: Job, future: Future[str]) -> None:
        """A job that is still running though its worker has ended was lost."""
        try:
            cause = future.result()
        except CancelledError:
            cause = "the executor gave it up"
        except Exception as error:  # of the executor, or of the database under a worker
            cause = str(error) or type(error).__name__
        if job.run:
            self._library.jobs.lost(job.id, job.run, cause)

    def _waits(self) -> bool:
        return bool(self._library.jobs.all("queued", most=1))

    def _let_go(self) -> None:
        for future, job in self._flying.items():
            future.cancel()
            if job.run:
                self._library.jobs.release(job.id, job.run)
        self._flying.clear()
