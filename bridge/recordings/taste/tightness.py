"""How tightly something is played: how steady its strokes sit on the grid."""

from __future__ import annotations

import numpy as np

from bridge.recordings.facts import Span
from bridge.recordings.findings import Findings
from bridge.recordings.grid import Grid
from bridge.signal.frames import Array64

DIVISIONS = (4, 3)  # of a beat: sixteenths, triplets
CHANCE = 0.25  # of a division: median distance of strokes that know no grid from the nearest line
FEWEST = 8  # strokes: fewer say nothing


def tightness(findings: Findings, span: Span, grid: Grid) -> float:
    """0..1. 1: every stroke lies on a line of the grid; 0: they lie where chance puts them.

    The median distance of the onsets, weighted by strength, from the nearest sixteenth or
    triplet (whichever fits better), against that of chance. An even lateness of all strokes does
    not count: it is a matter of the grid or the detector. 0 as well where there are fewer than
    FEWEST strokes or two beats. Takes of one riff can be ranked by it; for different riffs at
    different tempi it is only roughly comparable, since a division is a tempo's own unit.
    """
    onsets = findings.onsets
    inside = onsets[(onsets[:, 0] >= span.start) & (onsets[:, 0] < span.end)]
    if len(inside) < FEWEST or len(grid.beats) < 2:
        return 0.0
    place = grid.places_at(inside[:, 0])
    strength = np.maximum(inside[:, 1], 0.0)
    return max(_tight(place * division, strength) for division in DIVISIONS)


def _tight(place: Array64, strength: Array64) -> float:
    """place: in divisions."""
    lateness = np.angle(np.sum(strength * np.exp(2j * np.pi * place))) / (2.0 * np.pi)
    off = place - lateness
    distance = np.abs(off - np.round(off))
    order = np.argsort(distance)
    weight = np.cumsum(strength[order])
    if weight[-1] <= 0.0:
        return 0.0
    median = float(distance[order][np.searchsorted(weight, weight[-1] / 2.0)])
    return float(np.clip(1.0 - median / CHANCE, 0.0, 1.0))
