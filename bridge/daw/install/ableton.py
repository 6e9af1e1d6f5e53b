"""Our remote script in Ableton Live: a folder in the User Library."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from html import unescape
from pathlib import Path

from bridge import __version__
from bridge.daw.install.copies import put_in, said_of, take_out
from bridge.daw.install.machine import Here, Machine, Outcome
from bridge.daw.install.scripts import files_below, scripts_folder
from bridge.errors import BridgeError

SCRIPTS = "Remote Scripts"
INSIDE = f"{SCRIPTS}/dawbridge"
HERE = "here.json"
LIBRARY = "User Library"
# What Live makes in a User Library, one of which every one has.
SIGNS = (SCRIPTS, "Presets", "Clips", "Defaults", "Templates", "Samples", "Ableton Folder Info")
PLACE = re.compile(r'<ProjectPath Value="([^"]+)"')
NEXT = (
    "restart Live",
    "then Settings > Link, Tempo & MIDI: choose dawbridge as a Control Surface; "
    "its Input and Output may stay at None",
)


def install(machine: Machine, here: Here, folder: Path | None) -> Outcome:
    """Raises BridgeError."""
    root = user_library(machine, folder)
    changes = put_in(root, INSIDE, files_for(here, machine.platform), __version__)
    return Outcome(tuple(said_of(changes, root / INSIDE)), NEXT, (root,))


def uninstall(machine: Machine, here: Here, folder: Path | None) -> Outcome:
    """Takes the script out; settings that the user wrote beside it stay. Raises BridgeError."""
    root = user_library(machine, folder)
    changes = take_out(root, INSIDE, files_for(here, machine.platform))
    if not changes.removed and not changes.kept:
        return Outcome((f"There was nothing of dawbridge in {root}",), roots=(root,))
    did = said_of(changes, root / INSIDE)
    yours = sorted(
        path.relative_to(root / INSIDE).as_posix()
        for path in (root / INSIDE).rglob("*")
        if path.is_file() and path.name not in changes.kept  # those are told of already
    )
    if yours:
        did.append(f"What you put there yourself stays in {root / INSIDE}: {', '.join(yours)}")
    return Outcome(tuple(did), ("restart Live if it is open",), (root,))


def user_library(machine: Machine, folder: Path | None) -> Path:
    """Where Live looks for the user's remote scripts. Raises BridgeError where it is not."""
    if folder is not None:
        return _given(folder.expanduser().absolute())
    for place in (*_told_by_live(machine), _usual(machine)):
        if place.is_dir():
            return place
    raise BridgeError(
        "Live's User Library was not found",
        cause=f"there is no {_usual(machine)}, and Live's settings tell of no other",
        remedy="start Live once; Settings > Library > Location of User Library shows where it is: "
        "give that with --folder",
    )


def files_for(here: Here, platform: str) -> dict[str, bytes]:
    """Everything that our folder holds, by name; the same on every platform."""
    del platform
    told = {
        "folder": str(here.folder),
        "command": list(here.command),
        "version": here.version,
    }
    return files_below(scripts_folder() / "ableton" / "dawbridge") | {
        HERE: (json.dumps(told, indent=1) + "\n").encode()
    }


def found(machine: Machine) -> list[Path]:
    """This user's library; none where there is no Live."""
    try:
        return [user_library(machine, None)]
    except BridgeError:
        return []


def _given(folder: Path) -> Path:
    if folder.name == "User Remote Scripts":
        raise BridgeError(
            f"Live looks for no scripts in {folder}",
            cause="that folder is for mappings alone, whatever its name says",
            remedy="give the User Library: Settings > Library > Location of User Library",
        )
    root = folder.parent if folder.name == SCRIPTS else folder
    if (root / LIBRARY).is_dir():
        root = root / LIBRARY
    if root.is_dir() and (root.name == LIBRARY or any((root / sign).exists() for sign in SIGNS)):
        return root
    raise BridgeError(
        f"{folder} is no User Library of Live",
        cause=f"it has no folder {SCRIPTS} or Presets" if root.is_dir() else "it does not exist",
        remedy="Settings > Library > Location of User Library shows the right one",
    )


def _usual(machine: Machine) -> Path:
    if machine.platform == "darwin":
        return machine.home / "Music" / "Ableton" / LIBRARY
    return machine.documents / "Ableton" / LIBRARY


def _told_by_live(machine: Machine) -> Iterator[Path]:
    """Places in Library.cfg of the Lives that ran here, the newest first."""
    if machine.platform == "darwin":
        settings = machine.home / "Library" / "Preferences" / "Ableton"
    elif machine.platform == "win32":
        settings = machine.config / "Ableton"
    else:
        return
    found = [*settings.glob("Live */Preferences/Library.cfg"), *settings.glob("Live */Library.cfg")]
    dated: list[tuple[float, Path]] = []
    for path in found:
        with suppress(OSError):
            dated.append((path.stat().st_mtime, path))
    for _, path in sorted(dated, reverse=True):
        with suppress(OSError):
            told = PLACE.search(path.read_text(encoding="utf-8", errors="replace"))
            if told:
                place = Path(unescape(told[1]))
                yield place / LIBRARY
                if place.name == LIBRARY:
                    yield place
