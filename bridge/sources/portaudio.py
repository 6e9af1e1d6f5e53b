"""Sound from any input that PortAudio knows: ALSA, Core Audio, WASAPI.

Facts that shape this file, measured: a stream whose server dies ends without an exception; the
list of devices is fixed when PortAudio is initialised, and initialising again ends all streams;
closing a stream may hang for good, which only the end of the process cures.
"""

from __future__ import annotations

import sys
import threading
import time
from contextlib import suppress
from typing import Any

import numpy as np

from bridge.errors import BridgeError
from bridge.sources.client import (
    STALL,
    Change,
    Device,
    RestartError,
    Said,
    Samples,
    StreamCount,
    Target,
    pick,
    rate_for,
)

GIVE_UP = 3.0  # seconds without a block after which the device is opened again
AGAIN = 1.0  # seconds between attempts to open a device that is gone
CLOSING = 2.0  # seconds that closing a stream may take
LARGEST_BLOCK = 8192  # samples
JACK_API = "JACK Audio Connection Kit"  # its devices are JACK's clients; our own JACK client serves
# One device shows once per host API; each system has one that is right for capture.
HOST_APIS = {"win32": "Windows WASAPI", "darwin": "Core Audio"}


class PortAudioClient:
    """See `bridge.sources.client.Client`."""

    midi_block = 0

    def __init__(
        self, device: Device, channels: tuple[int, ...], rate: int | None, block: int
    ) -> None:
        """Raises BridgeError for channels or a rate that the device does not have."""
        self._name = device.name
        self._blocksize = block
        self._sd = _library()
        self._chosen = pick(channels, device.channels, device.name)
        self.channels = len(self._chosen)
        self.rate = rate_for(rate, device.rate)
        self._block = np.zeros((LARGEST_BLOCK, self.channels), np.float32)
        self._plain = self._chosen == tuple(range(max(self._chosen) + 1))
        self._count = StreamCount(self.rate)
        self._finished = threading.Event()
        self._target: Target | None = None
        self._adc: float | None = None  # seconds: the device's time of the next sample
        self._say = Said()
        self._again_at = 0.0
        self._stream: Any = self._open(device)

    def start(self, target: Target, first: int) -> None:
        """See `Client`."""
        self._target = target
        self._count.start(first, time.monotonic_ns())
        self._start()

    def watch(self) -> Change | None:
        """See `Client`. Raises RestartError when PortAudio does not let go of a dead stream."""
        if self._stream is None:
            return self._take_up_again()
        quiet = self._count.quiet(time.monotonic_ns())
        if self._finished.is_set() or not self._stream.active or quiet > GIVE_UP:
            self._drop()
            self._again_at = time.monotonic()
            return self._say("lost", f"{self._name} is gone")
        if quiet > STALL:
            return self._say("stalled", f"{self._name} has sent nothing for {STALL} s")
        return self._say("listening", f"{self._name} sends sound")

    def close(self) -> None:
        """See `Client`."""
        if self._stream is not None:
            with suppress(RestartError):  # the process ends anyway
                self._drop()

    def _open(self, device: Device) -> Any:
        extra = None
        if sys.platform == "win32":
            extra = self._sd.WasapiSettings(auto_convert=True)
        try:
            return self._sd.InputStream(
                device=device.number,
                channels=max(self._chosen) + 1,
                samplerate=self.rate,
                blocksize=self._blocksize,
                latency="low",
                dtype="float32",
                callback=self._callback,
                finished_callback=self._finished.set,
                extra_settings=extra,
            )
        except self._sd.PortAudioError as error:
            raise BridgeError(
                f"{device.name} cannot be opened",
                cause=str(error),
                remedy=f"try source.rate = {device.rate}; close programs that hold it",
            ) from error

    def _start(self) -> None:
        self._finished.clear()
        self._adc = None
        try:
            self._stream.start()
        except self._sd.PortAudioError as error:
            raise BridgeError(
                f"{self._name} does not start",
                cause=str(error),
                remedy="close programs that hold it, or unplug it and plug it in again",
            ) from error

    def _take_up_again(self) -> Change | None:
        if time.monotonic() < self._again_at:
            return None
        self._again_at = time.monotonic() + AGAIN
        self._sd._terminate()  # the only way to a fresh list of devices
        self._sd._initialize()
        device = next((each for each in inputs() if each.name == self._name), None)
        if device is None or device.channels <= max(self._chosen):
            return None
        try:
            self._count.reopened(time.monotonic_ns())
            self._stream = self._open(device)
            self._start()
        except BridgeError:
            self._stream = None  # the name is back before the device works
            return None
        return self._say("listening", f"{self._name} is back")

    def _drop(self) -> None:
        stream, self._stream = self._stream, None
        closing = threading.Thread(target=_close, args=(stream,), daemon=True)
        closing.start()
        closing.join(CLOSING)
        if closing.is_alive():
            raise RestartError(
                f"{self._name} is gone, and PortAudio does not let go of it",
                cause=f"closing took more than {CLOSING:g} s",
                remedy="nothing: the capture process starts afresh",
            )

    def _callback(self, sound: Samples, frames: int, when: Any, status: Any) -> None:
        target = self._target
        if target is None or not frames:
            return
        now = time.monotonic_ns()
        adc = float(when.inputBufferAdcTime)
        lost = 0
        if status.input_overflow and self._adc is not None and adc > 0:
            lost = max(0, round((adc - self._adc) * self.rate))
        first, reason = self._count.place(frames, now, lost)
        self._adc = adc + frames / self.rate
        if self._plain:
            target.write(sound, first, now, reason)
            return
        block = self._block[:frames]
        for index, channel in enumerate(self._chosen):
            block[:, index] = sound[:, channel]
        target.write(block, first, now, reason)


def inputs() -> list[Device]:
    """Inputs, with PortAudio's numbers. Raises BridgeError without the library."""
    sd = _library()
    return select(sd.query_devices(), sd.query_hostapis(), sys.platform)


def select(devices: Any, host_apis: Any, platform: str) -> list[Device]:
    """Those of PortAudio's devices that are inputs of the right host API."""
    right = HOST_APIS.get(platform)
    found = []
    for number, device in enumerate(devices):
        api = host_apis[device["hostapi"]]
        if device["max_input_channels"] < 1 or api["name"] == JACK_API:
            continue
        if right and api["name"] != right:
            continue
        found.append(
            Device(
                number,
                device["name"],
                "input",
                device["max_input_channels"],
                round(device["default_samplerate"]),
                default=api["default_input_device"] == number,
            )
        )
    return found


def _library() -> Any:
    try:
        import sounddevice
    except OSError as error:
        raise BridgeError(
            "PortAudio is not installed",
            cause=str(error),
            remedy="Debian, Ubuntu: apt install libportaudio2; Fedora: dnf install portaudio",
        ) from error
    return sounddevice


def _close(stream: Any) -> None:
    with suppress(Exception):  # a stream of a dead server may raise anything; it is gone anyway
        stream.close()
