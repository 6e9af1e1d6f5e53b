"""The sound that riffs are looked for in: the ring, or the file that the run hears."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from bridge.daw.riffs.stream import MEMORY
from bridge.live.ring import RingReader
from bridge.sources import Block
from bridge.sources.file import FileSource

AT_ONCE = 1.0  # seconds of a file that are read at once

Asked = tuple[float, float]  # a stretch that is asked about: from, until, in stream seconds


class Feed(Protocol):
    """Sound that comes bit by bit, each block with its place in the stream."""

    rate: int
    channels: int

    def read(self, asked: Asked | None, /) -> Iterator[Block]:
        """What came since the last call; a file gives what is asked about."""
        ...


class RingFeed:
    """The ring, from a little before now on."""

    def __init__(self, path: Path) -> None:
        """Raises BridgeError when there is no ring."""
        self._reader = RingReader(path, back=True)
        self.rate, self.channels = self._reader.rate, self._reader.channels

    def read(self, _: Asked | None, /) -> Iterator[Block]:
        """All that is there."""
        yield from self._reader.read()


class FileFeed:
    """A run that hears a file: the same file."""

    def __init__(self, path: Path, *, loop: bool) -> None:
        """Raises BridgeError when it is no sound."""
        source = FileSource(path, loop=loop, block_seconds=AT_ONCE)
        self.rate, self.channels = source.rate, source.channels
        self._blocks = source.blocks()
        self._read = 0  # samples

    def read(self, asked: Asked | None, /) -> Iterator[Block]:
        """To the second that is asked about; of what lies far before it, nothing."""
        if asked is None:
            return
        start, end = asked
        begin = max(start, end - MEMORY) * self.rate
        while self._read < end * self.rate and (block := next(self._blocks, None)) is not None:
            self._read = block.first + len(block.samples)
            if self._read > begin:
                yield block


def feed(line: Mapping[str, Any]) -> Feed:
    """What a line names: `ring`, a path, or `file` and `loop`. Raises BridgeError."""
    if "ring" in line:
        return RingFeed(Path(line["ring"]))
    return FileFeed(Path(line["file"]), loop=bool(line.get("loop")))
