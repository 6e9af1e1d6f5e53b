"""Riffs: units of a whole number of bars that come at least twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bridge.recordings.facts import Chord, Key, Riff, Section, Span, loop_bars
from bridge.recordings.findings import Findings
from bridge.recordings.grid import Grid
from bridge.recordings.layers.notes import TONAL
from bridge.recordings.riffs.recurrence import Unit, bar_likeness, find_units
from bridge.recordings.structure.likeness import Portrait, bar_edges, portray
from bridge.recordings.taste import Ingredients, coolness, measure, name_riff, niceness
from bridge.recordings.taste.tightness import tightness
from bridge.signal.frames import Array64

MOST = 24  # riffs of a take
SHORTEST, LONGEST = 2.0, 45.0  # seconds
MOST_BARS = 16  # a longer unit falls into parts that come back together
STRETCH = 400  # bars of a take that are compared with each other: a quarter of an hour
WHOLE = 0.75  # of the bar before it: a last bar that is shorter is not whole
SILENT = 45.0  # dB below the loudest bar: nothing is played there
NEAR = 0.5  # of a bar: a border of sections belongs to the bar line that lies so near
REPETITION, ENERGY = 0.6, 0.4  # their parts in salience


@dataclass(frozen=True, slots=True)
class _Found:
    """A unit in seconds, and what its best time is like."""

    unit: Unit
    times: tuple[Span, ...]
    best: int
    like: Ingredients

    @property
    def salience(self) -> float:
        return REPETITION * self.like.repetition + ENERGY * self.like.energy


def find_riffs(
    findings: Findings,
    span: Span,
    grid: Grid,
    chords: tuple[Chord, ...],
    keys: tuple[Key, ...],
    sections: tuple[Section, ...],
    most: int = MOST,
) -> tuple[Riff, ...]:
    """At most so many, the most salient, in the order of their best time.

    None without bar lines. The id is the time of the first occurrence in tenths of a second: the
    same sound on the same grid gives the same id, and no two riffs of a recording share one.
    """
    if len([at for at in grid.downbeats if span.start <= at <= span.end]) < 2:
        return ()
    edges = bar_edges(grid, span)
    portrait = portray(findings, edges, grid=grid)
    usable = _usable(portrait, grid)
    if usable.sum() < 2:
        return ()
    tonal = findings.layers["notes"].means(edges)[:, TONAL]
    borders = _borders(edges, sections)
    bar = float(np.median(np.diff(edges)[usable]))
    shortest = max(1, int(np.ceil(SHORTEST / bar - 1e-6)))
    longest = min(MOST_BARS, int(LONGEST / bar))
    units: list[tuple[int, Unit]] = []
    for part in _stretches(len(portrait)):
        alike = bar_likeness(_cut(portrait, part), tonal[part])
        here = find_units(alike, usable[part], borders[part], shortest, longest)
        units += [(part.start, unit) for unit in here]
    found = [_found(unit, edges[first:], findings, span, grid, keys) for first, unit in units]
    found.sort(key=lambda each: -each.salience)
    riffs: list[Riff] = []
    for each in found[:most]:
        names = [riff.name for riff in riffs]
        riffs.append(_riff(each, chords, keys, sections, names))
    return tuple(sorted(riffs, key=lambda riff: riff.times[riff.best].start))


def _stretches(bars: int) -> list[slice]:
    """Equal stretches of at most STRETCH bars."""
    borders = np.linspace(0, bars, -(-bars // STRETCH) + 1).round().astype(int).tolist()
    return [slice(first, last) for first, last in pairwise(borders)]


def _cut(portrait: Portrait, part: slice) -> Portrait:
    return Portrait(
        edges=portrait.edges[part.start : part.stop + 1],
        harmony=portrait.harmony[part],
        bass=portrait.bass[part],
        timbre=portrait.timbre[part],
        rhythm=portrait.rhythm[part],
        level=portrait.level[part],
    )


def _usable(portrait: Portrait, grid: Grid) -> NDArray[np.bool_]:
    """Whole bars in which something is played."""
    edges, lengths = portrait.edges, np.diff(portrait.edges)
    usable: NDArray[np.bool_] = portrait.level > portrait.level.max() - SILENT
    usable[0] &= bool(np.isclose(grid.downbeats, edges[0]).any())
    usable[-1] &= len(lengths) < 2 or lengths[-1] > WHOLE * lengths[-2]
    return usable


def _borders(edges: Array64, sections: Sequence[Section]) -> NDArray[np.bool_]:
    """Whether a section begins at a bar."""
    borders = np.zeros(len(edges) - 1, bool)
    if not sections:
        return borders
    starts = np.array([section.start for section in sections] + [sections[-1].end])
    nearest = np.abs(edges[:-1, None] - starts).argmin(axis=0)
    close = np.abs(edges[nearest] - starts) <= NEAR * np.diff(edges)[nearest]
    borders[nearest[close]] = True
    return borders


def _found(
    unit: Unit, edges: Array64, findings: Findings, take: Span, grid: Grid, keys: tuple[Key, ...]
) -> _Found:
    times = tuple(
        Span(round(float(edges[start]), 4), round(float(edges[start + unit.bars]), 4))
        for start in unit.starts
    )
    tight = [tightness(findings, time, grid) for time in times]
    best = int(np.argmax([a + b for a, b in zip(tight, unit.match, strict=True)]))
    like = measure(findings, times[best], grid, keys, take=take, times=len(times))
    return _Found(unit, times, best, like)


def _riff(
    found: _Found,
    chords: tuple[Chord, ...],
    keys: tuple[Key, ...],
    sections: tuple[Section, ...],
    names: list[str],
) -> Riff:
    bars, times, time = found.unit.bars, found.times, found.times[found.best]
    heard = _chords_in(chords, time)
    key = max(keys, key=lambda key: _shared(key, time), default=None)
    section = max(sections, key=lambda section: _shared(section, time), default=None)
    return Riff(
        id=f"r{round(times[0].start * 10)}",
        name=name_riff(
            found.like,
            heard,
            key.key if key else None,
            bars,
            section.name if section else None,
            names,
        ),
        times=times,
        best=found.best,
        bars=float(bars),
        loop_bars=loop_bars(bars),
        repetition=round(found.like.repetition, 3),
        energy=round(found.like.energy, 3),
        salience=round(found.salience, 3),
        coolness=round(coolness(found.like), 1),
        niceness=round(niceness(found.like), 1),
        chords=heard,
        seam=None,
        confidence=round(float(np.mean(found.unit.match)), 3),
    )


def _shared(one: Span, other: Span) -> float:
    """Seconds that two spans share; negative: those between them."""
    return min(one.end, other.end) - max(one.start, other.start)


def _chords_in(chords: tuple[Chord, ...], time: Span) -> tuple[str, ...]:
    """Labels in their order, those that fill an eighth of a second at least."""
    labels: list[str] = []
    for chord in chords:
        if _shared(chord, time) > 0.125 and chord.label != "N" and labels[-1:] != [chord.label]:
            labels.append(chord.label)
    return tuple(labels)
