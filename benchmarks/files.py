"""How well whole recordings are understood: the marks, beside peers and blind answers.

    python -m benchmarks.files                                   the table of marks
    python -m benchmarks.files --sets songs --tasks riffs,sections --each     figure by figure
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
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from math import isfinite
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from benchmarks.hear import SHARED, Rows, load_scorer
from benchmarks.marks import CHORDS, DRUMS, KEY, PITCH, SECTIONS, Mark, figure, row
from bridge.recordings.analysis import follow, understand
from bridge.recordings.decode import open_recording
from bridge.recordings.facts import Part, Recording
from bridge.recordings.findings import Findings
from bridge.recordings.grid import Grid
from bridge.recordings.hearing import hear
from bridge.recordings.report import report

BEATS = {"essentia_rhythm_multi": "Essentia", "madmom_rnn_dbn_beat": "madmom (non-commercial)"}
DOWNBEATS = {"madmom_rnn_dbn_downbeat": "madmom (non-commercial)"}
BLIND = ("meter", "sections", "riffs")
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


def marks() -> Iterator[Mark]:
    """Every mark, in the order of the table."""
    for name, target in (("mdb", 0.97), ("gmd", 0.65), ("songs", 0.75), ("pop909", None)):
        yield Mark("beats F", name, "beats", ("F",), target, BEATS)
    for name in ("mdb", "gmd", "songs", "pop909"):
        yield Mark("beats off by, ms", name, "beats", ("err_ms",), None, {}, at_most=True)
    for name, target in (("songs", 0.50), ("gmd", None), ("pop909", None), ("mdb", None)):
        yield Mark("downbeats F", name, "downbeats", ("F",), target, DOWNBEATS)
    yield Mark("tempo acc1", "songs", "tempo", ("acc1",), None, BEATS)
    yield Mark("metre exact", "songs", "meter", ("exact",), 0.85, DOWNBEATS)
    for name, target in (("songs", 0.88), ("pop909", 0.65)):
        yield Mark("key MIREX", name, "key", ("mirex",), target, KEY)
    for name, target in (("songs", 0.80), ("pop909", 0.76)):
        yield Mark("chords majmin", name, "chords", ("majmin",), target, CHORDS)
    for figure_name, target in (("F@0.5", 0.45), ("F@3", 0.65), ("pairwise", 0.72)):
        yield Mark(f"sections {figure_name}", "songs", "sections", (figure_name,), target, SECTIONS)
    for name, targets in (("songs", (0.78, 0.80, 0.80)), ("jam", (0.68, None, 0.70))):
        for figure_name, target in zip(("F", "len_ok", "same_id"), targets, strict=True):
            yield Mark(f"riffs {figure_name}", name, "riffs", (figure_name,), target, {})
    yield Mark("riffs start error, s", "songs", "riffs", ("start_err_s",), 0.03, {}, at_most=True)
    yield Mark("takes F", "jam", "songs", ("F",), 0.80, {})
    yield Mark("takes edge error, s", "jam", "songs", ("edge_err_s",), None, {}, at_most=True)
    for name in ("mdb", "gmd", "songs"):
        yield Mark("drums micro F", name, "drums", ("micro", "F"), None, DRUMS)
    yield Mark("pitch overall accuracy", "mono", "pitch", ("OA",), None, PITCH)


def blind(truth: dict[str, Any]) -> dict[str, Any]:
    """What is answered without listening: 4/4, one section, 20 s windows as one riff."""
    duration = truth["duration"]
    starts = range(0, int(duration) - 19, 20)
    return {
        "meter": "4/4",
        "sections": [{"start": 0.0, "end": duration, "label": "A"}],
        "riffs": [{"id": "r1", "start": float(t), "end": t + 20.0} for t in starts],
    }


Shown = Callable[[str, str, Rows, dict[str, Any]], None]


def scores(
    score: ModuleType,
    answers: Callable[[dict[str, Any], str], Future[dict[str, Any]]],
    options: argparse.Namespace,
    show: Shown = lambda *_: None,
) -> dict[str, dict[str, Any]]:
    """set -> task -> summary; `answers` gives what is said of a track with its truth and file."""
    summaries: dict[str, dict[str, Any]] = {}
    only = [options.only] if options.only else None
    for name in options.sets.split(","):
        tracks = list(score.load_truth([name], str(options.shared / "eval" / "data"), only))
        futures = {
            truth["id"]: answers(truth, str(Path(folder) / truth["audio"]))
            for _, folder, truth in tracks
        }
        found = {track: score.sane(future.result()) for track, future in futures.items()}
        if options.save:
            options.save.mkdir(parents=True, exist_ok=True)
            for track, prediction in found.items():
                (options.save / f"{track}.json").write_text(json.dumps(prediction))
        summaries[name] = {}
        for task in score.TASKS if options.tasks == "all" else options.tasks.split(","):
            rows: Rows = [
                (truth["id"], score.FUN[task](truth, found[truth["id"]]))
                for _, _, truth in tracks
                if task in truth["tasks"]
            ]
            if any(row is not None for _, row in rows):
                summaries[name][task] = score.summarise(task, [row for _, row in rows])
                if task == "riffs":  # the marks are medians over all right predictions
                    summaries[name][task] |= _medians(rows)
                show(name, task, rows, summaries[name][task])
    return summaries


def _medians(rows: Rows) -> dict[str, float]:
    errors = [row["start_err_s"] for _, row in rows if row and isfinite(row["start_err_s"])]
    return {"start_err_s": median(errors)} if errors else {}


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
    table = options.tasks == "all" and not options.each and not options.only

    def show(name: str, task: str, rows: Rows, summary: dict[str, Any]) -> None:
        if not table:
            print(f"\n{name}", end="")
            score.show(task, rows, summary, not options.each)
            sys.stdout.flush()

    with ProcessPoolExecutor(options.jobs) as pool:

        def ours(truth: dict[str, Any], path: str) -> Future[dict[str, Any]]:
            return pool.submit(analyse, path, options.findings, truth, options.true_grid)

        summaries = scores(score, ours, options, show)
    if not table:
        return

    def blindly(truth: dict[str, Any], _path: str) -> Future[dict[str, Any]]:
        future: Future[dict[str, Any]] = Future()
        future.set_result(blind(truth))
        return future

    options.save = None
    unheard = scores(score, blindly, options)
    peers = json.loads((options.shared / "eval" / "peers" / "scores_dev.json").read_text())
    print("| figure | set | dawbridge, file | mark | reached | peers | blind |")
    print("|---|---|---|---|---|---|---|")
    for mark in marks():
        if mark.set in summaries:
            path = (mark.task, *mark.figure)
            guess = figure(unheard[mark.set], path) if mark.task in BLIND else None
            said = "" if guess is None else f"{guess:.3g}"
            print(f"{row(mark, figure(summaries[mark.set], path), peers)} {said} |")


if __name__ == "__main__":
    main()
