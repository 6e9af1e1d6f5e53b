"""`dawbridge stop`: ends the one that runs, wherever it was started."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

import typer

from bridge.errors import BridgeError
from bridge.live.instance import owner, runs
from bridge.settings import data_folder

PATIENCE = 15.0  # seconds for it to release what it holds
LOOK = 0.1  # seconds between two looks whether it has


def stop() -> None:
    """End the dawbridge that runs.

    Also one that a DAW or the login started.

    Examples:

      dawbridge stop
    """
    if not runs(data_folder()):
        print("No dawbridge runs.")
        raise typer.Exit(1)
    number = owner(data_folder())
    if number is None:
        raise BridgeError(
            "dawbridge runs, but cannot be ended from here",
            cause="its process has left no number",
            remedy="end it in the system's list of programs: it is a Python with `bridge run`",
        )
    with suppress(ProcessLookupError):
        os.kill(number, signal.SIGTERM)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if not runs(data_folder()):
            print("dawbridge has ended.")
            return
        time.sleep(LOOK)
    raise BridgeError(
        "dawbridge does not end",
        cause=f"its process {number} was asked to, {PATIENCE:g} s ago",
        remedy="wait a little, or end it in the system's list of programs",
    )
