"""ReaStream's packets, and how source.input names what is to be heard.

Little-endian, one UDP datagram each: Cockos, `reastream.txt` (1014.org).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from bridge.errors import BridgeError
from bridge.sources.client import REASTREAM, Samples

PORT = 58710
HERE = "127.0.0.1"
SOUND, MIDI = b"MRSR", b"mRSR"
HEAD = struct.Struct("<4si32sBih")  # magic, size of all, identifier, channels, rate, sound's bytes
MOST_CHANNELS = 64


class MalformedError(ValueError):
    """A packet that is none of ReaStream's, or damaged."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What source.input asks for. name "": whoever is heard first."""

    name: str
    host: str = HERE
    port: int = PORT


@dataclass(frozen=True, slots=True)
class Packet:
    """A piece of sound. samples: float32 (n, channels)."""

    name: str
    channels: int
    rate: int
    samples: Samples


def wish_of(text: str) -> Wish:
    """What is meant by it. Raises BridgeError for an address that is none."""
    name, at, address = text.removeprefix(REASTREAM).removeprefix(":").rpartition("@")
    if not at:
        name, address = address, ""
    host, _, port = address.partition(":")
    if len(name.encode()) > 31 or (port and not port.isdecimal()) or int(port or PORT) > 65535:
        raise BridgeError(
            f"{text!r} names no ReaStream",
            cause="it is reastream:NAME, or reastream:NAME@ADDRESS for other machines; a name has "
            "31 letters at most",
            remedy="write the identifier as it stands in ReaStream's window",
        )
    return Wish(name, host or HERE, int(port or PORT))


def parse(content: bytes | memoryview) -> Packet | None:
    """A packet of sound; None: one of MIDI. Raises MalformedError."""
    if bytes(content[:4]) == MIDI:
        return None
    if len(content) < HEAD.size or bytes(content[:4]) != SOUND:
        raise MalformedError("not one of ReaStream's")
    # The size of all says nothing that the datagram and the sound's size do not.
    _, _, name, channels, rate, count = HEAD.unpack_from(content)
    if not 0 <= count <= len(content) - HEAD.size:
        raise MalformedError("its length is not what it says")
    if not 1 <= channels <= MOST_CHANNELS or count % (4 * channels) or rate <= 0:
        raise MalformedError("no such channels or rate")
    flat = np.frombuffer(content, "<f4", count // 4, HEAD.size)
    text = name.split(b"\0")[0].decode(errors="replace")
    return Packet(text, channels, rate, flat.reshape(channels, -1).T)
