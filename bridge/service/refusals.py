"""What the library refuses, as answers: a status, the three parts, and no path of this machine."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from bridge.errors import BridgeError
from bridge.library.places import readable
from bridge.service.guard import as_json
from bridge.service.models import Error

# A path from a root on, up to its last name: what a client may read of it. A slash within words
# (6/8, AC/DC) or an address (http://) begins no path.
FOLDERS = re.compile(r"(?<![\w.:/<])(?:/+|[A-Za-z]:[\\/])(?:[^\n:;,'\"()|/\\]*[/\\])*")
FULL = BridgeError(
    "There is no room for this",
    cause="the disk that the library lies on is full",
    remedy="delete recordings that are not needed, make room on the disk, or set library.folder "
    "to another one",
)
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
    """An error with the status that it is answered with; others are answered with 422."""

    def __init__(self, status: int, error: BridgeError) -> None:
        super().__init__(error.what, cause=error.cause, remedy=error.remedy)
        self.status = status


@contextmanager
def refused(status: int) -> Iterator[None]:
    """What the library refuses here is answered with this status."""
    try:
        yield
    except Refusal:
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
                return said(error)
            except ClientDisconnect:
                log.info("%s %s: broken off", request.method, request.url.path)
                return Response(status_code=400)  # nobody hears it
            except Exception as error:
                known = from_database(error)
                if known is None:
                    raise
                log.warning("%s %s: %s", request.method, request.url.path, error)
                return said(known)

        return answer


def said(error: BridgeError) -> Response:
    """The error as an answer."""
    status = error.status if isinstance(error, Refusal) else 422
    return JSONResponse(without_folders(error), status)


def without_folders(error: BridgeError) -> dict[str, str]:
    """The three parts, files by their names alone."""
    return {part: names_only(readable(text)) for part, text in as_json(error).items()}


def names_only(text: str) -> str:
    """Paths in a text as the names that they end with."""
    return FOLDERS.sub("", text)


def from_database(error: Exception) -> BridgeError | None:
    """What a database that fails means to the user. None: it was not the database."""
    from_sql = sys.modules.get("sqlalchemy.exc")  # if it was the database, this is loaded
    if from_sql is None or not isinstance(error, from_sql.DBAPIError):
        return None
    cause = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else "no answer"
    if "full" in cause:
        return Refusal(507, FULL)
    return Refusal(
        503,
        BridgeError(
            "The library cannot be reached",
            cause=cause,
            remedy="ask again; if it stays so, `dawbridge library where` tells of its database",
        ),
    )
