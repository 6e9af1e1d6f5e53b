"""Corrections by hand, from whatever way they come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

Command = Literal["tap", "double", "halve", "the_one"]
COMMANDS: dict[Command, str] = {
    "tap": "a beat is now",
    "double": "the tempo is twice as fast",
    "halve": "the tempo is half as fast",
    "the_one": "the beat nearest to now is the first of the bar",
}
assert set(COMMANDS) == set(get_args(Command))


def apply(command: str, trackers: Mapping[str, object], at: float) -> bool:
    """Calls the beat tracker's method of that name. False: it had nothing to correct.

    `at`: when the hand moved, stream seconds.
    """
    beats = trackers.get("beats")
    if beats is None or command not in COMMANDS:
        return False
    act = getattr(beats, command)
    done = act(at) if command in ("tap", "the_one") else act()
    return done is not False
