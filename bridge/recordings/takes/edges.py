"""The edges of a song or of practice, to 10 ms: its first beat, and where its music ends."""

from __future__ import annotations

import numpy as np

from bridge.recordings.findings import Rows
from bridge.recordings.takes.count_ins import CountIn
from bridge.recordings.takes.evidence import STEP, Evidence
from bridge.recordings.takes.stretches import Stretch
from bridge.signal.frames import Array64

NEAR = 1.5  # seconds around the coarse edge in which the fine one lies
RISES = 0.4  # seconds before and after a start that are compared
COUNTED = 0.1  # the same after counting-in, whose last stroke has hardly died away
LATE = 0.3  # of a period that the first beat may come before or after its count
FIRST = 0.7  # of the largest rise: the first that rises so much is the start
DEEP = 40.0  # dB under the loudest: differences below are those of silences
BACK = 5.0  # seconds before the end of what is played in which the music may have ended
FADED = 20.0  # dB under the music: it has ended, what follows is the room
LOW = 0.6  # seconds that it stays so
DRY = 9.0  # dB between quiet and loud within 2 s: pauses are part of such music


def find_edges(
    level: Rows, evidence: Evidence, song: Stretch, count_ins: tuple[CountIn, ...]
) -> tuple[float, float]:
    """Seconds where it begins and where its music ends, from the level of each 10 ms."""
    tail = evidence.gaps[max(song.first, song.last - round(10.0 / STEP)) : song.last]
    start = _start(level, song, count_ins)
    end = _end(level, song, dry=float(np.median(tail)) > DRY)
    return start, max(end, start + STEP)


def _start(level: Rows, song: Stretch, count_ins: tuple[CountIn, ...]) -> float:
    """Where the level rises first among the places where it rises most."""
    coarse = song.first * STEP
    first, last, reach = coarse - NEAR, coarse + NEAR, RISES
    for count_in in count_ins:
        if abs(count_in.end - coarse) < max(NEAR, 1.5 * count_in.period):
            first = count_in.end - LATE * count_in.period
            last = count_in.end + LATE * count_in.period
            reach = COUNTED
    width = round(reach / level.step)
    if first < 0.0:
        values = _between(level, 0, 500)
        if values[:10].max(initial=-100.0) > np.percentile(values, 75.0) - FADED:
            return 0.0  # the recording begins within the music
    # A recording begins in silence: before its first row it is as its first row.
    a = max(0, round((first - level.start) / level.step))
    b = min(len(level.values) - width, round((last - level.start) / level.step))
    if b - a < 1:
        return coarse
    values = _between(level, a - width, b + width)
    floored = np.maximum(values, values.max() - DEEP)
    total = np.concatenate([[0.0], np.cumsum(floored)])
    places = np.arange(width, width + b - a)
    rise = total[places + width] - 2.0 * total[places] + total[places - width]
    high = int(np.flatnonzero(rise >= FIRST * rise.max())[0])
    place = int(rise[: high + round(0.1 / level.step)].argmax())
    return float(max(0.0, level.start + level.step * (a + place - 0.5)))


def _between(level: Rows, first: int, last: int) -> Array64:
    """dBFS of rows [first, last); before the first row it is repeated."""
    values = np.asarray(level.values[max(0, first) : last, 0], np.float64)
    return np.pad(values, (max(0, -first), 0), mode="edge")


def _end(level: Rows, song: Stretch, dry: bool) -> float:
    """Where the level falls and stays low; in dry music, where the last sound has gone."""
    until = level.start + level.step * len(level.values)
    coarse = min(song.last * STEP, until)
    a = max(0, round((max(coarse - BACK, song.first * STEP) - level.start) / level.step))
    b = min(len(level.values), round((coarse + NEAR - level.start) / level.step))
    width = round(LOW / level.step)
    if b - a < width:
        return coarse
    values = _between(level, a, b)
    first = max(a - round(9.0 / level.step), round((song.first * STEP - level.start) / level.step))
    loud = float(np.median(_between(level, max(0, first), a + round(1.0 / level.step))))
    # A noisy room is never 20 dB under the music.
    floor = min(float(np.percentile(values, 10.0)) + 4.0, loud - FADED / 2.0)
    low = values < max(loud - FADED, floor)
    if dry:
        heard = np.flatnonzero(~low[: max(1, round((coarse - level.start) / level.step) - a)])
        last = int(heard[-1]) + 1 if len(heard) else 0
        return float(level.start + level.step * (a + last)) if last else coarse
    share = np.convolve(low, np.ones(width), "valid") / width
    places = np.flatnonzero((share > 0.95) & low[: len(share)])
    return float(level.start + level.step * (a + places[0])) if len(places) else coarse
