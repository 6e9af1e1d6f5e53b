"""Work in a thread of its own, for what may stand still: a terminal, a pipe nobody reads."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

ROOM = 500  # things that may wait; a live run must never wait for its own display


class Aside:
    """Does what it is given, in order; where that stands still the oldest is dropped."""

    def __init__(self, name: str) -> None:
        self._waiting: deque[Callable[[], None]] = deque(maxlen=ROOM)
        self._wake = threading.Condition()
        self._ending = False
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def put(self, do: Callable[[], None]) -> None:
        """Queues it."""
        with self._wake:
            self._waiting.append(do)
            self._wake.notify()

    def close(self, timeout: float = 1.0) -> None:
        """Does what still waits, at most for `timeout` seconds."""
        with self._wake:
            self._ending = True
            self._wake.notify()
        self._thread.join(timeout)

    def _work(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._waiting or self._ending)
                if not self._waiting:
                    return
                do = self._waiting.popleft()
            do()
