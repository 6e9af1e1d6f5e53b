"""Where the ears get blocks from: whatever has arrived, without waiting."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bridge.clocks import SECOND
from bridge.live.ring import RingReader
from bridge.sources import Block
from bridge.sources.file import FileSource

AT_ONCE = 20  # blocks of a file given in one go


@dataclass(frozen=True, slots=True)
class Arrival:
    """A block and when it arrived, in nanoseconds of the monotonic clock."""

    block: Block
    host_ns: int


class Feed(Protocol):
    """Blocks as they arrive."""

    rate: int
    channels: int
    paced: bool  # arrives in real time
    ended: bool  # nothing will ever arrive again

    def take(self, now_ns: int) -> list[Arrival]:
        """What has arrived since the last call."""
        ...

    def close(self) -> None:
        """Releases what it holds."""
        ...


class FileFeed:
    """A file, paced by the clock or as fast as it is asked for."""

    def __init__(self, source: FileSource, *, paced: bool, start_ns: int) -> None:
        """`start_ns`: when its first sample sounds."""
        self.rate = source.rate
        self.channels = source.channels
        self.paced = paced
        self.ended = False
        self._source = source
        self._blocks = source.blocks()
        self._start_ns = start_ns
        self._next = next(self._blocks, None)
        if paced:
            self._skip_what_has_sounded()

    def take(self, now_ns: int) -> list[Arrival]:
        """The blocks whose last sample has sounded by now; unpaced, the next block."""
        arrivals: list[Arrival] = []
        while self._next is not None and len(arrivals) < AT_ONCE:
            block, end = self._next, self._next.first + len(self._next.samples)
            sounded = self._start_ns + end * SECOND // self.rate if self.paced else now_ns
            if sounded > now_ns:
                break
            arrivals.append(Arrival(block, sounded))
            self._next = next(self._blocks, None)
        self.ended = self._next is None
        return arrivals

    def _skip_what_has_sounded(self) -> None:
        """Ears that follow dead ones go on where the file is now, not at its beginning."""
        sounded = (time.monotonic_ns() - self._start_ns) * self.rate // SECOND - self.rate // 2
        while self._next is not None and self._next.first < sounded:
            self._next = next(self._blocks, None)

    def close(self) -> None:
        """Ends the file."""
        self._source.close()


class RingFeed:
    """The capture process's ring."""

    paced = True

    def __init__(self, path: Path, expected: int | None) -> None:
        """`expected`: number of the next sample, if some were heard before from this stream."""
        self._reader = RingReader(path, expected)
        self.rate = self._reader.rate
        self.channels = self._reader.channels
        self.ended = False

    def take(self, now_ns: int) -> list[Arrival]:
        """What the capture process has written since the last call."""
        blocks = self._reader.read()
        arrived = {stamp.sample: stamp.host_ns for stamp in self._reader.stamps}
        return [
            Arrival(block, arrived.get(block.first + len(block.samples), now_ns))
            for block in blocks
        ]

    def close(self) -> None:
        """The ring is the capture process's; nothing is held."""
