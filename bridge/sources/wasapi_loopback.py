"""What the computer plays, on Windows, by PyAudioWPatch. Never run by us: only its logic is tested.

WASAPI's loopback gives no data at all while nothing plays, so silence is filled in from the
computer's clock; a stream that waited instead would take minutes of silence for no time.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import Any

import numpy as np

from bridge.errors import BridgeError
from bridge.signal.frames import RATES
from bridge.sources.client import (
    DEVICE_GONE,
    Change,
    Device,
    Said,
    Samples,
    Target,
    elapsed,
    pick,
)

PAUSE = 50_000_000  # ns without data after which nothing plays
MARGIN = 20_000_000  # ns that silence stays behind the clock, so that sound finds room
TICK = 0.01  # seconds between looks at the clock
AGAIN = 1.0  # seconds between attempts to open an output that is gone
LARGEST_FILL = 4800  # samples of silence written in one go


class SilenceClock:
    """Tells how much silence belongs between pieces of sound that come only while something plays.

    While sound comes its own count is the time; the clock decides about pauses only.
    """

    def __init__(self, rate: int, now_ns: int) -> None:
        self._rate = rate
        self._until = now_ns  # the stream reaches up to here

    def heard(self, count: int, now_ns: int) -> int:
        """Samples of silence that belong before `count` samples whose last one is there now."""
        missing = max(0, elapsed(now_ns - self._until, self._rate) - count)
        silence = missing if missing > elapsed(PAUSE, self._rate) else 0
        self._until = now_ns
        return silence

    def tick(self, now_ns: int) -> int:
        """Samples of silence to be written now, because nothing has come for a while."""
        if now_ns - self._until < PAUSE:
            return 0
        silence = elapsed(now_ns - MARGIN - self._until, self._rate)
        self._until += silence * 1_000_000_000 // self._rate
        return silence

    def skip(self, now_ns: int) -> int:
        """Samples that were lost up to now, because there was no device to play anything."""
        lost = elapsed(now_ns - self._until, self._rate)
        self._until = now_ns
        return lost


class LoopbackClient:
    """See `bridge.sources.client.Client`."""

    midi_block = 0

    def __init__(self, device: Device, channels: tuple[int, ...], rate: int | None) -> None:
        """Raises BridgeError for a rate that cannot be had: WASAPI gives the device's own only."""
        if device.rate not in RATES or rate not in (None, device.rate):
            raise BridgeError(
                f"{device.name} runs at {device.rate} Hz",
                cause="its output can be heard at that rate only"
                + ("" if device.rate in RATES else ", which cannot be analysed"),
                remedy="set it to 48000 Hz in the sound settings of Windows",
            )
        self._name = device.name
        self._width = device.channels
        self._chosen = pick(channels, device.channels, device.name)
        self.channels = len(self._chosen)
        self.rate = device.rate
        self._silence = np.zeros((LARGEST_FILL, self.channels), np.float32)
        self._clock = SilenceClock(self.rate, 0)
        self._lock = threading.Lock()  # two threads write: PortAudio's and the silence's
        self._closed = threading.Event()
        self._target: Target | None = None
        self._end = 0
        self._again_at = 0.0
        self._say = Said()
        self._audio: Any = None
        self._stream: Any = None

    def start(self, target: Target, first: int) -> None:
        """See `Client`."""
        self._target, self._end = target, first
        self._clock = SilenceClock(self.rate, time.monotonic_ns())
        self._open()
        threading.Thread(target=self._fill, name="silence", daemon=True).start()

    def watch(self) -> Change | None:
        """See `Client`. No data is no fault here: nothing plays."""
        if self._stream is not None:
            if self._stream.is_active():
                return None
            self._drop()
            return self._say("lost", f"{self._name} is gone")
        if time.monotonic() < self._again_at:
            return None
        self._again_at = time.monotonic() + AGAIN
        with self._lock:
            self._end += self._clock.skip(time.monotonic_ns())
        try:
            self._open()
        except BridgeError:
            return None
        return self._say("listening", f"{self._name} is back")

    def close(self) -> None:
        """See `Client`."""
        self._closed.set()
        self._drop()

    def _open(self) -> None:
        library = _library()
        self._audio = library.PyAudio()
        try:
            found = next(
                info
                for info in self._audio.get_loopback_device_info_generator()
                if info["name"] == self._name
            )
            self._stream = self._audio.open(
                format=library.paFloat32,
                channels=self._width,
                rate=self.rate,
                input=True,
                input_device_index=found["index"],
                stream_callback=self._callback,
            )
        except (OSError, StopIteration) as error:
            self._drop()
            raise BridgeError(
                f"{self._name} cannot be heard",
                cause=str(error) or "it is not there",
                remedy="choose it as output in the sound settings of Windows",
            ) from error

    def _drop(self) -> None:
        stream, self._stream = self._stream, None
        audio, self._audio = self._audio, None
        if stream is not None:
            with suppress(OSError):
                stream.close()
        if audio is not None:
            audio.terminate()

    def _callback(self, raw: bytes, count: int, _when: Any, _status: int) -> tuple[None, int]:
        now = time.monotonic_ns()
        sound = np.frombuffer(raw, np.float32).reshape(-1, self._width)[:, self._chosen]
        with self._lock:
            self._write_silence(self._clock.heard(count, now), now)
            self._write(sound, now)
        return None, 0  # paContinue

    def _fill(self) -> None:
        while not self._closed.wait(TICK):
            if self._stream is None:
                continue  # the output is gone: no sound comes, not even silence
            now = time.monotonic_ns()
            with self._lock:
                self._write_silence(self._clock.tick(now), now)

    def _write_silence(self, count: int, now: int) -> None:
        while count > 0:
            piece = self._silence[: min(count, LARGEST_FILL)]
            self._write(piece, now)
            count -= len(piece)

    def _write(self, sound: Samples, now: int) -> None:
        assert self._target is not None
        self._target.write(sound, self._end, now, DEVICE_GONE)
        self._end += len(sound)


def outputs() -> list[Device]:
    """Outputs that can be heard; none without PyAudioWPatch."""
    try:
        library = _library()
    except BridgeError:
        return []
    audio = library.PyAudio()
    try:
        default = audio.get_default_wasapi_loopback()["name"]
    except (OSError, LookupError):
        default = None
    try:
        return [
            Device(
                None, info["name"], "output", info["maxInputChannels"],
                round(info["defaultSampleRate"]), "wasapi", info["name"] == default,
            )
            for info in audio.get_loopback_device_info_generator()
        ]  # fmt: skip
    finally:
        audio.terminate()


def _library() -> Any:
    try:
        import pyaudiowpatch
    except ImportError as error:
        raise BridgeError(
            "PyAudioWPatch is not installed",
            cause="what the computer plays is heard through it",
            remedy="`pip install PyAudioWPatch`",
        ) from error
    return pyaudiowpatch
