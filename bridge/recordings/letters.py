"""Which sections are the same music: letters A, B, C ..."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bridge.signal.frames import Array64

SAME = 0.55  # likeness from which two sections are one music; measured: same 0.9, other 0.2
LEAST = 0.5  # of the shorter section must have a counterpart when two are laid side by side


def section_likeness(alike: Array64, edges: NDArray[np.intp], bar: int) -> Array64:
    """(sections, sections): mean likeness along the best diagonal of each pair.

    alike  of the beats; edges where sections begin, and the end

    The shorter may lie anywhere in the longer one, by whole bars; half a bar over at either end
    is allowed for, so that a boundary on the wrong beat costs no letter.
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
    shorter = min(rows, columns)
    least = max(1, int(np.ceil(min(shorter, max(LEAST * shorter, bar)))))
    best = -1.0
    for lag in range(least - rows, columns - least + 1):
        line = np.diagonal(block, lag)
        # What has no counterpart counts little: a cut chord at the end must not decide.
        best = max(best, float(line.mean()) * (len(line) / shorter) ** 0.25)
    return best


def letters(likeness: Array64) -> tuple[str, ...]:
    """A letter for each section, in the order in which they come: average linkage down to SAME."""
    groups = [[section] for section in range(len(likeness))]
    while len(groups) > 1:
        means = np.array(
            [[float(likeness[np.ix_(one, other)].mean()) for other in groups] for one in groups]
        )
        np.fill_diagonal(means, -1.0)
        one, other = np.unravel_index(int(np.argmax(means)), means.shape)
        if means[one, other] < SAME:
            break
        groups[int(one)] += groups.pop(int(other)) if other > one else []
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
