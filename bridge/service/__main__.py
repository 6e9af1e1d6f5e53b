"""The service's process: lines of JSON in, WebSocket and web API out.

Started by the supervisor as `python -m bridge.service`; what it reads and prints is told in
docs/architecture.md. A thread reads standard input, since that works for pipes on every system;
everything else lives in one event loop.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import threading
from collections.abc import Iterator
from typing import IO, Any

from bridge.errors import BridgeError
from bridge.library.holds import LiveHold
from bridge.live.lines import LineWriter, read_lines, standard_input, standard_output
from bridge.live.speak import HELPLESS
from bridge.service.app import create_app
from bridge.service.audience import Audience
from bridge.service.serving import address, listen, server
from bridge.service.store import Store
from bridge.settings import Settings

log = logging.getLogger(__name__)


def main() -> int:
    """Runs until standard input ends or a signal comes. Gives the exit status."""
    logging.basicConfig(stream=sys.stderr, format="service: %(message)s", level=logging.INFO)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    stdin = standard_input()
    writer = LineWriter(standard_output(), "service")
    try:
        return run(stdin, writer)
    except BridgeError as error:
        writer.send({"error": error.parts()})
        return HELPLESS
    finally:
        writer.close()


def run(stdin: IO[bytes], writer: LineWriter) -> int:
    """The same over any two streams. Raises BridgeError when it cannot serve."""
    lines = read_lines(stdin)
    first = next(lines, None)
    if first is None:
        return 0
    settings = Settings.model_validate(first["settings"])
    audience = Audience(on_load=LiveHold().hear)
    app = create_app(
        settings.service,
        audience,
        lambda command: writer.send({"command": command}),
        Store(settings.library, settings.labels, folders=settings.service.folders),
    )
    serving = server(app)

    def stop(*_: object) -> None:
        serving.should_exit = True

    listener = listen(settings.service)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        threading.Thread(
            target=_pump, args=(lines, loop, audience, stop), name="service reader", daemon=True
        ).start()
        # connections that come before the server is ready wait in the socket
        url = address(settings.service)
        writer.send({"service": {"url": url}})
        log.info("listens at %s", url)
        await serving.serve(sockets=[listener])

    asyncio.run(serve())
    return 0


def _pump(
    lines: Iterator[dict[str, Any]], loop: asyncio.AbstractEventLoop, audience: Audience, stop: Any
) -> None:
    """Lines into the loop; their end is the end."""
    try:
        for message in lines:
            loop.call_soon_threadsafe(audience.hear, message)
        loop.call_soon_threadsafe(stop)
    except RuntimeError:
        pass  # the loop has ended already, by a signal


if __name__ == "__main__":
    sys.exit(main())
