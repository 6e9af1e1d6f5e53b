"""A recording's sound, block after block, from whatever it lies in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bridge.signal.frames import Array
from bridge.sources.file import FileSource


class FileSound:
    """A file that soundfile reads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        source = FileSource(path)
        self.rate, self.channels = source.rate, source.channels
        self.duration = None

    def blocks(self, seconds: float) -> Iterator[Array]:
        """float32 (n, channels), about so many seconds each."""
        for block in FileSource(self._path, block_seconds=seconds).blocks():
            yield block.samples


def open_recording(path: Path) -> FileSound:
    """Ready to be heard. Raises BridgeError with cause and remedy."""
    return FileSound(path)
