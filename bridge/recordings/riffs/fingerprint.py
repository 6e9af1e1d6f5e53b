"""A riff's fingerprint: by it the same riff is found again in other recordings.

It holds what a riff is, whoever plays it how fast and how loud: which pitch classes sound when,
over the whole and in the bass, on a raster of equal parts of the riff.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from bridge.recordings.facts import Span
from bridge.recordings.findings import Findings
from bridge.recordings.grid import Grid
from bridge.recordings.structure.likeness import portray
from bridge.signal.frames import Array64

SLOTS = 16  # of a riff: beats of four bars in 4/4
SIZE = SLOTS * 12
TRANSPOSED = 0.9  # of the likeness is left when a riff is found in another key
TIMES = ((1, 1), (2, 1), (4, 1), (1, 2), (1, 4))  # of one played, of the other
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
    """0..1, 1: the same riff, in whatever key; also where one holds the other two or four times.

    Raises ValueError if one is not of a fingerprint's size.
    """
    if len(one) != SIZE or len(other) != SIZE:
        raise ValueError(f"a fingerprint is {SIZE} numbers")
    return float(likenesses(one, [other])[0])


def likenesses(one: ArrayLike, others: ArrayLike) -> Array64:
    """(n,) of a fingerprint (SIZE,) and many others (n, SIZE), as one matrix product each."""
    a = np.asarray(one, np.float64).reshape(1, SLOTS, 12)
    b = np.asarray(others, np.float64).reshape(-1, SLOTS, 12)
    each = [_alike(_times(a, first)[0], _times(b, second)) for first, second in TIMES]
    return np.max(each, axis=0)  # type: ignore[no-any-return]


def _times(slots: Array64, times: int) -> Array64:
    """(n, SLOTS, 12): the fingerprints of riffs played so many times."""
    if times == 1:
        return slots
    short = slots.reshape(len(slots), SLOTS // times, times, 12).mean(axis=2)
    longer: Array64 = np.tile(short, (1, times, 1))
    return longer


def _alike(a: Array64, b: Array64) -> Array64:
    """(n,) of (SLOTS, 12) and (n, SLOTS, 12), in the likest key; 0 where one has no tones."""
    scale = np.linalg.norm(a) * np.linalg.norm(b, axis=(1, 2))
    keys = np.stack([np.roll(a, shift, axis=1).ravel() for shift in range(12)], axis=1)
    products = b.reshape(len(b), -1) @ keys
    products[:, 1:] *= TRANSPOSED
    share: Array64 = products.max(axis=1) / np.where(scale > 0.0, scale, np.inf)
    return np.clip(share, 0.0, 1.0)
