"""Jobs on a real Dask cluster of two workers, one of which is killed."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from bridge.errors import BridgeError
from bridge.library.executors import Cluster
from bridge.library.library import Library
from bridge.library.runner import Runner
from tests.end_to_end.cluster import cluster_of
from tests.library.conftest import song  # noqa: F401  a fixture
from tests.sound import noise

pytestmark = pytest.mark.end_to_end
FILES = 8
PATIENCE = 120.0  # seconds


def test_a_killed_worker_loses_and_doubles_nothing(
    song: np.ndarray,  # noqa: F811
    tmp_path: Path,
) -> None:
    with Library(tmp_path / "library") as library, cluster_of(tmp_path, 2) as machines:
        for number in range(FILES):
            path = tmp_path / f"song {number}.wav"
            hiss = noise(len(song) / 44100, seed=number, level_db=-60.0)[: len(song)]
            soundfile.write(path, song + hiss, 44100)
            library.jobs.enqueue(library.add(path).id)
        executor = Cluster(machines.address)
        deadline = time.monotonic() + PATIENCE
        while executor.slots() < 2:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        runner = Runner(library, executor, executor.slots, own=False, holds=tmp_path / "holds")
        thread = threading.Thread(target=runner.run, args=(threading.Event(),))
        thread.start()
        while not any(job.state == "done" for job in library.jobs.all()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        running = [job for job in library.jobs.all() if job.state == "running"]
        assert running
        machines.workers[0].kill()
        thread.join(PATIENCE)
        assert not thread.is_alive()
        executor.shutdown()
        jobs = library.jobs.all()
        assert [job.state for job in jobs] == ["done"] * FILES, [job.error for job in jobs]
        assert len({job.recording for job in jobs}) == FILES
        for entry in library.all():
            assert entry.analysed is not None
            assert entry.takes == len([part for part in library.takes(entry.id) if part.take])
        assert library.database.faults() == []


def test_a_cluster_that_does_not_answer_is_said() -> None:
    with pytest.raises(BridgeError, match="does not answer"):
        Cluster("tcp://127.0.0.1:1")
