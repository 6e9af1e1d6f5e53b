"""The library of the settings, or words about what it lacks. Imports nothing heavy before that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridge.errors import BridgeError

if TYPE_CHECKING:
    from bridge.library.library import Library
    from bridge.settings import Settings

MISSING = {"sqlalchemy", "alembic", "av"}  # what the extra `files` brings


def open_library(settings: Settings) -> Library:
    """The library of the settings. Raises BridgeError where the extra is not installed."""
    try:
        from bridge.library.library import Library
    except ModuleNotFoundError as error:
        if error.name not in MISSING:
            raise
        raise BridgeError(
            "There is no library to keep recordings in",
            cause=f"the parts for recordings are not installed ({error.name})",
            remedy='in dawbridge\'s folder: `pip install ".[files]"`; without a library: '
            "`dawbridge analyze --no-library FILE`",
        ) from error
    return Library.open(settings.library)
