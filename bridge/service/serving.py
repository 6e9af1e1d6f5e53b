"""The server itself: a socket that is bound before anything else, and uvicorn on it."""

from __future__ import annotations

import errno
import socket

import uvicorn
from fastapi import FastAPI

from bridge.errors import BridgeError
from bridge.service.guard import EVERYWHERE, bracketed, check_token
from bridge.settings import ServiceSettings

LARGEST_MESSAGE = 4096  # bytes from a WebSocket client; a command has 22
PATIENCE = 1  # seconds for clients to take their leave


def server(app: FastAPI) -> uvicorn.Server:
    """Ready to serve sockets."""
    return uvicorn.Server(
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


def listen(settings: ServiceSettings) -> socket.socket:
    """The socket, bound. Raises BridgeError naming the setting that helps."""
    host, port = settings.host, settings.port
    check_token(host, settings.token.get_secret_value())
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


def address(settings: ServiceSettings) -> str:
    """Where a browser on this machine finds it."""
    host = bracketed(settings.host)
    if host in EVERYWHERE:
        host = "[::1]" if ":" in host else "127.0.0.1"
    return f"http://{host}:{settings.port}"
