"""A waveform to draw: the least and the greatest sample of each hundredth of a second.

Made once from the stream, in bounded memory, and kept beside the recording's findings: 4 MB for
three hours. What is drawn, at any width, is read from there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

COLUMNS = 100  # a second
BLOCK = 10.0  # seconds decoded at once
NAME = "peaks.npy"  # in the recording's folder
Extremes = NDArray[np.float16]  # (columns, 2): low, high


def keep_peaks(sound: Path, place: Path) -> None:
    """Makes and keeps the waveform of a file, in another process. Raises BridgeError."""
    from bridge.recordings.export.writing import written

    if (place / NAME).exists():
        return
    found = measure_peaks(sound)
    with written(place / NAME, overwrite=True) as half:
        half.parent.mkdir(parents=True, exist_ok=True)
        np.save(half, found)


def measure_peaks(path: Path) -> Extremes:
    """Of all channels together, NaN and infinity as silence.

    Raises BridgeError where it cannot be read as sound.
    """
    from bridge.recordings.decode import open_recording
    from bridge.signal.frames import sane

    sound = open_recording(path)
    step = sound.rate // COLUMNS  # samples; every rate that is decoded to is a multiple
    found: list[NDArray[np.float32]] = []
    rest = np.zeros((0, sound.channels), np.float32)
    for block in sound.blocks(BLOCK):
        rest = np.concatenate([rest, sane(block)])
        if columns := len(rest) // step:
            found.append(_extremes(rest[: columns * step].reshape(columns, -1)))
            rest = rest[columns * step :]
    if len(rest):
        found.append(_extremes(rest.reshape(1, -1)))
    kept = np.concatenate(found) if found else np.zeros((0, 2))
    return np.clip(kept, -60000, 60000).astype(np.float16)


def columns_of(kept: Extremes, columns: int, start: float, end: float) -> NDArray[Any]:
    """(columns, 2) for a stretch, in seconds; each holds at least one kept column."""
    if len(kept) == 0:
        return np.zeros((columns, 2))
    edges = np.linspace(start, end, columns + 1) * COLUMNS
    first = np.clip(np.floor(edges[:-1] + 1e-6).astype(np.int64), 0, len(kept) - 1)
    last = np.clip(np.ceil(edges[1:] - 1e-6).astype(np.int64), first + 1, len(kept))
    # reduceat takes what lies between two edges; every other result is what lies between columns
    pairs = np.stack([first, last], axis=1).ravel()
    padded = np.concatenate([kept, kept[-1:]]).astype(np.float64)
    low = np.minimum.reduceat(padded[:, 0], pairs)[::2]
    high = np.maximum.reduceat(padded[:, 1], pairs)[::2]
    return np.stack([low, high], axis=1)


def _extremes(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """(columns, 2) of (columns, samples)."""
    return np.stack([samples.min(axis=1), samples.max(axis=1)], axis=1)
