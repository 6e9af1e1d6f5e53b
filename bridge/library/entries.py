"""What the library takes and answers with: frozen, plain values, ready for JSON."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bridge.library.places import clean_name
from bridge.recordings.facts import Kind, Span, Take

Stage = Literal["decode", "beats", "structure", "drums", "labels"]  # that a job can begin with
State = Literal["queued", "running", "done", "failed", "cancelled"]  # of a job
READY = get_args(Stage)


def _cleaned(text: str) -> str:
    if not (cleaned := clean_name(text)):
        raise ValueError("there is no sign in it that can be seen")
    return cleaned


Word = Annotated[
    str,
    Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$"),
    AfterValidator(_cleaned),
]
Seconds = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
Moment = Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]  # where something ends


class RegionChange(BaseModel):
    """What a user may say of a region; what is left out stays, null takes the user's word back."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: Seconds | None = None
    end: Moment | None = None
    name: Word | None = None
    bars: float | None = Field(None, ge=0, le=10000, allow_inf_nan=False)
    loop_bars: int | None = Field(None, ge=0, le=10000)
    coolness: float | None = Field(None, ge=0, le=10, allow_inf_nan=False)
    niceness: float | None = Field(None, ge=0, le=100, allow_inf_nan=False)
    chords: Annotated[list[Word], Field(max_length=500)] | None = None
    labels: Annotated[list[Word], Field(max_length=100)] | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A recording as it is listed.

    id          32 hexadecimal digits, the hash of its sound: the same in every library
    added       seconds since 1970; analysed: None, not yet
    most_riffs  of a take, that it was last analysed for
    """

    id: str
    name: str
    files: tuple[Path, ...]
    duration: float
    rate: int
    channels: int
    format: str
    added: float
    analysed: float | None
    most_riffs: int
    takes: int
    regions: int


@dataclass(frozen=True, slots=True)
class TakeEntry:
    """A part of a recording; `take`: all that follows from its grid, None for talk and the like.

    corrections  those in force, oldest first, as plain values
    tightness    0..1, how evenly it was played; None: not known
    """

    id: str
    recording: str
    kind: Kind
    start: float
    end: float
    name: str
    tempo: float | None
    metre: str | None
    key: str | None
    tightness: float | None
    corrections: tuple[dict[str, Any], ...]
    take: Take | None


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch worth keeping, found or drawn, as the user has it.

    times   where else it sounds, itself included; only itself: it was drawn
    edited  which of its values are the user's
    """

    id: str
    recording: str
    take: str | None
    origin: str
    start: float
    end: float
    bars: float
    loop_bars: int
    tempo: float | None
    name: str
    coolness: float
    niceness: float
    chords: tuple[str, ...]
    labels: tuple[str, ...]
    seam: float | None
    confidence: float
    salience: float
    times: tuple[Span, ...]
    edited: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Likeness:
    """A region that sounds like another one. likeness 0..1: 1, the same."""

    region: Region
    likeness: float


@dataclass(frozen=True, slots=True)
class Size:
    """Bytes on the disk, and how much of what. database: None where a server has it."""

    database: int | None
    findings: int
    recordings: int
    takes: int
    regions: int
    jobs: int


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was taken away."""

    recordings: int
    files: int
    jobs: int
    folders: int
    bytes: int
