"""What the library refuses, as answers: a status, the three parts, and no path of this machine."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from bridge.errors import NO_ROOM, BridgeError, DiskFull
from bridge.library.places import readable
from bridge.library.wording import DatabaseTrouble
from bridge.service.models import Error

# A path from a root on, up to its last name: what a client may read of it. A slash within words
# (6/8, AC/DC) or an address (http://) begins no path.
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
                return said(error)
            except ClientDisconnect:
                log.info("%s %s: broken off", request.method, request.url.path)
                return Response(status_code=400)  # nobody hears it
            except OSError as error:
                if error.errno not in NO_ROOM:
                    raise
                return said(full("the disk that the library lies on is full"))

        return answer


def said(error: BridgeError) -> Response:
    """The error as an answer."""
    if isinstance(error, Refusal):
        status = error.status
    elif isinstance(error, DiskFull):
        status = 507
    else:
        status = 503 if isinstance(error, DatabaseTrouble) else 422
    return JSONResponse(without_folders(error), status)


def full(cause: str) -> DiskFull:
    """There is no room where the library lies."""
    return DiskFull(
        "There is no room for this",
        cause=cause,
        remedy="delete recordings that are not needed, make room on the disk, or set "
        "library.folder to another one",
    )


def without_folders(error: BridgeError) -> dict[str, str]:
    """The three parts, files by their names alone."""
    return {part: names_only(readable(text)) for part, text in error.parts().items()}


def names_only(text: str) -> str:
    """Paths in a text as the names that they end with."""
    return FOLDERS.sub("", text)
