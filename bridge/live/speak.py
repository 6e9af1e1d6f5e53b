"""Lines that the small processes write: their main thread may wait, their callbacks never do."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from typing import Any

from bridge.errors import BridgeError

HELPLESS = 3  # exit status of a process that a restart would not help


def say(message: dict[str, Any]) -> None:
    """Writes a line to standard output. A supervisor that is gone is seen at standard input."""
    try:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()
    except OSError:
        return


def say_error(error: BridgeError) -> None:
    """What went wrong, as a line."""
    say({"error": error.parts()})


def leave(status: int) -> None:
    """Ends the process at once. Not sys.exit: a dead device's library may hang in its clean-up."""
    with suppress(OSError):
        sys.stdout.flush()
    with suppress(OSError):
        sys.stderr.flush()
    os._exit(status)
