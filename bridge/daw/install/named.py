"""Folders that the user named with --folder: remembered, since nothing finds them again.

One file holds them all, by DAW. Where it cannot be read nothing is remembered: a DAW whose scripts
are installed again with --folder is told anew.
"""

from __future__ import annotations

import json
from pathlib import Path

from bridge.daw.install.files import content_of, replace
from bridge.errors import BridgeError

FILE = "named_folders.json"


def named(memory: Path, daw: str) -> list[Path]:
    """Where `daw` was installed by name, first ones first. `memory`: the folder with our file."""
    return [Path(root) for root in _read(memory).get(daw, [])]


def remember(memory: Path, daw: str, root: Path) -> None:
    """From now on it is known. Raises BridgeError."""
    told = _read(memory)
    known = told.setdefault(daw, [])
    if str(root) not in known:
        known.append(str(root))
        _write(memory, told)


def forget(memory: Path, daw: str, root: Path) -> bool:
    """Whether it was known. Raises BridgeError."""
    told = _read(memory)
    known = told.get(daw, [])
    if str(root) not in known:
        return False
    known.remove(str(root))
    _write(memory, {name: roots for name, roots in told.items() if roots})
    return True


def _read(memory: Path) -> dict[str, list[str]]:
    try:
        told = json.loads(content_of(memory / FILE) or b"{}")
        return {str(daw): list(map(str, roots)) for daw, roots in told.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


def _write(memory: Path, told: dict[str, list[str]]) -> None:
    try:
        memory.mkdir(parents=True, exist_ok=True)
        replace(memory / FILE, (json.dumps(told, indent=1) + "\n").encode(), precious=True)
    except OSError as error:
        raise BridgeError(
            "Which folder was named cannot be written down",
            cause=f"{memory / FILE}: {error.strerror or error}",
            remedy="everything else is done; make it writable and do the same again, so that "
            "`dawbridge doctor` knows of it",
        ) from error
