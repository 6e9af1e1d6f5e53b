"""Counting-in: a few even strokes of sticks, alone, and then the band."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.recordings.facts import Span
from bridge.recordings.findings import Rows
from bridge.signal.frames import HOPS_PER_SECOND, Array64

RISE = 12.0  # dB that a stroke rises within 30 ms over what was there before
FALL = 6.0  # dB that it has fallen again after 150 ms; a room that rings for a second allows 9
SAME = 8.0  # dB between the softest and the loudest stroke
ALONE = 12.0  # dB under the strokes: how quiet it is somewhere between each two
FAINT = 30.0  # dB under the loudest: softer strokes are no counting-in
PERIOD = (0.25, 1.3)  # seconds between two strokes: 46 to 240 a minute
EVEN = 0.08  # of the period: people count more evenly than that
FEWEST, MOST = 3, 8  # strokes
BESIDE = 6.0  # dB under the strokes: the loudest between them
BASS = 0.5  # decades by which a kick is stronger below 130 Hz than at 500 to 1500; sticks -1..0
FILLED = 8.0  # dB by which what follows is fuller than the pauses between the strokes
FULL = 22.0  # dB under the strokes: where the band's own pauses must stay above


@dataclass(frozen=True, slots=True)
class CountIn(Span):
    """From the first stroke to where the first beat has to come; `period` seconds a stroke."""

    period: float


def find_count_ins(level: Rows, timbre: Rows) -> tuple[CountIn, ...]:
    """Counting-in, in order, from the layers "level" and "timbre"."""
    values = np.asarray(level.values[:, 0], np.float64)
    if len(values) < 2 * HOPS_PER_SECOND:
        return ()
    strokes = _strokes(values)
    strokes = strokes[~_bass(timbre, level.start + strokes * level.step)]
    found: list[CountIn] = []
    first = 0
    while first < len(strokes):
        run = _even_run(strokes, first)
        hops = strokes[first : first + run]
        if run >= FEWEST and (count_in := _checked(values, hops, level)):
            found.append(count_in)
            first += run
        else:
            first += 1
    return tuple(found)


def _strokes(level: Array64) -> Array64:
    """Hops at which something short rises out of quiet."""
    faintest = np.percentile(level, 95.0) - FAINT
    before = np.full(len(level), np.inf)
    before[8:] = np.max([level[8 - lag : len(level) - lag] for lag in range(2, 9)], axis=0)
    after, peak = np.full(len(level), np.inf), np.full(len(level), -np.inf)
    after[:-18] = np.median([level[lag : len(level) - 18 + lag] for lag in range(13, 18)], axis=0)
    peak[:-18] = np.max([level[lag : len(level) - 18 + lag] for lag in range(6)], axis=0)
    rises = (level - before > RISE) & (peak > faintest) & (peak - after > FALL)
    hops = np.flatnonzero(rises)
    first = np.diff(hops, prepend=-100) > 8  # of those of one stroke
    return hops[first].astype(np.float64)


def _bass(timbre: Rows, times: Array64) -> NDArray[np.bool_]:
    """Which of the strokes are those of a kick or a bass."""
    first = np.rint((times - timbre.start) / timbre.step).astype(int)
    rows = np.clip(first[:, None] + np.arange(3), 0, len(timbre.values) - 1)
    bands = np.asarray(timbre.values[rows], np.float64)  # (strokes, 3, bands)
    low, middle = bands[:, :, :3].mean(axis=2), bands[:, :, 8:20].mean(axis=2)
    bass: NDArray[np.bool_] = low.max(axis=1) - middle.max(axis=1) > BASS
    return bass


def _even_run(strokes: Array64, first: int) -> int:
    """How many strokes from this one on follow each other evenly."""
    if first + 1 >= len(strokes):
        return 1
    period = strokes[first + 1] - strokes[first]
    if not PERIOD[0] <= period / HOPS_PER_SECOND <= PERIOD[1]:
        return 1
    run = 2
    while (
        first + run < len(strokes)
        and abs(strokes[first + run] - strokes[first + run - 1] - period) <= EVEN * period + 1
    ):
        run += 1
    return run


def _checked(level: Array64, hops: Array64, rows: Rows) -> CountIn | None:
    """The last strokes of a run that are alone, when the band follows."""
    period = float(np.median(np.diff(hops)))
    if hops[-1] + period > len(level):
        return None
    peaks = np.array([level[int(hop) : int(hop) + 6].max() for hop in hops])
    pauses = [level[int(hop + 0.4 * period) : int(hop + 0.85 * period)] for hop in hops]
    alone = np.array(
        [
            peak - pause.min() > ALONE and peak - pause.max() > BESIDE
            for peak, pause in zip(peaks, pauses, strict=True)
        ]
    )
    if not alone[-1]:
        # The band's first beat, on the raster of the strokes.
        hops, alone, peaks = hops[:-1], alone[:-1], peaks[:-1]
    if len(hops) < FEWEST or not alone.all():
        return None
    hops, peaks = hops[-MOST:], peaks[-MOST:]
    places = hops.astype(int)
    if np.ptp(peaks) > SAME:
        return None
    until = int(hops[-1] + period)
    follows = level[until + 20 : until + 20 + 2 * HOPS_PER_SECOND]
    between = level[places[0] : int(hops[-1])]
    if len(follows) < HOPS_PER_SECOND:
        return None
    full = float(np.percentile(follows, 20.0))
    if full - np.percentile(between, 20.0) < FILLED or full < np.median(peaks) - FULL:
        return None
    start = rows.start + hops[0] * rows.step
    seconds = period * rows.step
    return CountIn(float(start), float(start + seconds * len(hops)), float(seconds))
