"""How well whole recordings are understood: scores on the evaluation sets.

    python -m benchmarks.files                                   every set and task
    python -m benchmarks.files --sets songs --tasks riffs,sections --each
    python -m benchmarks.files --findings DIR                    keep what was heard there

Reads SHARED/eval (../shared unless --shared says otherwise): recordings, truth, score.py. The
scorer is used as it is. With --findings the sound is heard once and only what is derived from it
is computed again; leave it out, or empty the folder, after a change of a layer or tracker.
--true-grid gives every take the grid of the truth: what the rest could do at best.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from benchmarks.hear import SHARED, Rows, load_scorer
from bridge.recordings.analysis import follow, understand
from bridge.recordings.decode import open_recording
from bridge.recordings.facts import Part, Recording
from bridge.recordings.findings import Findings
from bridge.recordings.grid import Grid
from bridge.recordings.hearing import hear
from bridge.recordings.report import report

SETS = ("mdb", "gmd", "songs", "pop909", "mono", "nodrums", "jam")


def findings_of(path: Path, kept: Path | None) -> Findings:
    """What is heard in a file, or what was kept of it."""
    place = kept / f"{path.parent.name}-{path.stem}.npz" if kept else None
    if place and place.exists():
        findings = Findings.load(place)
        if findings:
            return findings
    findings = hear(open_recording(path))
    if place:
        findings.save(place)
    return findings


def true_grid(truth: dict[str, Any]) -> Grid:
    """The grid as the truth has it."""
    beats, downbeats = truth["beats"], set(truth["downbeats"])
    numbers, number = [], 0
    for beat in beats:
        number = 1 if beat in downbeats else number + 1
        numbers.append(number)
    counted, unit = map(int, (truth.get("meter") or "4/4").split("/"))
    return Grid(tuple(beats), tuple(numbers), counted, unit, 1.0)


def analyse(path: str, kept: Path | None, truth: dict[str, Any], use_truth: bool) -> dict[str, Any]:
    """The report of one file."""
    findings = findings_of(Path(path), kept)
    if use_truth and truth.get("beats"):
        part = Part(0.0, findings.duration, "song", 1.0)
        take = follow(findings, part, true_grid(truth), name="Take 1")
        recording = Recording(findings.duration, (part,), (take,))
    else:
        recording = understand(findings)
    printed: dict[str, Any] = json.loads(json.dumps(report(recording)))
    return printed


def main() -> None:
    """Score and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--tasks", default="all")
    parser.add_argument("--only", help="tracks whose id contains this text")
    parser.add_argument("--each", action="store_true", help="one line per track")
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--findings", type=Path, help="folder that keeps what was heard")
    parser.add_argument("--save", type=Path, help="folder for the reports")
    parser.add_argument("--true-grid", action="store_true")
    options = parser.parse_args()
    score = load_scorer(options.shared)
    if options.findings:
        options.findings.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(options.jobs) as pool:
        for name in options.sets.split(","):
            only = [options.only] if options.only else None
            tracks = list(score.load_truth([name], str(options.shared / "eval" / "data"), only))
            futures = {
                truth["id"]: pool.submit(
                    analyse,
                    str(Path(folder) / truth["audio"]),
                    options.findings,
                    truth,
                    options.true_grid,
                )
                for _, folder, truth in tracks
            }
            found = {track: score.sane(future.result()) for track, future in futures.items()}
            if options.save:
                options.save.mkdir(parents=True, exist_ok=True)
                for track, prediction in found.items():
                    (options.save / f"{track}.json").write_text(json.dumps(prediction))
            tasks = score.TASKS if options.tasks == "all" else options.tasks.split(",")
            for task in tasks:
                rows: Rows = [
                    (truth["id"], score.FUN[task](truth, found[truth["id"]]))
                    for _, _, truth in tracks
                    if task in truth["tasks"]
                ]
                if any(row is not None for _, row in rows):
                    summary = score.summarise(task, [row for _, row in rows])
                    print(f"\n{name}", end="")
                    score.show(task, rows, summary, not options.each)
                    sys.stdout.flush()


if __name__ == "__main__":
    main()
