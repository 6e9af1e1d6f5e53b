"""From blocks to events: the understanding part of the live process, without any clock or I/O."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from bridge.events import Event, Gap
from bridge.signal.frames import Framer
from bridge.sources import Block
from bridge.trackers import Tracker, build_tracker

LONGEST_FILL = 30.0  # seconds of lost sound that are heard as silence; longer ones start afresh


class Engine:
    """Hears blocks, says events. Lost sound is filled with silence, so stream time stays true."""

    def __init__(self, rate: int, channels: int, trackers: Iterable[str]) -> None:
        """`trackers`: names in bridge.trackers.TRACKERS. Raises ValueError for an unknown rate."""
        self._rate = rate
        self._channels = channels
        self._names = tuple(trackers)
        self._start(first_hop=0)

    def _start(self, first_hop: int) -> None:
        self._framer = Framer(self._rate, self._channels, first_hop)
        self.trackers: dict[str, Tracker] = {name: build_tracker(name) for name in self._names}

    def hear(self, block: Block) -> list[Event]:
        """What is understood with this block."""
        events: list[Event] = []
        if block.gap:
            events += self._fill(block)
        return events + self._process(block.samples)

    def finish(self) -> list[Event]:
        """What is still to be said at the end of the stream."""
        return [event for tracker in self.trackers.values() for event in tracker.finish()]

    def _process(self, samples: np.ndarray) -> list[Event]:
        frames = self._framer.push(samples)
        if frames is None:
            return []
        events = [event for tracker in self.trackers.values() for event in tracker.process(frames)]
        events.sort(key=lambda event: event.decided)
        return events

    def _fill(self, block: Block) -> list[Event]:
        seconds = block.gap / self._rate
        begin = (block.first - block.gap) / self._rate
        gap = Gap(at=begin, decided=begin + seconds, seconds=seconds, reason=block.reason)
        if seconds > LONGEST_FILL:
            self._start(first_hop=round((begin + seconds) * 100))
            return [gap]
        silence = np.zeros((block.gap, self._channels), np.float32)
        return [gap, *self._process(silence)]
