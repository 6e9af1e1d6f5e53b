"""`dawbridge doctor`: what works here, what does not, and what to do about it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
import re
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import typer

from bridge import __version__
from bridge.cli.options import Config, Preset, Set, settings_for
from bridge.cli.quiet import quiet_libraries
from bridge.errors import BridgeError
from bridge.live.instance import runs
from bridge.settings import Settings, config_path, data_folder, daw_folder
from bridge.sinks.recorder import sessions_folder

LIBRARIES = (
    "numpy", "sounddevice", "soundfile", "soxr", "python-rtmidi", "python-osc", "pydantic",
    "fastapi", "uvicorn", "websockets", "JACK-Client", "PyAudioWPatch",
)  # fmt: skip


FILES = ("sqlalchemy", "alembic", "av", "mido", "python_stretch", "psutil")  # extra `files`


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    fine: bool
    detail: str
    remedy: str = ""


def doctor(preset: Preset = None, config: Config = None, assignments: Set = None) -> None:
    """Check this computer and tell what is wrong. The output is ready for a bug report.

    Examples:

      dawbridge doctor

      dawbridge doctor > report.txt
    """
    print(f"dawbridge {__version__}, Python {platform.python_version()}, {platform.platform()}")
    for name in LIBRARIES:
        print(f"  {name:<14} {_version(name)}")
    print()
    troubles = 0
    for finding in findings(lambda: settings_for(preset, config, assignments).settings):
        troubles += not finding.fine
        print(f"{'ok  ' if finding.fine else 'WARN'}  {finding.what}: {finding.detail}")
        if not finding.fine and finding.remedy:
            print(f"      remedy: {finding.remedy}")
    print()
    words = {0: "Everything is in order.", 1: "One thing deserves a look."}
    print(words.get(troubles, f"{troubles} things deserve a look."))
    if troubles:
        raise typer.Exit(1)


def findings(load: Callable[[], Settings]) -> Iterator[Finding]:
    """Looks at one thing after the other; none of them stops the rest."""
    settings = Settings()
    try:
        settings = load()
        yield Finding("settings", True, str(config_path()))
    except BridgeError as error:
        yield Finding("settings", False, f"{error.what} ({error.cause})", error.remedy)
    yield _config_folder(config_path().parent)
    yield _sound()
    yield _midi()
    yield _recordings()
    if settings.service.on:
        yield _port(settings.service.host, settings.service.port)
    if settings.recorder.on:
        yield _session_files(sessions_folder(settings.recorder))
    yield _shared_memory()
    yield from _daws(settings)
    yield _login(settings)


def _sound() -> Finding:
    from bridge.sources.devices import list_devices

    try:
        with quiet_libraries():
            found = list_devices()
    except BridgeError as error:
        return Finding("sound", False, f"{error.what} ({error.cause})", error.remedy)
    if not found:
        return Finding(
            "sound",
            False,
            "no device to hear was found",
            "plug in an interface, or start PulseAudio, PipeWire or JACK; files can still be heard",
        )
    names = ", ".join(device.name for device in found[:6])
    return Finding("sound", True, f"{len(found)} devices: {names}")


def _midi() -> Finding:
    from bridge.live.midi_ports import list_ports

    try:
        with quiet_libraries():
            found = list_ports()
    except BridgeError as error:
        return Finding("MIDI", False, f"{error.what} ({error.cause})", error.remedy)
    return Finding("MIDI", True, f"{len(found)} other ports")


def _recordings() -> Finding:
    missing = [name for name in FILES if importlib.util.find_spec(name) is None]
    if missing:
        return Finding(
            "recordings", False, f"files cannot be analysed: {', '.join(missing)} not installed",
            "in dawbridge's folder: pip install \".[files]\"",
        )  # fmt: skip
    return Finding("recordings", True, "files can be analysed, kept and exported")


def _port(host: str, port: int) -> Finding:
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:  # as the service itself does
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        socket.create_server((host, port), family=family).close()
    except (OSError, UnicodeError) as error:
        if runs(data_folder()):
            return Finding("web port", True, f"{address} is in use, and a dawbridge runs")
        return Finding(
            "web port",
            False,
            f"{address} cannot be used ({error})",
            "end what holds it (another dawbridge?), or choose another: --service-port 8766, "
            "or the setting service.host",
        )
    return Finding("web port", True, f"{address} is free")


def _config_folder(folder: Path) -> Finding:
    error = _closed(folder)
    if error:
        return Finding(
            "config folder", False, f"{folder} cannot be written ({error.strerror})",
            "make it writable; until then the defaults hold, or a file given with --config",
        )  # fmt: skip
    return Finding("config folder", True, str(folder))


def _session_files(folder: Path) -> Finding:
    error = _closed(folder)
    if error:
        return Finding(
            "session files", False, f"{folder} cannot be written ({error.strerror})",
            "make it writable, or set recorder.folder",
        )  # fmt: skip
    free = shutil.disk_usage(folder).free / 1e9
    return Finding(
        "session files", free > 1, f"{folder}, {free:.0f} GB free", "make room on that disk"
    )


def _closed(folder: Path) -> OSError | None:
    """Why nothing can be written there; None: it can."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        return error
    return None


def _shared_memory() -> Finding:
    place = Path("/dev/shm")
    if not place.is_dir():
        return Finding("shared memory", True, "in temporary files")
    free = shutil.disk_usage(place).free / 1e6
    return Finding(
        "shared memory", free > 16, f"{place}, {free:.0f} MB free",
        "a JACK server takes up to 100 MB of it: start jackd with fewer ports (-p 256)",
    )  # fmt: skip


def _daws(settings: Settings) -> Iterator[Finding]:
    from bridge.daw.install.machine import Here, start_command, this_machine
    from bridge.daw.install.standing import standings

    here = Here(daw_folder(settings.daw), start_command())
    for each in standings(this_machine(), here, data_folder()):
        place, command, look = each.root, each.command, each.look
        if isinstance(look, OSError):
            yield Finding(each.daw, False, f"{place} cannot be read ({look})", "make it readable")
        elif look is None:
            detail = f"{place}, named once, is not there now; to forget it: {command} --uninstall"
            yield Finding(each.daw, True, detail)
        elif not look.installed:
            yield Finding(each.daw, True, f"{place}; no scripts of ours in it: {command}")
        elif look.current:
            yield Finding(each.daw, True, f"{place}, scripts of this version ({look.version})")
        elif not look.version:
            detail = f"{place}, scripts of ours, but what was installed is not remembered"
            yield Finding(each.daw, False, detail, f"{command}, and do what it says then")
        else:
            detail = f"{place}, scripts of {look.version}, {_against(look.version)}"
            yield Finding(each.daw, False, detail, f"{command}, and do what it says then")


def _against(version: str) -> str:
    """How scripts of this version that differ from ours stand to them."""
    theirs, ours = (tuple(map(int, re.findall(r"\d+", each))) for each in (version, __version__))
    if theirs == ours:
        return "but not as this dawbridge would write them: changed, or it has moved"
    return f"{'older' if theirs < ours else 'newer'} than this dawbridge"


def _login(settings: Settings) -> Finding:
    from bridge.daw.install import login
    from bridge.daw.install.machine import this_machine

    command = "dawbridge install service"
    try:
        found = login.look(this_machine(), daw_folder(settings.daw))
    except OSError as error:
        return Finding("login", False, f"what starts cannot be read ({error})", "make it readable")
    if found is None:
        return Finding("login", True, f"dawbridge is not started at login; it is after: {command}")
    again = f"{command}, and do what it says; to take it out: {command} --uninstall"
    if found.why:
        return Finding("login", False, f"{found.place} starts nothing: {found.why}", again)
    if not found.on:
        return Finding("login", False, f"{found.place} is there, but not switched on", again)
    if found.version not in ("", __version__):
        detail = f"{found.place} starts dawbridge {found.version} of {found.program}"
        return Finding("login", False, f"{detail}, this is {__version__}", again)
    return Finding("login", True, f"{found.place} starts {found.program or 'it'}")


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        if name == "PyAudioWPatch" and sys.platform != "win32":
            return "- (Windows only)"
        return "- not installed"
