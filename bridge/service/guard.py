"""Who may ask: requests by this name, from these pages, and from elsewhere with the token.

A web page anywhere can send requests to this machine. Two rules keep it out: the Host header must
be a name of ours (a page that rebinds its own name to 127.0.0.1 still sends its own name), and the
Origin header, which browsers always send with WebSockets, POST, PATCH and DELETE, must be our page
or one that the settings allow. Whoever asks from another machine must know the token.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
import secrets
from collections.abc import Iterable
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bridge.errors import BridgeError

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
EVERYWHERE = frozenset({"0.0.0.0", "[::]"})
EMBEDDED = "no-cors"  # how <audio>, <img>, <script> ask: without an Origin
HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d+)?")


class Guard:
    """ASGI middleware in front of everything, HTTP and WebSocket alike."""

    def __init__(
        self, app: ASGIApp, *, host: str, origins: Iterable[str] = (), token: str = ""
    ) -> None:
        """`host`: what the service listens on; `origins`: pages that may connect; `token`: what
        other machines must know, empty: nothing.
        """
        own = bracketed(host.lower())
        self._app = app
        self._origins = frozenset(as_sent(origin) for origin in origins)
        # a page we trust may be served under a name of this machine
        trusted = {bracketed(urlsplit(o).hostname or "") for o in self._origins}
        self._names = LOOPBACK | {own} | trusted
        self._any_address = own in EVERYWHERE
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what may ask; answers the rest with 403, or 401 without the token."""
        if scope["type"] in ("http", "websocket"):
            error = self._refusal(Headers(scope=scope), scope["scheme"])
            if error is not None:
                await refuse(error, scope, receive, send)
                return
            if self._token and not (_is_here(scope) or self._knows_token(scope)):
                await refuse(_stranger(), scope, receive, send, 401)
                return
        await self._app(scope, receive, send)

    def _knows_token(self, scope: Scope) -> bool:
        method = scope.get("method", "GET")  # a WebSocket begins as one
        if method == "OPTIONS":
            return True  # what a browser asks first, without the token: it learns nothing
        kind, _, said = Headers(scope=scope).get("authorization", "").partition(" ")
        offered = [said.strip()] if kind.lower() == "bearer" else []
        if method in ("GET", "HEAD"):  # <audio> and WebSocket of a browser cannot send a header
            offered += parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
        token = self._token.encode()
        return any(hmac.compare_digest(each.encode(), token) for each in offered)

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
        asked = headers.get("sec-fetch-site"), headers.get("sec-fetch-mode")
        if asked == ("cross-site", EMBEDDED) and "origin" not in headers:
            return BridgeError(
                "A page of another site may not embed this",
                cause="it asks without saying which page it is",
                remedy="if you trust that page, add it to service.origins, and embed with the "
                "attribute crossorigin",
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


async def refuse(
    error: BridgeError, scope: Scope, receive: Receive, send: Send, status: int = 403
) -> None:
    """Answers with the error; a server that cannot do that for a WebSocket closes it."""
    if scope["type"] == "websocket" and "websocket.http.response" not in scope.get(
        "extensions", {}
    ):
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    await JSONResponse(error.parts(), status, headers)(scope, receive, send)


def check_token(host: str, token: str) -> None:
    """Raises BridgeError where everybody in the network could ask: no token is set."""
    if token or is_loopback(host):
        return
    raise BridgeError(
        f"The service cannot listen at {bracketed(host)} without a token",
        cause="everybody in the network could read, change and delete what is kept here",
        remedy="set service.token and give it to those who may, for instance "
        f'--set service.token="{secrets.token_urlsafe(18)}"; or set service.host to 127.0.0.1',
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches it."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _is_here(scope: Scope) -> bool:
    """Whether a program of this machine asks, and not for another one."""
    headers = Headers(scope=scope)
    handed_on = any(name in headers for name in ("forwarded", "x-forwarded-for", "x-real-ip"))
    client = scope.get("client")
    return client is not None and is_loopback(client[0]) and not handed_on


def _stranger() -> BridgeError:
    return BridgeError(
        "This service asks other machines for its token",
        cause="the request has none, or another one",
        remedy="send the header `Authorization: Bearer TOKEN`, or where a browser cannot, add "
        "?token=TOKEN to the address; it is the setting service.token",
    )


def _is_address(name: str) -> bool:
    """A number cannot be rebound to another machine, so any address of ours will do."""
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
