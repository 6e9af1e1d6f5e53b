"""The library from the command line: which recording is meant, and having it analysed."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bridge.errors import BridgeError

if TYPE_CHECKING:  # the commands that hear live start without any of this
    from bridge.library.entries import Entry, TakeEntry
    from bridge.library.jobs import Job
    from bridge.library.library import Library
    from bridge.library.runner import Runner
    from bridge.settings import Settings

LOOK = 0.2  # seconds between two looks at the jobs
MISSING = {"sqlalchemy", "alembic", "av"}  # what the extra `files` brings
Told = Callable[[Sequence["Job"]], None]  # hears of all the jobs of a run, again and again


def open_library(settings: Settings) -> Library:
    """The library of the settings. Raises BridgeError where the extra is not installed."""
    try:
        from bridge.library.library import Library
    except ModuleNotFoundError as error:
        if error.name not in MISSING:
            raise
        raise BridgeError(
            "There is no library to keep recordings in",
            cause=f"{error.name} is not installed",
            remedy="pip install 'dawbridge[files]', or `dawbridge analyze --no-library FILE`",
        ) from error
    return Library.open(settings.library)


def recording_of(library: Library, text: str) -> Entry:
    """The recording that is meant: a file, the beginning of an id, or a name.

    Raises BridgeError where there is none, or more than one.
    """
    path = Path(text)
    if _is_file(path):
        return library.add(path)
    entries = library.all()
    name = text.casefold()
    for matches in (
        [entry for entry in entries if entry.id.startswith(name) and len(name) >= 4],
        [entry for entry in entries if entry.name.casefold() == name],
        [entry for entry in entries if f"{entry.name}.{entry.format}".casefold() == name],
        [entry for entry in entries if name in entry.name.casefold()],
    ):
        if len(matches) == 1:
            return matches[0]
        if matches:
            names = ", ".join(
                f"{entry.name}.{entry.format} ({entry.id[:8]})" for entry in matches[:5]
            )
            raise BridgeError(
                f"{text!r} may be {len(matches)} recordings",
                cause=f"they are {names}{' ...' if len(matches) > 5 else ''}",
                remedy="give the whole name, or the letters and digits in brackets",
            )
    raise BridgeError(
        f"There is no recording {text!r}",
        cause="it is neither a file nor a recording in the library",
        remedy="check the spelling; `dawbridge library list` shows what is kept",
    )


def take_of(library: Library, entry: Entry, text: str) -> TakeEntry:
    """The take with this number or name. Raises BridgeError."""
    from bridge.cli.stretch import place_of

    takes = [take for take in library.takes(entry.id) if take.take is not None]
    return takes[place_of(text, [take.name for take in takes])]


def work_through(
    library: Library, settings: Settings, jobs: Sequence[int], told: Told, cluster: str = ""
) -> list[Job]:
    """Runs these jobs to their end, and gives them. Ctrl-C queues what is not done again."""
    stop = threading.Event()
    failure: list[BaseException] = []

    def serve(runner: Runner) -> None:
        try:
            runner.run(stop, serve=True)
        except BaseException as error:  # told to whoever waits
            failure.append(error)

    with _executor(settings, len(jobs), cluster) as runner_on:
        runner = runner_on(library)
        thread = threading.Thread(target=serve, args=(runner,), name="jobs")
        thread.start()
        waiting = None
        try:
            while not failure:
                found = [library.jobs.get(job) for job in jobs]
                told(found)
                if all(job.state not in ("queued", "running") for job in found):
                    return found
                if runner.waiting != waiting:
                    waiting = runner.waiting
                    if waiting:
                        _say(f"Waiting: {waiting}")
                stop.wait(LOOK)
        finally:
            stop.set()
            thread.join()
    raise failure[0]


@contextmanager
def _executor(
    settings: Settings, count: int, address: str
) -> Iterator[Callable[[Library], Runner]]:
    """Gives a function that puts a runner on the processes of this machine, or on a cluster."""
    from bridge.library.executors import Cluster, Workers
    from bridge.library.runner import Runner

    if address:
        cluster = Cluster(address)
        try:
            yield lambda library: Runner(
                library, cluster, cluster.slots, own=False, labels=settings.labels
            )
        finally:
            cluster.shutdown()
        return
    chosen = settings.library
    most = max(1, min(chosen.workers or (os.cpu_count() or 2) - 1, count))
    workers = Workers(most)
    try:
        yield lambda library: Runner(
            library,
            workers,
            lambda: most,
            own=True,
            memory=chosen.memory,
            labels=settings.labels,
        )
    finally:
        workers.shutdown(wait=True, cancel_futures=True)


def analysed(library: Library, settings: Settings, entry: Entry) -> Entry:
    """The recording, analysed now if it was not yet. Raises BridgeError where that fails."""
    from bridge.cli.progress import progress_bar

    if entry.analysed is None:
        job = library.jobs.enqueue(entry.id).id
        with progress_bar("analysing") as bar:
            (done,) = work_through(
                library, settings, [job], lambda now: bar(now[0].progress, entry.name)
            )
        raise_failure(done)
    return library.get(entry.id)


def raise_failure(job: Job) -> None:
    """Raises what a job failed of, in its own words; what a done one left out is only told."""
    if job.error:
        error = BridgeError(job.error["what"], cause=job.error["cause"], remedy=job.error["remedy"])
        if job.state == "failed":
            raise error
        _say(str(error))
    if job.state == "cancelled":
        raise BridgeError(
            f"The analysis of {job.name} was cancelled",
            cause="`dawbridge jobs cancel` or the API ended it",
            remedy="the same command does it again",
        )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _say(text: str) -> None:
    import sys

    print(text, file=sys.stderr)
