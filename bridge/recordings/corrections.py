"""What a hand corrects in a grid, as facts: a history of them can be kept, sent and undone.

A grid with its history is `correct(found, history)`; undo is the history without its last entry.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from bridge.recordings.grid import Grid


@dataclass(frozen=True, slots=True)
class Double:
    """Twice the tempo."""

    kind: Literal["double"] = "double"


@dataclass(frozen=True, slots=True)
class Halve:
    """Half the tempo; `other`: the beats that stay are not those of the downbeats."""

    other: bool = False
    kind: Literal["halve"] = "halve"


@dataclass(frozen=True, slots=True)
class TheOne:
    """The beat nearest to `at` (seconds) is a downbeat."""

    at: float
    kind: Literal["the_one"] = "the_one"


@dataclass(frozen=True, slots=True)
class SetMetre:
    """Bars of `counted` units of 1/`unit`, from `since` (seconds) on or everywhere."""

    counted: int
    unit: int
    since: float | None = None
    kind: Literal["metre"] = "metre"


@dataclass(frozen=True, slots=True)
class SetBeats:
    """These beats (seconds) instead."""

    beats: tuple[float, ...]
    kind: Literal["beats"] = "beats"


Correction = Annotated[Double | Halve | TheOne | SetMetre | SetBeats, Field(discriminator="kind")]


def apply(grid: Grid, correction: Correction) -> Grid:
    """The corrected grid. Raises BridgeError where it cannot be corrected like that."""
    match correction:
        case Double():
            return grid.doubled()
        case Halve(other=other):
            return grid.halved(other)
        case TheOne(at=at):
            return grid.with_one(at)
        case SetMetre(counted=counted, unit=unit, since=since):
            return grid.with_metre(counted, unit, since)
        case SetBeats(beats=beats):
            return grid.with_beats(beats)


def correct(grid: Grid, history: Iterable[Correction]) -> Grid:
    """The grid as it was found, after all corrections in their order."""
    for correction in history:
        grid = apply(grid, correction)
    return grid


def correction_of(values: Any) -> Correction:
    """The correction again from what facts.to_json gave. Raises pydantic.ValidationError."""
    correction: Correction = TypeAdapter(Correction).validate_python(values)
    return correction
