"""Two looks in succession must agree on a riff before it is said, and before it is taken back."""

from __future__ import annotations

from collections.abc import Iterable

from bridge.daw.riffs.recurrence import SAME, Found, Recurrence, meet, shared

Time = tuple[str, float, float]  # a riff's name, from, until


class Steady:
    """What is sure of the riffs of one pass."""

    def __init__(self) -> None:
        self._last: list[Time] | None = None
        self._said: list[Time] = []

    def hear(self, found: Found) -> Found | None:
        """What is to be said after this look; None: nothing is known after the first."""
        now, last = _times(found), self._last
        self._last = now
        if last is None:
            return None
        sure = [each for each in now if _among(each, last)]
        stays = [
            each
            for each in self._said
            if each[1] >= found.start
            and (_among(each, last) or _among(each, now))
            and not any(meet(each[1:], other[1:]) for other in sure)
        ]
        self._said = sorted([*sure, *stays], key=lambda time: time[1])
        return Found(found.start, found.end, _riffs(self._said))


def _times(found: Found) -> list[Time]:
    return [(riff.name, start, end) for riff in found.riffs for start, end in riff.times]


def _riffs(times: Iterable[Time]) -> tuple[Recurrence, ...]:
    by_name: dict[str, list[tuple[float, float]]] = {}
    for name, start, end in times:
        by_name.setdefault(name, []).append((start, end))
    return tuple(Recurrence(name, tuple(each)) for name, each in by_name.items())


def _among(time: Time, others: Iterable[Time]) -> bool:
    return any(shared(time[1:], other[1:]) >= SAME for other in others)
