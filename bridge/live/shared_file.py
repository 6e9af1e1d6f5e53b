"""Memory that processes share: a file in the run's folder, mapped.

Not multiprocessing.SharedMemory: on Python 3.11 the resource tracker of a process that merely
attached deletes the segment when that process ends.
"""

from __future__ import annotations

import errno
import mmap
import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from bridge.errors import BridgeError


def create(path: Path, size: int) -> mmap.mmap:
    """A new file of zeros, mapped, with all its pages there. Raises BridgeError without room."""
    try:
        with path.open("w+b") as file:
            _reserve(file, size)
            return mmap.mmap(file.fileno(), size)
    except OSError as error:
        with suppress(OSError):
            path.unlink()
        raise _no_room(path, error) from error


def create_once(path: Path, size: int, head: bytes) -> mmap.mmap:
    """The file, made if it is missing, beginning with `head`; of several makers one wins.

    It appears under its name complete, so nobody ever sees half of it.
    """
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with fresh.open("w+b") as file:
            _reserve(file, size)
            file.write(head)
        if os.name == "nt":
            fresh.rename(path)  # Windows refuses where the name is taken
        else:
            path.hardlink_to(fresh)
    except FileExistsError:
        pass
    except OSError as error:
        raise _no_room(path, error) from error
    finally:
        fresh.unlink(missing_ok=True)
    return attach(path)


def attach(path: Path) -> mmap.mmap:
    """An existing file, mapped. Raises BridgeError when it is not there."""
    try:
        with path.open("r+b") as file:
            return mmap.mmap(file.fileno(), 0)
    except (OSError, ValueError) as error:
        raise BridgeError(
            f"The shared memory {path} cannot be opened",
            cause=str(error),
            remedy="the process that made it has ended; start again",
        ) from error


def _reserve(file: BinaryIO, size: int) -> None:
    """Without it a full memory disk shows only later, as a bus error in the middle of a write."""
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(file.fileno(), 0, size)
            return
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS):
                raise
    file.truncate(size)


def _no_room(path: Path, error: OSError) -> BridgeError:
    return BridgeError(
        f"The shared memory {path} cannot be made",
        cause=str(error),
        remedy=f"make room in {path.parent} (JACK servers use up to 100 MB each of /dev/shm)",
    )
