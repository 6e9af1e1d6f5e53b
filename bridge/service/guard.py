"""Who may ask: requests by this name, from these pages.

A web page anywhere can send requests to this machine. Two rules keep it out: the Host header must
be a name of ours (a page that rebinds its own name to 127.0.0.1 still sends its own name), and the
Origin header, which browsers always send with WebSockets and POST, must be our page or one that
the settings allow.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bridge.errors import BridgeError

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
EVERYWHERE = frozenset({"0.0.0.0", "[::]"})
HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d+)?")


class Guard:
    """ASGI middleware in front of everything, HTTP and WebSocket alike."""

    def __init__(self, app: ASGIApp, *, host: str, origins: Iterable[str] = ()) -> None:
        """`host`: what the service listens on; `origins`: pages that may connect."""
        own = bracketed(host.lower())
        self._app = app
        self._origins = frozenset(as_sent(origin) for origin in origins)
        # a page we trust may be served under a name of this machine
        trusted = {bracketed(urlsplit(o).hostname or "") for o in self._origins}
        self._names = LOOPBACK | {own} | trusted
        self._any_address = own in EVERYWHERE

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what may ask; answers the rest with 403."""
        if scope["type"] in ("http", "websocket"):
            error = self._refusal(Headers(scope=scope), scope["scheme"])
            if error is not None:
                await refuse(error, scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _refusal(self, headers: Headers, scheme: str) -> BridgeError | None:
        hosts = headers.getlist("host")
        host = hosts[0].lower() if len(hosts) == 1 else ""
        match = HOST.fullmatch(host)
        if match is None or not self._is_ours(match[1]):
            return BridgeError(
                f"This service does not go by the name {host[:100]!r}",
                cause="the Host header is not localhost, its address or the host in the settings; "
                "a web page under another name must not reach it",
                remedy="use http://127.0.0.1 and the port, or add the page's address to "
                "service.origins",
            )
        own_page = f"{'https' if scheme in ('https', 'wss') else 'http'}://{host}"
        for origin in headers.getlist("origin"):
            if origin.lower() not in self._origins | {own_page}:
                return BridgeError(
                    f"The page {origin[:100]!r} may not use this service",
                    cause="it is neither the service's own page nor among service.origins",
                    remedy="if you trust that page, add it to service.origins in the settings",
                )
        return None

    def _is_ours(self, name: str) -> bool:
        return name in self._names or (self._any_address and _is_address(name))


def as_sent(origin: str) -> str:
    """An origin as browsers send it, however it was written into the settings."""
    return origin.strip().lower().rstrip("/")


def bracketed(host: str) -> str:
    """A host as it is written in a URL: IPv6 addresses in brackets."""
    return f"[{host}]" if ":" in host else host


async def refuse(error: BridgeError, scope: Scope, receive: Receive, send: Send) -> None:
    """Answers 403 with the error; a server that cannot do that for a WebSocket closes it."""
    if scope["type"] == "websocket" and "websocket.http.response" not in scope.get(
        "extensions", {}
    ):
        await send({"type": "websocket.close", "code": 1008})
        return
    await JSONResponse(as_json(error), status_code=403)(scope, receive, send)


def as_json(error: BridgeError) -> dict[str, str]:
    """The three parts."""
    return {"what": error.what, "cause": error.cause, "remedy": error.remedy}


def _is_address(name: str) -> bool:
    """A number cannot be rebound to another machine, so any address of ours will do."""
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
