"""Where sections begin: how strongly each beat speaks for a boundary, and the best set of them.

Two witnesses: the sound changes (novelty; Foote 2000, on beats and by place in the bar), and
something that comes again begins or ends (stripes in the time-lag matrix; Goto 2003, Serra et al.
2014). A dynamic programme then weighs them against the lengths that sections have.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bridge.recordings.structure.likeness import Portrait, harmony_likeness
from bridge.signal.frames import Array, Array64

PHRASE = 4  # bars: what is compared before and behind a place; popular music moves in fours
REPEATS = (4, 8)  # bars: of the phrases, and of the sections, that begin or end to come again
CLEAREST = 2  # lags that are believed; more of them say how often a thing comes, not how clearly
STRONG = 0.95  # quantile of the beats of a piece whose evidence counts as 1
DOWNBEAT = 0.1  # worth of a bar line: it decides between neighbours only, a grid can be wrong
FULL = 3.0  # evidence where all three kinds are strong
COST = 1.6  # of a boundary
LONGEST = 64  # bars
TAIL = 2  # bars: shorter, the last is the end of a section (a final chord), the first a pickup
LENGTHS = {8: 0.0, 12: 0.0, 4: -0.5, 16: -0.75, 6: -1.0, 10: -1.25, 2: -1.25}  # bars: log prior
ODD = -1.75  # of 3, 5, 7, 9 ... bars
RARE = -1.25  # of an even number not in LENGTHS
BROKEN = -2.5  # of lengths that are no whole number of bars
SPREAD = 1e-3  # added to a spread, so that what never changes is not divided by nothing

Indices = NDArray[np.intp]


def evidence(portrait: Portrait, bar: int, downbeats: NDArray[np.bool_]) -> Array64:
    """(n + 1,): what speaks for a boundary at the beginning of each beat, a strong one about FULL.

    portrait  of the n beats
    bar       beats in a bar
    downbeats (n,), which of them begin a bar
    """
    alike = harmony_likeness(portrait)
    told = _scaled(novelty(_directions(portrait.timbre), bar))
    for bars in REPEATS:
        told += _scaled(stripes(alike, bar, bars))
    told[:-1] += DOWNBEAT * downbeats
    return told


def novelty(rows: Array64, bar: int) -> Array64:
    """(n + 1,): half the squared distance of the PHRASE before a beat and the one behind it.

    Means of the beats at the same place in the bar are compared over a bar. It is what a
    checkerboard kernel on the matrix of their products gives, without the matrix.
    """
    count = len(rows)
    before, behind = np.zeros_like(rows), np.zeros_like(rows)
    heard, coming = np.zeros((count, 1)), np.zeros((count, 1))
    for away in range(0, PHRASE * bar, bar):
        behind[: max(0, count - away)] += rows[away:]
        coming[: max(0, count - away)] += 1
        before[away + bar :] += rows[: max(0, count - away - bar)]
        heard[away + bar :] += 1
    change = np.square(before / np.maximum(heard, 1) - behind / coming).mean(axis=1)
    change[:bar] = 0.0  # nothing was before the first bar
    sums = np.concatenate([[0.0], np.cumsum(change / 2.0)])
    places = np.arange(count)
    ends = np.minimum(places + bar, count)
    known = np.minimum(np.minimum(places, count - places) / (PHRASE * bar), 1.0)
    found = np.zeros(count + 1)
    found[:-1] = (sums[ends] - sums[places]) / (ends - places) * np.sqrt(known)
    return found


def stripes(alike: Array64, bar: int, bars: int) -> Array64:
    """(n + 1,): how much the likeness to what lies a lag away changes, for the CLEAREST lags.

    For each lag of a bar or more: the `bars` behind a beat against those before it. Where a
    repeat begins or ends, both it and what it repeats have a boundary.
    """
    count = len(alike)
    reach = bars * bar
    alike = np.clip(alike, 0.0, 1.0)
    usual = float(alike.mean())
    greatest = np.zeros((CLEAREST, count + 1))
    for lag in range(bar, count):
        line = np.full(count - lag + 2 * reach, usual)
        line[reach:-reach] = np.diagonal(alike, lag)
        sums = np.concatenate([[0.0], np.cumsum(line)])
        means = (sums[reach:] - sums[:-reach]) / reach
        change = np.abs(means[reach:] - means[:-reach])
        for start in (0, lag):
            _insert(greatest[:, start : start + len(change)], change)
    mean: Array64 = greatest.mean(axis=0)
    return mean


def _insert(greatest: Array64, new: Array64) -> None:
    """One value a column into columns that are sorted downwards, in place."""
    for row in greatest:
        row[:], new = np.maximum(row, new), np.minimum(row, new)


def cut(told: Array64, bar: int) -> Indices:
    """Beats at which sections begin, and the end: from 0 to len(told) - 1, ascending."""
    count = len(told) - 1
    lengths = np.arange(LONGEST * bar + 1)
    prior = _length_prior(lengths, bar)
    loose = np.max([np.roll(prior, over) for over in range(TAIL * bar + 1)], axis=0)
    loose[: TAIL * bar] = -np.inf  # also what rolled in from the other end
    best = np.full(count + 1, -np.inf)
    best[0] = 0.0
    came = np.zeros(count + 1, np.intp)
    for end in range(1, count + 1):
        starts = np.arange(max(0, end - LONGEST * bar), end)
        worth = best[starts] + prior[end - starts]
        if end == count:
            worth = best[starts] + loose[end - starts]
        if starts[0] == 0:
            worth[0] = best[0] + loose[end]
        if end < count:
            worth = worth + told[end] - COST
        choice = int(np.argmax(worth))
        best[end], came[end] = worth[choice], starts[choice]
    places = [count]
    while places[-1] > 0:
        places.append(int(came[places[-1]]))
    return np.array(places[::-1], np.intp)


def _length_prior(lengths: NDArray[np.intp], bar: int) -> Array64:
    """Log prior, up to a constant, of sections of so many beats."""
    bars = lengths // bar
    prior = np.where(bars % 2 == 1, ODD, RARE)
    for length, worth in LENGTHS.items():
        prior = np.where(bars == length, worth, prior)
    prior = np.where(lengths % bar == 0, prior, BROKEN)
    return np.where(lengths < bar, -np.inf, prior)


def _scaled(values: Array64) -> Array64:
    return values / max(float(np.quantile(values, STRONG)), 1e-9)


def _directions(rows: Array) -> Array64:
    """(n, slots * bands): each column in units of its spread, each beat of length sqrt(columns).

    Loudness falls out, as far as it is the same in all bands.
    """
    values = rows.astype(np.float64)
    values = (values - values.mean(axis=(0, 1))) / (values.std(axis=(0, 1)) + SPREAD)
    flat = values.reshape(len(values), -1)
    lengths = np.sqrt(np.square(flat).mean(axis=1, keepdims=True))
    directions: Array64 = flat / np.maximum(lengths, SPREAD)
    return directions
