"""Riffs while the music plays: how right, how soon, how steady; beside the whole file's.

    python -m benchmarks.riffs_live [--sets songs,jam] [--findings DIR] [--only TEXT] [--shared DIR]

Reads SHARED/eval and its scorer. Looks are taken as the process beside a DAW takes them: as often,
of as many seconds, two must agree. At the end: F of what is marked, and of what the whole file
gives. `late`: seconds from the end of a time (or of its riff's second time, if that is later) until
it is marked, in the middle. `moved`: marks taken away again or replaced by others, a minute. `s`:
seconds of a core for the last look.
"""

from __future__ import annotations

import argparse
import os
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from benchmarks.files import findings_of
from benchmarks.hear import SHARED, load_scorer
from bridge.daw.riffs.finder import EVERY, FIRST, SHARE
from bridge.daw.riffs.recurrence import SAME, Found, Recurrence, shared
from bridge.daw.riffs.steady import Steady
from bridge.daw.riffs.stream import MEMORY, Excerpt


class Live(NamedTuple):
    """What a song's looks gave."""

    marked: Found
    whole: Found
    late: float
    moved: float  # a minute
    seconds: float


def looked(path: Path, kept: Path | None) -> Live:
    """All looks at a song, one after the other."""
    findings = findings_of(path, kept)
    steady = Steady()
    marked = Found(0.0, 0.0, ())
    since: dict[tuple[float, float], float] = {}  # when each time that is marked was
    now, moved, took = FIRST, 0, 0.0
    while now < findings.duration:
        start = max(0.0, now - MEMORY)
        began = time.thread_time()
        found = Excerpt(start, findings.cut(start, now)).riffs()
        took = time.thread_time() - began
        said = steady.hear(found)
        now += took + max(EVERY, took / SHARE)
        if said is None:
            continue
        marked = joined(marked, said)
        before, since = since, {}
        for each in times_of(marked):
            same = [old for old in before if shared(each, old) >= SAME]
            since[each] = before[same[0]] if same else said.end
        moved += sum(
            old[0] >= start and all(shared(old, each) < SAME for each in since) for old in before
        )
    late = [
        since[each] - max(each[1], sorted(riff.times)[1][1])
        for riff in marked.riffs
        for each in riff.times
        if len(riff.times) > 1
    ]
    whole = Excerpt(0.0, findings.cut(0.0, findings.duration)).riffs()
    minutes = findings.duration / 60
    return Live(marked, whole, float(np.median(late)) if late else np.nan, moved / minutes, took)


def joined(before: Found, said: Found) -> Found:
    """What was marked before the stretch of the last look stays."""
    earlier = (
        Recurrence(riff.name, tuple(each for each in riff.times if each[0] < said.start))
        for riff in before.riffs
    )
    return Found(0.0, said.end, (*(riff for riff in earlier if riff.times), *said.riffs))


def times_of(found: Found) -> list[tuple[float, float]]:
    """Every time of every riff."""
    return [each for riff in found.riffs for each in riff.times]


def told(found: Found) -> dict[str, Any]:
    """As the scorer reads it."""
    return {
        "riffs": [
            {"id": riff.name, "start": start, "end": end}
            for riff in found.riffs
            for start, end in riff.times
        ]
    }


def main() -> None:
    """A line a song, and the means."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--sets", default="songs,jam")
    parser.add_argument("--findings", type=Path, help="folder that keeps what was heard")
    parser.add_argument("--only", help="songs whose id contains this text")
    options = parser.parse_args()
    if options.findings:
        options.findings.mkdir(parents=True, exist_ok=True)
    score = load_scorer(options.shared)
    only = [options.only] if options.only else None
    songs = [
        (truth, Path(folder) / truth["audio"])
        for _, folder, truth in score.load_truth(
            options.sets.split(","), str(options.shared / "eval/data"), only
        )
        if "riffs" in truth["tasks"]
    ]
    rows = []
    print(f"{'song':26} {'live F':>6} {'file F':>6} {'late':>6} {'moved':>6} {'s':>5}")
    with ProcessPoolExecutor() as pool:
        answers = [pool.submit(looked, path, options.findings) for _, path in songs]
        for (truth, _), answer in zip(songs, answers, strict=True):
            live = answer.result()
            figures = [score.FUN["riffs"](truth, told(each))["F"] for each in live[:2]]
            rows.append([*figures, live.late, live.moved, live.seconds])
            print(f"{truth['id']:26} " + line(rows[-1]), flush=True)
    print(f"{'all':26} " + line(np.nanmean(rows, axis=0).tolist()))


def line(row: list[float]) -> str:
    """One row of figures."""
    return "{:6.3f} {:6.3f} {:6.1f} {:6.1f} {:5.2f}".format(*row)


if __name__ == "__main__":
    main()
