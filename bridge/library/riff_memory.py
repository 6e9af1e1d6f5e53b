"""One riff's likeness to thousands at once: the measure of bridge.recordings.riffs.fingerprint."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.recordings.riffs.fingerprint import SLOTS, TRANSPOSED

TIMES = ((1, 1), (2, 1), (4, 1), (1, 2), (1, 4))  # of one played, of the other


def likenesses(one: NDArray[Any], others: NDArray[Any]) -> NDArray[np.float32]:
    """(n,) 0..1 for a fingerprint (SIZE,) and others (n, SIZE); a test holds it to the measure."""
    a = np.asarray(one, np.float32).reshape(1, SLOTS, 12)
    b = np.asarray(others, np.float32).reshape(-1, SLOTS, 12)
    best = np.zeros(len(b), np.float32)
    for first, second in TIMES:
        best = np.maximum(best, _alike(_times(a, first)[0], _times(b, second)))
    return best


def _alike(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    scale = np.linalg.norm(a) * np.linalg.norm(b, axis=(1, 2))
    keys = np.stack([np.roll(a, shift, axis=1).ravel() for shift in range(12)], axis=1)
    products = b.reshape(len(b), -1) @ keys
    products[:, 1:] *= TRANSPOSED
    share = products.max(axis=1) / np.maximum(scale, 1e-12)
    return np.asarray(np.clip(share, 0.0, 1.0) * (scale > 0), np.float32)


def _times(slots: NDArray[np.float32], times: int) -> NDArray[np.float32]:
    short = slots.reshape(len(slots), SLOTS // times, times, 12).mean(axis=2)
    return np.tile(short, (1, times, 1))
