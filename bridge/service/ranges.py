"""Parts of a file, as RFC 9110 (section 14) has them: players seek in a sound without all of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from email.utils import formatdate
from pathlib import Path

from fastapi import Response
from fastapi.responses import StreamingResponse

PIECE = 1 << 18  # bytes read at once
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def wanted(header: str | None, size: int) -> tuple[int, int] | None:
    """(first, last) byte of what is asked for. None: all of it, or several pieces at once.

    Raises ValueError for what lies beyond the end.
    """
    match = RANGE.fullmatch((header or "").replace(" ", ""))
    if match is None or match[1] == match[2] == "":
        return None
    if match[1] == "":  # the last so many
        first, last = max(0, size - int(match[2])), size - 1
        if int(match[2]) == 0:
            raise ValueError("the last 0 bytes")
    else:
        first = int(match[1])
        last = min(int(match[2]), size - 1) if match[2] else size - 1
        if match[2] and int(match[2]) < first:
            return None  # no range at all: RFC 9110 has it passed over
    if first >= size:
        raise ValueError(f"byte {first} of {size}")
    return first, last


def file_answer(path: Path, media: str, method: str, headers: Mapping[str, str]) -> Response:
    """The file or the part of it that is asked for; only its headers for HEAD. Raises OSError."""
    about = path.stat()
    size, tag = about.st_size, f'"{about.st_mtime_ns:x}-{about.st_size:x}"'
    said = {
        "Accept-Ranges": "bytes",
        "ETag": tag,
        "Last-Modified": formatdate(about.st_mtime, usegmt=True),
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    part = None
    if method == "GET" and headers.get("if-range", tag) == tag:
        try:
            part = wanted(headers.get("range"), size)
        except ValueError:
            return Response(status_code=416, headers=said | {"Content-Range": f"bytes */{size}"})
    first, last = part or (0, size - 1)
    said["Content-Length"] = str(last - first + 1)
    if part:
        said["Content-Range"] = f"bytes {first}-{last}/{size}"
    if method == "HEAD":
        return Response(headers=said, media_type=media)
    pieces = pieces_of(path, first, last)
    return StreamingResponse(pieces, 206 if part else 200, said, media)


def pieces_of(path: Path, first: int, last: int) -> Iterator[bytes]:
    """The bytes from first to last. The file is opened when the first one is asked for."""
    with path.open("rb") as file:
        file.seek(first)
        left = last - first + 1
        while left > 0 and (piece := file.read(min(PIECE, left))):
            left -= len(piece)
            yield piece
