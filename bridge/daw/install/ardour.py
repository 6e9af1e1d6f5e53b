"""Our scripts in Ardour: each composed into one file, since only its factory function is kept."""

from __future__ import annotations

import re
from pathlib import Path

from bridge import __version__
from bridge.daw.install.copies import put_in, said_of, take_out
from bridge.daw.install.machine import Here, Machine, Outcome, lua_table
from bridge.daw.install.scripts import scripts_folder
from bridge.errors import BridgeError

INSIDE = "scripts"
OLDEST = 6
NAME = re.compile(r"ardour(\d{1,2})", re.IGNORECASE)
SIGNS = ("config", "ui_config", "recent", INSIDE)  # what Ardour or its user make among settings
PROGRAMS = ("locale", "patchfiles", "system_config")  # what is in the program's own folders alone
INCLUDE = re.compile(r"^[ \t]*--@include[ \t]+(\S+)[ \t]*$", re.MULTILINE)
PLACE = re.compile(r"^([ \t]*)--@here[ \t]*$", re.MULTILINE)
NEXT = (
    "in Ardour: Edit > Lua Scripts > Script Manager; under Action Hooks press New Hook and choose "
    "dawbridge: it then works in every session",
    "for the actions of the menu: Action Scripts, choose a slot, Add/Set, and take one of those "
    "that begin with dawbridge",
    "after an upgrade do the same again: Ardour keeps copies of its own",
)
KEPT = (
    "Ardour keeps copies of what sits in a slot or hook: remove them there, in "
    "Edit > Lua Scripts > Script Manager",
)


def compose(path: Path, here: Here, platform: str = "linux") -> str:
    """A script as Ardour gets it.

    `--@include lua/wire.lua` on a line of its own is replaced by that file of daw_scripts, which
    may include others; `--@here` by `local here = { folder = ..., command = ... }`. Raises OSError
    for a file that is not there, ValueError for files that include each other.
    """
    text = _included(path, ())
    told = f"local here = {lua_table(here, platform)}"
    return PLACE.sub(lambda place: place[1] + told, text)


def install(machine: Machine, here: Here, folder: Path | None) -> Outcome:
    """Into every Ardour of this user, or the one told. Raises BridgeError."""
    files = files_for(here, machine.platform)
    did: list[str] = []
    roots = config_folders(machine, folder)
    for root in roots:
        did += said_of(put_in(root, INSIDE, files, __version__), root / INSIDE)
    return Outcome(tuple(did), NEXT, tuple(roots))


def uninstall(machine: Machine, here: Here, folder: Path | None) -> Outcome:
    """Out of every Ardour of this user, or the one told. Raises BridgeError."""
    did: list[str] = []
    left: tuple[str, ...] = ()
    roots = config_folders(machine, folder)
    for root in roots:
        changes = take_out(root, INSIDE, files_for(here, machine.platform))
        if changes.removed or changes.kept:
            did += said_of(changes, root / INSIDE)
            left = KEPT
        else:
            did.append(f"There was nothing of dawbridge in {root}")
    return Outcome(tuple(did), left, tuple(roots))


def config_folders(machine: Machine, folder: Path | None) -> list[Path]:
    """Ardour's folders with the user's settings, oldest version first. Raises BridgeError."""
    if folder is not None:
        return [_given(machine, folder)]
    roots = found(machine)
    if not roots:
        raise BridgeError(
            "No Ardour was found",
            cause=f"there is no {_usual(machine)}/ardour{OLDEST} or newer",
            remedy="start Ardour once; one elsewhere is told with --folder, the folder with "
            "its settings",
        )
    return roots


def files_for(here: Here, platform: str) -> dict[str, bytes]:
    """Everything of ours in Ardour's folder of scripts, by name."""
    return {
        path.name: compose(path, here, platform).encode()
        for path in sorted((scripts_folder() / "ardour").glob("*.lua"))
    }


def found(machine: Machine) -> list[Path]:
    """The folder of each Ardour of this user, the oldest version first."""
    try:
        here = [path for path in _usual(machine).iterdir() if path.is_dir()]
    except OSError:
        return []
    numbered = [(int(told[1]), path) for path in here if (told := NAME.fullmatch(path.name))]
    return [path for number, path in sorted(numbered) if number >= OLDEST]


def _given(machine: Machine, folder: Path) -> Path:
    """The folder with an Ardour's settings that the user named. Raises BridgeError."""
    root = folder.expanduser().absolute()
    if root.name == INSIDE:
        root = root.parent
    numbered = NAME.fullmatch(root.name)
    if numbered and int(numbered[1]) < OLDEST:
        raise BridgeError(
            f"Ardour {numbered[1]} is too old for these scripts",
            cause=f"{root} is its folder; they work in Ardour 6.9 and later",
            remedy="give the folder of a newer one; `dawbridge install ardour` finds them",
        )
    if not root.is_dir():
        raise BridgeError(
            f"{folder} is no folder of Ardour's",
            cause="it does not exist",
            remedy=f"start Ardour {numbered[1]} once, it makes this folder; then install again"
            if numbered
            else f"give the folder with Ardour's settings, such as {_usual(machine)}/ardour8",
        )
    if any((root / sign).exists() for sign in PROGRAMS):
        raise BridgeError(
            f"{folder} is not the folder with your Ardour's settings",
            cause="it belongs to the program itself, whose next version takes the scripts away",
            remedy=f"give the one with your settings, such as {_usual(machine)}/ardour8",
        )
    if not numbered and not any((root / sign).exists() for sign in SIGNS):
        raise BridgeError(
            f"{folder} is no folder of Ardour's",
            cause=f"neither {', '.join(SIGNS[:-1])} nor {SIGNS[-1]} is in it",
            remedy=f"give the folder with Ardour's settings, such as {_usual(machine)}/ardour8",
        )
    return root


def _usual(machine: Machine) -> Path:
    if machine.platform == "darwin":
        return machine.home / "Library" / "Preferences"
    return machine.local if machine.platform == "win32" else machine.config


def _included(path: Path, within: tuple[Path, ...]) -> str:
    if path in within:
        raise ValueError(f"{path} includes itself")
    text = path.read_text(encoding="utf-8")
    return INCLUDE.sub(
        lambda told: _included(scripts_folder() / told[1], (*within, path)).rstrip("\n"), text
    )
