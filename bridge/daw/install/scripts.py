"""The scripts that are shipped: inside the installed package, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

import bridge


def scripts_folder() -> Path:
    """Where `lua`, `reaper`, `ableton` and `ardour` lie."""
    inside = Path(bridge.__file__).parent / "daw_scripts"
    return inside if inside.is_dir() else Path(bridge.__file__).parent.parent / "daw_scripts"


def files_below(folder: Path, suffix: str = "") -> dict[str, bytes]:
    """Content by name relative to the folder; neither hidden files nor what Python left."""
    found = {}
    for path in sorted(folder.rglob(f"*{suffix}")):
        name = path.relative_to(folder)
        hidden = any(part.startswith(".") or part == "__pycache__" for part in name.parts)
        if path.is_file() and not hidden:
            found[name.as_posix()] = path.read_bytes()
    return found
