"""The command `dawbridge`: one file per group of commands."""

from __future__ import annotations

import sys

from bridge.errors import BridgeError


def main() -> None:
    """Runs a command. What a user can mend is said in three lines; a bug keeps its traceback."""
    from bridge.cli.app import app

    try:
        app()
    except BridgeError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
