"""Bodies of requests: no larger than need be, and what is wrong with them in plain words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bridge.errors import BridgeError

LARGEST = 4_000_000  # bytes: all beats of ten hours have one
TOO_LARGE = 413


class Measure:
    """ASGI middleware: a body that is larger than LARGEST is refused before it is held."""

    def __init__(self, app: ASGIApp, *, unmeasured: Collection[str] = ()) -> None:
        """`unmeasured`: paths whose routes measure bodies themselves."""
        self._app = app
        self._unmeasured = unmeasured

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Counts what is received."""
        if scope["type"] != "http" or scope["path"] in self._unmeasured:
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdigit() and int(announced) > LARGEST:
            await JSONResponse(too_large().parts(), TOO_LARGE)(scope, receive, send)
            return
        size = 0

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > LARGEST:
                raise HTTPException(TOO_LARGE)
            return message

        await self._app(scope, counted, send)


def cannot_be(first: Mapping[str, Any]) -> BridgeError:
    """For the first of pydantic's findings."""
    name = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0])
    if first["type"] == "json_invalid":
        return unreadable()
    if first["type"] == "missing":
        return BridgeError(
            f"{name[:100]!r} is missing",
            cause="the request cannot be understood without it",
            remedy="GET /openapi.json tells what each address takes",
        )
    return BridgeError(
        f"{ascii(name)[1:-1][:100]} cannot be {ascii(first['input'])[:100]}",
        cause=first["msg"].encode("ascii", "replace").decode()[:300],
        remedy="GET /openapi.json tells what each address takes",
    )


def too_large() -> BridgeError:
    """A body beyond measure."""
    return BridgeError(
        "The body is too large",
        cause=f"{LARGEST / 1e6:.0f} MB are more than anything here needs but a recording",
        remedy="send recordings to POST /recordings",
    )


def unreadable() -> BridgeError:
    """A body that is no JSON."""
    return BridgeError(
        "The body cannot be read",
        cause="it is no JSON",
        remedy="send JSON as GET /openapi.json tells it",
    )
