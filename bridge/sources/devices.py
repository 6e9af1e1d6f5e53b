"""What can be heard on this computer, and which of it the user means."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

from bridge.errors import BridgeError
from bridge.sources.client import AbsentError, Device

# macOS gives a program no way to the output but a virtual device that is also an input.
VIRTUAL_DEVICES = ("BlackHole", "Loopback", "Soundflower")


def list_devices() -> list[Device]:
    """Inputs, monitors of outputs, JACK; numbered anew each time, inputs first.

    Raises BridgeError only when there is nothing to look with at all.
    """
    return _look()[0]


def find(wish: str) -> Device:
    """The device that is meant, see `choose`, among those that are there now.

    Raises AbsentError when the one meant may be among those of a sound server that is slow: then
    there is no telling what the system's input is.
    """
    found, slow = _look()
    if slow is not None and wish == "default":
        raise slow
    try:
        return choose(wish, found)
    except BridgeError as error:
        raise slow or error from error


def _look() -> tuple[list[Device], AbsentError | None]:
    """What can be heard, and what the sound server says when it does not answer in time."""
    from bridge.sources import portaudio, pulse

    found: list[Device] = []
    problem: BridgeError | None = None
    try:
        found += portaudio.inputs()
    except BridgeError as error:
        problem = error
    if sys.platform == "win32":
        from bridge.sources import wasapi_loopback

        found += wasapi_loopback.outputs()
    slow: AbsentError | None = None
    try:
        found += pulse.sources()
    except AbsentError as error:
        slow = error
    found += _jack()
    nothing = slow or problem
    if nothing and not found:
        raise nothing
    return number_them(found), slow


def number_them(devices: Sequence[Device]) -> list[Device]:
    """The devices with numbers: those that have one keep it, the others follow."""
    taken = [device.number for device in devices if device.number is not None]
    following = max(taken, default=-1) + 1
    numbered = []
    for device in devices:
        if device.number is None and device.kind != "jack":
            device = replace(device, number=following)
            following += 1
        numbered.append(device)
    return numbered


def choose(wish: str, devices: Sequence[Device], platform: str = sys.platform) -> Device:
    """The device that is meant: 'default', 'output', a number, a name or part of one.

    Raises BridgeError when none or several are, never takes another instead.
    """
    if not devices:
        raise BridgeError(
            "There is no sound device to hear",
            cause="none was found on this computer",
            remedy="plug in an interface"
            + (", or start PipeWire, PulseAudio or JACK" if platform == "linux" else "")
            + "; `dawbridge devices` lists it then",
        )
    if wish == "default":
        return _default(devices)
    if wish == "output":
        return _output(devices, platform)
    if wish.isdecimal():
        named = [device for device in devices if device.number == int(wish)]
    else:
        named = [device for device in devices if device.name == wish] or [
            device for device in devices if wish.casefold() in device.name.casefold()
        ]
    if len(named) == 1:
        return named[0]
    if named:
        raise BridgeError(
            f"{wish!r} is part of the names of {len(named)} devices",
            cause=listed(named),
            remedy="write more of the name, or the number that `dawbridge devices` shows",
        )
    raise BridgeError(
        f"There is no device {wish!r} to hear",
        cause=f"there is {listed(devices)}",
        remedy="`dawbridge devices` lists what can be heard; is it plugged in?",
    )


def listed(devices: Sequence[Device]) -> str:
    """Devices in one line."""
    return "; ".join(
        device.name if device.number is None else f"{device.number}: {device.name}"
        for device in devices
    )


def _default(devices: Sequence[Device]) -> Device:
    """The system's input. On Linux that is PulseAudio's or PipeWire's, where one of them runs."""
    inputs = [device for device in devices if device.kind == "input" and device.default]
    for way in ("pulse", "portaudio"):
        for device in inputs:
            if device.way == way:
                return device
    raise BridgeError(
        "The system has no default input",
        cause=f"there is {listed(devices)}",
        remedy="choose one with --input; to hear what the computer plays: --input output",
    )


def _output(devices: Sequence[Device], platform: str) -> Device:
    outputs = [device for device in devices if device.kind == "output"]
    chosen = [device for device in outputs if device.default] or outputs[:1]
    if platform == "darwin":
        chosen = [
            device
            for name in VIRTUAL_DEVICES
            for device in devices
            if device.kind == "input" and name.casefold() in device.name.casefold()
        ]
    if chosen:
        return chosen[0]
    if platform == "darwin":
        raise BridgeError(
            "What the computer plays cannot be heard yet",
            cause="macOS gives it only to virtual devices, and there is none",
            remedy="`brew install blackhole-2ch`, then in Audio MIDI Setup make a Multi-Output "
            "Device of BlackHole and your speakers and choose it as output",
        )
    if platform == "win32":
        raise BridgeError(
            "What the computer plays cannot be heard",
            cause="PyAudioWPatch is not installed, or there is no output device",
            remedy="`pip install PyAudioWPatch`, and check the sound settings",
        )
    raise BridgeError(
        "What the computer plays cannot be heard",
        cause="neither PulseAudio nor PipeWire answers",
        remedy="install pulseaudio-utils (pactl, parec); under JACK use --input jack",
    )


def _jack() -> list[Device]:
    try:
        from bridge.sources import jack
    except (ImportError, OSError):
        return []  # the extra `jack` or the library is not installed
    return jack.servers()
