"""The routes: what is asked, and what is answered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, WebSocket
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.websockets import WebSocketDisconnect, WebSocketState

import bridge
from bridge.errors import BridgeError
from bridge.live.commands import COMMANDS, Command
from bridge.service.audience import Audience, Listener, no_command, read_command
from bridge.service.bodies import TOO_LARGE, Measure, cannot_be, too_large, unreadable
from bridge.service.guard import Guard, as_sent
from bridge.service.jobs import jobs
from bridge.service.models import Accepted, Error, Health, Now
from bridge.service.news import news
from bridge.service.recordings import recordings
from bridge.service.regions import regions
from bridge.service.store import Store
from bridge.service.takes import takes
from bridge.settings import ServiceSettings

PAGE = Path(__file__).parent / "page.html"
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data:; connect-src 'self' ws: wss:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
DESCRIPTION = """What dawbridge understands of the music, now.

The WebSocket `/events` says all of it as it happens: first `{"hello": ..., "state": ...}`, then
`{"state": ...}` ten times a second and every event at once, as `{"event": "beat", ...}`.
It takes `{"command": "tap"}`."""
RECORDINGS = """Recordings, and what is understood of them: upload, analyse, correct, export.

The WebSocket `/recordings/events` says `{"job": {...}}` whenever one gets on, and
`{"recording": id, "change": ...}` for what is changed through this API."""
HEADERS = ["Accept-Ranges", "Content-Disposition", "Content-Length", "Content-Range", "ETag"]


def create_app(
    settings: ServiceSettings,
    audience: Audience | None,
    obey: Callable[[str], None],
    store: Store | None = None,
) -> FastAPI:
    """`obey` passes a command on; it must not block.

    Without `audience` there are no live routes, without `store` none of recordings.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        ticking = asyncio.create_task(audience.tick()) if audience else None
        yield
        if ticking:
            ticking.cancel()
        if store:
            await asyncio.to_thread(store.close)  # joined when the loop ends, unlike others

    app = FastAPI(
        title="dawbridge",
        version=bridge.__version__,
        description="\n\n".join(
            text for text, there in ((DESCRIPTION, audience), (RECORDINGS, store)) if there
        ),
        lifespan=lifespan,
        # FastAPI's own pages load scripts from elsewhere; a stage has no internet
        docs_url=None,
        redoc_url=None,
        responses={
            401: {"model": Error, "description": "asked from another machine without the token"},
            403: {"model": Error, "description": "unknown host, or a page or a path not allowed"},
        },
    )
    app.add_middleware(Measure, unmeasured=("/recordings",))  # uploads measure themselves
    app.add_middleware(
        CORSMiddleware,
        allow_origins=[as_sent(origin) for origin in settings.origins],
        allow_methods=["GET", "HEAD", "POST", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "Range"],
        expose_headers=HEADERS,
    )
    app.add_middleware(
        Guard,
        host=settings.host,
        origins=settings.origins,
        token=settings.token.get_secret_value(),
    )
    if audience is not None:
        _add_routes(app, audience, obey)
    routes = list(app.routes)
    if store is not None:
        app.state.store = store
        for router in (news(), recordings(settings), takes(), regions(), jobs()):
            app.include_router(router)
            routes += router.routes
    _add_errors(app, [route for route in routes if isinstance(route, Route)])
    return app


def _add_routes(app: FastAPI, audience: Audience, obey: Callable[[str], None]) -> None:
    page = PAGE.read_text(encoding="utf-8")

    @app.get("/", response_class=HTMLResponse, summary="A page to glance at")
    async def show() -> HTMLResponse:
        return HTMLResponse(page, headers=PAGE_HEADERS)

    @app.get("/now", response_model=Now, summary="The latest of everything")
    async def now() -> Any:
        return audience.now()

    @app.get("/health", summary="How the service and the engine are")
    async def health() -> Health:
        return audience.health()

    async def command(name: Command) -> Accepted:
        obey(name)
        return Accepted(accepted=name)

    app.post(
        "/commands/{name}",
        status_code=202,
        summary="A correction by hand",
        description="\n".join(f"* `{name}`: {meaning}" for name, meaning in COMMANDS.items()),
        responses={422: {"model": Error, "description": "there is no such command"}},
    )(command)

    @app.websocket("/events")
    async def events(socket: WebSocket) -> None:
        await socket.accept()
        try:
            listener = audience.join()
        except BridgeError as error:
            await socket.send_json({"error": error.parts()})
            await socket.close(1013)  # try again later
            return
        try:
            await _converse(socket, listener, obey)
        finally:
            audience.leave(listener)


async def _converse(socket: WebSocket, listener: Listener, obey: Callable[[str], None]) -> None:
    """Both directions, until one ends."""
    ways = [
        asyncio.create_task(_tell(socket, listener)),
        asyncio.create_task(_listen(socket, listener, obey)),
    ]
    try:
        done, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
    for way in done:
        with suppress(WebSocketDisconnect):
            way.result()


async def _tell(socket: WebSocket, listener: Listener) -> None:
    while True:
        for message in await listener.take():
            await socket.send_text(message)


async def _listen(socket: WebSocket, listener: Listener, obey: Callable[[str], None]) -> None:
    while socket.client_state is WebSocketState.CONNECTED:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        try:
            command = read_command(message.get("text") or "")
        except BridgeError as error:
            listener.put(json.dumps({"error": error.parts()}))
        else:
            obey(command)
            listener.put(json.dumps({"accepted": command}))


def _add_errors(app: FastAPI, routes: Sequence[Route]) -> None:
    """Every error answer has the three parts, and none a traceback."""

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        if request.url.path.startswith("/commands/"):
            return JSONResponse(no_command(first["input"]).parts(), 422)
        return JSONResponse(cannot_be(first).parts(), 422)

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> JSONResponse:
        if error.status_code == TOO_LARGE:
            return JSONResponse(too_large().parts(), TOO_LARGE)
        if error.status_code == 400:
            return JSONResponse(unreadable().parts(), 400)
        answer = BridgeError(
            f"{request.method} {request.url.path[:100]}: {error.detail}",
            cause="the service has no such address, or it takes another method",
            remedy="GET /openapi.json lists what there is",
        )
        headers = dict(error.headers or {})
        if "Allow" in headers:  # Starlette names those of the first route alone
            here = [route for route in routes if route.path_regex.match(request.url.path)]
            headers["Allow"] = ", ".join(sorted({m for each in here for m in each.methods or ()}))
        return JSONResponse(answer.parts(), error.status_code, headers=headers)

    @app.exception_handler(Exception)
    async def failed(_request: Request, _error: Exception) -> JSONResponse:
        answer = BridgeError(
            "The service failed to answer",
            cause="a fault in dawbridge; its log has the details",
            remedy="ask again; if it fails again, report it with the log",
        )
        return JSONResponse(answer.parts(), 500)
