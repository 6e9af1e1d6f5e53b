"""How many recordings a minute, by how many workers of a Dask cluster.

    python -m benchmarks.cluster                     1 and 2 workers, on this machine
    python -m benchmarks.cluster --workers 1,2,4 --files 24 --seconds 60

A real scheduler and workers of one thread each, on 127.0.0.1; files are synthesised, all different.
Beside them the processes that are used without a cluster, and what is not shared out: adding a
file to the library, and keeping an analysis in the database.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time
from concurrent.futures import Executor
from pathlib import Path

import numpy as np
import soundfile

from bridge.library.executors import Cluster, Workers
from bridge.library.library import Library
from bridge.library.runner import Runner
from bridge.recordings.analysis import understand
from tests.end_to_end.cluster import cluster_of
from tests.sound import beat, chord, noise

WARM = 2  # files analysed before the clock runs: processes start, modules are imported


def write_files(folder: Path, count: int, seconds: float) -> list[Path]:
    """Songs of drums and chords, told apart by their hiss."""
    rate = 44100
    drums, _ = beat(bars=round(seconds / 2), rate=rate)
    names = ("A:min", "F:maj", "C:maj", "G:maj")
    harmony = np.concatenate([chord(name, 2.0, rate) for name in names])
    song = drums + np.resize(harmony, drums.shape)
    paths = []
    for number in range(count):
        path = folder / f"song {number}.wav"
        hiss = noise(len(song) / rate, rate, seed=number, level_db=-60.0)[: len(song)]
        soundfile.write(path, song + hiss, rate)
        paths.append(path)
    return paths


def analyse(folder: Path, paths: list[Path], executor: Executor, slots: int, own: bool) -> float:
    """Seconds for all files but the first WARM ones."""
    with Library(folder) as library:
        runner = Runner(library, executor, lambda: slots, own=own, holds=folder / "holds")
        entries = [library.add(path) for path in paths]
        for entry in entries[:WARM]:
            library.jobs.enqueue(entry.id)
        runner.run(threading.Event())
        for entry in entries[WARM:]:
            library.jobs.enqueue(entry.id)
        begun = time.monotonic()
        runner.run(threading.Event())
        seconds = time.monotonic() - begun
        states = {job.state for job in library.jobs.all()}
        assert states == {"done"}, states
        return seconds


def serial_costs(folder: Path, path: Path) -> tuple[float, float]:
    """Seconds to add a file, and to keep its analysis."""
    with Library(folder) as library:
        entry = next(entry for entry in library.all() if entry.files == (path,))
        findings = library.findings(entry.id)
        assert findings is not None
        facts = understand(findings)
        times = []
        for _ in range(5):
            begun = time.monotonic()
            library.save_analysis(entry.id, facts, findings)
            times.append(time.monotonic() - begun)
    with tempfile.TemporaryDirectory() as fresh, Library(Path(fresh)) as library:
        begun = time.monotonic()
        library.add(path)
        return time.monotonic() - begun, float(np.median(times))


def main() -> None:
    """Measures and prints a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workers", default="1,2")
    parser.add_argument("--files", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    counts = [int(count) for count in options.workers.split(",")]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "sounds").mkdir()
        paths = write_files(folder / "sounds", WARM + options.files, options.seconds)
        print(f"{options.files} recordings of {options.seconds:.0f} s; {os.cpu_count()} cores,")
        print(f"load before: {os.getloadavg()[0]:.1f}\n" if hasattr(os, "getloadavg") else "")
        print("| workers | cluster, recordings/min | x real time | processes, recordings/min |")
        print("|---|---|---|---|")
        for count in counts:
            with cluster_of(folder, count) as machines:
                executor = Cluster(machines.address)
                while executor.slots() < count:
                    time.sleep(0.1)
                try:
                    shared = analyse(folder / f"cluster {count}", paths, executor, count, False)
                finally:
                    executor.shutdown()
            workers = Workers(count)
            try:
                own = analyse(folder / f"own {count}", paths, workers, count, True)
            finally:
                workers.shutdown()
            print(
                f"| {count} | {60 * options.files / shared:.1f} | "
                f"{options.files * options.seconds / shared:.0f} | "
                f"{60 * options.files / own:.1f} |",
                flush=True,
            )
        add, keep = serial_costs(folder / f"own {counts[0]}", paths[-1])
        print(f"\nnot shared out: adding a file {1000 * add:.0f} ms, by whoever asks; keeping an")
        print(f"analysis {1000 * keep:.0f} ms, of which the database is locked for a part")


if __name__ == "__main__":
    main()
