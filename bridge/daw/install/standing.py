"""How our scripts stand in every DAW of this computer: in those found, and in those named once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bridge.daw.install import ableton, ardour, reaper
from bridge.daw.install.copies import Look, look
from bridge.daw.install.machine import Here, Machine, command_line
from bridge.daw.install.named import named


@dataclass(frozen=True, slots=True)
class Daw:
    """One kind of DAW.

    found   where it lies, as far as that can be told
    inside  our folder there
    files   what it should hold, by name
    """

    name: str
    word: str  # by which `dawbridge install` knows it
    found: Callable[[Machine], list[Path]]
    inside: str
    files: Callable[[Here, str], Mapping[str, bytes]]


DAWS = (
    Daw("Reaper", "reaper", reaper.found, reaper.INSIDE, reaper.files_for),
    Daw("Ableton Live", "ableton", ableton.found, ableton.INSIDE, ableton.files_for),
    Daw("Ardour", "ardour", ardour.found, ardour.INSIDE, ardour.files_for),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """One folder of one DAW.

    command  installs our scripts there, or newer ones
    look     None: the folder was named once and is not there now; or why it cannot be read
    """

    daw: str
    root: Path
    command: str
    look: Look | OSError | None


def standings(machine: Machine, here: Here, memory: Path) -> Iterator[Standing]:
    """One after the other; what cannot be read of one stops no other."""
    for daw in DAWS:
        files = daw.files(here, machine.platform)
        found: list[Path] = []
        try:
            found = daw.found(machine)
        except OSError as error:
            command = f"dawbridge install {daw.word}"
            yield Standing(daw.name, Path(error.filename or machine.home), command, error)
        seen: set[str] = set()
        for root in (*found, *named(memory, daw.word)):
            words = ["dawbridge", "install", daw.word]
            if root not in found:
                words += ["--folder", str(root)]
            state: Look | OSError | None
            try:
                place = os.path.realpath(root)  # a link that leads to itself is one, too
                if place in seen:
                    continue
                seen.add(place)
                state = look(root, daw.inside, files) if root.is_dir() else None
            except OSError as error:
                state = error
            yield Standing(daw.name, root, command_line(words, machine.platform), state)
