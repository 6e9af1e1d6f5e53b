"""Options that several commands share, and how they become settings."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer

from bridge.errors import BridgeError
from bridge.settings import Loaded, commented_config, config_path, load

Preset = Annotated[
    str | None, typer.Option("--preset", "-p", help="A preset by name, or the path of one.")
]
Config = Annotated[
    Path | None, typer.Option("--config", help="Another config file than the user's own.")
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", "-s", help="Any setting: NAME=VALUE, as in --set midi.chords=true. Repeatable."
    ),
]


def settings_for(
    preset: str | None, config: Path | None, assignments: list[str] | None, **flags: Any
) -> Loaded:
    """The settings in force. `flags` are dotted names with __ for the dot. Raises BridgeError."""
    if config is not None and not _exists(config):
        raise BridgeError(
            f"There is no config file {config}",
            cause="the path given with --config is wrong",
            remedy="check it, or leave --config out to use your own file",
        )
    path = config or own_config()
    values = {name.replace("__", "."): value for name, value in flags.items()}
    values |= dict(_assignment(each) for each in assignments or [])
    return load(preset=preset, config=path, flags=values)


def own_config() -> Path:
    """The user's config file, written out commented on first use where that is possible."""
    path = config_path()
    if not _exists(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(commented_config(), encoding="utf-8")
        except OSError:
            pass  # a read-only home: the defaults hold, and `dawbridge doctor` tells of it
    return path


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name too long, a folder we may not enter
        return False


def _assignment(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise BridgeError(
            f"--set {text} is no assignment",
            cause="there is no = in it",
            remedy="write it as --set midi.chords=true",
        )
    try:
        return name.strip(), tomllib.loads(f"value = {value}")["value"]
    except (ValueError, RecursionError):
        return name.strip(), value
