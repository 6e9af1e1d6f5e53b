"""Stream time is a sample count; these are its maps to the clocks outside."""

from __future__ import annotations

from collections import deque

SECOND = 1_000_000_000  # nanoseconds
MEMORY = 10.0  # seconds over which the host clock is fitted: a drift of 50 ppm makes 0.5 ms of it


class HostClock:
    """Stream seconds to nanoseconds of the computer's monotonic clock.

    Blocks arrive late by scheduling, never early, so the least delay of the last seconds is the
    truth and the rest is jitter.
    """

    def __init__(self) -> None:
        self._delays: deque[tuple[float, int]] = deque()  # (stream seconds, delay), delays rising

    def heard(self, stream: float, host_ns: int) -> None:
        """The sound up to `stream` seconds had arrived at `host_ns`."""
        delay = host_ns - round(stream * SECOND)
        while self._delays and self._delays[-1][1] >= delay:
            self._delays.pop()
        self._delays.append((stream, delay))
        while self._delays[0][0] < stream - MEMORY:
            self._delays.popleft()

    @property
    def known(self) -> bool:
        """Whether anything has been heard yet."""
        return bool(self._delays)

    def host_ns(self, stream: float) -> int:
        """When `stream` seconds is or was, by the monotonic clock. Needs `known`."""
        return round(stream * SECOND) + self._delays[0][1]

    def stream(self, host_ns: int) -> float:
        """The inverse of `host_ns`. Needs `known`."""
        return (host_ns - self._delays[0][1]) / SECOND
