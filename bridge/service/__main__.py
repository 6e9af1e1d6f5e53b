"""The service's process: lines of JSON in, WebSocket and web API out.

Started by the supervisor as `python -m bridge.service`; what it reads and prints is told in
docs/architecture.md. A thread reads standard input, since that works for pipes on every system;
everything else lives in one event loop.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from typing import IO, Any

import uvicorn

from bridge.errors import BridgeError
from bridge.live.lines import LineWriter, read_lines, standard_input, standard_output
from bridge.live.speak import HELPLESS
from bridge.service.app import create_app
from bridge.service.audience import Audience
from bridge.service.guard import EVERYWHERE, as_json, bracketed
from bridge.settings import ServiceSettings, Settings

LARGEST_MESSAGE = 4096  # bytes from a WebSocket client; a command has 22
PATIENCE = 1  # seconds for clients to take their leave

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
        writer.send({"error": as_json(error)})
        return HELPLESS
    finally:
        writer.close()


def run(stdin: IO[bytes], writer: LineWriter) -> int:
    """The same over any two streams. Raises BridgeError when it cannot serve."""
    lines = read_lines(stdin)
    first = next(lines, None)
    if first is None:
        return 0
    settings = Settings.model_validate(first["settings"]).service
    audience = Audience()
    app = create_app(settings, audience, lambda command: writer.send({"command": command}))
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            ws="websockets-sansio",
            ws_max_size=LARGEST_MESSAGE,
            ws_ping_interval=10,  # a client that is gone without a word is noticed
            ws_ping_timeout=10,
            ws_per_message_deflate=False,  # costs time and saves nothing on a local network
            timeout_graceful_shutdown=PATIENCE,
        )
    )

    def stop(*_: object) -> None:
        server.should_exit = True

    listener = _listen(settings)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        threading.Thread(
            target=_pump, args=(lines, loop, audience, stop), name="service reader", daemon=True
        ).start()
        # connections that come before the server is ready wait in the socket
        url = f"http://{_reachable(settings.host)}:{settings.port}"
        writer.send({"service": {"url": url}})
        log.info("listens at %s", url)
        await server.serve(sockets=[listener])

    asyncio.run(serve())
    return 0


def _listen(settings: ServiceSettings) -> socket.socket:
    """The socket, bound. Raises BridgeError naming the setting that helps."""
    host, port = settings.host, settings.port
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except UnicodeError as error:  # a name that no name can be, such as a..b
        raise _no_listening(host, port, OSError(str(error))) from error
    except OSError as error:
        raise _no_listening(host, port, error) from error


def _no_listening(host: str, port: int, error: OSError) -> BridgeError:
    what = f"The service cannot listen at {bracketed(host)}:{port}"
    if error.errno == errno.EADDRINUSE:
        return BridgeError(
            what,
            cause=f"port {port} is taken by another program, perhaps another dawbridge",
            remedy=f"end that program, or choose another port: --service-port {port + 1}, "
            "or the setting service.port",
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return BridgeError(
            what,
            cause=f"the system does not let this user have port {port}",
            remedy="choose a port above 1023: --service-port 8765, or the setting service.port",
        )
    return BridgeError(
        what,
        cause=f"{host} is no address of this machine ({error.strerror or error})",
        remedy="set service.host to 127.0.0.1, or to 0.0.0.0 for listeners on other machines",
    )


def _reachable(host: str) -> str:
    """Where a browser on this machine finds it."""
    if bracketed(host) in EVERYWHERE:
        return "[::1]" if ":" in host else "127.0.0.1"
    return bracketed(host)


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
