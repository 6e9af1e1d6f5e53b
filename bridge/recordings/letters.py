"""Which sections are the same music: letters A, B, C ..."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from bridge.signal.frames import Array64

PHRASE = 4  # bars: the shorter section may begin so many, or twice as many, bars into the longer
SAME = 0.55  # likeness from which it is one music; in rendered songs 0.9 is usual, 0.2 for others
CLEAR = 0.75  # likeness from which a transposed repeat is one: riffs on one chord are alike at 0.6


def section_likeness(alike: Array64, edges: NDArray[np.intp], bar: int) -> Array64:
    """(sections, sections): mean likeness along the best diagonal of each pair.

    alike  of the beats; edges where sections begin, and the end

    The shorter may lie in the longer at each PHRASE, but not anywhere: a verse on C G Am F and
    a chorus on F C G Am would be one. Half a bar more or less is allowed for, so that a boundary
    on the wrong beat costs no letter.
    """
    count = len(edges) - 1
    found = np.eye(count)
    for one in range(count):
        for other in range(one + 1, count):
            block = alike[edges[one] : edges[one + 1], edges[other] : edges[other + 1]]
            found[one, other] = found[other, one] = _best_diagonal(block, bar)
    return found


def _best_diagonal(block: Array64, bar: int) -> float:
    rows, columns = block.shape
    over = abs(rows - columns)
    begins = np.arange(0, over + bar, PHRASE * bar) * (1 if columns >= rows else -1)
    shifts = np.arange(-(bar // 2), bar // 2 + 1)
    return max(
        float(np.diagonal(block, lag).mean())
        for lag in np.unique(begins[:, None] + shifts)
        if -rows < lag < columns
    )


def families(labels: tuple[str, ...], likeness_by_shift: Iterable[Array64]) -> tuple[str, ...]:
    """The letters, with that of the first for music that comes again clearly transposed.

    likeness_by_shift  section_likeness of the beats compared so many semitones apart, each
    """
    found = list(labels)
    for likeness in likeness_by_shift:
        for one in range(len(found)):
            for other in range(one + 1, len(found)):
                if likeness[one, other] >= CLEAR and found[one] != found[other]:
                    later = found[other]
                    found = [found[one] if name == later else name for name in found]
    return tuple(found)


def letters(likeness: Array64) -> tuple[str, ...]:
    """A letter for each section, in the order in which they come: average linkage down to SAME."""
    groups = [[section] for section in range(len(likeness))]
    while len(groups) > 1:
        pairs = list(combinations(range(len(groups)), 2))
        means = [float(likeness[np.ix_(groups[one], groups[other])].mean()) for one, other in pairs]
        best = int(np.argmax(means))
        if means[best] < SAME:
            break
        one, other = pairs[best]
        groups[one] += groups.pop(other)
    found = [""] * len(likeness)
    for number, group in enumerate(sorted(groups, key=min)):
        for section in group:
            found[section] = letter(number)
    return tuple(found)


def letter(number: int) -> str:
    """A to Z, then AA, AB ..."""
    name = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
