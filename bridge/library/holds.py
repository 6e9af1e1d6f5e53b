"""Reasons for jobs to wait: the live process is short of time, a DAW records, the user says so.

A reason is a small file in a folder of this machine and user. It ends by itself unless it is
renewed, so a program that dies holds nothing up.
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Any

import platformdirs

BUSY = 0.8  # of a core that the live process takes: from there on it may be late
HAND = "hand"  # the name of the user's own hold
REST = 30.0  # seconds without trouble until work goes on
LOSSES = ("gaps", "midi_late", "lines_dropped")  # of its load line: they only ever grow


def holds_folder() -> Path:
    """Where the reasons lie: memory of this machine, for as long as the user is logged in."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # no XDG_RUNTIME_DIR: among temporary files will do
        return Path(platformdirs.user_runtime_dir("dawbridge", appauthor=False)) / "holds"


def hold(name: str, reason: str, seconds: float | None = None, folder: Path | None = None) -> None:
    """Jobs wait for so long (None: until `release`). The same name again renews it.

    Jobs that run pause within a second of sound heard; none begins.
    """
    place = folder or holds_folder()
    place.mkdir(parents=True, exist_ok=True)
    until = None if seconds is None else time.time() + seconds
    half = place / f".{token_hex(4)}"
    half.write_text(json.dumps({"reason": reason, "until": until}), encoding="utf-8")
    half.replace(place / f"{name}.json")


def release(name: str, folder: Path | None = None) -> None:
    """That reason is over."""
    (folder or holds_folder()).joinpath(f"{name}.json").unlink(missing_ok=True)


def held(folder: Path | None = None) -> str | None:
    """Why jobs wait. None: they need not."""
    return next((reason for _, reason in _reasons(folder)), None)


def held_by_hand(folder: Path | None = None) -> bool:
    """Whether the user holds them, so that nothing but the user lets them go on."""
    return any(name == HAND for name, _ in _reasons(folder))


def _reasons(folder: Path | None) -> Iterator[tuple[str, str]]:
    """Name and words of each that holds now."""
    now = time.time()
    for path in sorted((folder or holds_folder()).glob("*.json")):
        with suppress(OSError, ValueError, KeyError, TypeError):
            said = json.loads(path.read_text(encoding="utf-8"))
            if said["until"] is None or now < said["until"]:
                yield path.stem, str(said["reason"])


class LiveHold:
    """Holds jobs back while the live process is short of time, as its load lines tell."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._losses: dict[str, float] = {}

    def hear(self, load: Mapping[str, Any]) -> str | None:
        """A load line, each second. Why jobs wait now; None: this line is no reason."""
        losses = {name: float(load.get(name, 0)) for name in LOSSES}
        grown = [name for name in LOSSES if losses[name] > self._losses.get(name, losses[name])]
        self._losses = losses
        if load.get("cpu", 0.0) > BUSY:
            reason = f"the live process takes {load['cpu']:.0%} of a core"
        elif grown:
            reason = "the live process was late: " + ", ".join(grown).replace("_", " ")
        else:
            return None
        with suppress(OSError):  # it must never harm the live process
            hold("live", reason, REST, self._folder)
        return reason
