"""One job, in whatever process it is given to: each stage, what is kept between, and its end."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from bridge.errors import BridgeError
from bridge.library.holds import held
from bridge.library.jobs import STAGES, Superseded
from bridge.library.library import Library
from bridge.library.memory import memory_used
from bridge.library.wording import DatabaseTrouble
from bridge.recordings.analysis import understand
from bridge.recordings.decode import open_recording
from bridge.recordings.facts import Take
from bridge.recordings.findings import Findings, hits_of
from bridge.recordings.hearing import hear
from bridge.recordings.polish import language_model, polished
from bridge.settings import LabelSettings

LOOK = 0.25  # seconds between two looks whether the job still counts, and at the memory
TELL = 0.5  # seconds between two words of progress
HEARD = 0.85  # of a job is done when all is heard, on the songs and the rehearsal (docs/jobs.md)
log = logging.getLogger("bridge.library")


@dataclass(frozen=True, slots=True)
class Order:
    """A job as it is handed to a worker, plain values all.

    own     the worker is a process of ours, which may be ended; not a thread of a cluster's
    memory  megabytes that an own process may take; 0: as it likes
    holds   folder of the reasons to wait
    labels  the language model that polishes names; its key is never shown
    """

    folder: str
    url: str
    job: int
    run: str
    recording: str
    begin: str
    most_riffs: int
    own: bool
    memory: int
    holds: str
    labels: LabelSettings | None = None


def work(order: Order) -> str:
    """Does a job; how it ended, for the log. What came of it stands in the library."""
    with Library(Path(order.folder), order.url) as library:
        if not library.jobs.holds(order.job, order.run):
            return "superseded"
        with Watch(library, order) as watch:
            try:
                _stages(library, order, watch)
            except Superseded:
                return "superseded"
            except DatabaseTrouble:
                raise  # the runner queues it again
            except BridgeError as error:
                return _fail(library, order, error)
            except MemoryError:
                return _fail(library, order, too_large(order.memory))
            except Exception as error:
                log.exception("job %d", order.job)
                bug = BridgeError(
                    "This recording could not be analysed",
                    cause=f"{type(error).__name__}: {error}",
                    remedy="this is a fault of dawbridge: report it with the file, if you can",
                )
                return _fail(library, order, bug)
    return "done"


def _stages(library: Library, order: Order, watch: Watch) -> None:
    """From the stage that it begins with to the end; earlier ones where their result is gone."""
    kept = order.begin != "decode" or library.jobs.get(order.job).kept == "decode"
    findings = library.findings(order.recording) if kept else None
    troubles: list[BridgeError] = []
    if findings is None:
        findings = _hear(library, order, watch, troubles)

    def done(session: Session) -> None:
        trouble = troubles[0] if troubles else None
        library.jobs.finish(session, order.job, order.run, trouble)

    polish = _polisher(order.labels, watch, troubles)

    known = library.get(order.recording).analysed is not None
    begin = STAGES.index(order.begin) if known else 0
    watch.tell("beats" if begin <= STAGES.index("beats") else order.begin, HEARD)
    if begin <= STAGES.index("beats"):
        facts = understand(findings, order.most_riffs)
        library.save_analysis(
            order.recording, facts, findings, most=order.most_riffs, polish=polish, then=done
        )
    elif begin <= STAGES.index("separation"):
        library.follow_again(order.recording, findings, polish=polish, then=done)
    else:
        if begin <= STAGES.index("drums"):
            library.save_hits(order.recording, hits_of(findings))
        library.follow_again(order.recording, findings, words=True, polish=polish, then=done)


def _polisher(
    labels: LabelSettings | None, watch: Watch, troubles: list[BridgeError]
) -> Callable[[Take], Take | None]:
    """Better names for a take; None where no model is set, or it gives none: `troubles` says why.

    After one trouble the model is not asked again: each question may take half a minute.
    """
    failed = False

    def polish(take: Take) -> Take | None:
        nonlocal failed
        if labels is None or failed or not take.riffs:
            return None
        watch.tell("labels", 0.98)
        key = labels.key.get_secret_value()
        try:
            return polished(take, language_model(labels.provider, labels.url, labels.model, key))
        except BridgeError as error:
            failed = True
            troubles.append(error)
            return None

    return polish


def _hear(library: Library, order: Order, watch: Watch, troubles: list[BridgeError]) -> Findings:
    path = library.file(order.recording)
    before = _mark(path)
    if not library.is_as_added(path):
        raise changed(path)
    sound = open_recording(path)
    duration = sound.duration or library.get(order.recording).duration

    def heard(seconds: float) -> None:
        watch.tell("decode", HEARD * min(1.0, seconds / duration) if duration else 0.0)

    watch.tell("decode", 0.0)
    findings = hear(sound, heard)
    if _mark(path) != before:
        raise changed(path)  # before it is kept: these findings are of no recording that is known
    if sound.damage:
        troubles.append(sound.damage)
    watch.tell("decode", HEARD, now=True)
    library.keep_findings(order.recording, findings)
    library.jobs.keep(order.job, order.run, "decode")
    return findings


def _fail(library: Library, order: Order, error: BridgeError) -> str:
    with suppress(Superseded):
        library.jobs.fail(order.job, order.run, error)
    return "failed"


def _mark(path: Path) -> tuple[int, int] | None:
    """Size and time of change (ns). None: it is gone.

    Not its length in seconds: a file that was cut before it was added claims more than it holds.
    """
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_size, about.st_mtime_ns


def changed(path: Path) -> BridgeError:
    """What was heard is not the sound that the recording is known by."""
    return BridgeError(
        f"{path.name} changed while it was analysed",
        cause="it was cut, written anew, moved or deleted since it was added",
        remedy="add and analyse it again when no program writes to it any more",
    )


def too_large(memory: int) -> BridgeError:
    """The ceiling was reached."""
    return BridgeError(
        "This recording needs more memory than a worker may take",
        cause=f"it took more than {memory} MB",
        remedy="raise library.memory, or cut the recording",
    )


class Watch:
    """Beside the work: ends it when it does not count any more, or takes too much memory."""

    def __init__(self, library: Library, order: Order) -> None:
        self._library = library
        self._order = order
        self._over = threading.Event()
        self._lost = threading.Event()
        self._told = (0.0, "")
        self._thread = threading.Thread(target=self._look, name="job watch", daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def tell(self, stage: str, progress: float, now: bool = False) -> None:
        """Says how far the job is, not too often, and waits while there is a reason to.

        Raises Superseded when the job is not this attempt's any more.
        """
        self._wait()
        moment = time.monotonic()
        if now or stage != self._told[1] or moment - self._told[0] >= TELL:
            self._told = (moment, stage)
            self._library.jobs.tell(self._order.job, self._order.run, stage, progress)

    def _wait(self) -> None:
        while not self._lost.is_set() and held(Path(self._order.holds)):
            self._lost.wait(1.0)
        if self._lost.is_set():
            raise Superseded

    def _look(self) -> None:
        """An own process ends at once, as a kill would end it: what is half done is not kept."""
        jobs, order = self._library.jobs, self._order
        while not self._over.wait(LOOK):
            with suppress(DatabaseTrouble):  # away for a moment: that ends no work
                if jobs.is_void(order.job, order.run):
                    self._lost.set()
                    if order.own:
                        os._exit(1)
                    return
            if order.own and order.memory and memory_used() > order.memory * 1e6:
                _fail(self._library, order, too_large(order.memory))
                print(f"job {order.job}: over {order.memory} MB", file=sys.stderr, flush=True)
                os._exit(1)
