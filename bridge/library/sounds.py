"""Which sound a file holds, and where a recording's findings lie."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from bridge.errors import BridgeError
from bridge.recordings.decode import open_container, open_recording
from bridge.recordings.export.writing import written
from bridge.recordings.findings import Findings

BLOCK = 10.0  # seconds decoded at once
READ = 1 << 20  # bytes read at once


@dataclass(frozen=True, slots=True)
class Measured:
    """A sound's hash (32 hexadecimal digits) and measure.

    duration  seconds as the file says; 0: it does not, hearing will tell
    """

    id: str
    duration: float
    rate: int
    channels: int


def measure_sound(path: Path) -> Measured:
    """The hash of the sound as it lies in the file, without tags, name and container.

    Packets are hashed, not samples: 40 times quicker, and no new version of a decoder makes
    another sound of the same file. So a WAV and the MP3 made of it are two sounds.
    Raises BridgeError where it cannot be read as sound.
    """
    sound = open_recording(path)
    digest = new_digest()
    digest.update(f"{sound.rate} {sound.channels} ".encode())
    if not _hash_packets(path, digest):
        for block in sound.blocks(BLOCK):
            digest.update(block.astype("<f4").tobytes())
    return Measured(digest.hexdigest(), sound.duration or 0.0, sound.rate, sound.channels)


def _hash_packets(path: Path, digest: Any) -> bool:
    """Whether there were any; PyAV does not know every format that soundfile does."""
    import av

    size = 0
    try:
        with open_container(path) as container:
            for packet in container.demux(container.streams.audio[0]):
                digest.update(memoryview(packet))
                size += packet.size
    except (av.error.FFmpegError, BridgeError, ValueError, IndexError):
        pass  # damaged: what could be read tells it from others
    return size > 0


def new_digest() -> hashlib.blake2b:
    """The hash of sounds and of files, of nothing yet."""
    return hashlib.blake2b(digest_size=16)


def hash_file(path: Path, check: Callable[[], None] = lambda: None) -> str:
    """The hash of a file's bytes; `check` is called between its pieces. Raises BridgeError where
    it cannot be read.
    """
    digest = new_digest()
    try:
        with path.open("rb") as file:
            while piece := file.read(READ):
                digest.update(piece)
                check()
    except OSError as error:
        raise BridgeError(
            f"{path} cannot be read",
            cause=error.strerror or str(error),
            remedy="check the path and its permissions",
        ) from error
    return digest.hexdigest()


class Shelf:
    """A folder with one folder per recording, named by its sound: findings now, stems later."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def place(self, recording: str) -> Path:
        """The recording's folder, there or not."""
        return self.folder / recording

    def keep(self, recording: str, findings: Findings) -> None:
        """Under its name it is whole, or not there: killed in between, the one before stands.

        Raises BridgeError: the disk is full.
        """
        path = self.place(recording) / "findings.npz"
        with written(path, overwrite=True) as half:
            path.parent.mkdir(parents=True, exist_ok=True)
            findings.save(half)

    def findings(self, recording: str) -> Findings | None:
        """What was heard. None: nothing yet, or by another version, or the file is damaged."""
        try:
            return Findings.load(self.place(recording) / "findings.npz")
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return None

    def drop(self, recording: str) -> int:
        """Deletes the recording's folder; how many bytes it had."""
        place = self.place(recording)
        size = bytes_in(place)
        shutil.rmtree(place, ignore_errors=True)
        return size

    def recordings(self) -> list[str]:
        """Which recordings have a folder."""
        if not self.folder.is_dir():
            return []
        return sorted(path.name for path in self.folder.iterdir() if path.is_dir())


def bytes_in(folder: Path) -> int:
    """How much lies in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
