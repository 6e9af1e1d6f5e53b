"""What can be said: one frozen dataclass per fact.

Times are stream seconds: samples since the first one heard, divided by the rate. The text behind
each field is its meaning and unit; OSC addresses, JSON keys and the reference in docs/events.md
are derived from these classes and from nothing else.

Unknown is a value: a field that may be None says "not known yet".
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, get_args, get_type_hints

Drum = Literal["kick", "snare", "toms", "hihat", "cymbals"]
DRUMS: tuple[Drum, ...] = get_args(Drum)

EngineState = Literal["starting", "listening", "silent", "stalled", "lost", "ended"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact about the stream."""

    topic: ClassVar[str]

    at: Annotated[float, "when it happens in the music, stream seconds"]
    decided: Annotated[float, "how much of the stream had been heard when it was decided, seconds"]


@dataclass(frozen=True, slots=True, kw_only=True)
class State(Event):
    """How the engine is, and why. Said when it changes."""

    topic: ClassVar[str] = "state"

    state: Annotated[EngineState, "starting, listening, silent, stalled, lost or ended"]
    reason: Annotated[str, "why, in words"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap(Event):
    """Sound that was lost before it could be heard; `at` is where it begins."""

    topic: ClassVar[str] = "gap"

    seconds: Annotated[float, "how much was lost, seconds"]
    reason: Annotated[str, "why, in words"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Level(Event):
    """Loudness and stereo image (ITU-R BS.1770-5), ten times a second."""

    topic: ClassVar[str] = "level"

    rms: Annotated[float, "RMS of the last 100 ms, dBFS"]
    peak: Annotated[float, "sample peak of the last 100 ms, dBFS"]
    true_peak: Annotated[float, "true peak of the last 100 ms, dBTP"]
    momentary: Annotated[float, "momentary loudness (400 ms), LUFS"]
    short_term: Annotated[float, "short-term loudness (3 s), LUFS"]
    width: Annotated[float, "side energy over all energy: 0 mono, 0.5 unrelated sides, 1 opposed"]
    correlation: Annotated[float, "correlation of left and right, -1..1"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spectrum(Event):
    """The colour of the sound, ten times a second."""

    topic: ClassVar[str] = "spectrum"

    brightness: Annotated[float, "spectral centroid, Hz"]
    warmth: Annotated[float, "share of the energy between 80 and 500 Hz, 0..1"]
    flatness: Annotated[float, "geometric over arithmetic mean of the power: 0 tone, 1 noise"]
    contrast: Annotated[float, "peaks over valleys of the spectrum, mean over octaves, dB"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Onset(Event):
    """Something begins to sound."""

    topic: ClassVar[str] = "onset"

    strength: Annotated[float, "height over the local threshold, 0..1"]
    confidence: Annotated[float, "0..1"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo(Event):
    """The felt tempo; said when it changes or when its certainty does."""

    topic: ClassVar[str] = "tempo"

    bpm: Annotated[float | None, "felt beats per minute"]
    confidence: Annotated[float, "0..1"]
    other: Annotated[float | None, "the next best reading, BPM: often half or double"]
    coasting: Annotated[bool, "no evidence at the moment: the last tempo runs on"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat(Event):
    """A beat of the music, predicted or heard."""

    topic: ClassVar[str] = "beat"

    number: Annotated[int | None, "position in the bar, 1 is the downbeat"]
    bar: Annotated[int | None, "bars since the first one heard, from 1"]
    tempo: Annotated[float, "BPM at this beat"]
    confidence: Annotated[float, "0..1"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metre(Event):
    """How beats group into bars."""

    topic: ClassVar[str] = "metre"

    beats: Annotated[int | None, "beats in a bar, as a time signature counts them"]
    unit: Annotated[int | None, "the note value that is counted: 4 or 8"]
    confidence: Annotated[float, "0..1"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key(Event):
    """The key of the music."""

    topic: ClassVar[str] = "key"

    key: Annotated[str | None, "such as 'E minor' or 'Bb major'"]
    confidence: Annotated[float, "0..1"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chord(Event):
    """The harmony from `at` on."""

    topic: ClassVar[str] = "chord"

    label: Annotated[str, "Harte syntax such as 'E:min'; 'N' is no chord"]
    confidence: Annotated[float, "0..1"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pitch(Event):
    """The pitch of a single voice, fifty times a second while there is one, once when it ends."""

    topic: ClassVar[str] = "pitch"

    hz: Annotated[float, "fundamental frequency, Hz; 0: no pitch"]
    confidence: Annotated[float, "0..1"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrumHit(Event):
    """A stroke on a drum or cymbal."""

    topic: ClassVar[str] = "drum"

    drum: Annotated[Drum, "kick, snare, toms, hihat or cymbals"]
    velocity: Annotated[int, "MIDI velocity, 1..127"]
    confidence: Annotated[float, "0..1"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section(Event):
    """A part of the piece begins at `at`."""

    topic: ClassVar[str] = "section"

    name: Annotated[str, "intro, verse-like, chorus-like, build, drop, break, outro or silence"]
    number: Annotated[int, "sections since the start, from 1"]
    confidence: Annotated[float, "0..1"]


EVENTS: tuple[type[Event], ...] = (
    State, Gap, Level, Spectrum, Onset, Tempo, Beat, Metre, Key, Chord, Pitch, DrumHit, Section,
)  # fmt: skip
BY_TOPIC: dict[str, type[Event]] = {kind.topic: kind for kind in EVENTS}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an event: what docs, OSC and JSON are derived from."""

    name: str
    types: tuple[type, ...]  # of its values; NoneType among them: may be unknown
    meaning: str


def fields(kind: type[Event]) -> tuple[Field, ...]:
    """The fields of an event type in the order they were written, `at` and `decided` first."""
    return _FIELDS[kind.topic]


def _fields(kind: type[Event]) -> tuple[Field, ...]:
    hints = get_type_hints(kind, include_extras=True)
    return tuple(
        Field(f.name, _plain(hints[f.name].__origin__), hints[f.name].__metadata__[0])
        for f in dataclasses.fields(kind)
    )


def _plain(hint: Any) -> tuple[type, ...]:
    """The plain types behind a hint: of `int | None` int and NoneType, of a Literal str."""
    if isinstance(hint, type):
        return (hint,)
    arguments = get_args(hint)
    return tuple(dict.fromkeys(a if isinstance(a, type) else type(a) for a in arguments))


_FIELDS = {kind.topic: _fields(kind) for kind in EVENTS}


def to_json(event: Event) -> dict[str, Any]:
    """A flat dictionary of plain values; `event` names the topic."""
    return {"event": event.topic} | {f.name: getattr(event, f.name) for f in fields(type(event))}


def from_json(values: dict[str, Any]) -> Event:
    """The inverse of `to_json`. Raises KeyError or TypeError for what is no event of ours."""
    kind = BY_TOPIC[values["event"]]
    return kind(**{name: value for name, value in values.items() if name != "event"})
