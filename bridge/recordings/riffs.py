"""Riffs: units of a whole number of bars that come at least twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.recordings.facts import LOOP_BARS, Chord, Key, Riff, Section, Span
from bridge.recordings.findings import Findings
from bridge.recordings.grid import Grid
from bridge.recordings.layers.notes import TONAL
from bridge.recordings.likeness import Portrait, bar_edges, portray
from bridge.recordings.recurrence import Unit, bar_likeness, find_units
from bridge.recordings.tightness import tightness
from bridge.signal.chroma import harmony_chroma
from bridge.signal.frames import Array, Array64

MOST = 24  # riffs of a take
SHORTEST, LONGEST = 2.0, 45.0  # seconds
MOST_BARS = 16  # a longer unit falls into parts that come back together
WHOLE = 0.75  # of the bar before it: a last bar that is shorter is not whole
SILENT = 45.0  # dB below the loudest bar: nothing is played there
NEAR = 0.5  # of a bar: a border of sections belongs to the bar line that lies so near
REPETITION, ENERGY = 0.6, 0.4  # their parts in salience
SEAM = 0.1  # seconds before a loop's start and end that are compared
SEAM_DB = 6.0  # difference of the two spectra that makes a seam of 1/e
SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
ROOTS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


@dataclass(frozen=True, slots=True)
class _Place:
    """A unit in seconds, with what its rank depends on."""

    unit: Unit
    times: tuple[Span, ...]
    repetition: float
    energy: float

    @property
    def salience(self) -> float:
        return REPETITION * self.repetition + ENERGY * self.energy


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
    notes = findings.layers["notes"].means(edges)
    bar = float(np.median(np.diff(edges)[usable]))
    units = find_units(
        bar_likeness(portrait, notes[:, TONAL]),
        usable,
        _borders(edges, sections),
        shortest=max(1, int(np.ceil(SHORTEST / bar - 1e-6))),
        longest=min(MOST_BARS, int(LONGEST / bar)),
    )
    places = sorted((_place(unit, portrait) for unit in units), key=lambda place: -place.salience)[
        :most
    ]
    riffs = [_riff(place, findings, grid, chords, keys) for place in places]
    return tuple(sorted(riffs, key=lambda riff: riff.times[riff.best].start))


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


def _place(unit: Unit, portrait: Portrait) -> _Place:
    edges = portrait.edges
    times = tuple(
        Span(round(float(edges[start]), 4), round(float(edges[start + unit.bars]), 4))
        for start in unit.starts
    )
    bars = np.array(unit.starts)[:, None] + np.arange(unit.bars)
    level = 10.0 * np.log10(np.mean(10.0 ** (portrait.level[bars] / 10.0)))
    return _Place(
        unit,
        times,
        repetition=1.0 - 1.0 / len(times),
        energy=float(np.clip(10.0 ** ((level - portrait.level.max()) / 20.0), 0.0, 1.0)),
    )


def _riff(
    place: _Place,
    findings: Findings,
    grid: Grid,
    chords: tuple[Chord, ...],
    keys: tuple[Key, ...],
) -> Riff:
    unit, times = place.unit, place.times
    tight = [tightness(findings, time, grid) for time in times]
    best = int(np.argmax([a + b for a, b in zip(tight, unit.match, strict=True)]))
    heard = _chords_in(chords, times[best])
    nice = _niceness(findings, times[best], keys)
    return Riff(
        id=f"r{round(times[0].start * 10)}",
        name=_name(unit.bars, heard),
        times=times,
        best=best,
        bars=float(unit.bars),
        loop_bars=next((bars for bars in LOOP_BARS if bars >= unit.bars), 0),
        repetition=round(place.repetition, 3),
        energy=round(place.energy, 3),
        salience=round(place.salience, 3),
        coolness=round(10.0 * (place.repetition + tight[best] + nice / 100.0) / 3.0, 1),
        niceness=round(nice, 1),
        chords=heard,
        seam=round(_seam(findings, times[best]), 3),
        confidence=round(float(np.mean(unit.match)), 3),
    )


def _chords_in(chords: tuple[Chord, ...], time: Span) -> tuple[str, ...]:
    """Labels in their order, those that fill an eighth of a second at least."""
    labels: list[str] = []
    for chord in chords:
        shared = min(chord.end, time.end) - max(chord.start, time.start)
        if shared > 0.125 and chord.label != "N" and labels[-1:] != [chord.label]:
            labels.append(chord.label)
    return tuple(labels)


def _name(bars: int, chords: tuple[str, ...]) -> str:
    length = f"{bars} bar" + ("s" if bars > 1 else "")
    return f"{chords[0]}, {length}" if chords else length


def _niceness(findings: Findings, time: Span, keys: tuple[Key, ...]) -> float:
    """0..100: share of the sounding pitch classes that belong to the key's scale."""
    rows = findings.layers["notes"].between(time.start, time.end)[:, :TONAL]
    key = max(
        keys, key=lambda key: min(key.end, time.end) - max(key.start, time.start), default=None
    )
    if key is None or not len(rows):
        return 0.0
    chroma = np.asarray(harmony_chroma(rows.astype(np.float64))).sum(axis=0)
    root, mode = key.key.split()
    tonic = ROOTS[root[0]] + root.count("#") - root.count("b")
    scale = [(tonic + step) % 12 for step in SCALES[mode]]
    total = float(chroma.sum())
    return 100.0 * float(chroma[scale].sum()) / total if total > 0.0 else 0.0


def _seam(findings: Findings, time: Span) -> float:
    """0..1: how like what leads to the end is to what leads to the start, as rows of 50 ms tell.

    bridge.recordings.loops hears it to the sample.
    """
    rows = findings.layers["timbre"]
    ends: list[Array] = [rows.between(at - SEAM, at) for at in (time.start, time.end)]
    if not all(len(end) for end in ends):
        return 0.0
    before, last = (20.0 * end.mean(axis=0) for end in ends)  # dB
    return float(np.exp(-np.abs(before - last).mean() / SEAM_DB))
