"""Is a riff known again? The riffs of a rehearsal sought among those of eighteen songs.

    python -m benchmarks.riff_memory [--findings DIR] [--shared DIR]

Reads SHARED/eval: `songs` are the library, the songs and practices of `jam` (where the truth says
they are) ask. Fingerprints are those of each riff's best time on the grid found. What a riff is
called comes from the truth: the unit it overlaps most, 0.6 of the union at least.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from benchmarks.files import findings_of
from benchmarks.hear import SHARED
from bridge.recordings.facts import Span
from bridge.recordings.findings import Findings
from bridge.recordings.pulse import find_grid
from bridge.recordings.riffs import find_riffs
from bridge.recordings.riffs.fingerprint import Fingerprint, fingerprint, fingerprint_likeness
from bridge.recordings.taste.tightness import tightness


class Known(NamedTuple):
    """A riff that was found."""

    unit: str | None
    bars: float
    tight: float
    print: Fingerprint


def riffs_in(findings: Findings, span: Span, truth: dict[str, Any], prefix: str) -> list[Known]:
    """The riffs of a stretch."""
    grid = find_grid(findings, span)
    known = []
    for riff in find_riffs(findings, span, grid, (), (), ()):
        time = riff.times[riff.best]
        unit = unit_of(time, truth["riffs"])
        known.append(
            Known(
                prefix + unit if unit else None,
                riff.bars,
                tightness(findings, time, grid),
                fingerprint(findings, time, grid),
            )
        )
    return known


def unit_of(time: Span, riffs: list[dict[str, Any]]) -> str | None:
    """Which unit of the truth that is, alone or up to four times in a row."""
    best, name = 0.6, None
    times: dict[str, list[tuple[float, float]]] = {}
    for riff in riffs:
        if riff.get("level", "base") == "base":
            times.setdefault(riff["id"], []).append((riff["start"], riff["end"]))
    for unit, spans in times.items():
        spans.sort()
        for first in range(len(spans)):
            for last in range(first, min(first + 4, len(spans))):
                start, end = spans[first][0], spans[last][1]
                shared = min(end, time.end) - max(start, time.start)
                whole = max(end, time.end) - min(start, time.start)
                if shared / whole >= best:
                    best, name = shared / whole, unit
    return name


def main() -> None:
    """Ask and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--findings", type=Path, help="folder that keeps what was heard")
    options = parser.parse_args()
    places = options.shared / "eval" / "data"
    library: list[Known] = []
    for place in sorted((places / "songs").glob("*.json")):
        truth = json.loads(place.read_text("utf-8"))
        findings = findings_of(place.parent / truth["audio"], options.findings)
        library += riffs_in(findings, Span(0.0, findings.duration), truth, f"{truth['id']}/")
    truth = json.loads((places / "jam" / "rehearsal.json").read_text("utf-8"))
    findings = findings_of(places / "jam" / truth["audio"], options.findings)
    asked = [
        riff
        for event in truth["events"]
        if event["type"] in ("song", "practice")
        for riff in riffs_in(findings, Span(event["start"], event["end"]), truth, "")
    ]
    names = np.array([riff.unit or "?" for riff in library])
    same, other, first = [], [], 0
    asked = [riff for riff in asked if riff.unit in names]
    print(f"{'asked':24} bars tight  itself other  most like among the others")
    for riff in asked:
        alike = np.array([fingerprint_likeness(riff.print, each.print) for each in library])
        own = names == riff.unit
        same += alike[own].tolist()
        other += alike[~own].tolist()
        first += bool(own[alike.argmax()])
        rival = int(np.where(own, -1.0, alike).argmax())
        print(
            f"{riff.unit:24} {riff.bars:4.0f}  {riff.tight:.2f}    {alike[own].max():.2f}  "
            f"{alike[rival]:.2f}  {names[rival]}"
        )
    print(f"\n{len(library)} riffs known, {len(asked)} asked: first {first}")
    for least in (0.6, 0.7, 0.8, 0.9):
        print(
            f"likeness {least}: found {np.mean(np.array(same) >= least):.2f} of {len(same)}, "
            f"wrong {int(np.sum(np.array(other) >= least))} of {len(other)}"
        )


if __name__ == "__main__":
    main()
