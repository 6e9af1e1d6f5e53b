"""The grid of a take: its beats, refined to what is heard, and its bars."""

from __future__ import annotations

import numpy as np

from bridge.recordings.bars import decode_bars
from bridge.recordings.beats import decode_beats
from bridge.recordings.facts import Span
from bridge.recordings.findings import Findings
from bridge.recordings.grid import Grid
from bridge.recordings.impressions import impressions
from bridge.recordings.refine import refine
from bridge.trackers.rhythm import THIRDS

LEAST = 4.0  # seconds: in less no tempo can be told from another
FEWEST = 4  # beats of a grid
SLACK = 0.1  # seconds that a beat may lie before the first onset: drummers play around the beat


def find_grid(findings: Findings, span: Span) -> Grid:
    """The grid of the music between `span.start` and `span.end`; empty where nothing has a beat."""
    heard = findings.between(span.start, span.end)
    rows = heard.layers["strength"]
    if span.seconds < LEAST or len(rows.values) * rows.step < LEAST or len(heard.onsets) < FEWEST:
        return Grid((), ())
    strokes = rows.values.astype(np.float64)
    beats = decode_beats(strokes)
    onsets = heard.onsets.copy()
    onsets[:, 0] = (onsets[:, 0] - rows.start) / rows.step
    onsets[:, 1] = 1.0
    at = rows.start + refine(beats, onsets) * rows.step
    last = heard.onsets[-1, 0] - SLACK
    inside = (at > heard.onsets[0, 0] - SLACK) & (at < span.end) & (at >= span.start)
    after = np.flatnonzero(at >= last)
    if len(after):
        inside[after[0] + 1 :] = False
    at, thirds = at[inside], (beats.feel[inside] == THIRDS).astype(np.float64)
    if len(at) < FEWEST:
        return Grid((), ())
    bars = decode_bars(impressions(heard, at), thirds)
    return Grid(
        tuple(np.round(at, 4).tolist()),
        tuple(bars.numbers.tolist()),
        *bars.counted,
        confidence=round(bars.sure, 3),
    )
