"""Open Sound Control: every fact under /dawbridge, once whole and once per value.

The addresses are derived from bridge.events; docs/osc.md has them all.
"""

from __future__ import annotations

import contextlib
import math
import socket
import struct
from collections.abc import Callable

from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.parsing.ntp import system_time_to_ntp

from bridge.errors import BridgeError
from bridge.events import DrumHit, Event, Field, Pitch, fields
from bridge.settings import OscTarget

ROOT = "/dawbridge"
STEADY = frozenset({"level", "spectrum", "pitch"})  # topics that come all the time
LONGEST_TEXT = 1000  # bytes: keeps a message under 1400, which fit one packet of any network
LARGEST_INT = 2**31 - 1
LARGEST_FLOAT = 3.4028234e38  # of 32 bits

Argument = int | float | str
Message = tuple[str, list[Argument]]


class OscSink:
    """One receiver. Sending never waits: what the network does not take at once is lost, as UDP is.

    Raises BridgeError for a host that is not known.
    """

    def __init__(self, target: OscTarget, wall: Callable[[float], float]) -> None:
        """`wall`: the Unix time at which a moment of the stream sounds, for bundles."""
        self.lead = target.lead
        self._target = target
        self._wall = wall
        self._due: dict[str, float] = {}  # steady topics: stream time from which the next may go
        self._socket, self._address = _open(target)

    def send(self, event: Event) -> None:
        """Raises OSError when there is no way to the receiver."""
        if event.topic not in self._target.topics or self._too_soon(event):
            return
        for address, arguments in messages(event):
            packet = encode(address, arguments)
            if self._target.bundles:
                packet = bundle(packet, self._wall(event.at))
            # Refused: nobody listens there yet. Would block: the send buffer is full.
            with contextlib.suppress(ConnectionRefusedError, BlockingIOError):
                self._socket.sendto(packet, self._address)

    def close(self) -> None:
        """Closes the socket."""
        self._socket.close()

    def _too_soon(self, event: Event) -> bool:
        """Whether a steady topic would exceed the target's rate. The end of a voice never does."""
        if event.topic not in STEADY or (isinstance(event, Pitch) and event.hz == 0):
            return False
        due = self._due.get(event.topic, event.at)
        if event.at < due:
            return True
        # From the moment it was due, not from now on: 50 a second thinned to 30 are 30, not 25.
        self._due[event.topic] = max(due + 1.0 / self._target.rate, event.at)
        return False


def messages(event: Event) -> list[Message]:
    """All that is said of an event: the combined message first, then one value per address."""
    base = f"{ROOT}/{event.topic}"
    named = [
        (field.name, _argument(getattr(event, field.name), tag_of(field)))
        for field in said_of(type(event))
    ]
    whole = [argument for _, argument in named]
    times = [_argument(event.at, "f"), _argument(event.decided - event.at, "f")]
    singles: list[Message] = [(f"{base}/{name}", [argument]) for name, argument in named]
    if isinstance(event, DrumHit):
        singles = [(f"{base}/{event.drum}", [_unit(event.velocity)])]
    return [(base, whole + times), *singles]


def encode(address: str, arguments: list[Argument]) -> bytes:
    """One OSC message."""
    builder = OscMessageBuilder(address)
    for argument in arguments:
        builder.add_arg(argument, _TAGS[type(argument)])
    return builder.build().dgram


def bundle(message: bytes, unix_time: float) -> bytes:
    """One message in a bundle with an NTP time tag."""
    return b"#bundle\0" + system_time_to_ntp(unix_time) + struct.pack(">i", len(message)) + message


_TAGS: dict[type, str] = {bool: "i", int: "i", float: "f", str: "s"}


def said_of(kind: type[Event]) -> tuple[Field, ...]:
    """The fields that stand in the message; the two times follow them."""
    return tuple(field for field in fields(kind) if field.name not in ("at", "decided"))


def tag_of(field: Field) -> str:
    """Its OSC type tag: i, f or s."""
    return next(_TAGS[each] for each in field.types if each is not type(None))


def _argument(value: object, tag: str) -> Argument:
    """A value as OSC takes it. NaN is not known; what does not fit becomes the nearest."""
    if tag == "s":
        text = "" if value is None else str(value).replace("\0", "")
        return text.encode(errors="replace")[:LONGEST_TEXT].decode(errors="ignore")
    assert value is None or isinstance(value, (int, float))
    if value is None or math.isnan(value):
        return 0 if tag == "i" else 0.0
    if tag == "i":
        return int(max(-LARGEST_INT, min(LARGEST_INT, value)))
    return float(max(-LARGEST_FLOAT, min(LARGEST_FLOAT, value)))


def _unit(velocity: int) -> float:
    return max(0.0, min(1.0, velocity / 127.0))


def _open(target: OscTarget) -> tuple[socket.socket, tuple[str, int] | tuple[str, int, int, int]]:
    """A socket that never waits and the receiver's address.

    It is not connected: a connected one loses the message after each that nobody took.
    """
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        raise BridgeError(
            f"The OSC receiver {target.host!r} is not known",
            cause=str(error),
            remedy="correct the host of this target under [[osc.targets]]; an address such as "
            "192.168.1.20 works without a name server",
        ) from error
    # "localhost" is ::1 first on some systems, where hardly a receiver listens.
    found.sort(key=lambda each: each[0] != socket.AF_INET)
    family, kind, protocol, _, address = found[0]
    sender = socket.socket(family, kind, protocol)
    sender.setblocking(False)
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    return sender, address  # type: ignore[return-value]  # bytes only where there is no IP
