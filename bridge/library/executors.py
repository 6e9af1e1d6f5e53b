"""Where jobs run: processes of this machine, or a Dask cluster. Any Executor will do."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from concurrent.futures.thread import ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context, parent_process
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

from bridge.errors import BridgeError, extra
from bridge.live.priority import give_way

P = ParamSpec("P")
T = TypeVar("T")
RENEW = 20  # jobs of a process: then a fresh one gives back whatever memory it gathered
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
ANSWER = 10.0  # seconds that a cluster has to answer


class Workers(Executor):
    """Niced processes, each a pool of its own: one that dies takes only its own job with it.

    In one ProcessPoolExecutor of several processes the death of one ends all.
    """

    def __init__(self, count: int) -> None:
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="library worker")
        self._pools: SimpleQueue[ProcessPoolExecutor | None] = SimpleQueue()
        for _ in range(count):
            self._pools.put(None)
        self._count = count

    def slots(self) -> int:
        """How many jobs run at once."""
        return self._count

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Runs it in the next process that is free."""
        return self._threads.submit(self._run, partial(fn, *args, **kwargs))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Lets the processes end; waits for what runs if told to."""
        self._threads.shutdown(wait, cancel_futures=cancel_futures)
        for _ in range(self._count):
            pool = self._pools.get() if wait else None
            if pool is not None:
                pool.shutdown(wait)

    def _run(self, call: Callable[[], T]) -> T:
        pool = self._pools.get()
        try:
            pool = pool or _pool()
            return pool.submit(call).result()
        except BrokenExecutor:
            if pool is not None:
                pool.shutdown(wait=False)
            pool = None
            raise
        finally:
            self._pools.put(pool)


def _pool() -> ProcessPoolExecutor:
    for name in ONE_THREAD:  # a process per core is enough; the children read it when they start
        os.environ.setdefault(name, "1")
    return ProcessPoolExecutor(
        1, get_context("spawn"), initializer=begin_worker, max_tasks_per_child=RENEW
    )


def begin_worker() -> None:
    """In a fresh process: lower priority, deaf to Ctrl-C, and gone when its parent is."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    give_way()
    threading.Thread(target=_follow_parent, name="parent", daemon=True).start()


def _follow_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # nobody is left to hear of an orderly end


class Cluster(Executor):
    """A Dask cluster. Its workers need this program, the recordings under the same paths, and the
    library's database and folder.
    """

    def __init__(self, address: str) -> None:
        """`address`: tcp://host:port. Raises BridgeError where nobody answers."""
        try:
            import distributed
        except ImportError as error:
            raise BridgeError(
                "There is no cluster to work on",
                cause="Dask is not installed",
                remedy=f"{extra('cluster')}, here and on every worker",
            ) from error
        try:
            self._client: Any = distributed.Client(  # type: ignore[no-untyped-call]
                address, timeout=ANSWER, set_as_default=False
            )
        except (OSError, ValueError) as error:
            raise BridgeError(
                f"The cluster at {address} does not answer",
                cause=str(error),
                remedy="start `dask scheduler` and workers (docs/jobs.md), or correct the address",
            ) from error
        self._executor: Executor = self._client.get_executor()  # type: ignore[no-untyped-call]

    def slots(self) -> int:
        """How many jobs it can run at once now: the threads of its workers."""
        return sum(self._client.nthreads().values())

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Runs it on the next worker that is free; on another one if that dies."""
        return self._executor.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leaves the cluster; it goes on for others. What is left behind it forgets."""
        self._executor.shutdown(wait and not cancel_futures)
        self._client.close()
