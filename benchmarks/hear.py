"""How well the live trackers hear: scores on the evaluation sets, beside the peers.

    python -m benchmarks.hear                          every set and task
    python -m benchmarks.hear --trackers beats --sets mdb,gmd,songs --tasks beats,downbeats,tempo
    python -m benchmarks.hear --only waltz --each      one line per track

Reads SHARED/eval (../shared unless --shared says otherwise): recordings, truth, score.py. The
scorer is used as it is. Files run through the live engine in blocks of 10 ms, one process per
core.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from bridge.live.engine import Engine
from bridge.live.report import report
from bridge.sources import Block
from bridge.sources.file import read_whole
from bridge.trackers import TRACKERS

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"
Rows = list[tuple[str, dict[str, Any] | None]]
SETS = ("mdb", "gmd", "songs", "pop909", "mono", "nodrums")


def load_scorer(shared: Path) -> ModuleType:
    """score.py as a module."""
    spec = importlib.util.spec_from_file_location("score", shared / "eval" / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def hear(path: str, trackers: tuple[str, ...], block_seconds: float) -> dict[str, Any]:
    """The report of a live run over a file."""
    samples, rate = read_whole(Path(path))
    engine = Engine(rate, samples.shape[1], trackers)
    step = round(rate * block_seconds)
    events = []
    for first in range(0, len(samples), step):
        events += engine.hear(Block(samples[first : first + step], first))
    return report(events + engine.finish(), len(samples) / rate)


def scores(
    score: ModuleType,
    shared: Path,
    *,
    sets: list[str],
    tasks: list[str],
    trackers: tuple[str, ...],
    only: str | None = None,
    block: float = 0.01,
    jobs: int | None = None,
    show: Callable[[str, str, Rows, dict[str, Any]], None] = lambda *_: None,
) -> dict[str, dict[str, Any]]:
    """set -> task -> summary of the live runs; `show` is called as soon as one is known."""
    summaries: dict[str, dict[str, Any]] = {}
    with ProcessPoolExecutor(jobs) as pool:
        for name in sets:
            tracks = list(
                score.load_truth([name], str(shared / "eval" / "data"), [only] if only else None)
            )
            futures = {
                truth["id"]: pool.submit(hear, str(Path(folder) / truth["audio"]), trackers, block)
                for _, folder, truth in tracks
            }
            heard = {track: score.sane(future.result()) for track, future in futures.items()}
            summaries[name] = {}
            for task in tasks:
                rows = [
                    (truth["id"], score.FUN[task](truth, heard[truth["id"]], live=True))
                    for _, _, truth in tracks
                    if task == "latency" or task in truth["tasks"]
                ]
                if any(row is not None for _, row in rows):
                    summaries[name][task] = score.summarise(task, [row for _, row in rows])
                    show(name, task, rows, summaries[name][task])
    return summaries


def main() -> None:
    """Score and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--tasks", default="all")
    parser.add_argument("--trackers", default=",".join(TRACKERS))
    parser.add_argument("--only", help="tracks whose id contains this text")
    parser.add_argument("--each", action="store_true", help="one line per track")
    parser.add_argument("--block", type=float, default=0.01, help="block length in seconds")
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--json", action="store_true", help="the summaries as JSON")
    options = parser.parse_args()
    score = load_scorer(options.shared)

    def show(name: str, task: str, rows: Rows, summary: dict[str, Any]) -> None:
        if not options.json:
            print(f"\n{name}", end="")
            score.show(task, rows, summary, not options.each)
            sys.stdout.flush()

    summaries = scores(
        score,
        options.shared,
        sets=options.sets.split(","),
        tasks=score.TASKS if options.tasks == "all" else options.tasks.split(","),
        trackers=tuple(options.trackers.split(",")),
        only=options.only,
        block=options.block,
        jobs=options.jobs,
        show=show,
    )
    if options.json:
        json.dump(summaries, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
