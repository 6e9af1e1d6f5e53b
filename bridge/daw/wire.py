"""Lines of the DAW protocol: verb and named values, whole or passed over (docs/daw_protocol.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

PROTOCOL = 1
ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
MEANINGS = {"\\": "\\", "t": "\t", "n": "\n", "r": "\r"}


@dataclass(frozen=True, slots=True)
class Message:
    """A verb and its values, all of them text as they were sent."""

    verb: str
    values: Mapping[str, str] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        """A value, or what stands for it where it was left out."""
        return self.values.get(name, default)

    def number(self, name: str) -> float | None:
        """A value as a finite number; None where it was left out or is none."""
        try:
            number = float(self.values[name])
        except (KeyError, ValueError):
            return None
        return number if abs(number) < 1e300 else None

    def flag(self, name: str) -> bool:
        """Whether it was said with 1."""
        return self.values.get(name) == "1"


def message(verb: str, **values: str | float | bool | None) -> Message:
    """A message of plain values; None is left out."""
    return Message(
        verb, {name: _said(value) for name, value in values.items() if value is not None}
    )


def encode(told: Message) -> bytes:
    """The line, with its line feed."""
    fields = [told.verb]
    fields += [f"{name}={_escaped(value)}" for name, value in told.values.items()]
    body = "\t".join(fields).encode("utf-8", "replace")
    return body + b"\t#%d\n" % len(body)


def decode(line: bytes) -> Message | None:
    """The message of a line without its line feed; None: it was torn, or is none of ours."""
    body, tab, count = line.rpartition(b"\t#")
    if not tab or not count.isdigit() or len(count) > 9 or int(count) != len(body):
        return None
    try:
        verb, *fields = body.decode("utf-8").split("\t")
    except UnicodeDecodeError:
        return None
    values = {}
    for each in fields:
        name, equals, value = each.partition("=")
        if equals:
            values[name] = _plain(value)
    return Message(verb, values)


class Lines:
    """Whole lines out of bytes that come in pieces."""

    def __init__(self, longest: int = 1 << 24) -> None:
        """`longest`: bytes of a line; a longer one is no line of ours and is passed over."""
        self._rest = b""
        self._longest = longest
        self._skipping = False

    def push(self, piece: bytes) -> list[Message]:
        """The messages that are whole now; a torn line is passed over."""
        *whole, self._rest = (self._rest + piece).split(b"\n")
        messages = []
        for line in whole:
            told = None if self._skipping else decode(line.removesuffix(b"\r"))
            self._skipping = False
            if told is not None:
                messages.append(told)
        if len(self._rest) > self._longest:
            self._rest, self._skipping = b"", True
        return messages


def _said(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return f"{value:.9f}".rstrip("0").rstrip(".")
    return str(value)


def _escaped(value: str) -> str:
    return "".join(ESCAPES.get(sign, sign) for sign in value)


def _plain(value: str) -> str:
    first, *rest = value.split("\\")
    if not rest:
        return value
    plain, pieces = [first], iter(rest)
    for piece in pieces:
        if piece:
            plain.append(MEANINGS.get(piece[0], piece[0]) + piece[1:])
        else:  # two backslashes: the next piece is as it stands
            plain.append("\\" + next(pieces, ""))
    return "".join(plain)
