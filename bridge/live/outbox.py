"""Each event to each sink when that sink wants it."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterable

from bridge.events import Event
from bridge.sinks import Sink

FIRST_RETRY = 1.0  # seconds after a sink's first failure; doubled up to LONGEST_RETRY
LONGEST_RETRY = 60.0


class Outbox:
    """Holds what is predicted until it sounds. A failing sink is told once and harms no other."""

    def __init__(
        self, sinks: Iterable[tuple[str, Sink]], failed: Callable[[str, Exception], None]
    ) -> None:
        """`sinks`: (name, sink); `failed` is called when a sink begins to fail."""
        self._ways = [_Way(name, sink, failed) for name, sink in sinks]
        self._waiting: list[tuple[float, int, _Way, Event]] = []
        self._order = itertools.count()

    def put(self, event: Event) -> None:
        """Takes an event; it is sent by the next `say` after it is due."""
        sounds = max(event.at, event.decided)
        for way in self._ways:
            heapq.heappush(self._waiting, (sounds - way.sink.lead, next(self._order), way, event))

    def say(self, now: float) -> None:
        """Sends what is due at `now`, stream seconds."""
        while self._waiting and self._waiting[0][0] <= now:
            _, _, way, event = heapq.heappop(self._waiting)
            way.send(event, now)

    def close(self) -> None:
        """Closes every sink; what was not due yet is not said."""
        for way in self._ways:
            way.close()


class _Way:
    def __init__(self, name: str, sink: Sink, failed: Callable[[str, Exception], None]) -> None:
        self.sink = sink
        self._name = name
        self._failed = failed
        self._wait = 0.0  # seconds until the next try; 0: it works
        self._again = 0.0  # stream seconds of the next try

    def send(self, event: Event, now: float) -> None:
        if self._wait and now < self._again:
            return
        try:
            self.sink.send(event)
            self._wait = 0.0
        except (OSError, ValueError, RuntimeError) as error:  # of a path: a NUL, an unknown home
            if not self._wait:
                self._failed(self._name, error)
            self._wait = min(max(FIRST_RETRY, 2 * self._wait), LONGEST_RETRY)
            self._again = now + self._wait

    def close(self) -> None:
        try:
            self.sink.close()
        except (OSError, ValueError, RuntimeError) as error:
            self._failed(self._name, error)
