"""What the project should hold, as it was told in a `put`."""

import collections

from .wire import number, whole
from .words import plain

LAST = 1576800.0  # beats: Live's timeline ends here
NAMES = "id rev kind role group at end name colour track bpm num den notes path offset tempo beats"
Fact = collections.namedtuple("Fact", NAMES)  # positions and lengths in beats
Note = collections.namedtuple("Note", "at length pitch velocity")
LANES = {"section": "sections", "riff": "riffs", "chord": "chords"}


def fact_of(values):
    """The fact of a `put`. Raises ValueError for what is none."""
    at = number(values, "at")
    if at is None or not values.get("id") or not values.get("kind"):
        raise ValueError("a fact without id, kind or position")
    return Fact(
        id=values["id"],
        rev=values.get("rev", ""),
        kind=values["kind"],
        role=values.get("role", ""),
        group=values.get("group", ""),
        at=min(max(at, 0.0), LAST - 1.0),
        end=number(values, "end"),
        name=values.get("name", ""),
        colour=values.get("colour", ""),
        track=values.get("track", ""),
        bpm=number(values, "bpm"),
        num=whole(values, "num"),
        den=whole(values, "den"),
        notes=notes_of(values.get("notes", "")),
        path=values.get("path", ""),
        offset=number(values, "offset", 0.0),
        tempo=number(values, "tempo"),
        beats=number(values, "beats"),
    )


def notes_of(text):
    """Notes of `at,length,pitch,velocity,channel;...`. Raises ValueError."""
    notes = []
    for each in text.split(";") if text else ():
        at, length, pitch, velocity = each.split(",")[:4]
        note = Note(float(at), float(length), int(pitch), int(float(velocity)))
        if 0 <= note.pitch <= 127 and abs(note.at) < LAST and abs(note.length) < LAST:
            notes.append(note)
    return notes


def lane_of(fact):
    """Name of the track it belongs on; all of ours begin alike, so that none is the user's."""
    if fact.kind == "loop":
        return "dawbridge loops"
    if fact.track:
        ours = fact.track.lower().startswith("dawbridge")
        return plain(fact.track if ours else "dawbridge " + fact.track)
    if fact.kind == "notes":
        return "dawbridge drums"
    return "dawbridge " + LANES.get(fact.role, "markers")


def colour_of(fact):
    """0x00RRGGBB; None: no colour was told."""
    try:
        return int(fact.colour[1:7], 16) if fact.colour[:1] == "#" else None
    except ValueError:
        return None
