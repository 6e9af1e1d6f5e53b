"""Jobs: work on recordings that outlives every process. The database is the queue.

A runner (bridge.library.runner) claims a queued job, which gives it a run: a fresh name for the
attempt. Whatever is written for the job names its run, so an attempt that was given up and wakes
up late is refused. A job whose runner is dead is queued again.
"""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from secrets import token_hex
from typing import Any, cast

from sqlalchemy import CursorResult, Update, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bridge.errors import BridgeError
from bridge.library.database import Database
from bridge.library.entries import READY, State
from bridge.library.places import readable
from bridge.library.tables import JobRow, RecordingRow
from bridge.library.wording import unknown
from bridge.recordings.riffs import MOST

STAGES = ("decode", "beats", "structure", "separation", "drums", "labels")
LOST = 15.0  # seconds without a heartbeat after which a runner on another machine is dead
ATTEMPTS = 3  # deaths of a job's process until it has failed


@dataclass(frozen=True, slots=True)
class Job:
    """Work on a recording. Moments are seconds since 1970.

    begin     the stage that it begins with; stage: the one that it is in
    progress  0..1 of the whole
    error     what, cause, remedy in the user's words, where it failed; of one that is done: what
              had to be left out
    attempts  how often a process began with it, less those that ended in order
    kept      the last stage whose result an attempt has kept; the next one goes on from there
    run       names the attempt
    """

    id: int
    recording: str
    name: str
    begin: str
    most_riffs: int
    state: State
    stage: str | None
    progress: float
    error: dict[str, str] | None
    attempts: int
    kept: str | None
    owner: str | None
    run: str | None
    made: float
    started: float | None
    ended: float | None

    def trouble(self) -> BridgeError | None:
        """Its `error` as one that can be raised or shown."""
        if self.error is None:
            return None
        told = self.error
        return BridgeError(told["what"], cause=told["cause"], remedy=told["remedy"])

    def failure(self) -> BridgeError | None:
        """Why there is no result, once nobody works on it any more; None: it is done.

        What a done one left out is `trouble` alone.
        """
        if self.state == "done":
            return None
        if self.state == "cancelled":
            return BridgeError(
                f"The analysis of {self.name} was cancelled",
                cause="`dawbridge jobs cancel`, the API or the DAW ended it",
                remedy="ask for it once more: it goes on where it was",
            )
        return self.trouble() or BridgeError(
            f"The analysis of {self.name} has not ended",
            cause=f"its job is {self.state}",
            remedy="ask for it once more: it goes on where it was",
        )


class Superseded(Exception):
    """The job was cancelled, or given to another process: what this one still has is void."""


class Jobs:
    """The jobs of a library."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- asked for

    def enqueue(self, recording: str, begin: str = "decode", most_riffs: int = MOST) -> Job:
        """Work on a recording from a stage on; one that waits already is taken, not doubled.

        Raises BridgeError for a stage there is not, and while it is being worked on from later on.
        """
        check_stage(begin)
        if not 1 <= most_riffs <= MOST:
            raise BridgeError(
                f"{most_riffs} riffs a take cannot be",
                cause=f"1 to {MOST} are found",
                remedy="choose a number between",
            )
        for _ in range(3):  # another process may ask for the same at the same moment
            with suppress(IntegrityError), self._database.writing() as session:
                if session.get(RecordingRow, recording) is None:
                    raise unknown("recording", recording)
                row = session.scalar(
                    select(JobRow).where(
                        JobRow.recording_id == recording, JobRow.state.in_(("queued", "running"))
                    )
                )
                if row is None:
                    row = JobRow(
                        recording_id=recording,
                        begin=begin,
                        options={"most_riffs": most_riffs},
                        state="queued",
                        progress=0.0,
                        attempts=0,
                        made=time.time(),
                    )
                    session.add(row)
                elif row.state == "queued":
                    row.begin = min(row.begin, begin, key=STAGES.index)
                    row.options = {"most_riffs": most_riffs}
                elif STAGES.index(row.begin) > STAGES.index(begin):
                    raise BridgeError(
                        "This recording is being analysed right now",
                        cause=f"the job {row.id} runs, from {row.begin} on",
                        remedy=f"wait for it, or cancel it, and then begin with {begin}",
                    )
                session.flush()
                id = row.id
                break
        return self.get(id)

    def get(self, job: int) -> Job:
        """One job."""
        with self._database.reading() as session:
            found = session.execute(_listed().where(JobRow.id == job)).first()
        if found is None:
            raise unknown("job", job)
        return _job(*found)

    def all(
        self, state: State | None = None, recording: str | None = None, most: int = 1000
    ) -> list[Job]:
        """Newest first."""
        chosen = _listed().order_by(JobRow.id.desc()).limit(most)
        if state:
            chosen = chosen.where(JobRow.state == state)
        if recording:
            chosen = chosen.where(JobRow.recording_id == recording)
        with self._database.reading() as session:
            return [_job(row, name) for row, name in session.execute(chosen)]

    def cancel(self, job: int) -> Job:
        """Ends a job that waits or runs; what it did so far is kept for the next time."""
        now = time.time()
        with self._database.writing() as session:
            if session.get(JobRow, job) is None:
                raise unknown("job", job)
            session.execute(
                update(JobRow)
                .where(JobRow.id == job, JobRow.state.in_(("queued", "running")))
                .values(state="cancelled", ended=now, run=None)
            )
        return self.get(job)

    def again(self, job: int, begin: str | None = None) -> Job:
        """The same work once more, from its own stage or another one."""
        old = self.get(job)
        return self.enqueue(old.recording, begin or old.begin, old.most_riffs)

    # -- for runners

    def claim(self, owner: str) -> Job | None:
        """The job that waits longest, now the owner's. None: nothing waits."""
        with self._database.writing() as session:
            waiting = select(JobRow).where(JobRow.state == "queued").order_by(JobRow.id).limit(1)
            row = session.scalar(waiting.with_for_update(skip_locked=True))
            if row is None:
                return None
            now = time.time()
            row.state, row.owner, row.heartbeat, row.run = "running", owner, now, token_hex(8)
            row.attempts += 1
            row.stage, row.progress, row.error = None, 0.0, None
            row.started, row.ended = now, None
            id = row.id
        return self.get(id)

    def beat(self, owner: str) -> None:
        """The owner of running jobs lives."""
        with self._database.writing() as session:
            session.execute(
                update(JobRow)
                .where(JobRow.owner == owner, JobRow.state == "running")
                .values(heartbeat=time.time())
            )

    def release(self, job: int, run: str) -> None:
        """Queues a job again that its owner gives up in order."""
        with suppress(Superseded):
            self._set(job, run, state="queued", owner=None, run=None, attempts=JobRow.attempts - 1)

    def lost(self, job: int, run: str, cause: str) -> None:
        """The process of a job died: queued again, or failed after ATTEMPTS deaths."""
        with suppress(BridgeError, Superseded):
            if self.get(job).attempts < ATTEMPTS:
                self._set(job, run, state="queued", owner=None, run=None)
            else:
                error = BridgeError(
                    "The analysis was given up",
                    cause=f"its process died {ATTEMPTS} times: {cause}",
                    remedy="if the memory is short, raise library.memory or lower "
                    "library.workers; otherwise the file is a bug report",
                )
                self.fail(job, run, error)

    def take_up(self) -> int:
        """Queues the jobs of dead runners again; how many. Their death says nothing of the job."""
        with self._database.reading() as session:
            rows = session.scalars(select(JobRow).where(JobRow.state == "running"))
            now = time.time()
            dead = [
                (row.id, row.run)
                for row in rows
                if now - (row.heartbeat or 0.0) > LOST or _is_dead(row.owner)
            ]
        for id, run in dead:
            self.release(id, run or "")
        return len(dead)

    # -- for workers

    def holds(self, job: int, run: str) -> bool:
        """Whether this attempt is still the one that counts."""
        with self._database.reading() as session:
            chosen = select(JobRow.id).where(
                JobRow.id == job, JobRow.run == run, JobRow.state == "running"
            )
            return session.scalar(chosen) is not None

    def is_void(self, job: int, run: str) -> bool:
        """Whether this attempt was given up: cancelled, deleted, or given to another process."""
        with self._database.reading() as session:
            row = session.execute(select(JobRow.state, JobRow.run).where(JobRow.id == job)).first()
        if row is None or row.state in ("queued", "cancelled"):
            return True
        return bool(row.state == "running" and row.run != run)

    def tell(self, job: int, run: str, stage: str, progress: float) -> None:
        """How far it is. Raises Superseded."""
        self._set(job, run, stage=stage, progress=progress)

    def keep(self, job: int, run: str, stage: str) -> None:
        """The result of a stage is kept: the next attempt goes on from there. Raises Superseded."""
        self._set(job, run, kept=stage)

    def fail(self, job: int, run: str, error: BridgeError) -> None:
        """It cannot be done. Raises Superseded."""
        self._set(job, run, state="failed", error=_told(error), ended=time.time(), run=None)

    def finish(
        self, session: Session, job: int, run: str, trouble: BridgeError | None = None
    ) -> None:
        """It is done, within the transaction that keeps its result. Raises Superseded.

        trouble: what had to be left out, such as names from a model that did not answer.
        """
        error = _told(trouble) if trouble else None
        ended = {"state": "done", "stage": None, "progress": 1.0, "error": error, "run": None}
        _once(session, _held(job, run).values(**ended, ended=time.time()))

    def prune(self, older: float) -> int:
        """Forgets jobs that ended before `older` (seconds since 1970); how many."""
        with self._database.writing() as session:
            return _count(
                session.execute(
                    delete(JobRow).where(
                        JobRow.state.in_(("done", "failed", "cancelled")), JobRow.ended < older
                    )
                )
            )

    def _set(self, job: int, held: str, **values: Any) -> None:
        with self._database.writing() as session:
            _once(session, _held(job, held).values(**values))


def owner() -> str:
    """This process, as the owner of jobs."""
    return f"{socket.gethostname()}:{os.getpid()}"


def check_stage(stage: str) -> None:
    """Raises BridgeError for a stage that there is not, or not yet."""
    if stage == "separation":
        raise BridgeError(
            "A recording cannot be separated yet",
            cause="this version has no separation of voices and instruments",
            remedy=f"begin with one of {', '.join(READY)}",
        )
    if stage not in STAGES:
        raise BridgeError(
            f"There is no stage {stage[:64]!r}",
            cause=f"a recording is analysed in these: {', '.join(READY)}",
            remedy="choose one of these",
        )


def _told(error: BridgeError) -> dict[str, str]:
    return {part: readable(text) for part, text in error.parts().items()}


def _is_dead(owner: str | None) -> bool:
    """A runner on this machine whose process is gone. Windows cannot say: its heartbeat does."""
    host, _, pid = (owner or "").rpartition(":")
    if os.name != "posix" or host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _held(job: int, run: str) -> Update:
    return update(JobRow).where(JobRow.id == job, JobRow.run == run, JobRow.state == "running")


def _once(session: Session, change: Update) -> None:
    if _count(session.execute(change)) != 1:
        raise Superseded


def _count(result: Any) -> int:
    return cast("CursorResult[Any]", result).rowcount


def _listed() -> Any:
    return select(JobRow, RecordingRow.name).join(
        RecordingRow, RecordingRow.id == JobRow.recording_id
    )


def _job(row: JobRow, name: str) -> Job:
    return Job(
        id=row.id,
        recording=row.recording_id,
        name=name,
        begin=row.begin,
        most_riffs=row.options["most_riffs"],
        state=cast(State, row.state),
        stage=row.stage,
        progress=row.progress,
        error=row.error,
        attempts=row.attempts,
        kept=row.kept,
        owner=row.owner,
        run=row.run,
        made=row.made,
        started=row.started,
        ended=row.ended,
    )
