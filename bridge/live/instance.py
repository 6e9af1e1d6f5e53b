"""One live run at a time: two would fight for the ports and the device."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import IO

from bridge.errors import BridgeError

LOCK = "running.lock"


class Instance:
    """Holds a lock file as long as the process lives; the system frees it when it dies."""

    def __init__(self, folder: Path, *, note: bool = True) -> None:
        """`note`: writes who holds it. Raises BridgeError when another run does."""
        path = folder / LOCK
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file: IO[str] = path.open("a+")
        except OSError as error:
            raise BridgeError(
                f"{folder} cannot be written",
                cause=str(error),
                remedy="make it writable or make room there; XDG_DATA_HOME names another place",
            ) from error
        if not _lock(self._file):
            self._file.close()
            raise BridgeError(
                "dawbridge is already running",
                cause=f"the process {owner(folder) or 'of unknown number'} holds the ports and "
                "the device",
                remedy="use that one, or end it with `dawbridge stop` first: each user can run "
                "only one",
            )
        if not note:
            return
        with suppress(OSError):  # the lock is what counts; a full disk takes no number
            self._file.seek(0)
            self._file.truncate()
            self._file.write(str(os.getpid()))
            self._file.flush()

    def close(self) -> None:
        """Lets another run begin."""
        with suppress(OSError):  # what could not be written before cannot be now
            self._file.close()


def runs(folder: Path) -> bool:
    """Whether one runs."""
    try:
        Instance(folder, note=False).close()
    except BridgeError:
        return True
    return False


def owner(folder: Path) -> int | None:
    """The number of the process that holds it, or held it last; None: it is not known."""
    try:
        return int((folder / LOCK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _lock(file: IO[str]) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            file.seek(1 << 20)  # a byte nobody reads, so that the owner's number stays readable
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
