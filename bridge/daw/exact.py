"""After a recording: where, to the sample, the DAW's own file holds what we heard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bridge.errors import BridgeError

if TYPE_CHECKING:
    from bridge.daw.desk import Desk


@dataclass(frozen=True, slots=True)
class Recorded:
    """A file that the DAW recorded: it plays from position `at` on, `offset` seconds into it."""

    path: Path
    at: float
    offset: float
    length: float
    rate: float


@dataclass(frozen=True, slots=True)
class Exact:
    """Where the marks of a pass really lie."""

    desk: Desk
    project: str
    number: int
    confidence: float
    position: Callable[[float], float]  # stream seconds to seconds of the project


class Matcher:
    """Keeps a tape of its own while a DAW records, and finds it again in the DAW's file."""

    def __init__(
        self, folder: Path, file: Path | None, on_error: Callable[[BridgeError], None]
    ) -> None:
        """`folder`: of the tapes; `file`: what is heard, where it is no device."""
        self._folder = folder
        self._file = file
        self._on_error = on_error

    def listen_to(self, ring: Path) -> None:
        """Sound comes through this ring from now on."""

    def tape(self, on: bool) -> None:
        """Records or not."""

    def match(self, desk: Desk, recorded: Recorded) -> None:
        """Looks for what was heard in that file; `found` tells later."""

    def found(self) -> list[Exact]:
        """What was found since the last call."""
        return []

    def close(self) -> None:
        """Ends the tape."""
