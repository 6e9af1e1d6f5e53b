"""One file that is ours, or that we change: read, written whole, and said why not."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bridge.errors import BridgeError


def content_of(path: Path) -> bytes | None:
    """None: nothing is there, or no plain file. Raises OSError."""
    try:
        plain = stat.S_ISREG(path.stat().st_mode)  # a pipe would be waited for without end
        return path.read_bytes() if plain else None
    except (FileNotFoundError, NotADirectoryError):
        return None


def check_plain(path: Path) -> None:
    """Raises BridgeError where something else than a file has this name, OSError."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        if path.is_symlink():
            raise BridgeError(
                f"{path} is a link that leads nowhere",
                cause="what it names is not there, so it cannot be read or changed",
                remedy="remove the link, or bring back what it names; then try again",
            ) from None
        return
    if not stat.S_ISREG(mode):
        raise BridgeError(
            f"{path} is no plain file",
            cause="a folder, a pipe or a device has this name",
            remedy="move it elsewhere, then try again",
        )


def replace(path: Path, content: bytes, *, precious: bool = False) -> None:
    """Writes it whole or not at all; links are followed, permissions stay. Raises OSError.

    `precious`: also where the power fails at this moment.
    """
    path = Path(os.path.realpath(path))  # resolve() throws at a link that leads to itself
    fresh = _fresh(path)
    try:
        fresh.unlink(missing_ok=True)  # whatever has its name
        with fresh.open("xb") as file:
            file.write(content)
            if precious:
                file.flush()
                os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, fresh)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    if precious:
        _keep_names(path.parent)


def remove_half(path: Path) -> None:
    """Removes what a `replace` that was killed left beside it. Raises OSError."""
    fresh = _fresh(Path(os.path.realpath(path)))
    if fresh.is_file():
        fresh.unlink(missing_ok=True)


@contextmanager
def said(place: Path) -> Iterator[None]:
    """An OSError becomes a BridgeError."""
    try:
        yield
    except OSError as error:
        raise BridgeError(
            f"{error.filename or place} cannot be changed",
            cause=error.strerror or str(error),
            remedy=f"{_remedy(error)}; --folder names another place",
        ) from error


def _remedy(error: OSError) -> str:
    if error.errno in (errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ELOOP, errno.ENOTEMPTY):
        return "a folder, a file or a link stands where another is needed: move it elsewhere"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "make room on that disk, then try again"
    return "make it writable and close the DAW, then try again"


def _fresh(path: Path) -> Path:
    return path.with_name(f".{path.name}.dawbridge")


def _keep_names(folder: Path) -> None:
    """A renamed file outlives a power cut only when its folder is on the disk as well."""
    with suppress(OSError):  # Windows opens no folders; its renames are kept in a journal
        file = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)
