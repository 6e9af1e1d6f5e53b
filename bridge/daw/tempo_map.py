"""A tempo map from bars: as few points as keep every downbeat where it was heard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from bridge.daw.facts import Fact, fact_id
from bridge.recordings.tempo import fitted

EXACT = 0.003  # seconds that a bar line of the map may lie off its downbeat
SLOWEST, QUICKEST = 5.0, 960.0  # BPM that DAWs take


@dataclass(frozen=True, slots=True)
class Bar:
    """From one downbeat to the next, `num` notes of 1/`den`."""

    start: float
    end: float
    num: int
    den: int

    @property
    def quarters(self) -> float:
        """Quarter notes in it."""
        return self.num * 4 / self.den


@dataclass(frozen=True, slots=True)
class Point:
    """From `at` on: quarter notes a minute, and the metre (0: as before)."""

    at: float
    bpm: float
    num: int
    den: int


def tempo_points(
    bars: Sequence[Bar], *, exact: float = EXACT, unit_seconds: float = 1.0
) -> list[Point]:
    """Bars that go on at one tempo share a point, as long as no bar line drifts off by `exact`.

    `unit_seconds`: seconds of a unit of the bars' positions. Bars that do not follow each other
    begin anew.
    """
    found = [
        (at, bpm, bar.num, bar.den)
        for run in _runs(bars, exact / unit_seconds)
        for at, bpm, bar in _changes(run, exact, unit_seconds)
        if SLOWEST <= bpm <= QUICKEST
    ]
    points: list[Point] = []
    before = (0, 0)
    for at, bpm, num, den in found:
        points.append(Point(at, bpm, *((0, 0) if (num, den) == before else (num, den))))
        before = num, den
    return points


def tempo_facts(
    bars: Sequence[Bar], group: str, *name: object, unit_seconds: float = 1.0
) -> list[Fact]:
    """The points as facts of a group; `name` tells this map from others. The last one tells where
    the map ends: from there on the project's own tempo holds again.
    """
    points = tempo_points(bars, unit_seconds=unit_seconds)
    return [
        Fact(
            fact_id("tempo", *name, index),
            "tempo",
            "tempo",
            point.at,
            end=bars[-1].end if point is points[-1] else None,
            group=group,
            bpm=point.bpm,
            num=point.num,
            den=point.den,
        )
        for index, point in enumerate(points)
    ]


def _runs(bars: Sequence[Bar], exact: float) -> Iterator[list[Bar]]:
    """Bars of which each begins where the one before ends."""
    run: list[Bar] = []
    for bar in bars:
        if run and abs(bar.start - run[-1].end) > exact:
            yield run
            run = []
        run.append(bar)
    if run:
        yield run


def _changes(
    run: Sequence[Bar], exact: float, unit_seconds: float
) -> Iterator[tuple[float, float, Bar]]:
    """Where tempo or metre changes: position, quarter notes a minute, the bar that begins there."""
    quarters = list(accumulate((bar.quarters for bar in run), initial=0.0))
    edges = [*(bar.start for bar in run), run[-1].end]
    tempi = fitted(quarters, [(at - edges[0]) * unit_seconds for at in edges], within=exact)
    starts = {step.quarter for step in tempi.steps}
    seconds = tempi.seconds(quarters)
    for index, bar in enumerate(run):
        before = run[index - 1] if index else None
        metre_changes = before is None or (before.num, before.den) != (bar.num, bar.den)
        if quarters[index] in starts or metre_changes:
            at = edges[0] + float(seconds[index]) / unit_seconds
            yield at, tempi.bpm(quarters[index]), bar
