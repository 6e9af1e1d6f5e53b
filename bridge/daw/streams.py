"""Stream seconds and the computer's monotonic clock, as the ears tell them each second."""

from __future__ import annotations

from bridge.clocks import SECOND


class StreamClock:
    """The ears fit this map; here it is only kept."""

    def __init__(self) -> None:
        self._pair: tuple[float, int] | None = None

    @property
    def known(self) -> bool:
        """Whether the ears have told it yet."""
        return self._pair is not None

    def heard(self, stream: float, host_ns: int) -> None:
        """The stream was at `stream` seconds when the clock showed `host_ns`."""
        self._pair = stream, host_ns

    def host_ns(self, stream: float) -> int:
        """When that was or will be. Needs `known`."""
        assert self._pair is not None
        return self._pair[1] + round((stream - self._pair[0]) * SECOND)

    def stream(self, host_ns: int) -> float:
        """The inverse. Needs `known`."""
        assert self._pair is not None
        return self._pair[0] + (host_ns - self._pair[1]) / SECOND
