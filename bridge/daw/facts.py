"""What a project should hold: one frozen fact each, with a stable id (docs/daw_protocol.md)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from hashlib import blake2s
from typing import Any, Literal, get_args

from bridge.daw.wire import Message, message

Kind = Literal["marker", "region", "text", "tempo", "notes", "loop"]
Role = Literal["section", "riff", "chord", "key", "tempo", "drums", "loop"]
KINDS: tuple[Kind, ...] = get_args(Kind)
ROLES: tuple[Role, ...] = get_args(Role)
DRUM_TRACK = "dawbridge drums"
STROKE = 0.1  # seconds: length of a drum's note
LIVE = "live"  # the group of what was heard while the transport ran


@dataclass(frozen=True, slots=True)
class Note:
    """A note: `at` from the fact's position, `length`, both in the project's unit."""

    at: float
    length: float
    pitch: int
    velocity: int
    channel: int = 9  # General MIDI's drums


@dataclass(frozen=True, slots=True)
class Fact:
    """Something of ours in a project. Positions are in the project's unit: seconds or beats.

    role    what it means in the music
    group   where it came from: LIVE, or "item:" and the DAW's id of what was analysed
    track   name of the track it wants to be on
    bpm     quarter notes a minute, num and den the metre (0: as before), of a tempo
    path    the sound file of a loop, `offset` seconds in; tempo (BPM) and beats are the file's own,
            in quarter notes
    """

    id: str
    kind: Kind
    role: Role
    at: float
    name: str = ""
    end: float | None = None
    group: str = LIVE
    colour: str = ""
    track: str = ""
    bpm: float | None = None
    num: int = 0
    den: int = 0
    notes: tuple[Note, ...] = ()
    path: str = ""
    offset: float = 0.0
    tempo: float | None = None
    beats: float | None = None


FIELDS = tuple(each.name for each in fields(Fact))


def fact_id(role: Role, *parts: object) -> str:
    """The same parts, the same id."""
    told = "\0".join(str(part) for part in parts)
    return f"{role}-{blake2s(told.encode('utf-8', 'replace'), digest_size=6).hexdigest()}"


def put(fact: Fact) -> Message:
    """The message that makes it be so."""
    values: dict[str, Any] = {}
    for name in FIELDS:
        value = getattr(fact, name)
        if name == "notes":
            if value:
                values["notes"] = notes_text(value)
        elif value not in (None, "", 0) or name in ("at", "name"):
            values[name] = value
    return message("put", **values)


def notes_text(notes: tuple[Note, ...]) -> str:
    """at,length,pitch,velocity,channel;..."""
    return ";".join(f"{n.at:.6f},{n.length:.6f},{n.pitch},{n.velocity},{n.channel}" for n in notes)


def notes_of(text: str) -> tuple[Note, ...]:
    """The inverse. Raises ValueError for what is none."""
    notes = []
    for each in text.split(";") if text else ():
        at, length, pitch, velocity, channel = each.split(",")
        notes.append(Note(float(at), float(length), int(pitch), int(velocity), int(channel)))
    return tuple(notes)
