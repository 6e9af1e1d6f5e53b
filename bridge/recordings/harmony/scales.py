"""Which pitch classes belong to a key."""

from __future__ import annotations

from bridge.trackers.key import KEYS

MAJOR = (0, 2, 4, 5, 7, 9, 11)
MINOR = (0, 2, 3, 5, 7, 8, 10, 11)  # natural, and the leading note of its dominant


def scale(key: str) -> tuple[int, ...]:
    """Pitch classes, 0 is C, the tonic first. Raises ValueError for what is not in KEYS."""
    minor, tonic = divmod(KEYS.index(key), 12)
    return tuple((tonic + step) % 12 for step in (MINOR if minor else MAJOR))
