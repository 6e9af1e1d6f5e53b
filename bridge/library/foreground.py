"""Jobs done here and now: a runner in a thread, until they are over."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from bridge.library.executors import Cluster, Workers
from bridge.library.jobs import Job
from bridge.library.library import Library
from bridge.library.runner import Runner
from bridge.settings import Settings

LOOK = 0.2  # seconds between two looks at the jobs
Told = Callable[[Sequence[Job]], None]  # hears of all the jobs of a run, again and again


def work_through(
    library: Library,
    settings: Settings,
    jobs: Sequence[int],
    told: Told,
    *,
    waits: Callable[[str], None],
    cluster: str = "",
) -> list[Job]:
    """Runs these jobs to their end, and gives them. An exception of `told`, Ctrl-C too, queues
    what is not done again. `waits` hears once why nothing begins.
    """
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
                        waits(waiting)
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
