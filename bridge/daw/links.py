"""The seam between what the daemon decides and the ways to the scripts inside DAWs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from bridge.daw.wire import Message


class Link(Protocol):
    """The way to one script in one DAW. Nothing here waits, and nothing raises for the far side."""

    @property
    def gone(self) -> bool:
        """The other side has left for good; nothing comes any more and nothing arrives there."""

    def take(self) -> list[Message]:
        """What has come since the last call."""

    def send(self, messages: Iterable[Message]) -> None:
        """Says it, now or as soon as there is room; a far side that takes nothing is gone."""

    def close(self) -> None:
        """Ends it from here. Twice is harmless."""


class Meeting(Protocol):
    """Where scripts come to."""

    def arrivals(self) -> list[Link]:
        """Those that came since the last call; the first message of each is its `hello`."""

    def beat(self) -> None:
        """To be called once a second: the sign of life, and sweeping."""

    def close(self) -> None:
        """Ends every link and takes the sign of life away. Twice is harmless."""
