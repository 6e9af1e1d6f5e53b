"""A DAW's track with ReaStream on it, as the packets' description has it. No code of ours in it."""

from __future__ import annotations

import socket
import struct

import numpy as np


def packets(
    sound: np.ndarray, rate: int, name: str = "test", most: int = 1200
) -> list[tuple[int, bytes]]:
    """One block of a host, float32 (n, channels), split; with the samples of each."""
    channels = sound.shape[1]
    step = most // (4 * channels)
    found = []
    for first in range(0, len(sound), step):
        piece = sound[first : first + step]
        raw = b"".join(piece[:, channel].astype("<f4").tobytes() for channel in range(channels))
        head = b"MRSR" + struct.pack("<i", 47 + len(raw)) + name.encode().ljust(32, b"\0")
        found.append((len(piece), head + struct.pack("<Bih", channels, rate, len(raw)) + raw))
    return found


def midi_packet(name: str = "test") -> bytes:
    """A note."""
    body = struct.pack("<iiii", 1, 24, 0, 0) + bytes([0x90, 60, 100, 0])
    head = b"mRSR" + struct.pack("<i", 40 + len(body)) + name.encode().ljust(32, b"\0")
    return head + body


class Sender:
    """The plug-in's socket."""

    def __init__(self, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._to = ("127.0.0.1", port)

    def send(self, *contents: bytes) -> None:
        for content in contents:
            self._socket.sendto(content, self._to)

    def play(self, sound: np.ndarray, rate: int, name: str = "test", block: int = 512) -> None:
        """All of it, block by block, as fast as it goes."""
        for first in range(0, len(sound), block):
            for _, content in packets(sound[first : first + block], rate, name):
                self.send(content)

    def close(self) -> None:
        self._socket.close()
