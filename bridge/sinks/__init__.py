"""Saying it: one file per way out."""

from __future__ import annotations

from typing import Protocol

from bridge.events import Event


class Sink(Protocol):
    """Takes every event, says what concerns it."""

    lead: float  # seconds before an event's own time at which this sink wants it; 0: when it sounds

    def send(self, event: Event) -> None:
        """Must not block. May raise OSError: it is said once, and the sink is tried again."""
        ...

    def close(self) -> None:
        """Releases what it holds: notes, ports, files."""
        ...
