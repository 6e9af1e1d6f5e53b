"""From blocks to events: the understanding part of the live process, without any clock or I/O."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from bridge.events import Event, Gap
from bridge.signal.frames import HOPS_PER_SECOND, Framer
from bridge.sources import Block
from bridge.trackers import Tracker, build_tracker

LONGEST_FILL = 30.0  # seconds of lost sound that are heard as silence; longer ones start afresh


class Engine:
    """Hears blocks, says events. Lost sound is filled with silence, so stream time stays true."""

    def __init__(self, rate: int, channels: int, trackers: Iterable[str]) -> None:
        """`trackers`: names in bridge.trackers.TRACKERS. The first block may start anywhere."""
        self._rate = rate
        self._channels = channels
        self._names = tuple(trackers)
        self.trackers: dict[str, Tracker] = {}
        self._hop = rate // HOPS_PER_SECOND
        self._framer: Framer | None = None  # starts with the first block

    def _start(self, first: int) -> list[Event]:
        """Fresh trackers from sample `first` on; silence before it completes its hop."""
        self._framer = Framer(self._rate, self._channels, first // self._hop)
        self.trackers = {name: build_tracker(name) for name in self._names}
        return self._process(np.zeros((first % self._hop, self._channels), np.float32))

    def hear(self, block: Block) -> list[Event]:
        """What is understood with this block."""
        if self._framer is None:
            return [*self._start(block.first), *self._process(block.samples)]
        if not block.gap:
            return self._process(block.samples)
        return self._hear_after_gap(block)

    def finish(self) -> list[Event]:
        """What is still to be said at the end of the stream."""
        return [event for tracker in self.trackers.values() for event in tracker.finish()]

    def _process(self, samples: np.ndarray) -> list[Event]:
        assert self._framer is not None
        frames = self._framer.push(samples)
        if frames is None:
            return []
        events = [event for tracker in self.trackers.values() for event in tracker.process(frames)]
        events.sort(key=lambda event: event.decided)
        return events

    def _hear_after_gap(self, block: Block) -> list[Event]:
        seconds = block.gap / self._rate
        begin = (block.first - block.gap) / self._rate
        gap = Gap(at=begin, decided=begin + seconds, seconds=seconds, reason=block.reason)
        if seconds > LONGEST_FILL:
            return [gap, *self._start(block.first), *self._process(block.samples)]
        silence = np.zeros((block.gap, self._channels), np.float32)
        return [gap, *self._process(silence), *self._process(block.samples)]
