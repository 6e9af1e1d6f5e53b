"""The computer's MIDI ports: ours is opened here, the others' are listed."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any, Protocol

from bridge.errors import BridgeError

CLIENT = "dawbridge"  # whose port it is, where the system shows that


class Port(Protocol):
    """An open output."""

    def send_message(self, message: Sequence[int]) -> None:
        """Sends the bytes of one message at once."""
        ...

    def close_port(self) -> None:
        """Takes the port away."""
        ...


def open_port(name: str) -> Port:
    """A virtual port of that name; on Windows an existing one, by part of its name.

    Raises BridgeError where there is no MIDI, with what to do about it.
    """
    rtmidi = _library()
    if sys.platform == "win32":
        out = rtmidi.MidiOut(rtmidi.API_WINDOWS_MM, name=CLIENT)
        opened: Port = out.open_port(chosen(name, out.get_ports()))
        return opened
    problems = []
    for api in _apis(rtmidi):
        try:
            out = rtmidi.MidiOut(api, name=CLIENT)
            virtual: Port = out.open_virtual_port(name)
        except (rtmidi.RtMidiError, NotImplementedError) as error:
            problems.append(str(error).split(": ")[-1].strip())
        else:
            return virtual
    raise BridgeError(
        "There is no MIDI on this computer",
        cause="; ".join(problems) or "rtmidi knows no API here",
        remedy="Linux: `modprobe snd-seq` (ALSA's sequencer) or run JACK; everything but MIDI runs",
    )


def list_ports() -> list[str]:
    """Names of the ports that take MIDI. Raises BridgeError where there is no MIDI."""
    rtmidi = _library()
    names: list[str] = []
    problems = []
    for api in _apis(rtmidi):
        try:
            out = rtmidi.MidiOut(api, name=f"{CLIENT}-look")
            names += out.get_ports()
            out.delete()
        except rtmidi.RtMidiError as error:
            problems.append(str(error).split(": ")[-1].strip())
    if problems and len(problems) == len(_apis(rtmidi)):
        raise BridgeError(
            "There is no MIDI on this computer",
            cause="; ".join(problems),
            remedy="Linux: `modprobe snd-seq` (ALSA's sequencer) or run JACK",
        )
    return list(dict.fromkeys(names))


def chosen(wish: str, ports: Sequence[str]) -> int:
    """Number of the port whose name contains `wish`. Raises BridgeError for none or several."""
    found = [number for number, port in enumerate(ports) if wish.casefold() in port.casefold()]
    exact = [number for number in found if ports[number].casefold() == wish.casefold()]
    if len(exact or found) == 1:
        return (exact or found)[0]
    there = "; ".join(ports) or "none"
    if found:
        raise BridgeError(
            f"{wish!r} is part of the names of {len(found)} MIDI ports",
            cause=f"there are: {there}",
            remedy="set midi.port to more of the name",
        )
    raise BridgeError(
        f"There is no MIDI port {wish!r}",
        cause=f"Windows has no virtual ports of its own; there are: {there}",
        remedy="make one with loopMIDI or in the settings of Windows MIDI Services, and set "
        "midi.port to part of its name",
    )


def _apis(rtmidi: Any) -> list[int]:
    """Those worth trying, best first. ALSA stays rtmidi's default even where only JACK works."""
    os.environ["JACK_NO_START_SERVER"] = "1"
    order = (
        rtmidi.API_LINUX_ALSA,
        rtmidi.API_MACOSX_CORE,
        rtmidi.API_WINDOWS_MM,
        rtmidi.API_UNIX_JACK,
    )
    compiled = rtmidi.get_compiled_api()
    return [api for api in order if api in compiled]


def _library() -> Any:
    try:
        import rtmidi
    except (ImportError, OSError) as error:
        raise BridgeError(
            "MIDI cannot be used: python-rtmidi is missing",
            cause=f"{error}; there are no ready-made packages for Python "
            f"{sys.version_info.major}.{sys.version_info.minor}"
            if sys.version_info >= (3, 13)
            else str(error),
            remedy="`pip install python-rtmidi` compiles it (a C++ compiler and libasound2-dev "
            "are needed), or use Python 3.12; everything but MIDI runs",
        ) from error
    return rtmidi
