"""Which note plays which drum: one TOML file per plug-in, in presets/drum_maps or the user's own.

How to write one: docs/drum_maps.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.errors import BridgeError
from bridge.events import DRUMS
from bridge.settings import presets_folder, read_toml


@dataclass(frozen=True, slots=True)
class DrumMap:
    """The notes of one drum plug-in."""

    name: str
    source: str  # where the notes are from, and who has tried them
    notes: Mapping[str, int]  # MIDI note by drum; a drum that is not in it is not played


def drum_map_names() -> list[str]:
    """The drum maps that are shipped."""
    return sorted(path.stem for path in _folder().glob("*.toml"))


def load_drum_map(name: str) -> DrumMap:
    """A shipped map by name, or one of the user's by the path of its .toml file.

    Raises BridgeError for an unknown name, a drum that is none and a note beyond 0..127.
    """
    path = _path(name)
    values = read_toml(path)
    unknown = values.keys() - {"name", "source", "notes"}
    if unknown:
        raise BridgeError(
            f"{path} cannot be used as a drum map",
            cause=f"{sorted(unknown)[0]!r} is none of its names: name, source, notes",
            remedy="correct the spelling or remove the line; docs/drum_maps.md shows a whole map",
        )
    notes = values.get("notes")
    if not isinstance(notes, dict) or not notes:
        raise BridgeError(
            f"{path} cannot be used as a drum map",
            cause="it has no [notes]",
            remedy="add a table [notes] with lines such as kick = 36",
        )
    return DrumMap(
        name=str(values.get("name", path.stem)),
        source=str(values.get("source", "")),
        notes={drum: _note(drum, note, path) for drum, note in notes.items()},
    )


def _folder() -> Path:
    return presets_folder() / "drum_maps"


def _path(name: str) -> Path:
    if name.endswith(".toml"):
        return Path(name).expanduser()
    path = _folder() / f"{name}.toml"
    if name not in drum_map_names():
        raise BridgeError(
            f"There is no drum map {name!r}",
            cause=f"known are {', '.join(drum_map_names())}",
            remedy="choose one of these, or give the path of a .toml file",
        )
    return path


def _note(drum: str, note: Any, path: Path) -> int:
    if drum not in DRUMS:
        raise BridgeError(
            f"{path} names a drum {drum!r} that is never heard",
            cause=f"the drums are {', '.join(DRUMS)}",
            remedy="use one of these names",
        )
    if isinstance(note, bool) or not isinstance(note, int) or not 0 <= note <= 127:
        raise BridgeError(
            f"The note of {drum!r} cannot be {note!r}",
            cause=f"{path} says so; a MIDI note is a whole number from 0 to 127",
            remedy="write the number of the note, not its name: 36 is a kick in General MIDI",
        )
    return note
