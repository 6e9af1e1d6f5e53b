"""How alike two bars, or two beats, are: in harmony, in timbre, in rhythm.

A unit (a bar, a beat) is cut into slots of equal musical length, and two units are compared slot
by slot, so that the order of what happens inside counts. Repeats are then diagonals in the matrix
of likeness (Foote 1999; on beats: Serra et al. 2014).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.recordings.facts import Span
from bridge.recordings.findings import Findings, Rows
from bridge.recordings.grid import Grid
from bridge.recordings.layers.notes import TONAL
from bridge.signal.chroma import bass_chroma, harmony_chroma, unit_rows
from bridge.signal.frames import Array, Array64

BAR_SLOTS = 12  # a bar in twelve: halves of beats in 6/8, thirds in 4/4, both in 3/4
BEAT_SLOTS = 4
RASTER = 2.0  # seconds of a unit where there is no grid


@dataclass(frozen=True, slots=True)
class Portrait:
    """What each of n units sounds like; slots are equal parts of a unit.

    edges    float64 (n + 1,): seconds at which units begin, and the end of the last
    harmony  float32 (n, slots, 12): chroma of all notes, each slot of length 1 (0: no tones)
    bass     float32 (n, slots, 12): of the low notes alone
    timbre   float32 (n, slots, bands): log10 magnitude of mel bands
    rhythm   float32 (n, slots, 3): onset strength in the low, middle and high band
    level    float32 (n,): dBFS, the mean of power
    """

    edges: Array64
    harmony: Array
    bass: Array
    timbre: Array
    rhythm: Array
    level: Array

    def __len__(self) -> int:
        return len(self.edges) - 1


def bar_edges(grid: Grid, span: Span) -> Array64:
    """Seconds of the bar lines inside a span, with the bar that ends behind the last one.

    A pickup of a beat or more before the first bar line is a unit of its own. Without a grid
    the units are RASTER long.
    """
    lines = np.asarray(grid.downbeats, np.float64)
    inside = lines[(lines >= span.start - 1e-3) & (lines <= span.end + 1e-3)]
    if len(inside) < 2:
        count = max(1, round(span.seconds / RASTER))
        return np.linspace(span.start, span.end, count + 1)
    lengths = np.diff(inside)
    before = inside[0] - np.median(lengths[:4])
    after = inside[-1] + np.median(lengths[-4:])
    edges = list(inside)
    if inside[0] - span.start > 0.25 * (inside[0] - before):
        edges.insert(0, max(before, span.start))
    if span.end - inside[-1] > 0.25 * (after - inside[-1]):
        edges.append(min(after, span.end))
    return np.asarray(edges, np.float64)


def portray(
    findings: Findings, edges: Array64, slots: int = BAR_SLOTS, grid: Grid | None = None
) -> Portrait:
    """What the units between edges sound like. With a grid, slots follow its beats."""
    cuts = _slot_edges(edges, slots, grid)
    count = len(edges) - 1
    notes = findings.layers["notes"].means(cuts)[:, :TONAL].astype(np.float64)
    timbre = findings.layers["timbre"].means(cuts)
    rhythm = findings.layers["strength"].means(cuts)
    level = findings.layers["level"]
    power = np.power(10.0, level.values.astype(np.float64) / 10.0)
    loudness = Rows(power, level.start, level.step).means(edges)[:, 0]

    def units(rows: NDArray[np.floating]) -> Array:
        return np.asarray(rows, np.float32).reshape(count, slots, rows.shape[1])

    return Portrait(
        edges=np.asarray(edges, np.float64),
        harmony=units(unit_rows(harmony_chroma(notes))),
        bass=units(unit_rows(bass_chroma(notes))),
        timbre=units(timbre),
        rhythm=units(rhythm),
        level=np.asarray(10.0 * np.log10(np.maximum(loudness, 1e-10)), np.float32),
    )


def _slot_edges(edges: Array64, slots: int, grid: Grid | None) -> Array64:
    """(n * slots + 1,) seconds: units cut in equal numbers of beats, or of seconds."""
    fractions = np.arange(slots) / slots
    if grid is None or len(grid.beats) < 2:
        cuts = edges[:-1, None] + np.diff(edges)[:, None] * fractions
    else:
        places = grid.places_at(edges)
        cuts = grid.times_at(places[:-1, None] + np.diff(places)[:, None] * fractions)
        cuts[:, 0] = edges[:-1]
    return np.append(cuts.ravel(), edges[-1])


def harmony_likeness(portrait: Portrait, shift: int = 0) -> Array64:
    """(n, n), -1..1: of the notes and the bass; [i, j] compares i with j sung `shift` lower.

    Cosines of what differs from an even chroma, the mean of slots.
    """
    notes = _cosines(portrait.harmony, np.roll(portrait.harmony, -shift, axis=2))
    bass = _cosines(portrait.bass, np.roll(portrait.bass, -shift, axis=2))
    return (notes + bass) / 2.0


def timbre_likeness(portrait: Portrait) -> Array64:
    """(n, n), -1..1: correlation of the spectra, each band in units of its spread in the piece."""
    return _correlations(portrait.timbre)


def rhythm_likeness(portrait: Portrait) -> Array64:
    """(n, n), -1..1: correlation of the onset strength by slots and bands."""
    return _correlations(portrait.rhythm)


def _cosines(one: Array, other: Array) -> Array64:
    count = len(one)
    a, b = (unit_rows(_even(x).reshape(count, -1).astype(np.float64)) for x in (one, other))
    cosines: Array64 = a @ b.T
    return cosines


def _even(chroma: Array) -> Array:
    """Chroma less its mean over the pitch classes: noise has none, all keys are equal."""
    rest: Array = chroma - chroma.mean(axis=2, keepdims=True)
    return rest


def _correlations(rows: Array) -> Array64:
    count = len(rows)
    values = rows.astype(np.float64)
    spread = values.std(axis=(0, 1)) + 1e-6
    values = (values - values.mean(axis=(0, 1))) / spread
    unit = unit_rows(values.reshape(count, -1))
    return unit @ unit.T
