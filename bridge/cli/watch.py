"""`dawbridge watch`: a folder into which a recorder or a phone drops files."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bridge.cli.analyze import sounds_in
from bridge.cli.options import Config, Set, settings_for
from bridge.errors import BridgeError

if TYPE_CHECKING:  # the commands that hear live start without any of this
    from bridge.library.library import Library
    from bridge.settings import Settings

SETTLED = 3.0  # seconds that a file must not have grown: copies and recorders pause shorter


@dataclass(slots=True)
class Arrivals:
    """Which files have come and are whole: not grown for SETTLED seconds. Pure; time is given."""

    told: dict[Path, tuple[int, float]] = field(default_factory=dict)  # size, when it was seen so
    done: dict[Path, tuple[int, float]] = field(default_factory=dict)  # size and change, as given

    def look(self, found: dict[Path, tuple[int, float]], now: float) -> list[Path]:
        """`found`: size and time of change of each file; gives those that are whole and new."""
        whole = []
        for path, state in found.items():
            if self.done.get(path) == state:
                continue
            size, since = self.told.get(path, (-1, now))
            if size != state[0]:
                self.told[path] = (state[0], now)
            elif size and now - since >= SETTLED:
                self.done[path] = state
                whole.append(path)
        for gone in set(self.told) - set(found):
            self.told.pop(gone)
            self.done.pop(gone, None)
        return sorted(whole)


def watch(
    folder: Annotated[Path, typer.Argument(help="The folder, and all below it.")],
    config: Config = None,
    assignments: Set = None,
) -> None:
    """Analyse each recording that is dropped into a folder.

    As soon as it is whole, until Ctrl-C. What lies there already is analysed first, what is known
    is passed over.

    Examples:

      dawbridge watch ~/Rehearsals

      dawbridge watch /media/recorder --set library.workers=1
    """
    from bridge.library.opening import open_library

    if not folder.is_dir():
        raise BridgeError(
            f"There is no folder {folder}",
            cause="the path is wrong, or it is a file",
            remedy="name the folder into which recordings are dropped",
        )
    settings = settings_for(None, config, assignments).settings
    arrivals = Arrivals()
    with open_library(settings) as kept:
        print(f"Watching {folder}. Ctrl-C ends it.", file=sys.stderr)
        try:
            for found in _looks(folder):
                for path in arrivals.look(found, time.monotonic()):
                    _analyse(kept, settings, path)
        except KeyboardInterrupt:
            print("Ended. What was not done goes on next time.", file=sys.stderr)


def _looks(folder: Path) -> Iterator[dict[Path, tuple[int, float]]]:
    """The recordings in a folder: whenever something changes there, and once a second."""
    from watchfiles import watch as changes

    yield _found(folder)
    # Network folders tell nobody of changes, so it is looked at without any, too.
    for _ in changes(folder, rust_timeout=1000, yield_on_timeout=True, raise_interrupt=True):
        yield _found(folder)


def _found(folder: Path) -> dict[Path, tuple[int, float]]:
    found = {}
    for path in sounds_in(folder):
        try:
            state = path.stat()
        except OSError:  # gone again
            continue
        found[path] = (state.st_size, state.st_mtime)
    return found


def _analyse(kept: Library, settings: Settings, path: Path) -> None:
    """Analyses one recording and tells of it; a failure is told and the watch goes on."""
    from rich.console import Console

    from bridge.cli.kept import analysed
    from bridge.cli.summary import summary_of

    try:
        entry = kept.add(path)
        if entry.analysed is not None:
            print(f"{path.name} is known already, as {entry.name}", file=sys.stderr)
            return
        entry = analysed(kept, settings, entry)
        facts = kept.analysis(entry.id)
        assert facts is not None
        Console().print(summary_of(facts, entry.name))
    except BridgeError as error:
        print(error, file=sys.stderr)
