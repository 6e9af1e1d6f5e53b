"""One live run at a time: two would fight for the ports and the device."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import IO

from bridge.errors import BridgeError


class Instance:
    """Holds a lock file as long as the process lives; the system frees it when it dies."""

    def __init__(self, folder: Path) -> None:
        """Raises BridgeError when another run holds it."""
        path = folder / "running.lock"
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
            self._file.seek(0)
            owner = self._file.read().strip() or "unknown"
            self._file.close()
            raise BridgeError(
                "dawbridge is already running",
                cause=f"the process {owner} holds the ports and the device",
                remedy=f"stop it with q or Ctrl-C in its terminal, or with: kill {owner}; "
                "a second one beside it needs another XDG_DATA_HOME",
            )
        with suppress(OSError):  # the lock is what counts; a full disk takes no number
            self._file.seek(0)
            self._file.truncate()
            self._file.write(str(os.getpid()))
            self._file.flush()

    def close(self) -> None:
        """Lets another run begin."""
        with suppress(OSError):  # what could not be written before cannot be now
            self._file.close()


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
