"""A riff's fingerprint: by it the same riff is found again in other recordings.

It holds what a riff is, whoever plays it how fast and how loud: which pitch classes sound when,
over the whole and in the bass, on a raster of equal parts of the riff.
"""

from __future__ import annotations

import numpy as np

from bridge.recordings.facts import Span
from bridge.recordings.findings import Findings
from bridge.recordings.grid import Grid
from bridge.recordings.structure.likeness import portray
from bridge.signal.frames import Array64

SLOTS = 16  # of a riff: beats of four bars in 4/4
SIZE = SLOTS * 12
TRANSPOSED = 0.9  # of the likeness is left when a riff is found in another key
Fingerprint = tuple[float, ...]


def fingerprint(findings: Findings, span: Span, grid: Grid) -> Fingerprint:
    """SIZE numbers, -1..1, of length 1 together (all 0: no tones): slot by slot, C to B."""
    fine = 4  # looks a slot: the beats of a bar are not smeared
    edges = np.linspace(span.start, span.end, 2)
    heard = portray(findings, edges, SLOTS * fine, grid)
    chroma = np.sqrt(np.maximum(heard.harmony[0], 0.0)) + np.sqrt(np.maximum(heard.bass[0], 0.0))
    slots = chroma.reshape(SLOTS, fine, 12).mean(axis=1).astype(np.float64)
    slots -= slots.mean(axis=1, keepdims=True)
    slots /= max(float(np.linalg.norm(slots)), 1e-9)
    return tuple(round(float(value), 4) for value in slots.ravel())


def fingerprint_likeness(one: Fingerprint, other: Fingerprint) -> float:
    """0..1, 1: the same riff; from about 0.8 two are one (docs/riffs.md has the figures).

    In whatever key, and also where one holds the other two or four times. Raises ValueError if one
    is not of a fingerprint's size.
    """
    if len(one) != SIZE or len(other) != SIZE:
        raise ValueError(f"a fingerprint is {SIZE} numbers")
    a, b = (np.asarray(each, np.float64).reshape(SLOTS, 12) for each in (one, other))
    return max(
        _alike(_times(a, first), _times(b, second))
        for first, second in ((1, 1), (2, 1), (4, 1), (1, 2), (1, 4))
    )


def _times(slots: Array64, times: int) -> Array64:
    """The fingerprint of a riff played so many times."""
    if times == 1:
        return slots
    short = slots.reshape(SLOTS // times, times, 12).mean(axis=1)
    longer: Array64 = np.tile(short, (times, 1))
    return longer


def _alike(a: Array64, b: Array64) -> float:
    scale = float(np.linalg.norm(a) * np.linalg.norm(b))
    if scale <= 0.0:
        return 0.0
    keys = [float(np.sum(a * np.roll(b, shift, axis=1))) / scale for shift in range(12)]
    return float(np.clip(max(keys[0], TRANSPOSED * max(keys[1:])), 0.0, 1.0))
