"""The computer that is installed on, as values: so all three systems can be tested on one."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bridge import __version__
from bridge.errors import BridgeError

REAPER = re.compile(r"reaper(\.exe|\d*|-.*|_host.*)", re.IGNORECASE)  # names of its processes


@dataclass(frozen=True, slots=True)
class Machine:
    """Which system it is, and where the user's things lie.

    platform     as sys.platform tells it: linux, darwin, win32
    environment  the user's variables
    """

    platform: str
    home: Path
    documents: Path
    environment: Mapping[str, str]

    @property
    def config(self) -> Path:
        """Where programs of this user keep what was set: %APPDATA% on Windows."""
        if self.platform == "win32":
            return self._place("APPDATA", self.home / "AppData" / "Roaming")
        if self.platform == "darwin":
            return self.home / "Library" / "Application Support"
        return self._place("XDG_CONFIG_HOME", self.home / ".config")

    @property
    def local(self) -> Path:
        """Windows: what stays on this computer."""
        return self._place("LOCALAPPDATA", self.home / "AppData" / "Local")

    def _place(self, variable: str, otherwise: Path) -> Path:
        told = self.environment.get(variable, "")
        return Path(told) if told and Path(told).is_absolute() else otherwise


@dataclass(frozen=True, slots=True)
class Here:
    """What a script must know of dawbridge: where both meet, how it is started, its version."""

    folder: Path
    command: tuple[str, ...]
    version: str = __version__


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done, and what is left to the user, a sentence each.

    roots  the folders of DAWs in which it was done
    """

    did: tuple[str, ...]
    left: tuple[str, ...] = ()
    roots: tuple[Path, ...] = ()


def this_machine() -> Machine:
    """The computer this runs on."""
    import platformdirs

    return Machine(
        sys.platform, Path.home(), Path(platformdirs.user_documents_dir()), dict(os.environ)
    )


def start_command(
    executable: str = sys.executable, platform: str = sys.platform
) -> tuple[str, ...]:
    """The words that start dawbridge without a terminal.

    `-P`: a `bridge` in whatever folder it is started from is not mistaken for ours.
    """
    if platform == "win32":  # python.exe would open a black window
        windowless = Path(executable).with_name("pythonw.exe")
        executable = str(windowless) if windowless.is_file() else executable
    return (executable, "-P", "-m", "bridge", "run", "--background")


def check_seen_by_others(folder: Path, local: Path, base: str = sys.base_prefix) -> None:
    """Raises BridgeError where a DAW would not see what this Python writes.

    A Python from Microsoft's Store writes below AppData into a copy that it alone sees. `base`:
    its sys.base_prefix; `local`: Machine.local.
    """
    if "PythonSoftwareFoundation.Python" in base and folder.is_relative_to(local.parent):
        raise BridgeError(
            "A DAW could not see what this Python writes",
            cause=f"it is the one of the Microsoft Store, which keeps {folder} to itself",
            remedy="install Python from python.org and dawbridge in it, or choose a folder "
            "elsewhere with the setting daw.folder",
        )


def command_line(words: Sequence[str], platform: str) -> str:
    """The words as one line, as a system's starter of programs takes them apart.

    Outside Windows double quotes are preferred: shells and simpler readers agree on them.
    """
    if platform == "win32":
        return subprocess.list2cmdline(words)
    return " ".join(_quoted(word) for word in words)


def lua_string(text: str) -> str:
    """The text as Lua writes it: ASCII alone, so that no encoding of the file matters."""
    signs = (
        chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\' else f"\\{byte:03d}"
        for byte in os.fsencode(text)
    )
    return '"' + "".join(signs) + '"'


def lua_table(here: Here, platform: str) -> str:
    """`{ folder = "...", command = "...", version = "..." }`; the command is one line for the
    system.
    """
    line = command_line(here.command, platform)
    told = {"folder": str(here.folder), "command": line, "version": here.version}
    return "{ " + ", ".join(f"{name} = {lua_string(text)}" for name, text in told.items()) + " }"


def reaper_runs() -> bool | None:
    """Whether a Reaper is open; None: nobody can tell (psutil is missing)."""
    try:
        import psutil
    except ImportError:
        return None
    names = (each.info["name"] or "" for each in psutil.process_iter(["name"]))
    return any(REAPER.fullmatch(name) for name in names)


def _quoted(word: str) -> str:
    if shlex.quote(word) == word:
        return word
    return shlex.quote(word) if set(word) & set('"$`\\!') else f'"{word}"'
