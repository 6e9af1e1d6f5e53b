"""Open Sound Control: every fact under /dawbridge, once whole and once per value.

The addresses are derived from bridge.events; `python -m bridge.sinks.osc` prints docs/osc.md.
"""

from __future__ import annotations

import contextlib
import math
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.parsing.ntp import system_time_to_ntp

from bridge.errors import BridgeError
from bridge.events import DRUMS, EVENTS, DrumHit, Event, Field, Pitch, fields
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
        (field.name, _argument(getattr(event, field.name), _tag(field)))
        for field in _said(type(event))
    ]
    whole = [argument for _, argument in named]
    times = [_argument(event.at, "f"), _argument(event.decided - event.at, "f")]
    singles: list[Message] = [(f"{base}/{name}", [argument]) for name, argument in named]
    if isinstance(event, DrumHit):
        singles = [(f"{base}/{event.drum}", [_unit(event.velocity)])]
    return [(base, whole + times), *singles]


@dataclass(frozen=True, slots=True)
class Row:
    """One address of the table."""

    address: str
    tags: str  # OSC type tags: i, f, s
    meanings: tuple[str, ...]  # of each argument


def table() -> Iterator[Row]:
    """Every address that can be sent, in the order in which an event's messages are."""
    for kind in EVENTS:
        base = f"{ROOT}/{kind.topic}"
        said = _said(kind)
        yield Row(
            base,
            "".join(_tag(field) for field in said) + "ff",
            (*(f"{field.name}: {_meaning(field)}" for field in said), *_TIMES),
        )
        if kind is DrumHit:
            for drum in DRUMS:
                yield Row(f"{base}/{drum}", "f", ("velocity, 0..1",))
        else:
            for field in said:
                yield Row(f"{base}/{field.name}", _tag(field), (_meaning(field),))


_TIMES = (
    "at: when it happens in the music, stream seconds",
    "age: seconds from then until it was decided; below 0: predicted",
)


def markdown() -> str:
    """The reference of all addresses: docs/osc.md."""
    lines = [_INTRODUCTION.strip()]
    kinds = {f"{ROOT}/{kind.topic}": kind for kind in EVENTS}
    for row in table():
        if row.address in kinds:
            kind = kinds[row.address]
            lines += ["", f"## {kind.topic}", "", (kind.__doc__ or "").strip(), ""]
            lines += ["| address | types | arguments |", "|---|---|---|"]
        lines.append(f"| `{row.address}` | `{row.tags}` | {'<br>'.join(row.meanings)} |")
    return "\n".join(lines) + "\n"


_INTRODUCTION = f"""
# OSC addresses

<!-- Written by `python -m bridge.sinks.osc > docs/osc.md`; a test compares them. -->

Each event is sent twice: once whole, as one message `{ROOT}/<topic>`, and once value by value, for
receivers that map one address to one fader or channel (light desks, TouchDesigner, TouchOSC). The
whole message ends with two times: `at`, when it happens in the music, and `age`, how much later it
was decided. A predicted beat has an age below 0.

* Types are `i` (32-bit integer), `f` (32-bit float) and `s` (text), nothing else. Yes and no are 1
  and 0.
* What is not known is sent as 0, 0.0 or an empty text.
* `at` is a 32-bit float: after two hours of stream it is exact to half a millisecond only. `age` is
  always exact.
* A beat is one message with its number in the bar; it is sent when it sounds, or `lead` seconds
  before.
* `level`, `spectrum` and `pitch` come at most `rate` times a second; the end of a voice always
  comes.
* Messages are plain. With `bundles = true` each one is wrapped in a bundle whose time tag is the
  moment at which it sounds.

Receivers are set under `[[osc.targets]]` in the config file: host, port, topics, rate, bundles,
lead.
"""


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


def _said(kind: type[Event]) -> tuple[Field, ...]:
    """The fields that stand in the message; the two times follow them."""
    return tuple(field for field in fields(kind) if field.name not in ("at", "decided"))


def _tag(field: Field) -> str:
    return next(_TAGS[each] for each in field.types if each is not type(None))


def _meaning(field: Field) -> str:
    meaning = field.meaning
    if type(None) in field.types:
        meaning += "; empty: not known" if _tag(field) == "s" else "; 0: not known"
    if bool in field.types:
        meaning += "; 1 or 0"
    return meaning


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


if __name__ == "__main__":
    print(markdown(), end="")
