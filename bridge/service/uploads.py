"""Recordings that come in: streamed to the disk piece by piece, or by a path that is allowed."""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool

from bridge.errors import BridgeError
from bridge.library.places import clean_name
from bridge.service.refusals import Refusal, full
from bridge.service.store import uploads

if TYPE_CHECKING:
    from bridge.library.entries import Entry
    from bridge.library.library import Library

PIECE = 1 << 20  # bytes that are written at once
MEGA = 1_000_000


class Incoming:
    """A file that is being received. Left without `keep`, nothing of it stays."""

    def __init__(self, library: Library, most: int) -> None:
        """`most`: bytes that it may have."""
        from bridge.library.sounds import new_digest

        folder = uploads(library)
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f".{token_hex(8)}"  # swept away by its dot, if we are killed
        self.size = 0
        self._most = most
        self._digest = new_digest()
        self._file: Any = None

    @property
    def digest(self) -> str:
        """Of the bytes so far."""
        return self._digest.hexdigest()

    async def receive(self, body: AsyncIterator[bytes], announced: int | None) -> None:
        """Writes the body. `announced`: its length, where the client says it.

        Raises BridgeError, and OSError where the disk is full.
        """
        if announced is not None:
            self._fits(announced)
            free = shutil.disk_usage(self.path.parent).free
            if announced > free:
                raise full(
                    f"it has {announced / MEGA:.0f} MB, and {free / MEGA:.0f} MB are free on the "
                    "disk that the library lies on"
                )
        waiting: list[bytes] = []
        held = 0
        async for piece in body:
            waiting.append(piece)
            held += len(piece)
            self._fits(self.size + held)
            if held >= PIECE:
                await run_in_threadpool(self._write, waiting)
                waiting, held = [], 0
        await run_in_threadpool(self._write, waiting, last=True)
        if self.size == 0:
            raise BridgeError(
                "Nothing was sent",
                cause="the body is empty",
                remedy="send the file as the body: curl --data-binary @song.wav",
            )

    def drop(self) -> None:
        """Takes away what was received."""
        if self._file is not None:
            self._file.close()
        self.path.unlink(missing_ok=True)

    def _fits(self, size: int) -> None:
        if size > self._most:
            raise Refusal(
                413,
                BridgeError(
                    f"A recording may have {self._most / MEGA:.0f} MB at most",
                    cause=f"this one has {size / MEGA:.0f} MB or more",
                    remedy="raise service.upload, or send a compressed file: FLAC, M4A",
                ),
            )

    def _write(self, pieces: Sequence[bytes], last: bool = False) -> None:
        if self._file is None:
            self._file = self.path.open("wb", buffering=0)
        for piece in pieces:
            left = memoryview(piece)
            while left:
                left = left[self._file.write(left) :]
            self._digest.update(piece)
            self.size += len(piece)
        if last:
            os.fsync(self._file.fileno())
            self._file.close()


def take_in(library: Library, incoming: Incoming, name: str) -> tuple[Entry, bool]:
    """(the recording, whether it is new here). A file that is here already is not kept twice.

    One at a time in a library (Store.taking_in): what comes at the same moment is not here yet.
    Raises BridgeError where it is no sound; then the file is gone.
    """
    known = _known(library, incoming.digest)
    if known is not None:
        incoming.drop()
        return known, False
    began = time.time()
    path = _place(incoming.path.parent, name)
    try:
        incoming.path.replace(path)
        entry = library.add(path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return entry, entry.added >= began


def find(folders: Sequence[str], library: Library, text: str) -> Path:
    """The file that a client names, inside an allowed folder. Raises Refusal."""
    roots = [Path(folder).expanduser() for folder in folders] + [uploads(library)]
    try:
        allowed = [root.resolve() for root in roots]
        # a whole path stands for itself, whatever it is put behind
        places = [(root / text).resolve() for root in allowed]
        inside = [
            place
            for place in places
            if any(place.is_relative_to(root) and place != root for root in allowed)
        ]
        for place in inside:
            if _is_file(place):
                return place
    except (OSError, ValueError, RuntimeError) as error:  # too long, a NUL, a ring of links
        raise _outside(text) from error
    if len(inside) < len(places):  # whether there is something outside is not told
        raise _outside(text)
    raise Refusal(
        404,
        BridgeError(
            f"There is no file {text[:200]!r}",
            cause="nothing by this name lies in the folders of service.folders",
            remedy="check its spelling, or upload the file",
        ),
    )


def base_name(name: str) -> str:
    """The last part of what a client calls a file, on whatever system."""
    return PurePosixPath(clean_name(name).replace("\\", "/")).name or "recording"


def _known(library: Library, digest: str) -> Entry | None:
    """The recording that has a file of the same bytes, if one is still there."""
    entry = library.by_digest(digest)
    return entry if entry and any(path.is_file() for path in entry.files) else None


def _place(folder: Path, name: str) -> Path:
    """A free name in the folder, taken by an empty file."""
    from bridge.recordings.export.writing import safe_name

    suffix = PurePosixPath(name).suffix
    suffix = suffix if suffix[1:].isalnum() and suffix.isascii() and len(suffix) <= 8 else ""
    stem = safe_name(name.removesuffix(suffix) if suffix else name)
    number = 1
    while True:
        path = folder / f"{stem}{f' ({number})' if number > 1 else ''}{suffix}"
        with suppress(FileExistsError):
            path.touch(exist_ok=False)
            return path
        number += 1


def _is_file(path: Path) -> bool:
    """Not a folder, a pipe or a device, which could be read for ever."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False


def _outside(text: str) -> Refusal:
    return Refusal(
        403,
        BridgeError(
            f"{base_name(text)[:200]!r} may not be added by its path",
            cause="it lies outside the folders that service.folders allows",
            remedy="upload it, move it there, or add its folder to service.folders",
        ),
    )
