"""Findings that hold what is heard of the notes of a sound, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridge.recordings.findings import Findings, rows_of
from bridge.recordings.grid import Grid
from bridge.recordings.layers.notes import NotesLayer
from bridge.signal.frames import Framer
from tests.sound import chord


def notes_of(samples: np.ndarray, rate: int = 44100) -> Findings:
    layer, framer = NotesLayer(), Framer(rate, samples.shape[1])
    pieces = []
    for block in np.array_split(samples, max(1, len(samples) // (10 * rate))):
        frames = framer.push(block)
        if frames is not None:
            pieces.append(layer.hear(frames))
    nothing = np.zeros((0, 4))
    return Findings(
        duration=len(samples) / rate,
        layers={"notes": rows_of(pieces, layer.columns, layer.every, layer.late)},
        hits=nothing,
        onsets=nothing[:, :2],
        pitch=nothing[:, :3],
    )


def played(
    labels: Sequence[str], seconds: float, cents: float = 0.0, rate: int = 44100
) -> np.ndarray:
    """Chords of the same length, one after the other."""
    sounds = {label: chord(label, seconds, rate, cents) for label in set(labels)}
    return np.concatenate([sounds[label] for label in labels])


def beats(bpm: float, seconds: float, bar: int = 4, first: float = 0.0) -> Grid:
    """A steady grid that begins with a downbeat at `first`."""
    times = np.arange(first, seconds - 1e-6, 60.0 / bpm)
    numbers = tuple(index % bar + 1 for index in range(len(times)))
    return Grid(tuple(times.tolist()), numbers, bar)
