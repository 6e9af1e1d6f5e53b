"""Which sections are the same music: letters A, B, C ..."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from bridge.signal.frames import Array64

PHRASE = 4  # bars: the shorter section may begin so many, or twice as many, bars into the longer
SAME = 0.55  # likeness from which it is one music; in rendered songs 0.9 is usual, 0.2 for others
CLEAR = 0.75  # likeness from which a transposed repeat is one: riffs on one chord are alike at 0.6


def section_likeness(alike: Array64, spans: NDArray[np.intp], bar: int) -> Array64:
    """(sections, sections): mean likeness along the best diagonal of each pair.

    alike  of the beats
    spans  (sections, 2): the beat each begins with, and the first one behind it

    The shorter may lie in the longer at each PHRASE, but not anywhere: a verse on C G Am F and
    a chorus on F C G Am would be one. Half a bar more or less is allowed for, so that a boundary
    on the wrong beat costs no letter.
    """
    count = len(spans)
    found = np.eye(count)
    for one in range(count):
        for other in range(one + 1, count):
            block = alike[slice(*spans[one]), slice(*spans[other])]
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

    likeness_by_shift  section_likeness of the first section of each letter, in their order, for
                       beats compared so many semitones apart, each
    """
    kinds = list(dict.fromkeys(labels))
    family = {kind: kind for kind in kinds}
    for likeness in likeness_by_shift:
        for one, other in zip(*np.nonzero(np.triu(likeness >= CLEAR, 1)), strict=True):
            later, first = family[kinds[other]], family[kinds[one]]
            family = {kind: first if of == later else of for kind, of in family.items()}
    return tuple(family[label] for label in labels)


def letters(likeness: Array64) -> tuple[str, ...]:
    """A letter for each section, in the order in which they come: average linkage down to SAME."""
    count = len(likeness)
    sums = (likeness + likeness.T) / 2.0
    sizes = np.ones(count)
    group = np.arange(count)
    while True:
        gone = sizes == 0.0
        means = sums / np.maximum(sizes[:, None] * sizes, 1.0)
        means[gone] = means[:, gone] = -np.inf
        np.fill_diagonal(means, -np.inf)
        one, other = sorted(divmod(int(means.argmax()), count))
        if means[one, other] < SAME:
            break
        sums[one] += sums[other]
        sums[:, one] += sums[:, other]
        sizes[one], sizes[other] = sizes[one] + sizes[other], 0.0
        group[group == other] = one
    names: dict[int, str] = {}
    return tuple(names.setdefault(each, letter(len(names))) for each in group.tolist())


def letter(number: int) -> str:
    """A to Z, then AA, AB ..."""
    name = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
