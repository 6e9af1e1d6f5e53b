"""The library under kill -9, on real worker processes: nothing lost, nothing doubled."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import soundfile
from sqlalchemy import Engine, event

from bridge.library.executors import Workers
from bridge.library.jobs import ATTEMPTS
from bridge.library.library import Library
from bridge.library.runner import Runner
from bridge.library.worker import Order, work
from bridge.recordings.corrections import Double
from bridge.recordings.facts import Recording
from bridge.recordings.findings import Findings
from tests.library.conftest import findings, song  # noqa: F401  fixtures
from tests.library.found import HOOK, VERSE, analysis
from tests.sound import noise

pytestmark = pytest.mark.end_to_end
ROOT = Path(__file__).parent.parent.parent
PATIENCE = 120.0  # seconds: a deadline for what takes a few
FILES = 5
KILLS = 20
STRIDE = 3  # of the 80 writes of a recording's life every third; all of them were tried once


def without_ids(facts: Recording | None) -> Recording:
    assert facts is not None
    takes = [
        replace(take, riffs=tuple(replace(riff, id="") for riff in take.riffs))
        for take in facts.takes
    ]
    return replace(facts, takes=tuple(takes))


@pytest.fixture(scope="module")
def sounds(song: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811
    """A folder of different short songs."""
    folder = tmp_path_factory.mktemp("sounds")
    for number in range(FILES):
        hiss = noise(len(song) / 44100, seed=number, level_db=-60.0)
        soundfile.write(folder / f"song {number}.wav", song + hiss[: len(song)], 44100)
    return folder


@pytest.fixture(scope="module")
def undisturbed(sounds: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Recording]:
    """What each file's analysis is when nobody is killed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    start(folder, sounds).wait(PATIENCE)
    return analyses(folder)


def start(folder: Path, sounds: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.end_to_end.library_life",
            *map(str, (folder, sounds, folder.parent / "holds")),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )


def analyses(folder: Path) -> dict[str, Recording]:
    with Library(folder) as library:
        return {
            entry.name: without_ids(library.analysis(entry.id, whole=True))
            for entry in library.all()
        }


def children(pid: int) -> list[int]:
    with suppress(psutil.NoSuchProcess):
        return [child.pid for child in psutil.Process(pid).children()]
    return []


def is_gone(pid: int) -> bool:
    with suppress(psutil.NoSuchProcess):
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    return True


def until(true: Callable[[], Any], seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


def test_killed_at_random_moments_it_loses_and_doubles_nothing(
    sounds: Path, undisturbed: dict[str, Recording], tmp_path: Path
) -> None:
    folder = tmp_path / "library"
    chance = random.Random(8)
    killed, lonely = 0, 0  # lonely: a worker alone; a job that loses so many of them has failed
    while killed < KILLS:
        process = start(folder, sounds)
        time.sleep(chance.uniform(0.2, 6.0))
        workers = children(process.pid)
        if process.poll() is not None:
            # All is done: from here on the files are analysed once more.
            with Library(folder) as library:
                for entry in library.all():
                    library.jobs.enqueue(entry.id)
            continue
        victim = chance.choice(["all", "runner", "worker"][: 2 if lonely >= ATTEMPTS - 1 else 3])
        if victim == "worker" and workers:
            os.kill(chance.choice(workers), signal.SIGKILL)
            lonely += 1
            time.sleep(chance.uniform(0.0, 2.0))
        if victim == "runner":
            os.kill(process.pid, signal.SIGKILL)
        else:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        killed += 1
        for worker in workers:
            until(lambda pid=worker: is_gone(pid), 10.0)  # type: ignore[misc]
        with Library(folder) as library:
            assert library.database.faults() == []
            assert len(library.all()) <= FILES
            active = Counter(
                job.recording for job in library.jobs.all() if job.state in ("queued", "running")
            )
            assert all(jobs == 1 for jobs in active.values())
    assert start(folder, sounds).wait(PATIENCE) == 0
    with Library(folder) as library:
        assert library.database.faults() == []
        jobs = library.jobs.all()
        assert {job.state for job in jobs} == {"done"}, [job.error for job in jobs]
        assert len(library.all()) == FILES
        for entry in library.all():
            ids = [region.id for region in library.regions.all(entry.id)]
            assert len(ids) == len(set(ids)) == entry.regions
    assert analyses(folder) == undisturbed


def life(folder: Path, wav: Path, heard: Findings) -> None:
    """All that is ever written, in one process."""
    with Library(folder) as library:
        id = library.add(wav).id
        if library.findings(id) is None:
            library.keep_findings(id, heard)
        library.jobs.take_up()
        if library.get(id).analysed is None:
            library.jobs.enqueue(id, "beats")
        while job := library.jobs.claim(f"{os.uname().nodename}:{os.getpid()}"):
            order = Order(
                str(library.folder),
                library.url,
                job.id,
                job.run or "",
                id,
                job.begin,
                24,
                False,
                0,
                str(folder / "holds"),
            )
            work(order)
        facts = analysis(heard, VERSE, HOOK)
        if not any(region.name == "verse" for region in library.regions.all(id)):
            library.save_analysis(id, facts, heard)
        take = library.takes(id)[0]
        if not take.corrections:
            library.correct(take.id, Double())
        if not any(region.origin == "manual" for region in library.regions.all(id)):
            library.regions.create(id, 0.5, 4.5, "mine")


def kill_at(step: int) -> None:
    """This process ends as by kill -9 before the n-th step that writes: a change, or a commit."""
    counter = count(1)

    def die() -> None:
        if next(counter) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def statement(_: Any, __: Any, text: str, *___: Any) -> None:
        if text.split()[0].upper() in ("CREATE", "INSERT", "UPDATE", "DELETE"):
            die()

    event.listen(Engine, "before_cursor_execute", statement)
    event.listen(Engine, "commit", lambda _: die())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process is forked for each step")
def test_killed_before_any_write_it_goes_on_where_it_was(
    song: np.ndarray,  # noqa: F811
    findings: Findings,  # noqa: F811
    tmp_path: Path,
) -> None:
    wav = tmp_path / "song.wav"
    soundfile.write(wav, song, 44100)
    life(tmp_path / "whole", wav, findings)
    expected = state(tmp_path / "whole")
    for step in count(1, STRIDE):
        folder = tmp_path / "library"
        shutil.rmtree(folder, ignore_errors=True)
        pid = os.fork()
        if pid == 0:
            try:
                kill_at(step)
                life(folder, wav, findings)
            finally:
                os._exit(0)
        _, status = os.waitpid(pid, 0)
        if not os.WIFSIGNALED(status):
            break  # it came to its end before
        if folder.exists():
            with Library(folder) as library:
                assert library.database.faults() == [], step
        life(folder, wav, findings)
        assert state(folder) == expected, step
    assert step > 60


def state(folder: Path) -> Any:
    with Library(folder) as library:
        [entry] = library.all()
        [take] = library.takes(entry.id)
        return (
            without_ids(library.analysis(entry.id, whole=True)),
            take.corrections,
            sorted((region.name, region.start) for region in library.regions.all(entry.id)),
            [(job.state, job.begin) for job in library.jobs.all()],
            library.database.faults(),
        )


@pytest.fixture
def long_file(tmp_path: Path) -> Path:
    """Ten minutes: hearing them takes much longer than cancelling may."""
    path = tmp_path / "long.wav"
    soundfile.write(path, np.tile(noise(10.0), (60, 1)), 44100)
    return path


@pytest.fixture
def working(tmp_path: Path, long_file: Path) -> Iterator[tuple[Library, int, Workers]]:
    """A library whose one job is being heard by a worker process."""
    yield from _working(tmp_path, long_file, memory=1500)


def _working(
    tmp_path: Path, long_file: Path, memory: int
) -> Iterator[tuple[Library, int, Workers]]:
    stop = threading.Event()
    with Library(tmp_path / "library") as library:
        job = library.jobs.enqueue(library.add(long_file).id)
        executor = Workers(1)
        runner = Runner(
            library, executor, executor.slots, own=True, memory=memory, holds=tmp_path / "holds"
        )
        thread = threading.Thread(target=runner.run, args=(stop,))
        thread.start()
        try:
            until(lambda: library.jobs.get(job.id).stage == "decode")
            yield library, job.id, executor
        finally:
            stop.set()
            thread.join(PATIENCE)
            executor.shutdown()


def workers_here() -> list[int]:
    return [
        child.pid
        for child in psutil.Process().children()
        if any("spawn_main" in part for part in child.cmdline())
    ]


def test_a_running_job_is_cancelled_within_a_second(
    working: tuple[Library, int, Workers],
) -> None:
    library, job, _ = working
    [worker] = workers_here()
    begun = time.monotonic()
    assert library.jobs.cancel(job).state == "cancelled"
    until(lambda: is_gone(worker))
    assert time.monotonic() - begun < 1.0
    assert library.jobs.get(job).state == "cancelled"


def test_a_worker_is_niced_and_a_killed_one_is_replaced(
    working: tuple[Library, int, Workers],
) -> None:
    library, job, _ = working
    [worker] = workers_here()
    assert os.getpriority(os.PRIO_PROCESS, worker) - os.getpriority(os.PRIO_PROCESS, 0) in (
        10,
        19 - os.getpriority(os.PRIO_PROCESS, 0),
    )
    os.kill(worker, signal.SIGKILL)
    until(lambda: library.jobs.get(job).attempts == 2)
    until(lambda: library.jobs.get(job).stage == "decode")
    assert library.jobs.get(job).state == "running"


def test_a_job_over_the_ceiling_fails_in_words(tmp_path: Path, long_file: Path) -> None:
    for library, job, _ in _working(tmp_path, long_file, memory=50):
        until(lambda: library.jobs.get(job).state == "failed")  # noqa: B023
        error = library.jobs.get(job).error
        assert error is not None
        assert "50 MB" in error["cause"]
        assert library.jobs.get(job).attempts == 1
