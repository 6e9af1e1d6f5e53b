"""The marks the live trackers are held to, beside the strongest peers, as one Markdown table.

    python -m benchmarks.marks                 everything (some minutes)
    python -m benchmarks.marks --sets songs

Reads SHARED/eval (../shared unless --shared says otherwise), peers' scores among it. What a peer
does not do is a dash; an offline peer hears the whole file before it answers and says so.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.hear import SETS, SHARED, load_scorer, scores
from bridge.trackers import TRACKERS

LIVE = {"btrack": "BTrack", "madmom_online": "madmom online (non-commercial)"}
LIVE_BARS = {"beatnet_online_pf": "BeatNet online"}
DRUMS = {"librosa_band_drums": "band onsets", "adtof_pytorch": "ADTOF (offline)"}
KEY = {"essentia_key_bgate": "Essentia (offline)", "madmom_key_cnn": "madmom CNN (offline)"}
CHORDS = {"chordino": "Chordino (offline)", "librosa_triads_halfbar": "triad templates (offline)"}
PITCH = {"swift_f0": "swift-f0", "librosa_pyin": "pYIN (offline)"}
SECTIONS = {"librosa_seed_agglomerative": "librosa agglomerative (offline)"}


@dataclass(frozen=True, slots=True)
class Mark:
    """A figure, what it should be, and who else has one."""

    name: str
    set: str
    task: str
    figure: tuple[str, ...]
    target: float | None
    peers: dict[str, str]
    peer_figure: tuple[str, ...] | None = None  # where a peer's lies, if elsewhere
    at_most: bool = False  # the target is a ceiling


def marks() -> Iterator[Mark]:
    """Every mark, in the order of the table."""
    heard = ("beats_heard", "F_heard")
    for name, target in (("mdb", 0.93), ("gmd", 0.62), ("songs", 0.72), ("pop909", None)):
        yield Mark("beats F heard", name, "beats", ("F_heard",), target, LIVE, heard)
    for name in ("mdb", "gmd", "songs", "pop909"):
        late = ("beats_heard", "announce_minus_truth_ms_median")
        yield Mark("announced late, ms", name, "beats", ("late_ms",), 10, LIVE, late, at_most=True)
    for name in ("mdb", "gmd", "songs", "pop909"):
        lock = ("beats_heard", "lock_s_median")
        yield Mark("locked after, s", name, "beats", ("lock_s",), 3, LIVE, lock, at_most=True)
    for name in ("mdb", "gmd", "songs", "pop909"):
        yield Mark("share locked", name, "beats", ("locked",), 0.85, {})
    for name, target in (("songs", 0.45), ("gmd", None), ("pop909", None), ("mdb", None)):
        yield Mark("downbeats F", name, "downbeats", ("F",), target, LIVE_BARS)
    yield Mark("tempo acc1", "songs", "tempo", ("acc1",), 0.80, LIVE)
    yield Mark("metre exact", "songs", "meter", ("exact",), None, LIVE_BARS)
    for name, target in (("songs", 0.85), ("pop909", 0.60)):
        yield Mark("key MIREX", name, "key", ("mirex",), target, KEY)
    for name, target in (("songs", 0.68), ("pop909", None)):
        yield Mark("chords majmin", name, "chords", ("majmin",), target, CHORDS)
    for name, target in (("songs", 0.45), ("pop909", None)):
        yield Mark("chords majmin as heard", name, "chords", ("majmin_heard",), target, {})
    for name, target in (("mdb", 0.55), ("gmd", 0.58), ("songs", None)):
        yield Mark("drums micro F", name, "drums", ("micro", "F"), target, DRUMS)
    false = ("false_per_min",)
    yield Mark("false drum hits a minute", "nodrums", "drums", false, 120, DRUMS, at_most=True)
    yield Mark("pitch overall accuracy", "mono", "pitch", ("OA",), 0.80, PITCH)
    yield Mark("section boundaries F at 3 s", "songs", "sections", ("F@3",), None, SECTIONS)


def figure(summaries: dict[str, Any], path: tuple[str, ...]) -> float | None:
    """A number deep in a tree, or None."""
    value: Any = summaries
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return None if value is None or not math.isfinite(value) else float(value)


def peer_figure(peers: dict[str, Any], peer: str, mark: Mark) -> float | None:
    """What a peer reached."""
    tasks = {
        task: found["summary"] for task, found in peers[peer]["sets"].get(mark.set, {}).items()
    }
    return figure(tasks, mark.peer_figure or (mark.task, *mark.figure))


def row(mark: Mark, ours: float | None, peers: dict[str, Any]) -> str:
    """A line of the table."""

    def show(value: float | None) -> str:
        if value is None:
            return "–"
        return f"{value:.0f}" if abs(value) >= 20 else f"{value:.3g}"

    reached = ""
    if mark.target is not None and ours is not None:
        reached = (
            "yes" if (abs(ours) <= mark.target if mark.at_most else ours >= mark.target) else "NO"
        )
    others = ", ".join(
        f"{title} {show(peer_figure(peers, p, mark))}" for p, title in mark.peers.items()
    )
    sign = "≤ " if mark.at_most else "≥ "
    target = f"{sign}{mark.target:g}" if mark.target is not None else ""
    return f"| {mark.name} | {mark.set} | {show(ours)} | {target} | {reached} | {others} |"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--jobs", type=int)
    options = parser.parse_args()
    peers = json.loads((options.shared / "eval" / "peers" / "scores_dev.json").read_text())
    score = load_scorer(options.shared)
    sets = options.sets.split(",")
    summaries = scores(
        score,
        options.shared,
        sets=sets,
        tasks=score.TASKS,
        trackers=tuple(TRACKERS),
        jobs=options.jobs,
    )
    print("| figure | set | dawbridge, live | mark | reached | peers |")
    print("|---|---|---|---|---|---|")
    for mark in marks():
        if mark.set in sets:
            print(row(mark, figure(summaries[mark.set], (mark.task, *mark.figure)), peers))


if __name__ == "__main__":
    main()
