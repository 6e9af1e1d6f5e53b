"""The grid of a take: its beats, refined to what is heard, and its bars."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bridge.recordings.facts import Span
from bridge.recordings.findings import Findings
from bridge.recordings.grid import Grid
from bridge.recordings.pulse.bars import Bars, decode_bars
from bridge.recordings.pulse.beats import Beats, decode_beats, pull
from bridge.recordings.pulse.impressions import impressions
from bridge.recordings.pulse.refine import refine
from bridge.recordings.pulse.shifts import shifted
from bridge.signal.frames import Array64
from bridge.trackers.beat_pointer import LONGEST, SHORTEST

LEAST = 4.0  # seconds: in less no tempo can be told from another
FEWEST = 4  # beats of a grid
SLACK = 0.1  # seconds that a beat may lie before the first onset: drummers play around the beat
ON_TIME = 0.04  # seconds from a beat within which something begins on it
READINGS = (1 / 3, 1 / 2, 1.0, 2.0, 3.0)  # lengths of a beat that are compared, of the first found
WIDE = 1.1  # how far the tempi of a reading may lie outside those of the first
TEMPO_COUNTS = 0.5  # weight of the usual tempo in the choice: half of POP909 is below 74 BPM
BARS_COUNT = 0.5  # weight of the bars in the choice: kick and snare have spoken for the beats too


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to hear the pulse: beats, their bars, how likely it is in all.

    at       seconds of those beats that lie within the music
    carried  0..1: share of the beats on which something begins
    """

    beats: Beats
    at: Array64
    bars: Bars
    score: float
    carried: float


def find_grid(findings: Findings, span: Span) -> Grid:
    """The grid of the music between `span.start` and `span.end`; empty where nothing has a beat."""
    heard = findings.between(span.start, span.end)
    rows = heard.layers["strength"]
    if len(rows.values) * rows.step < LEAST or len(heard.onsets) < FEWEST:
        return Grid((), ())
    strokes = rows.values.astype(np.float64)
    best = max(
        (
            reading
            for beats in _candidates(strokes)
            if (reading := _read(heard, span, beats)) is not None
        ),
        key=lambda reading: reading.score,
        default=None,
    )
    if best is None:
        return Grid((), ())
    best = _read(heard, span, shifted(best.beats, strokes)) or best
    return Grid(
        tuple(np.round(best.at, 4).tolist()),
        tuple(best.bars.numbers.tolist()),
        *best.bars.counted,
        confidence=round(best.bars.sure * best.carried, 3),
    )


def _candidates(strokes: Array64) -> Iterator[Beats]:
    """The most probable beats, and those of other tempi held throughout."""
    first = decode_beats(strokes)
    yield first
    if not len(first.hops):
        return
    periods = np.repeat(first.period, first.period)  # each as long as it lasts
    low, main, high = np.quantile(periods, (0.1, 0.5, 0.9))
    ranges = [(low, high), (main, main)] if high > low * WIDE**2 else [(low, high)]
    for shortest, longest in ranges:
        for ratio in READINGS:
            if shortest * ratio <= LONGEST and longest * ratio >= SHORTEST:
                yield decode_beats(strokes, (shortest * ratio / WIDE, longest * ratio * WIDE))


def _read(heard: Findings, span: Span, beats: Beats) -> Reading | None:
    """Bars of those beats that lie within the music. None: too few."""
    rows = heard.layers["strength"]
    onsets = heard.onsets.copy()
    onsets[:, 0] = (onsets[:, 0] - rows.start) / rows.step
    onsets[:, 1] = 1.0  # a soft onset is as much on time as a loud one
    at = rows.start + refine(beats, onsets) * rows.step
    inside = (at > heard.onsets[0, 0] - SLACK) & (at >= span.start) & (at < span.end)
    closing = np.flatnonzero(at >= heard.onsets[-1, 0] - SLACK)
    if len(closing):
        inside[closing[0] + 1 :] = False
    if inside.sum() < FEWEST:
        return None
    at = at[inside]
    bars = decode_bars(impressions(heard, at), beats.in_thirds[inside])
    after = np.searchsorted(heard.onsets[:, 0], at - ON_TIME)
    until = np.searchsorted(heard.onsets[:, 0], at + ON_TIME)
    score = beats.score - (1 - TEMPO_COUNTS) * float(pull(beats.period).sum())
    score += BARS_COUNT * bars.score
    return Reading(beats, at, bars, score, float(np.mean(until > after)))
