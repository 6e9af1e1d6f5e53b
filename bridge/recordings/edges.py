"""The edges of a song, to a hundredth of a second: its first beat, and where its music ends."""

from __future__ import annotations

import numpy as np

from bridge.recordings.count_ins import CountIn
from bridge.recordings.evidence import STEP, Evidence
from bridge.recordings.findings import Rows
from bridge.recordings.stretches import Stretch
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
    """Seconds where a song begins and where its music ends, from the level of each 10 ms."""
    values = np.asarray(level.values[:, 0], np.float64)
    tail = evidence.gaps[max(song.first, song.last - round(10.0 / STEP)) : song.last]
    start = _start(values, level, song, count_ins)
    end = _end(values, level, song, dry=float(np.median(tail)) > DRY)
    return start, max(end, start + STEP)


def _start(values: Array64, level: Rows, song: Stretch, count_ins: tuple[CountIn, ...]) -> float:
    """Where the level rises first among the places where it rises most."""
    coarse = song.first * STEP
    first, last, reach = coarse - NEAR, coarse + NEAR, RISES
    for count_in in count_ins:
        if abs(count_in.end - coarse) < max(NEAR, 1.5 * count_in.period):
            first = count_in.end - LATE * count_in.period
            last = count_in.end + LATE * count_in.period
            reach = COUNTED
    origin = level.start
    width = round(reach / level.step)
    if first < 0.0:
        if values[:10].max(initial=-100.0) > np.percentile(values[:500], 75.0) - FADED:
            return 0.0  # the recording begins within the music
        values = np.concatenate([np.full(width, values[0]), values])
        origin -= width * level.step
    a = max(width, round((first - origin) / level.step))
    b = min(len(values) - width, round((last - origin) / level.step))
    if b - a < 1:
        return coarse
    floored = np.maximum(values, values[a - width : b + width].max() - DEEP)
    total = np.concatenate([[0.0], np.cumsum(floored)])
    places = np.arange(a, b)
    rise = total[places + width] - 2.0 * total[places] + total[places - width]
    high = int(np.flatnonzero(rise >= FIRST * rise.max())[0])
    place = int(rise[: high + round(0.1 / level.step)].argmax())
    return float(max(0.0, origin + level.step * (a + place - 0.5)))


def _end(values: Array64, level: Rows, song: Stretch, dry: bool) -> float:
    """Where the level falls and stays low; in dry music, where the last sound has gone."""
    until = level.start + level.step * len(values)
    coarse = min(song.last * STEP, until)
    a = max(0, round((max(coarse - BACK, song.first * STEP) - level.start) / level.step))
    b = min(len(values), round((coarse + NEAR - level.start) / level.step))
    width = round(LOW / level.step)
    if b - a < width:
        return coarse
    loud = float(np.median(values[max(0, a - round(10.0 / level.step)) : a + 1]))
    # A noisy room is never 20 dB under the music.
    floor = min(float(np.percentile(values[a:b], 10.0)) + 4.0, loud - FADED / 2.0)
    low = values[a:b] < max(loud - FADED, floor)
    if dry:
        heard = np.flatnonzero(~low[: max(1, round((coarse - level.start) / level.step) - a)])
        last = int(heard[-1]) + 1 if len(heard) else 0
        return float(level.start + level.step * (a + last)) if last else coarse
    share = np.convolve(low, np.ones(width), "valid") / width
    places = np.flatnonzero((share > 0.95) & low[: len(share)])
    return float(level.start + level.step * (a + places[0])) if len(places) else coarse
