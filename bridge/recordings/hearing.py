"""A recording heard once, from its first sample to its last, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

import numpy as np

from bridge.errors import BridgeError
from bridge.events import DRUMS, DrumHit, Event, Onset, Pitch
from bridge.recordings.findings import Findings, rows_of
from bridge.recordings.layers import LAYERS
from bridge.signal.frames import Array, Array64, Framer
from bridge.trackers import build_tracker

TRACKERS = ("onsets", "drums", "pitch")  # those of the live process that need no future
BATCH = 10.0  # seconds heard at once
HIT, ONSET, PITCH = range(3)  # kinds of rows in a table of events


class Sound(Protocol):
    """A recording that can be read once.

    rate      Hz, one of bridge.signal.frames.RATES
    channels  how many
    duration  seconds; None: not known before it was read (a stream)
    damage    what of it could not be read, known when the blocks are at their end; None: nothing
    """

    rate: int
    channels: int
    duration: float | None
    damage: BridgeError | None

    def blocks(self, seconds: float) -> Iterator[Array]:
        """float32 (n, channels), about so many seconds each, until the end."""
        ...


def hear(sound: Sound, progress: Callable[[float], None] = lambda _: None) -> Findings:
    """All that is kept of a sound. `progress` is called with the seconds heard so far."""
    framer = Framer(sound.rate, sound.channels)
    layers = {name: kind() for name, kind in LAYERS.items()}
    trackers = [build_tracker(name) for name in TRACKERS]
    pieces: dict[str, list[Array]] = {name: [] for name in layers}
    said: list[Array64] = []
    samples = 0
    for block in sound.blocks(BATCH):
        samples += len(block)
        frames = framer.push(block)
        if frames is None:
            continue
        for name, layer in layers.items():
            pieces[name].append(layer.hear(frames).astype(np.float16))
        said.append(_table(event for each in trackers for event in each.process(frames)))
        progress(samples / sound.rate)
    said.append(_table(event for each in trackers for event in each.finish()))
    events = np.concatenate(said)
    events = events[np.argsort(events[:, 1], kind="stable")]
    return Findings(
        duration=samples / sound.rate,
        layers={
            name: rows_of(pieces[name], layer.columns, layer.every, layer.late)
            for name, layer in layers.items()
        },
        hits=events[events[:, 0] == HIT, 1:],
        onsets=events[events[:, 0] == ONSET, 1:3],
        pitch=events[events[:, 0] == PITCH, 1:4],
    )


def _table(events: Iterable[Event]) -> Array64:
    """(n, 5) float64: what it is, when, and up to three numbers; few bytes for hours of events."""
    rows: list[tuple[float, ...]] = []
    for event in events:
        if isinstance(event, DrumHit):
            drum = DRUMS.index(event.drum)
            rows.append((HIT, event.at, drum, event.velocity, event.confidence))
        elif isinstance(event, Onset):
            rows.append((ONSET, event.at, event.strength, 0.0, 0.0))
        elif isinstance(event, Pitch):
            rows.append((PITCH, event.at, event.hz, event.confidence, 0.0))
    return np.array(rows, np.float64).reshape(-1, 5)
