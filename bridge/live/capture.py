"""The capture process: holds the device's client, fills the ring, and on JACK sends the notes.

Started by the supervisor as `python -m bridge.live.capture`; its lines are in
docs/architecture.md. It imports little and collects no garbage: whatever holds the interpreter
here makes a callback late.
"""

from __future__ import annotations

import gc
import os
import queue
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from bridge.errors import BridgeError
from bridge.live.lines import read_lines, standard_input
from bridge.live.midi_queue import MIDI_QUEUE, MidiQueue
from bridge.live.ring import RingReader, RingWriter
from bridge.live.speak import HELPLESS, leave, say, say_error
from bridge.sources.client import (
    AbsentError,
    Change,
    Client,
    RestartError,
    elapsed,
    is_jack,
    is_reastream,
)
from bridge.sources.trigger import TriggerSpec

AGAIN = 1  # exit status: start me afresh
LOOK = 0.1  # seconds between looks after the device
WAIT = 0.5  # seconds between attempts to open what is not there yet
LAST_NOTES = 0.3  # seconds in which the last note-offs must have gone out
SWITCH = 0.0005  # seconds after which our own work makes way for the callback; usual are 5 ms
JACK_CONNECTIONS = "jack-connections.json"


def main() -> int:
    """Runs until standard input ends. The exit status."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's; the supervisor ends us
    lines: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(lines,), name="standard input", daemon=True).start()
    first = lines.get()
    if first is None:
        return 0
    capture = Capture(first["settings"], Path(first["folder"]), lines)
    signal.signal(signal.SIGTERM, lambda *_: lines.put(None))
    try:
        return capture.run()
    except RestartError as error:
        say_error(error)
        return AGAIN
    except BridgeError as error:
        say_error(error)
        return HELPLESS
    finally:
        capture.close()


class Capture:
    """One device, one ring."""

    def __init__(
        self,
        settings: dict[str, Any],
        folder: Path,
        lines: queue.SimpleQueue[dict[str, Any] | None],
    ) -> None:
        """`settings`: all of them as plain values, so that pydantic need not be imported."""
        self._settings = settings
        self._folder = folder
        self._lines = lines
        self._client: Client | None = None
        self._notes: MidiQueue | None = None

    def run(self) -> int:
        """Opens, waits where it must, watches. Raises BridgeError when it cannot go on."""
        self._client = self._open()
        if self._client is None:
            return 0
        path = self._folder / f"ring-{os.getpid()}"
        ring = RingWriter(path, self._client.rate, self._client.channels)
        gc.collect()
        gc.freeze()
        gc.disable()
        sys.setswitchinterval(SWITCH)
        first = continued(self._folder, self._client.rate, time.monotonic_ns())
        self._client.start(ring, first)
        say(
            {
                "ring": {
                    "path": str(path),
                    "rate": self._client.rate,
                    "channels": self._client.channels,
                    "midi_block": self._client.midi_block,
                }
            }
        )
        self._sweep(path)
        while self._obey(LOOK):
            say_change(self._client.watch())
        return 0

    def close(self) -> None:
        """Ends the notes, lets go of the device."""
        if self._notes is not None and self._client is not None:
            self._notes.release()
            until = time.monotonic() + LAST_NOTES
            while self._notes.sounding() and time.monotonic() < until:
                time.sleep(0.005)
        if self._client is not None:
            self._client.close()

    def _open(self) -> Client | None:
        """The client; None when standard input ended while we waited for the device."""
        told = False
        was_there = any(self._folder.glob("ring-*"))  # so a restart waits for what was unplugged
        while True:
            try:
                client = self._client_for(self._settings["source"])
            except AbsentError as error:
                problem: BridgeError = error
            except BridgeError as error:
                if not was_there:
                    raise
                problem = error
            else:
                if told:
                    say_change(Change("listening", "it is there now"))
                return client
            if not told:
                told = True
                say_error(problem)
                say_change(Change("lost", problem.what))
            if not self._obey(WAIT):
                return None

    def _client_for(self, source: dict[str, Any]) -> Client:
        wish: str = source["input"]
        channels = tuple(source["channels"])
        trigger: dict[str, Any] = self._settings["trigger"]
        if is_jack(wish):
            return self._jack(source, trigger)
        if trigger["on"]:
            raise BridgeError(
                "The trigger runs on JACK only",
                cause=f"source.input is {wish!r}",
                remedy="set source.input to 'jack', or trigger.on to false",
            )
        if is_reastream(wish):
            from bridge.sources.reastream import ReaStreamClient
            from bridge.sources.reastream_packets import wish_of

            return ReaStreamClient(wish_of(wish), channels)
        from bridge.sources import devices, pulse

        if wish == "output" and sys.platform.startswith("linux"):
            pulse.require()
            # PortAudio need not be asked, which takes a while
            device = devices.choose(wish, pulse.sources())
        else:
            device = devices.find(wish)
        if device.way == "pulse":
            return pulse.PulseClient(
                device, channels, source["rate"], follow_output=wish == "output"
            )
        if device.way == "wasapi":
            from bridge.sources import wasapi_loopback

            return wasapi_loopback.LoopbackClient(device, channels, source["rate"])
        from bridge.sources import portaudio

        return portaudio.PortAudioClient(device, channels, source["rate"], source["block"])

    def _jack(self, source: dict[str, Any], trigger: dict[str, Any]) -> Client:
        try:
            from bridge.sources import jack
        except (ImportError, OSError) as error:
            raise BridgeError(
                "JACK cannot be used",
                cause=str(error),
                remedy="`pip install JACK-Client`, and install JACK or PipeWire's libjack",
            ) from error
        if self._notes is None and (self._settings["midi"]["on"] or trigger["on"]):
            self._notes = MidiQueue.open_or_create(self._folder / MIDI_QUEUE)
        spec = jack.JackSpec(
            jack.server_of(source["input"]),
            tuple(source["channels"]),
            tuple(source["connect"]),
            self._folder / JACK_CONNECTIONS,
        )
        return jack.JackClient(spec, self._notes, trigger_spec(trigger, source))

    def _obey(self, seconds: float) -> bool:
        """Waits, doing what a line asks. False: standard input has ended."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                message = self._lines.get(timeout=left)
            except queue.Empty:
                return True
            if message is None:
                return False
            if message.get("release") and self._notes is not None:
                self._notes.release()
        return True

    def _sweep(self, ours: Path) -> None:
        """Rings of captures that were killed; whoever still reads one keeps its memory."""
        for path in self._folder.glob("ring-*"):
            if path != ours:
                try:
                    path.unlink()
                except OSError:
                    continue  # Windows keeps what is still mapped


def continued(folder: Path, rate: int, now_ns: int) -> int:
    """Number of the stream's next sample: a restart counts what was lost meanwhile, too.

    So times stay true for the ears and for the notes that wait in the queue.
    """
    ends = []
    for path in folder.glob("ring-*"):
        try:
            reader = RingReader(path)
        except BridgeError:
            continue
        if last := reader.last():
            ends.append((last.host_ns, last.sample * rate // reader.rate))
    if not ends:
        return 0
    host_ns, sample = max(ends)
    return sample + elapsed(now_ns - host_ns, rate)


def trigger_spec(trigger: dict[str, Any], source: dict[str, Any]) -> TriggerSpec | None:
    """`trigger.channel` counts the device's channels; the block holds only those chosen. Where
    ports are named it counts these.
    """
    if not trigger["on"]:
        return None
    ports = len(source["connect"])
    chosen = () if ports else tuple(source["channels"])
    heard = chosen or tuple(range(1, (ports or 2) + 1))
    if trigger["channel"] not in heard:
        told = "source.connect" if ports else "source.channels"
        raise BridgeError(
            f"The trigger's channel {trigger['channel']} is not heard",
            cause=f"by {told} channels {', '.join(map(str, heard))} are",
            remedy=f"set trigger.channel to one of them, or add it to {told}",
        )
    return TriggerSpec(
        heard.index(trigger["channel"]),
        trigger["threshold"],
        trigger["hold"],
        trigger["note"],
        trigger["midi_channel"],
    )


def say_change(change: Change | None) -> None:
    """How the device is, or what is wrong with it, as a line; nothing for no change."""
    if change is None:
        return
    if change.trouble is not None:
        say_error(change.trouble)
    else:
        say({"state": {"state": change.state, "reason": change.reason}})


def _read(lines: queue.SimpleQueue[dict[str, Any] | None]) -> None:
    for message in read_lines(standard_input()):
        lines.put(message)
    lines.put(None)


if __name__ == "__main__":
    leave(main())
