"""One-line files that tell scripts where the daemon is (docs/daw_protocol.md)."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from bridge.daw.wire import Message, decode, encode
from bridge.errors import BridgeError

FAILURE = "not_started"  # the file that tells why the daemon started last did not come up


def make_meeting_place(folder: Path) -> None:
    """The folder where scripts come to, for the user alone. Raises BridgeError."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        with suppress(PermissionError):  # a script may have made it, for all to read
            folder.chmod(0o700)
    except OSError as error:
        raise BridgeError(
            f"The folder {folder}, where DAWs are met, cannot be made",
            cause=error.strerror or str(error),
            remedy="make it writable, or name another with the setting daw.folder",
        ) from error


def write_notice(path: Path, told: Message) -> None:
    """Puts the line there whole, readable by the user alone. Raises OSError.

    Windows refuses (PermissionError) while a script reads the old one: try again a moment later.
    """
    fresh = path.with_name(f"{path.name}.tmp")
    with suppress(FileNotFoundError):
        fresh.unlink()
    with os.fdopen(os.open(fresh, NEW, 0o600), "wb") as file:
        file.write(encode(told))
    fresh.replace(path)


def first_notice(path: Path, told: Message) -> bool:
    """The same when the daemon starts. False: it will have to be tried again. Raises BridgeError
    where that would not help.
    """
    try:
        write_notice(path, told)
    except OSError as error:
        if os.name == "nt" and isinstance(error, PermissionError):
            return False
        raise BridgeError(
            f"{path} cannot be written, so no script would find its way here",
            cause=error.strerror or str(error),
            remedy="make it writable, make room there, or name another folder with the setting "
            "daw.folder",
        ) from error
    return True


def read_notice(path: Path) -> Message | None:
    """What it tells; None: it is not there, or is none."""
    try:
        return decode(path.read_bytes().removesuffix(b"\n"))
    except OSError:
        return None


def tell_failure(folder: Path, error: BridgeError) -> None:
    """Leaves a line for the scripts that wait for a daemon: why none came up.

    Where the folder cannot be written nothing is told; the log has it, too.
    """
    with suppress(OSError, BridgeError):
        make_meeting_place(folder)
        write_notice(folder / FAILURE, Message("failure", {"text": error.sentence()}))


def forget_failure(folder: Path) -> None:
    """One came up."""
    with suppress(OSError):
        (folder / FAILURE).unlink()


def remove_notice(path: Path, token: str) -> None:
    """Takes it away, unless another daemon has written its own."""
    told = read_notice(path)
    if told is not None and told.text("token") == token:
        with suppress(OSError):
            path.unlink()


# O_EXCL follows no link that somebody laid there.
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
