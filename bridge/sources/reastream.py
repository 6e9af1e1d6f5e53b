"""A DAW's track by ReaStream, Cockos' free plug-in: sound in UDP packets, usually on one machine.

Facts that shape this file: a packet has neither number nor time, so what was lost is told from how
the host's blocks are split and from the clock; all packets of a block come in one burst; where a
host stands still no packets come at all. Packets: Cockos, `reastream.txt` (1014.org). Tested with
packets of our own making; never with the plug-in itself.
"""

from __future__ import annotations

import errno
import select
import socket
import sys
import threading
import time
from contextlib import suppress

import numpy as np

from bridge.errors import BridgeError
from bridge.signal.frames import RATES, sane
from bridge.sources.client import (
    LOST_PACKETS,
    NO_REASON,
    REASTREAM,
    STALL,
    AbsentError,
    Change,
    RestartError,
    Said,
    Samples,
    Target,
    pick,
)
from bridge.sources.packet_count import PacketCount
from bridge.sources.reastream_packets import MalformedError, Packet, Wish, parse

LARGEST = 65536  # bytes: more than UDP carries
BUFFER = 4 << 20  # bytes asked of the system: what waits while we are late
FIRST_PACKET = 0.4  # seconds that the first one is waited for in one go
WAKE = 0.2  # seconds after which the thread looks whether it should end
TURN = 0.3  # seconds of silence of the sender after which another of its name is taken
BRIDGED = 0.03  # seconds: a shorter hole is bridged, so that it does not click like a drum
SAY_AGAIN = 60.0  # seconds between words about what is lost
NOTABLE = 1e-3  # share of the sound whose loss is said
ANOTHER = 5  # packets in a row of another rate or width that are a change: one may be forged
MOST_OTHERS = 16  # names of other senders that are remembered


class ReaStreamClient:
    """See `bridge.sources.client.Client`."""

    midi_block = 0

    def __init__(self, wish: Wish, channels: tuple[int, ...]) -> None:
        """Raises AbsentError while nobody sends or the port is taken, BridgeError for channels or
        a rate that cannot be had.
        """
        self._wish = wish
        self._socket = _bound(wish)
        self._content = bytearray(LARGEST)
        self._others: tuple[str, ...] = ()  # names; a new tuple each time: `watch` reads it
        self._strange = 0  # packets that are none of ReaStream
        self._unheard = 0  # packets at a rate that cannot be analysed
        self._no_rate: tuple[str, int] | None = None  # name and rate of the last of them
        self._heard = 0  # samples
        self._second: str | None = None  # somebody else who sends under this name
        try:
            first, self._sender = self._wait()
            self._name, self._width, self.rate = first.name, first.channels, first.rate
            self._chosen = pick(channels, self._width, f"ReaStream {self._name!r}")
        except BaseException:
            self._socket.close()
            raise
        self.channels = len(self._chosen)
        self._count = PacketCount(self.rate)
        self._last = np.zeros(self.channels, np.float32)
        self._target: Target | None = None
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._changed: RestartError | None = None
        self._say = Said()
        self._said_at: float | None = None
        self._told = (0, 0, 0)  # lost and heard samples, late packets, when it was last said

    def start(self, target: Target, first: int) -> None:
        """See `Client`."""
        self._target = target
        until = time.monotonic() + WAKE
        while select.select([self._socket], [], [], 0)[0] and time.monotonic() < until:
            self._receive()  # what came while we got ready is old
        self._count.start(first, time.monotonic_ns())
        self._thread = threading.Thread(target=self._read, name=REASTREAM, daemon=True)
        self._thread.start()

    def watch(self) -> Change | None:
        """See `Client`. Raises RestartError when rate or channels are others now."""
        if self._changed:
            raise self._changed
        if self._count.quiet(time.monotonic_ns()) > STALL:
            return self._say(
                "stalled",
                f"ReaStream {self._name!r} sends nothing: the DAW stands still, or the plug-in was "
                f"taken away{self._seen()}",
            )
        sends = f"ReaStream {self._name!r} sends sound"
        if change := self._say("listening", sends):
            return change
        trouble = self._trouble()
        return Change("listening", sends, trouble) if trouble else None

    def close(self) -> None:
        """See `Client`."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join(2 * WAKE)
        self._socket.close()

    def _trouble(self) -> BridgeError | None:
        """What goes wrong though sound comes, once a minute at most."""
        now = time.monotonic()
        if self._said_at is not None and now - self._said_at < SAY_AGAIN:
            return None
        lost, heard, late = self._count.lost, self._heard, self._count.late
        new = lost - self._told[0], heard - self._told[1], late - self._told[2]
        if self._second:
            second, self._second = self._second, None
            self._said_at = now
            return BridgeError(
                f"Two ReaStreams send as {self._name!r}",
                cause=f"{second} does, too; the first one is heard",
                remedy="give each its own identifier in ReaStream's window",
            )
        if new[2] or new[0] > NOTABLE * max(new[1], self.rate):
            self._said_at, self._told = now, (lost, heard, late)
            order = f", {new[2]} packets came in another order" if new[2] else ""
            share = 100 * new[0] / max(new[0] + new[1], 1)
            return BridgeError(
                f"{share:.1f} % of ReaStream {self._name!r} is lost on the way",
                cause=f"{new[0] / self.rate:.2f} s were bridged or left silent{order}",
                remedy="between machines use a cable, not Wi-Fi; on one machine close what keeps "
                "it busy, or choose a larger block size in the DAW",
            )
        return None

    def _wait(self) -> tuple[Packet, tuple[str, int]]:
        until = time.monotonic() + FIRST_PACKET
        while (left := until - time.monotonic()) > 0:
            if not select.select([self._socket], [], [], left)[0]:
                break
            packet, sender = self._receive()
            if packet is not None and len(packet.samples):
                return packet, sender
        if self._no_rate:
            whose, rate = self._no_rate
            raise BridgeError(
                f"ReaStream {whose!r} sends {rate} Hz",
                cause=f"only {', '.join(map(str, RATES))} Hz can be analysed",
                remedy="set the DAW's project to 48000 Hz",
            )
        name = self._wish.name or "default"
        raise AbsentError(
            f"No ReaStream {self._wish.name!r} is heard" if self._wish.name else
            "No ReaStream is heard",
            cause=f"nothing comes to {self._wish.host}, UDP port {self._wish.port}{self._seen()}",
            remedy="in the DAW add the effect ReaStream to the track, choose Send, the identifier "
            f"{name} and the address 127.0.0.1 (from another machine: this one's address); "
            "dawbridge waits for it",
        )  # fmt: skip

    def _seen(self) -> str:
        """What came instead."""
        told = ""
        if self._others:
            told += f"; ReaStream {', '.join(map(repr, sorted(self._others)))} is heard"
        if self._strange:
            told += f"; {self._strange} packets came that are none of ReaStream"
        if self._no_rate:
            name, rate = self._no_rate
            told += f"; {self._unheard} packets came at a rate that cannot be analysed, the last "
            told += f"of {name!r} at {rate} Hz"
        return told

    def _remember(self, name: str) -> None:
        if name not in self._others and len(self._others) < MOST_OTHERS:
            self._others = (*self._others, name)

    def _receive(self) -> tuple[Packet | None, tuple[str, int]]:
        """One packet of the name that is wished; None: something else came."""
        try:
            size, sender = self._socket.recvfrom_into(self._content)
        except OSError:  # on Windows: an answer of ours could not be delivered, though we gave none
            return None, ("", 0)
        try:
            packet = parse(memoryview(self._content)[:size])
        except MalformedError:
            self._strange += 1
            return None, sender
        if packet is None:
            return None, sender
        if self._wish.name not in ("", packet.name):
            self._remember(packet.name)
            return None, sender
        if packet.rate not in RATES:
            self._unheard += 1
            self._no_rate = packet.name, packet.rate
            return None, sender
        return packet, sender

    # In a thread of its own

    def _read(self) -> None:
        others = 0  # packets in a row of another rate or width
        while not self._closed.is_set():
            if not select.select([self._socket], [], [], WAKE)[0]:
                continue
            packet, sender = self._receive()
            now = time.monotonic_ns()
            if packet is None or not len(packet.samples) or not self._is_ours(packet, sender, now):
                continue
            if (packet.rate, packet.channels) != (self.rate, self._width):
                others += 1
                if others < ANOTHER:
                    continue
                self._changed = RestartError(
                    f"ReaStream {self._name!r} sends {packet.channels} channels at "
                    f"{packet.rate} Hz",
                    cause=f"it sent {self._width} at {self.rate} Hz before",
                    remedy="nothing: the capture process starts afresh",
                )
                return
            others = 0
            self._take(packet.samples, now)

    def _is_ours(self, packet: Packet, sender: tuple[str, int], now: int) -> bool:
        """Two senders of one name would make a stream that runs at twice the speed."""
        if packet.name != self._name:
            self._remember(packet.name)
            return False
        if sender == self._sender:
            return True
        if self._count.quiet(now) > TURN:
            self._sender = sender  # the plug-in was opened again
            return True
        self._second = f"{sender[0]}, port {sender[1]},"
        return False

    def _take(self, samples: Samples, now: int) -> None:
        target = self._target
        assert target is not None
        sound = sane(np.ascontiguousarray(samples[:, self._chosen]))
        self._heard += len(sound)
        place = self._count.place(len(sound), now)
        sound = sound[place.drop :]
        if not len(sound):
            return
        first, reason = place.first, place.reason
        if 0 < place.hole <= BRIDGED * self.rate and reason == LOST_PACKETS:
            way = np.linspace(0.0, 1.0, place.hole + 2, dtype=np.float32)[1:-1, None]
            target.write(self._last * (1 - way) + sound[0] * way, first - place.hole, now)
            reason = NO_REASON
        target.write(sound, first, now, reason)
        self._last = sound[-1]


def _bound(wish: Wish) -> socket.socket:
    """Alone on the port: shared, only one of those who listen would be given the packets."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        with suppress(OSError):
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        if sys.platform == "win32":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        listening.bind((wish.host, wish.port))
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            holder = holder_of(wish.port) or (
                "another program, such as a ReaStream that receives, OBS or a second dawbridge,"
            )
            raise AbsentError(
                f"UDP port {wish.port} of ReaStream is taken",
                cause=f"{holder} has it",
                remedy="end that program, or set its ReaStream to Send; dawbridge waits",
            ) from error
        raise BridgeError(
            f"ReaStream cannot be heard at {wish.host!r}",
            cause=error.strerror or str(error),
            remedy="write reastream:NAME for this machine, reastream:NAME@0.0.0.0 for others",
        ) from error
    return listening


def holder_of(port: int) -> str | None:
    """The program that listens at a UDP port; None: not known, or not allowed to know."""
    try:
        import psutil
    except ImportError:
        return None
    try:
        for each in psutil.net_connections("udp"):
            if each.laddr and each.laddr.port == port and each.pid:
                return f"{psutil.Process(each.pid).name()} (process {each.pid})"
    except (psutil.Error, OSError):
        return None
    return None
