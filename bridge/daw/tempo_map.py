"""A tempo map from bars: as few points as keep every downbeat where it was heard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.daw.facts import Fact, fact_id

EXACT = 0.003  # seconds that a bar line of the map may lie off its downbeat
SLOWEST, QUICKEST = 5.0, 960.0  # BPM that DAWs take


@dataclass(frozen=True, slots=True)
class Bar:
    """From one downbeat to the next, `num` notes of 1/`den`."""

    start: float
    end: float
    num: int
    den: int


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
    points: list[Point] = []
    run: list[Bar] = []
    metre = (0, 0)
    for bar in bars:
        if run and not _goes_on(run, bar, exact / unit_seconds):
            points.append(_point(run, metre, unit_seconds))
            metre, run = (run[0].num, run[0].den), []
        run.append(bar)
    if run:
        points.append(_point(run, metre, unit_seconds))
    return [point for point in points if SLOWEST <= point.bpm <= QUICKEST]


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


def _goes_on(run: list[Bar], bar: Bar, exact: float) -> bool:
    """Whether a straight line through all of them stays within `exact` of each downbeat."""
    if (bar.num, bar.den) != (run[0].num, run[0].den) or abs(bar.start - run[-1].end) > exact:
        return False
    bars = [*run, bar]
    each = (bar.end - bars[0].start) / len(bars)
    return all(abs(bars[0].start + i * each - b.start) <= exact for i, b in enumerate(bars))


def _point(run: list[Bar], before: tuple[int, int], unit_seconds: float) -> Point:
    first = run[0]
    seconds = (run[-1].end - first.start) * unit_seconds / len(run)
    same = (first.num, first.den) == before
    return Point(
        first.start,
        60.0 * first.num * 4 / first.den / seconds,
        0 if same else first.num,
        0 if same else first.den,
    )
