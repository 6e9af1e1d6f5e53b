"""What stands beside the script: where dawbridge is, the user's settings; and its start."""

import json
import os
import sys
from contextlib import suppress
from pathlib import Path

from .wire import PROTOCOL, decode, number

HERE = Path(__file__).absolute().parent
FAILURE = "not_started"  # beside `port`
SETTINGS = {  # of dawbridge.txt, `name = value` lines
    "channel": "16",  # MIDI channel of the buttons
    "analyze": "cc 20",
    "loops": "cc 21",
    "tap": "cc 22",
    "double": "cc 23",
    "halve": "cc 24",
    "the_one": "cc 25",
    "stop": "cc 26",
    "remove": "cc 27",
    "restore": "",
    "drums": "",
    "tempo": "",
    "clip_drums": "",
    "sections": "auto",  # locators, clips, or what this Live can name
    "roles": "section,riff,key,tempo",  # live marks
    "while": "record",  # or play
    "want": "sections,riffs,chords,key",  # of an analysis
    "warp": "complex",  # of loops: beats, tones, texture, repitch, complex, complex_pro
}


def read_here(folder=HERE):
    """`folder command start version` as the installer wrote them; what is missing is empty."""
    told = {}
    try:
        with (Path(folder) / "here.json").open(encoding="utf-8-sig") as file:
            told = json.load(file)
    except (OSError, ValueError):
        told = {}
    if not isinstance(told, dict):
        told = {}
    folder, command, version = told.get("folder"), told.get("command"), told.get("version")
    if isinstance(command, str) and command:
        command = [command]
    return {
        "folder": folder if isinstance(folder, str) else "",
        "command": [str(part) for part in command] if isinstance(command, list) else [],
        "start": told.get("start") is True,
        "version": version if isinstance(version, str) else "",
    }


def read_settings(folder=HERE):
    """The settings, with the lines of dawbridge.txt in place of what they name."""
    settings = dict(SETTINGS)
    try:
        with (Path(folder) / "dawbridge.txt").open(encoding="utf-8-sig") as file:
            lines = file.read().split("\n")
    except (OSError, ValueError):
        return settings
    for line in lines:
        name, equals, value = line.partition("#")[0].partition("=")
        if equals and name.strip() in settings:
            settings[name.strip()] = value.strip().lower()
    return settings


def read_port(folder):
    """`(port, token, protocol)` of the daemon that wrote `port`; None: there is none."""
    if not folder:
        return None
    try:
        with (Path(folder) / "port").open("rb") as file:
            told = decode(file.read(4096).partition(b"\n")[0].rstrip(b"\r"))
    except OSError:
        return None
    if told is None or told[0] != "port":
        return None
    port = number(told[1], "port", 0)
    if not 0 < port < 65536:
        return None
    return int(port), told[1].get("token", ""), number(told[1], "protocol", PROTOCOL)


def read_failure(folder):
    """Why the dawbridge that was started last did not come up; empty: it does not tell."""
    try:
        with (Path(folder) / FAILURE).open("rb") as file:
            told = decode(file.read(4096).partition(b"\n")[0].rstrip(b"\r"))
    except OSError:
        return ""
    return told[1].get("text", "") if told is not None and told[0] == "failure" else ""


def start(command, folder):
    """Starts dawbridge apart from Live, without a window. Raises OSError, ImportError."""
    import subprocess  # here alone: whatever Live brings of the library, the script is loaded

    with suppress(OSError):
        (Path(folder) / FAILURE).unlink()  # of an earlier start
    apart = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    if sys.platform == "win32":
        apart["creationflags"] = 0x08000000 | 0x00000200  # no window, a process group of its own
    else:
        apart["start_new_session"] = True
    # Live's own Python paths would break the Python that is started.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.Popen(command, stderr=subprocess.DEVNULL, close_fds=True, env=clean, **apart)
