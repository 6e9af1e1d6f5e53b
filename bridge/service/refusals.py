"""What the library refuses, as answers: a status, the three parts, and no path of this machine."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from bridge.errors import NO_ROOM, BridgeError, DiskFull
from bridge.library.places import readable
from bridge.library.wording import DatabaseTrouble
from bridge.service.models import Error

Folders = Callable[[], Iterable[str]]

# What is left when the folders that are known are away. A path from a root on, up to its last name:
# what a client may read of it. A slash within words (6/8, AC/DC) or an address (http://) is none.
FOLDERS = re.compile(r"(?<![\w.:/<])(?:/+|[A-Za-z]:[\\/])(?:[^\n:;,'\"()|/\\]*[/\\])*")
ANSWERS: dict[int | str, dict[str, Any]] = {
    400: {"model": Error, "description": "the body cannot be read"},
    404: {"model": Error, "description": "there is no such thing in the library"},
    409: {"model": Error, "description": "not as things stand: nothing to undo, not analysed yet"},
    413: {"model": Error, "description": "the body is too large"},
    422: {"model": Error, "description": "what was asked for cannot be"},
    501: {"model": Error, "description": "the extra `files` is not installed"},
    503: {"model": Error, "description": "the library cannot be reached"},
    507: {"model": Error, "description": "the disk is full"},
}

log = logging.getLogger(__name__)


class Refusal(BridgeError):
    """An error with the status that it is answered with; others have that of their kind."""

    def __init__(self, status: int, error: BridgeError) -> None:
        super().__init__(error.what, cause=error.cause, remedy=error.remedy)
        self.status = status


@contextmanager
def refused(status: int) -> Iterator[None]:
    """What the library refuses here, though it is well, is answered with this status."""
    try:
        yield
    except (Refusal, DiskFull, DatabaseTrouble):
        raise
    except BridgeError as error:
        raise Refusal(status, error) from error


class LibraryRoute(APIRoute):
    """A route whose errors are answers, none of them with a path of this machine."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route, with its errors caught."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except BridgeError as error:
                if isinstance(error, DatabaseTrouble):
                    log.warning("%s %s: %s", request.method, request.url.path, error)
                return await run_in_threadpool(said, error, request.app.state.store.folders)
            except ClientDisconnect:
                log.info("%s %s: broken off", request.method, request.url.path)
                return Response(status_code=400)  # nobody hears it
            except OSError as error:
                if error.errno not in NO_ROOM:
                    raise
                return said(full("the disk that the library lies on is full"))

        return answer


def said(error: BridgeError, folders: Folders = tuple) -> Response:
    """The error as an answer. `folders`: those of this machine that are known."""
    if isinstance(error, Refusal):
        status = error.status
    elif isinstance(error, DiskFull):
        status = 507
    else:
        status = 503 if isinstance(error, DatabaseTrouble) else 422
    return JSONResponse(without_folders(error.parts(), folders), status)


def full(cause: str) -> DiskFull:
    """There is no room where the library lies."""
    return DiskFull(
        "There is no room for this",
        cause=cause,
        remedy="delete recordings that are not needed, make room on the disk, or set "
        "library.folder to another one",
    )


def without_folders(parts: dict[str, str], folders: Folders = tuple) -> dict[str, str]:
    """The three parts of an error, files by their names alone. `folders`: asked for if need be."""
    texts = {part: readable(text) for part, text in parts.items()}
    slashes = any(sign in text for text in texts.values() for sign in "/\\")
    known = folders() if slashes else ()
    return {part: names_only(text, known) for part, text in texts.items()}


def names_only(text: str, folders: Iterable[str] = ()) -> str:
    """Paths in a text as the names that they end with.

    `folders`: those that are known, taken away letter by letter. Where a path ends that lies
    elsewhere can only be guessed: a folder's name may hold any sign.
    """
    for folder in sorted(filter(_has_name, folders), key=len, reverse=True):
        plain = PurePath(folder).as_posix()
        for way in {folder, plain, quote(plain, safe=" +/")}:  # the last as SQLAlchemy writes it
            name = PurePath(folder).name.replace("\\", r"\\")
            if way in text:
                text = re.sub(re.escape(way) + r"[/\\]+", "", text)
                text = re.sub(re.escape(way) + r"(?!\w)", name, text)
    return FOLDERS.sub("", text)


def _has_name(folder: str) -> bool:
    return bool(PurePath(folder).name)  # a root has none: its sign is in every path
