"""A recording heard once, from its first sample to its last, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Protocol

import numpy as np

from bridge.errors import BridgeError
from bridge.events import DRUMS, DrumHit, Event, Onset, Pitch
from bridge.recordings.findings import Findings, Rows, rows_of
from bridge.recordings.layers import LAYERS
from bridge.signal.frames import HOP_SECONDS, Array, Array64, Framer
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


class Hearing:
    """All that is kept of a sound that comes block by block."""

    def __init__(self, rate: int, channels: int) -> None:
        """`rate`: one of bridge.signal.frames.RATES."""
        self._rate = rate
        self._framer = Framer(rate, channels)
        self._layers = {name: kind() for name, kind in LAYERS.items()}
        self._trackers = [build_tracker(name) for name in TRACKERS]
        self._pieces: dict[str, list[Array]] = {name: [] for name in self._layers}
        self._gone = dict.fromkeys(self._layers, 0)  # rows that are kept no longer
        self._said: list[Array64] = []
        self._samples = 0

    @property
    def seconds(self) -> float:
        """How much was heard."""
        return self._samples / self._rate

    def hear(self, block: Array) -> None:
        """The next samples, float32 (n, channels)."""
        self._samples += len(block)
        frames = self._framer.push(block)
        if frames is None:
            return
        for name, layer in self._layers.items():
            self._pieces[name].append(layer.hear(frames).astype(np.float16))
        self._said.append(
            _table(event for each in self._trackers for event in each.process(frames))
        )

    def forget(self, before: float) -> None:
        """What is about an earlier second is kept no longer, block by block."""
        for name, layer in self._layers.items():
            rows = before / (layer.every * HOP_SECONDS) - self._gone[name]
            while self._pieces[name] and (count := len(self._pieces[name][0])) < rows:
                del self._pieces[name][0]
                self._gone[name] += count
                rows -= count
        while len(self._said) > 1 and not (self._said[0][:, 1] >= before).any():
            del self._said[0]

    def findings(self) -> Findings:
        """What was heard until now and not forgotten; the next block may follow."""
        events = np.concatenate([_table(()), *self._said])
        events = events[np.argsort(events[:, 1], kind="stable")]
        return Findings(
            duration=self.seconds,
            layers={name: self._rows(name) for name in self._layers},
            hits=events[events[:, 0] == HIT, 1:],
            onsets=events[events[:, 0] == ONSET, 1:3],
            pitch=events[events[:, 0] == PITCH, 1:4],
        )

    def finish(self) -> Findings:
        """All that was heard, once no block follows."""
        self._said.append(_table(event for each in self._trackers for event in each.finish()))
        return self.findings()

    def _rows(self, name: str) -> Rows:
        layer = self._layers[name]
        rows = rows_of(self._pieces[name], layer.columns, layer.every, layer.late)
        return replace(rows, start=rows.start + self._gone[name] * rows.step)


def hear(sound: Sound, progress: Callable[[float], None] = lambda _: None) -> Findings:
    """All that is kept of a sound. `progress` is called with the seconds heard so far."""
    hearing = Hearing(sound.rate, sound.channels)
    for block in sound.blocks(BATCH):
        hearing.hear(block)
        progress(hearing.seconds)
    return hearing.finish()


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
