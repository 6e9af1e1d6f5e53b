"""What is known of a recording once it has been heard: facts, in seconds from its first sample.

Plain frozen dataclasses of plain values: `to_json` and `from_json` are pydantic's, the library
keeps them, the API gives them, exports read them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from pydantic import TypeAdapter

from bridge.recordings.grid import Grid

Kind = Literal["song", "practice", "noodle", "count_in", "talk", "silence"]
T = TypeVar("T")
LOOP_BARS = (4, 8, 12, 16, 24, 32)  # lengths of loops, in bars; what is longer is 0: "longer"


def loop_bars(bars: float) -> int:
    """The next of LOOP_BARS that so many bars fit in; 0: longer."""
    return next((length for length in LOOP_BARS if length >= bars), 0)


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` to `end`."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """How long."""
        return self.end - self.start

    def shared(self, other: Span) -> float:
        """Seconds of both."""
        return max(0.0, min(self.end, other.end) - max(self.start, other.start))


@dataclass(frozen=True, slots=True)
class Part(Span):
    """What a stretch of a recording is: a song played, talk, noodling ... The parts fill it."""

    kind: Kind
    confidence: float


@dataclass(frozen=True, slots=True)
class Chord(Span):
    """A chord in Harte's syntax, "N": none."""

    label: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Key(Span):
    """A key: "E minor"."""

    key: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Section(Span):
    """A part of the form. The same letter is the same music."""

    label: str
    name: str | None  # intro, verse, chorus, bridge, break, outro; None: the evidence is thin
    confidence: float


@dataclass(frozen=True, slots=True)
class Riff:
    """A unit that comes at least twice, or a region that somebody drew.

    times       where it sounds, ascending
    best        which of `times` makes the best loop
    bars        its length in bars
    loop_bars   the next of LOOP_BARS; 0: longer
    salience    0..1: 0.6 repetition + 0.4 energy
    coolness    0..10, niceness 0..100: bridge.recordings.taste
    seam        0..1: 1, the seam of its loop is not heard; None: not measured on the sound yet
    """

    id: str
    name: str
    times: tuple[Span, ...]
    best: int
    bars: float
    loop_bars: int
    repetition: float
    energy: float
    salience: float
    coolness: float
    niceness: float
    chords: tuple[str, ...]
    seam: float | None
    confidence: float


@dataclass(frozen=True, slots=True)
class Take(Span):
    """A piece played once (kind "song"), or practised, with its own grid and what follows."""

    name: str
    grid: Grid
    tuning_cents: float  # over A = 440 Hz
    key: str | None  # the main one
    keys: tuple[Key, ...]
    chords: tuple[Chord, ...]
    sections: tuple[Section, ...]
    riffs: tuple[Riff, ...]
    genre: str
    confidence: float
    kind: Kind = "song"


@dataclass(frozen=True, slots=True)
class Hit:
    """A stroke on a drum: kick, snare, toms, hihat, cymbals; velocity 1..127."""

    time: float
    drum: str
    velocity: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Tone:
    """The pitch line: one value each 10 ms while something sounds. hz 0: no tone."""

    time: float
    hz: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Recording:
    """All that is known of a whole recording."""

    duration: float
    parts: tuple[Part, ...]
    takes: tuple[Take, ...]
    hits: tuple[Hit, ...] = ()
    onsets: tuple[float, ...] = ()
    pitch: tuple[Tone, ...] = field(default=(), repr=False)


def to_json(fact: Any) -> Any:
    """A fact as plain JSON values."""
    return TypeAdapter(type(fact)).dump_python(fact, mode="json")


def from_json(kind: type[T], values: Any) -> T:
    """The fact again. Raises pydantic.ValidationError."""
    fact: T = TypeAdapter(kind).validate_python(values)
    return fact
