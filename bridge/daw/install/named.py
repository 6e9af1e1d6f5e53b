"""Folders that the user named with --folder: remembered, since nothing finds them again.

One file holds them all, by DAW. One that makes no sense is begun anew; one that cannot be read is
left as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bridge.daw.install.files import content_of, replace
from bridge.errors import BridgeError

FILE = "named_folders.json"


def named(memory: Path, daw: str) -> list[Path]:
    """Where `daw` was installed by name, first ones first. `memory`: the folder with our file."""
    with suppress(OSError):  # `remember` says so
        return [Path(root) for root in _read(memory).get(daw, [])]
    return []


def remember(memory: Path, daw: str, root: Path) -> None:
    """From now on it is known. Raises BridgeError."""
    with _said(memory):
        told = _read(memory)
        known = told.setdefault(daw, [])
        if str(root) not in known:
            known.append(str(root))
            _write(memory, told)


def forget(memory: Path, daw: str, root: Path) -> bool:
    """Whether it was known. Raises BridgeError."""
    with _said(memory):
        told = _read(memory)
        known = told.get(daw, [])
        if str(root) not in known:
            return False
        known.remove(str(root))
        _write(memory, {name: roots for name, roots in told.items() if roots})
        return True


def _read(memory: Path) -> dict[str, list[str]]:
    """Raises OSError."""
    try:
        told = json.loads(content_of(memory / FILE) or b"{}")
    except (ValueError, RecursionError):
        return {}
    if not isinstance(told, dict):
        return {}
    return {
        daw: [root for root in roots if isinstance(root, str) and _can_be(root)]
        for daw, roots in told.items()
        if isinstance(roots, list)
    }


def _can_be(root: str) -> bool:
    """Whether a folder can be called so, and be said on a terminal."""
    try:
        root.encode()
    except UnicodeEncodeError:
        return False
    return root != "" and "\0" not in root


def _write(memory: Path, told: dict[str, list[str]]) -> None:
    """Raises OSError."""
    memory.mkdir(parents=True, exist_ok=True)
    replace(memory / FILE, (json.dumps(told, indent=1) + "\n").encode(), precious=True)


@contextmanager
def _said(memory: Path) -> Iterator[None]:
    """An OSError becomes a BridgeError."""
    try:
        yield
    except OSError as error:
        raise BridgeError(
            "Which folder was named cannot be written down",
            cause=f"{memory / FILE}: {error.strerror or error}",
            remedy="everything else is done; make it writable and do the same again, so that "
            "`dawbridge doctor` knows of it",
        ) from error
