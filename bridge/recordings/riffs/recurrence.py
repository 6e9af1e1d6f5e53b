"""What comes back: units of whole bars that shorten the description of a piece.

A piece is told bar by bar, or by saying "this unit again". The units that save most, for what
they cost to say, are its riffs: the smallest repeating unit of each part. The idea is that of
pattern discovery by compression (Meredith 2013, COSIATEC); the choice is the greedy one of set
cover (Chvatal 1979). docs/riffs.md
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bridge.recordings.structure.likeness import Portrait, rhythm_likeness, timbre_likeness
from bridge.signal.frames import Array, Array64

SAME = 0.6  # of the piece's own likeness of repeats: below it two bars have nothing in common
FLOOR = 0.5  # likeness of repeats where the piece has none
LEAST_MATCH = 0.35  # mean match of the bars of a repeat
LEAST_BAR = -0.5  # match of its worst bar: a phrase that ends in another bar is another phrase
DRUMS, TONES = 0.25, 0.4  # how tonal solo drums (at most 0.33) and bands (at least 0.43) are
CALL = 1.0  # bars: cost of saying where a run of a unit begins
AGAIN = 0.2  # bars: cost of saying "once more"
CROSSED = 0.5  # bars: cost of a border of sections inside a unit; half of it is gained at its start
UNEVEN = 0.5  # bars: cost of a length that is neither 1, 2 nor a multiple of 4; half of it for even
WORTH = 1.2  # bars told for each bar of cost: what saves less is no riff
TEMPLATES = 6  # of each length, those that save most, are looked at closely

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Unit:
    """Bars that come back.

    bars    its length
    starts  bars at which it begins, ascending, at least two; it does not overlap itself
    match   0..1 each: how like the other times this one is
    worth   bars told for each bar of cost
    """

    bars: int
    starts: tuple[int, ...]
    match: tuple[float, ...]
    worth: float


def bar_likeness(portrait: Portrait, tonal: Array) -> Array64:
    """(n, n), -1..1: harmony and bass; where only drums play, their rhythm and sound.

    tonal: (n,), how tonal each bar is, 0..1. What all bars of the piece share (its scale, its
    drone) is taken away first, so that bars are told apart by what differs in this piece.
    Timbre does not count where there is harmony: a verse is the same with and without singing.
    """
    harmony = (_apart(portrait.harmony) + _apart(portrait.bass)) / 2.0
    drums = (rhythm_likeness(portrait) + timbre_likeness(portrait)) / 2.0
    toned = np.clip((tonal.astype(np.float64) - DRUMS) / (TONES - DRUMS), 0.0, 1.0)
    both = np.sqrt(toned[:, None] * toned)
    neither = np.sqrt((1.0 - toned)[:, None] * (1.0 - toned))
    alike: Array64 = both * harmony + neither * drums
    return alike


def _apart(chroma: Array) -> Array64:
    # The root raises what is soft: a chord's third beside a loud bass.
    rows = np.sqrt(np.maximum(chroma, 0.0)).astype(np.float64)
    rows /= np.maximum(np.linalg.norm(rows, axis=2, keepdims=True), 1e-9)
    rows = (rows - rows.mean(axis=(0, 1))).reshape(len(rows), -1)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    cosines: Array64 = rows @ rows.T
    return cosines


def find_units(
    alike: Array64, usable: Bools, borders: Bools, shortest: int, longest: int
) -> tuple[Unit, ...]:
    """Units of shortest to longest bars that do not overlap, the most worth first.

    alike    (n, n): likeness of bars
    usable   (n,): bars that may be part of a unit
    borders  (n,): bars at which a section begins

    Cost and memory grow with the square of n.
    """
    match = _match(alike, usable)
    free = usable.copy()
    units: list[Unit] = []
    # Worth only falls while bars are taken, so a length is looked at again only when its former
    # worth is the highest (lazy greedy: Minoux 1978).
    former: dict[int, tuple[float, Unit | None]] = {
        bars: (np.inf, None) for bars in range(shortest, min(longest, len(alike) // 2) + 1)
    }
    while former:
        bars = max(former, key=lambda length: (former[length][0], -length))
        worth, unit = former[bars]
        if worth < WORTH:
            break
        if unit is not None and all(free[start : start + bars].all() for start in unit.starts):
            units.append(unit)
            for start in unit.starts:
                free[start : start + bars] = False
        unit = _best_unit(match, free, borders, bars)
        former[bars] = (unit.worth if unit else 0.0, unit)
    grown = [_grown(unit, match, free, borders, longest) for unit in units]
    return tuple(sorted(grown, key=lambda unit: (-unit.worth, unit.starts)))


def _grown(unit: Unit, match: Array64, free: Bools, borders: Bools, longest: int) -> Unit:
    """The unit with bars before and after it that come back too, up to a multiple of four bars.

    The share that is saved is the highest without the bars at its ends that are less alike, a
    singer's pickup or a fill; they belong to the phrase all the same if nothing else claims them.
    """
    starts = np.array(unit.starts)
    before, after = (_reach(starts, unit.bars, match, free, borders, side) for side in (-1, 1))
    apart = int(np.diff(starts).min())
    bars = min(unit.bars + before + after, longest, apart) // 4 * 4
    if bars <= unit.bars:
        return unit
    # A phrase rather begins too early than too late: its first bar is the border of a section.
    earlier = min(before, bars - unit.bars)
    grown = [int(start) - earlier for start in starts]
    for start in grown:
        free[start : start + bars] = False
    return Unit(bars, tuple(grown), _matches(match, grown, bars), unit.worth)


def _reach(
    starts: NDArray[np.int64], bars: int, match: Array64, free: Bools, borders: Bools, side: int
) -> int:
    """How many more bars before (-1) or after (1) the unit come back with it."""
    count = 0
    free = free.copy()
    while True:
        at = starts - count - 1 if side < 0 else starts + bars + count
        inner = at + 1 if side < 0 else at  # the line that is crossed
        if at.min() < 0 or at.max() >= len(free) or not free[at].all() or borders[inner].any():
            return count
        pairs = match[np.ix_(at, at)]
        others = pairs[~np.eye(len(at), dtype=bool)]
        if others.mean() < 0.0 or others.min() < LEAST_BAR:
            return count
        free[at] = False
        count += 1


def _match(alike: Array64, usable: Bools) -> Array64:
    """(n, n), -1..1: 1, as alike as repeats are in this piece; 0 and less: other music."""
    others = alike - 3.0 * np.eye(len(alike))
    nearest = others[usable][:, usable].max(axis=1, initial=-1.0)
    repeats = max(float(np.median(nearest)) if len(nearest) else 0.0, FLOOR)
    match: Array64 = np.clip((alike / repeats - SAME) / (1.0 - SAME), -1.0, 1.0)
    return match


def _best_unit(match: Array64, free: Bools, borders: Bools, bars: int) -> Unit | None:
    """The most worthy unit of one length."""
    count = len(match) - bars + 1
    open_ = np.array([free[start : start + bars].all() for start in range(count)])
    places = np.flatnonzero(open_)
    if len(places) < 2:
        return None
    gains = np.zeros((len(places), len(places)))
    worst = np.ones_like(gains)
    for bar in range(bars):
        pairs = match[np.ix_(places + bar, places + bar)]
        gains += pairs
        worst = np.minimum(worst, pairs)
    gains[(gains < LEAST_MATCH * bars) | (worst < LEAST_BAR)] = -np.inf
    saved, begun, chained = _cover(gains, places, len(match), bars)
    best: Unit | None = None
    for template in np.argsort(-saved, kind="stable")[:TEMPLATES].tolist():
        if saved[template] <= 0.0:
            break
        chosen = _trace(begun[:, template], chained[:, template], bars)
        if len(chosen) < 2:
            continue
        rows = np.searchsorted(places, chosen)
        worth = float(gains[template, rows].sum()) / _cost(chosen, bars, borders)
        if best is None or worth > best.worth + 1e-9:
            best = Unit(bars, tuple(chosen), _matches(match, chosen, bars), worth)
    return best


def _cover(
    gains: Array64, places: NDArray[np.int64], count: int, bars: int
) -> tuple[Array64, Bools, Bools]:
    """The best choice of times that do not overlap, for each template (a row of gains) at once.

    Returns what it saves (templates,), and at each bar line (count + 1, templates) whether a time
    ends there, and whether that time follows another one directly: for `_trace`.
    """
    templates = len(gains)
    column = np.full(count, -1)
    column[places] = np.arange(templates)
    best = np.zeros((count + 1, templates))
    ending = np.full((count + 1, templates), -np.inf)
    begun = np.zeros((count + 1, templates), bool)
    chained = np.zeros((count + 1, templates), bool)
    for line in range(1, count + 1):
        best[line] = best[line - 1]
        start = line - bars
        if start < 0 or column[start] < 0:
            continue
        fresh, again = best[start] - CALL, ending[start] - AGAIN
        chained[line] = again >= fresh
        ending[line] = np.maximum(fresh, again) + gains[:, column[start]]
        begun[line] = ending[line] > best[line]
        best[line] = np.maximum(best[line], ending[line])
    return best[count], begun, chained


def _trace(begun: Bools, chained: Bools, bars: int) -> list[int]:
    starts: list[int] = []
    line, inside = len(begun) - 1, False
    while line > 0:
        if not inside and not begun[line]:
            line -= 1
            continue
        starts.append(line - bars)
        inside = bool(chained[line])
        line -= bars
    return starts[::-1]


def _cost(starts: list[int], bars: int, borders: Bools) -> float:
    """Bars it takes to tell the unit and where it comes."""
    heads = [starts[0]] + [after for start, after in pairwise(starts) if after != start + bars]
    crossed = sum(int(borders[start + 1 : start + bars].sum()) for start in starts)
    met = sum(int(borders[start]) for start in heads)
    even = bars in (1, 2) or bars % 4 == 0
    return (
        bars
        + CALL * len(heads)
        + AGAIN * (len(starts) - len(heads))
        + CROSSED * (crossed - met / 2.0)
        + (0.0 if even else UNEVEN / 2.0 if bars % 2 == 0 else UNEVEN)
    )


def _matches(match: Array64, starts: list[int], bars: int) -> tuple[float, ...]:
    bar = np.arange(bars)
    at = np.array(starts)[:, None] + bar
    pairs = match[at[:, None], at[None]].mean(axis=2)
    others = (pairs.sum(axis=1) - np.diagonal(pairs)) / (len(starts) - 1)
    return tuple(float(value) for value in np.clip(others, 0.0, 1.0))
