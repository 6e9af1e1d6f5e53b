"""Riffs as they were found in a stretch of the stream, and as a line of JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SAME = 0.5  # of two stretches together: so much shared, and they are one time of one riff
EDGE = 1e-6  # of a unit of time: shared by rounding alone


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A riff and the times that it came, (start, end) in stream seconds."""

    name: str
    times: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What came at least twice between two stream seconds, all of which were heard."""

    start: float
    end: float
    riffs: tuple[Recurrence, ...]

    def to_line(self) -> dict[str, Any]:
        """As an answer holds it."""
        riffs = [{"name": riff.name, "times": riff.times} for riff in self.riffs]
        return {"start": self.start, "end": self.end, "riffs": riffs}

    @classmethod
    def from_line(cls, told: Mapping[str, Any]) -> Found:
        """The inverse."""
        riffs = (
            Recurrence(each["name"], tuple((start, end) for start, end in each["times"]))
            for each in told["riffs"]
        )
        return cls(told["start"], told["end"], tuple(riffs))


def shared(one: tuple[float, float], other: tuple[float, float]) -> float:
    """0..1: how much of two stretches together is of both."""
    both = min(one[1], other[1]) - max(one[0], other[0])
    either = max(one[1], other[1]) - min(one[0], other[0])
    return both / either if both > 0 else 0.0


def meet(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether they share more than an edge."""
    return min(one[1], other[1]) - max(one[0], other[0]) > EDGE
