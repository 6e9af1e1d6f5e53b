"""Sound in and MIDI out as one JACK client: notes are written at their frame.

Facts that shape this file, measured with jackd2 1.9.21: an exception in a process callback ends
all further callbacks without a word; after an overload a callback may run twice for the same
frames; lost cycles show only as jumps of the frame counter; a server that died tells so by the
shutdown callback alone, everything else answers from memory.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jack
import numpy as np

from bridge.errors import BridgeError
from bridge.signal.frames import RATES
from bridge.sources.client import (
    DEVICE_GONE,
    LOST_CYCLES,
    NO_REASON,
    STALL,
    AbsentError,
    Change,
    Device,
    Notes,
    RestartError,
    Said,
    Target,
    elapsed,
    pick,
)
from bridge.sources.jack_wiring import JackPatchbay
from bridge.sources.trigger import LARGEST_BLOCK, Trigger, TriggerSpec
from bridge.sources.wiring import MIDI, Wiring

NAME = "dawbridge"
AGAIN = 0.2  # seconds between attempts to reach a server that is gone
NAME_FREE = 1.5  # seconds that a killed client may keep its name
FORGET = 60  # seconds: a longer jump of the frame counter is a new counter
SETTLE = 1.0  # seconds that former peers are waited for before the notes they hold are ended


@dataclass(frozen=True, slots=True)
class JackSpec:
    """What to connect to; see `bridge.settings.SourceSettings`."""

    server: str | None
    channels: tuple[int, ...]
    connect: tuple[str, ...]
    connections: Path  # file that remembers our connections for a restart


class JackClient:
    """See `bridge.sources.client.Client`."""

    def __init__(self, spec: JackSpec, notes: Notes | None, trigger: TriggerSpec | None) -> None:
        """Raises AbsentError without a server, BridgeError for a rate that cannot be analysed.

        `notes`: timed MIDI to be sent, None for no MIDI port.
        """
        self._spec = spec
        self._notes = notes
        self._gone = threading.Event()
        self._wiring = Wiring(spec.connections)
        self._former = self._wiring.remembered()
        self._say = Said()
        self._fault: BaseException | None = None
        self._last_ns = 0  # when the stream's last sample was there; 0: it has not begun
        self._cycle_ns = 0  # when JACK last ran a cycle, or should have begun to
        self._next_frame: int | None = None
        self._end = 0
        self._held: list[tuple[int, bytes]] = []  # messages for which JACK had no room
        self._sending = False
        self._send_at = 0.0
        self._again_at = 0.0
        self._target: Target | None = None
        self._client: jack.Client | None = self._open()
        self.rate = int(self._client.samplerate)
        self.midi_block = int(self._client.blocksize) if notes else 0
        try:
            wanted = self._wanted()
            self.channels = len(wanted)
            self._check(trigger)
        except BridgeError:
            self.close()
            raise
        self._wiring.want(wanted)
        if notes:
            self._wiring.want({MIDI: self._former.get(MIDI, [])})
        self._ports = self._register()
        self._block = np.zeros((LARGEST_BLOCK, self.channels), np.float32)
        self._trigger_channel = trigger.channel if trigger else 0
        self._trigger = Trigger(trigger, self.rate) if trigger and notes else None

    def start(self, target: Target, first: int) -> None:
        """See `Client`."""
        self._target = target
        self._end = first
        self._last_ns = time.monotonic_ns() if first else 0
        self._activate()

    def watch(self) -> Change | None:
        """See `Client`. Raises RestartError when the server came back with another rate."""
        if self._client is None or self._gone.is_set():
            return self._reconnect()
        if self._fault is not None:
            raise self._fault  # a bug: it keeps its traceback
        self._wiring.look_after(JackPatchbay(self._client, self._ports))
        self._send_when_settled()
        quiet = (time.monotonic_ns() - self._cycle_ns) / 1e9
        if quiet > STALL:
            return self._say("stalled", f"JACK has run no cycle for {STALL} s")
        absent = ", ".join(self._wiring.waits_for(midi=False))
        if absent and not self._wiring.hears:
            return self._say("stalled", f"not in JACK: {absent}")
        if not self._wiring.hears:
            return self._say("stalled", "nothing is connected to our inputs in JACK")
        return self._say("listening", "JACK runs")

    def close(self) -> None:
        """See `Client`."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(jack.JackError):
                client.deactivate()
            with suppress(jack.JackError):
                client.close()

    # Opening and connecting

    def _open(self) -> Any:
        """A new client under our own name, waiting for a killed predecessor to let go of it."""
        _quiet()
        until = time.monotonic() + (NAME_FREE if self._former or self._target else 0.0)
        while True:
            try:
                return jack.Client(
                    NAME,
                    servername=self._spec.server,
                    no_start_server=True,
                    use_exact_name=time.monotonic() < until,
                )
            except jack.JackOpenError as error:
                if error.status.name_not_unique and time.monotonic() < until:
                    time.sleep(0.05)
                    continue
                named = f" {self._spec.server!r}" if self._spec.server else ""
                raise AbsentError(
                    f"There is no JACK server{named}",
                    cause=f"it does not run, or runs for another user ({error.status})",
                    remedy="start JACK (qjackctl, or `jackd -d alsa`); dawbridge waits for it",
                ) from error

    def _check(self, trigger: TriggerSpec | None) -> None:
        if self.rate not in RATES:
            raise BridgeError(
                f"JACK runs at {self.rate} Hz",
                cause=f"only {', '.join(map(str, RATES))} Hz can be analysed",
                remedy="start JACK at 44100 or 48000 Hz",
            )
        if trigger and trigger.channel >= self.channels:
            raise BridgeError(
                f"The trigger's channel {trigger.channel + 1} is not there",
                cause=f"JACK gives us channels 1 to {self.channels}",
                remedy="set trigger.channel to one of them",
            )

    def _wanted(self) -> dict[str, list[str]]:
        """Our inputs and the ports they are to listen to."""
        assert self._client is not None
        former = {name: peers for name, peers in self._former.items() if name.startswith("in_")}
        if former:
            return former
        if self._spec.connect:
            return {f"in_{n}": [peer] for n, peer in enumerate(self._spec.connect, 1)}
        physical = [
            port.name
            for port in self._client.get_ports(is_audio=True, is_output=True, is_physical=True)
        ]
        if not physical:
            return {"in_1": [], "in_2": []}
        chosen = pick(self._spec.channels, len(physical), "JACK's sound card")
        return {f"in_{n}": [physical[index]] for n, index in enumerate(chosen, 1)}

    def _register(self) -> dict[str, Any]:
        client = self._client
        assert client is not None
        ports = {f"in_{n}": client.inports.register(f"in_{n}") for n in range(1, self.channels + 1)}
        if self._notes:
            ports[MIDI] = client.midi_outports.register(MIDI)
        return ports

    def _activate(self) -> None:
        client = self._client
        assert client is not None
        self._inputs = [self._ports[f"in_{n}"] for n in range(1, self.channels + 1)]
        self._midi_port = self._ports.get(MIDI)
        self._next_frame = None
        self._sending = False
        self._gone.clear()
        client.set_shutdown_callback(self._shut_down)
        client.set_process_callback(self._process)
        self._cycle_ns = time.monotonic_ns()
        client.activate()
        self._send_at = time.monotonic() + SETTLE
        self._wiring.look_after(JackPatchbay(client, self._ports))
        self._send_when_settled()

    def _reconnect(self) -> Change | None:
        if self._client is not None:
            self._wiring.lose()
            self.close()
        if time.monotonic() < self._again_at:
            return self._say("lost", "the JACK server is gone")
        self._again_at = time.monotonic() + AGAIN
        try:
            self._client = self._open()
        except AbsentError:
            return self._say("lost", "the JACK server is gone")
        if self._client.samplerate != self.rate:
            rate = self._client.samplerate
            self.close()
            raise RestartError(
                f"JACK came back at {rate} Hz instead of {self.rate}",
                cause="it was started with other settings",
                remedy="nothing: everything starts afresh at the new rate",
            )
        self._ports = self._register()
        self._activate()
        return self._say("listening", "JACK is back")

    def _send_when_settled(self) -> None:
        """Sends from when those who heard our notes are there again, or were waited for enough.

        The first thing sent ends the notes that a killed predecessor left.
        """
        if self._notes is None or self._sending:
            return
        patchbay = JackPatchbay(self._client, self._ports)
        there = not self._wiring.waits_for(midi=True) and self._wiring.carries(patchbay)
        if there or time.monotonic() > self._send_at:
            self._notes.take()
            self._sending = True

    # In JACK's own threads

    def _shut_down(self, _status: Any, _reason: str) -> None:
        self._gone.set()

    def _process(self, frames: int) -> None:
        try:
            self._cycle(frames)
        except Exception as error:
            # An exception that leaves here silences the client for ever.
            self._fault = error

    def _cycle(self, frames: int) -> None:
        client, target = self._client, self._target
        if self._midi_port is not None:
            self._midi_port.clear_buffer()
        if client is None or target is None:
            return
        now = self._cycle_ns = time.monotonic_ns()
        first, reason = self._place(client.last_frame_time, frames, now)
        if first < 0:
            return
        block = self._block[:frames]
        for index, port in enumerate(self._inputs):
            block[:, index] = port.get_array()
        if self._midi_port is not None:
            self._send(block, first, frames)
        target.write(block, first, now, reason)

    def _place(self, frame: int, frames: int, now: int) -> tuple[int, int]:
        """Number of the cycle's first sample in the stream, -1 when it was heard already."""
        reason = NO_REASON
        lost = 0
        expected = self._next_frame
        jump = 0 if expected is None else (frame - expected + 2**31) % 2**32 - 2**31
        if expected is None or abs(jump) > FORGET * self.rate:
            if self._last_ns:
                lost = max(0, elapsed(now - self._last_ns, self.rate) - frames)
                reason = DEVICE_GONE if lost else NO_REASON
        elif jump < 0:
            return -1, NO_REASON
        elif jump > 0:
            lost, reason = jump, LOST_CYCLES
        first = self._end + lost
        self._end = first + frames
        self._next_frame = (frame + frames) % 2**32
        self._last_ns = now
        return first, reason

    def _send(self, block: Any, first: int, frames: int) -> None:
        """Writes the trigger's notes and what the queue has due, in order of time."""
        events, self._held = self._held, []
        notes, port = self._notes, self._midi_port
        assert notes is not None
        assert port is not None
        if self._trigger is not None:
            hits = self._trigger.process(block[:, self._trigger_channel])
            for _, message in hits:
                notes.mark(message)
            events += hits
        if self._sending:
            for due, message in notes.due_before(first + frames, first):
                events.append((max(0, due - first), message))
        if not events:
            return
        events.sort(key=_offset)
        for number, (offset, message) in enumerate(events):
            try:
                port.write_midi_event(offset, message)
            except jack.JackError:
                self._held = [(0, left) for _, left in events[number:]]
                break


def server_of(text: str) -> str | None:
    """The server's name in 'jack:SERVER'; None for plain 'jack'."""
    return text.partition(":")[2] or None


def _offset(event: tuple[int, bytes]) -> int:
    return event[0]


def _quiet() -> None:
    """JACK's library writes to standard error, and may start a server, where it finds none."""
    os.environ["JACK_NO_START_SERVER"] = "1"
    jack.set_error_function(_ignore)
    jack.set_info_function(_ignore)


def _ignore(_text: str) -> None:
    """Nobody needs to know."""


def servers() -> list[Device]:
    """The JACK server that runs, if one does, with its physical inputs."""
    _quiet()
    try:
        client = jack.Client("dawbridge-look", no_start_server=True)
    except jack.JackOpenError:
        return []
    try:
        inputs = client.get_ports(is_audio=True, is_output=True, is_physical=True)
        return [Device(None, "jack", "jack", len(inputs), int(client.samplerate), "jack", True)]
    finally:
        client.close()
