"""Corrections by hand, from whatever way they come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol, get_args

Command = Literal["tap", "double", "halve", "the_one"]
COMMANDS: dict[Command, str] = {
    "tap": "a beat is now",
    "double": "the tempo is twice as fast",
    "halve": "the tempo is half as fast",
    "the_one": "the beat nearest to now is the first of the bar",
}
assert set(COMMANDS) == set(get_args(Command))


class Correctable(Protocol):
    """A tracker that takes corrections as evidence. Times are stream seconds."""

    def tap(self, at: float) -> None:
        """A beat is at this time."""

    def double(self) -> None:
        """The tempo is twice what was said."""

    def halve(self) -> None:
        """The tempo is half of what was said."""

    def the_one(self, at: float) -> None:
        """The beat nearest to this time is number 1."""


def apply(command: str, trackers: Mapping[str, object], at: float) -> bool:
    """Gives the command to the beat tracker. False: unknown command, or no beats are tracked."""
    beats = trackers.get("beats")
    if beats is None or command not in COMMANDS:
        return False
    act = getattr(beats, command)
    if command in ("tap", "the_one"):
        act(at)
    else:
        act()
    return True
