"""What stands around our JACK client in a test: a player of known samples, a recorder of notes.

Two clients: one that feeds ours and also listens to it would be a feedback loop, to which JACK
adds one period of delay.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jack
import numpy as np

from tests.end_to_end.servers import Server


def client(name: str, server: Server) -> Any:
    jack.set_error_function(lambda _: None)
    jack.set_info_function(lambda _: None)
    return jack.Client(name, servername=server.name, no_start_server=True)


class Player:
    """Plays float32 (n,) from its `out` port once `play` was called."""

    def __init__(self, server: Server, sound: np.ndarray) -> None:
        self.begin: int | None = None  # JACK's frame of the first sample
        self.begin_at = float("inf")  # when that was, by the monotonic clock, in seconds
        self.done = threading.Event()
        self._sound = sound
        self._go = False
        self._client = client("player", server)
        self._out = self._client.outports.register("out")
        self._closed = False
        server.closed_first.append(self.close)
        self._client.set_process_callback(self._process)
        self._client.activate()

    def play(self) -> None:
        self._go = True

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._client.deactivate()
            self._client.close()

    def _process(self, frames: int) -> None:
        out = self._out.get_array()
        out.fill(0)
        if not self._go or self.done.is_set():
            return
        now = self._client.last_frame_time
        if self.begin is None:
            self.begin = now
        at = now - self.begin  # by JACK's frames: a cycle that we lose shifts nothing
        # We are called soon after the cycle began, never before: the least is the truth.
        self.begin_at = min(self.begin_at, time.monotonic() - at / self._client.samplerate)
        part = self._sound[at : at + frames]
        out[: len(part)] = part
        if at + frames >= len(self._sound):
            self.done.set()


class Recorder:
    """Remembers (frame, message) of what comes to its `midi` port."""

    def __init__(self, server: Server) -> None:
        self.heard: list[tuple[int, bytes]] = []
        self._client = client("recorder", server)
        self._midi = self._client.midi_inports.register("midi")
        self._closed = False
        server.closed_first.append(self.close)
        self._client.set_process_callback(self._process)
        self._client.activate()

    def listen(self, port: str = "dawbridge:midi") -> None:
        self._client.connect(port, self._midi)

    def listens_to(self) -> list[str]:
        return [port.name for port in self._client.get_all_connections(self._midi)]

    def notes_on(self) -> list[int]:
        """Frames of the note-ons."""
        return [frame for frame, message in self.heard if message[0] & 0xF0 == 0x90]

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._client.deactivate()
            self._client.close()

    def _process(self, frames: int) -> None:
        begin = self._client.last_frame_time
        for offset, message in self._midi.incoming_midi_events():
            self.heard.append((begin + offset, bytes(message)))


@contextmanager
def world(server: Server, sound: np.ndarray) -> Iterator[tuple[Player, Recorder]]:
    """A player and a recorder; they must let go before the server ends."""
    player, recorder = Player(server, sound), Recorder(server)
    try:
        yield player, recorder
    finally:
        player.close()
        recorder.close()


def drum_hits(rate: int, seconds: float, seed: int = 1) -> tuple[np.ndarray, list[int]]:
    """A quiet noise with hits of 12 ms at odd places; the sound and the hits' sample numbers."""
    random = np.random.default_rng(seed)
    sound = (random.standard_normal(round(rate * seconds)) * 1e-4).astype(np.float32)
    hit = np.exp(-np.arange(round(0.012 * rate)) / (0.003 * rate)).astype(np.float32) * 0.8
    hits = np.cumsum(random.integers(rate // 8, rate // 3, round(seconds * 8)))
    hits = hits[hits < len(sound) - rate // 4]
    for at in hits:
        sound[at : at + len(hit)] += hit
    return sound, hits.tolist()
