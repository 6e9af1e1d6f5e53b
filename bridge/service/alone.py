"""The service without the live part: recordings, in this process, until Ctrl-C."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from contextlib import suppress

from bridge.service.app import create_app
from bridge.service.serving import address, listen, server
from bridge.service.store import Store
from bridge.settings import Settings


def serve_recordings(settings: Settings, say: Callable[[str], None]) -> None:
    """`say` hears the address. Raises BridgeError when it cannot serve."""
    logging.basicConfig(stream=sys.stderr, format="%(message)s", level=logging.WARNING)
    store = Store(settings.library, settings.labels, folders=settings.service.folders)
    app = create_app(settings.service, None, lambda _: None, store)
    with listen(settings.service) as listener:
        store.library()  # what is wrong with it is said now; jobs left over begin
        say(address(settings.service))
        with suppress(KeyboardInterrupt):  # uvicorn ends in order, then raises it again
            server(app).run(sockets=[listener])
