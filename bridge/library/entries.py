"""What the library answers with: frozen, plain values, ready for JSON."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.recordings.facts import Kind, Span, Take


@dataclass(frozen=True, slots=True)
class Entry:
    """A recording as it is listed.

    id        32 hexadecimal digits, the hash of its sound: the same in every library
    added     seconds since 1970; analysed: None, not yet
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
