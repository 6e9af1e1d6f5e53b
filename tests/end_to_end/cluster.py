"""A real Dask cluster on this machine: a scheduler and workers, one process each."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE = 60.0  # seconds for a process to begin


@dataclass
class Cluster:
    """address: of the scheduler; workers: each with one thread."""

    folder: Path
    address: str = ""
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def add_worker(self) -> subprocess.Popen[bytes]:
        worker = _start(
            "dask_worker",
            self.address,
            *("--nthreads", "1", "--no-nanny", "--no-dashboard"),
            *("--local-directory", str(self.folder)),
        )
        self.workers.append(worker)
        return worker


@contextmanager
def cluster_of(folder: Path, workers: int) -> Iterator[Cluster]:
    """Scheduler and workers, ended at the end."""
    cluster = Cluster(folder)
    file = folder / "scheduler.json"
    file.unlink(missing_ok=True)
    scheduler = _start(
        "dask_scheduler",
        *("--host", "127.0.0.1", "--port", "0", "--no-dashboard"),
        *("--scheduler-file", str(file)),
    )
    try:
        deadline = time.monotonic() + PATIENCE
        while not cluster.address:
            assert time.monotonic() < deadline, "the scheduler does not begin"
            time.sleep(0.1)
            if file.exists() and file.read_text():
                cluster.address = json.loads(file.read_text())["address"]
        for _ in range(workers):
            cluster.add_worker()
        yield cluster
    finally:
        for process in (*cluster.workers, scheduler):
            process.kill()
            process.wait()


def _start(module: str, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", f"distributed.cli.{module}", *arguments],
        cwd=Path(__file__).parent.parent.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
