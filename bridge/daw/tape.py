"""Our own recording while a DAW records, so that its file can be found again to the sample.

A tape is a WAV file in which stream time is file time: what was lost is silence. It is written
beside everything else by a thread of its own, and a disk that is full ends the tape alone.
"""

from __future__ import annotations

import re
import shutil
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import soundfile
from numpy.typing import NDArray

from bridge.errors import NO_ROOM, BridgeError, DiskFull
from bridge.live.ring import RingReader
from bridge.sources import Block
from bridge.sources.file import FileSource

NAME = re.compile(r"tape-(\d+)\.wav")  # nothing else in the folder is ever deleted
HEAD = 44  # bytes before the sound
WIDTH = 3  # bytes of a sample
FULL = float((1 << 23) - 1)
CHANNELS = 2  # of the stream that are kept as they are; more become their mean
KEPT = 6  # tapes
SIZE = 2_000_000_000  # bytes of all tapes together, and so of one: a WAV file holds 4 GB
SPARE = 500_000_000  # bytes of the disk that are left to others
FAR = 60.0  # seconds of lost sound that make another tape
PAUSE = 0.25  # seconds between two looks into the ring, which holds 4 and more
PIECE = 1 << 16  # frames written or read at once

Mono = NDArray[np.float32]


class Heard(Protocol):
    """What was heard, by stream seconds."""

    rate: int

    @property
    def start(self) -> float:
        """Stream seconds of its first sample."""
        ...

    @property
    def end(self) -> float:
        """Stream seconds up to which it goes by now."""
        ...

    def read(self, start: float, end: float) -> Mono:
        """Stream seconds of it, the mean of its channels; silence where it has none."""
        ...


class Tape:
    """A tape on the disk; `append` while it is recorded."""

    def __init__(self, path: Path, rate: int, channels: int, first: int, size: int = SIZE) -> None:
        """`first`: number of its first sample in the stream. Raises OSError."""
        self.path = path
        self.rate = rate
        self.first = first
        self.channels = channels if channels <= CHANNELS else 1
        self.frames = 0
        self._most = (size - HEAD) // (WIDTH * self.channels)
        self._file: FileIO | None = FileIO(path, "xb")
        self._head()

    @property
    def start(self) -> float:
        """Stream seconds of its first sample."""
        return self.first / self.rate

    @property
    def end(self) -> float:
        """Stream seconds up to which it goes by now."""
        return (self.first + self.frames) / self.rate

    @property
    def full(self) -> bool:
        """Whether it takes no more."""
        return self._file is None or self.frames >= self._most

    def append(self, block: Block) -> None:
        """The next block. What came before its beginning or twice is left out. Raises OSError."""
        if self._file is None:
            return
        skip = max(0, self.first + self.frames - block.first)
        samples = block.samples[skip:]
        if not len(samples):
            return
        begin = block.first + skip - self.first
        if begin >= self._most:
            self.frames = self._most
            return
        samples = samples[: self._most - begin]
        if samples.shape[1] != self.channels:
            samples = samples.mean(axis=1, keepdims=True)
        # A gap is stepped over: the system fills it with zeros, and no disk is written.
        self._file.seek(HEAD + begin * WIDTH * self.channels)
        for at in range(0, len(samples), PIECE):
            _write(self._file, _packed(samples[at : at + PIECE]))
        self.frames = begin + len(samples)
        self._head()

    def close(self) -> None:
        """Ends it; it can be read on."""
        file, self._file = self._file, None
        if file:
            with suppress(OSError):
                file.close()

    def read(self, start: float, end: float) -> Mono:
        """Stream seconds of it, the mean of its channels; silence where it has none.

        Raises OSError when it is gone.
        """
        first = round(start * self.rate) - self.first
        sound = np.zeros(max(0, round(end * self.rate) - self.first - first), np.float32)
        begin, stop = max(first, 0), min(first + len(sound), self.frames)
        if begin >= stop:
            return sound
        frame = WIDTH * self.channels
        with self.path.open("rb") as file:
            file.seek(HEAD + begin * frame)
            kept = _unpacked(file.read((stop - begin) * frame), self.channels)
        sound[begin - first : begin - first + len(kept)] = kept.mean(axis=1)
        return sound

    def _head(self) -> None:
        """The header says what is there, so that a tape whose program died can be heard."""
        assert self._file is not None
        frame = WIDTH * self.channels
        length = self.frames * frame
        head = struct.pack(
            "<4sI4s4sIHHIIHH4sI",
            b"RIFF", HEAD - 8 + length + length % 2, b"WAVE", b"fmt ", 16, 1, self.channels,
            self.rate, self.rate * frame, frame, 8 * WIDTH, b"data", length,
        )  # fmt: skip
        self._file.seek(0)
        _write(self._file, head)


class FileTape:
    """A run that hears a file has its tape already: the file. The same face as a `Tape`."""

    def __init__(self, path: Path, *, loop: bool = False) -> None:
        """`loop`: it begins again at its end, for ever. Raises BridgeError when it is no sound."""
        source = FileSource(path)
        source.close()
        self.path = path
        self._loop = loop
        with soundfile.SoundFile(path) as file:
            self.rate: int = file.samplerate
            self._frames: int = file.frames

    @property
    def start(self) -> float:
        """Stream seconds of its first sample."""
        return 0.0

    @property
    def end(self) -> float:
        """Stream seconds up to which it goes."""
        return float("inf") if self._loop else self._frames / self.rate

    def read(self, start: float, end: float) -> Mono:
        """Stream seconds of it, the mean of its channels; silence where it has none.

        Raises BridgeError when it is gone.
        """
        first, count = round(start * self.rate), round(end * self.rate) - round(start * self.rate)
        sound = np.zeros(max(0, count), np.float32)
        try:
            with soundfile.SoundFile(self.path) as file:
                self._fill(sound, first, file)
        except soundfile.LibsndfileError as error:
            raise BridgeError(
                f"{self.path} cannot be read any more",
                cause=str(error),
                remedy="it was moved, or is damaged; start again with the file where it is now",
            ) from error
        return sound

    def _fill(self, sound: Mono, first: int, file: Any) -> None:
        at = max(0, -first)
        while at < len(sound):
            place = first + at
            if self._loop:
                place %= self._frames
            elif place >= self._frames:
                return
            file.seek(place)
            piece = file.read(
                min(len(sound) - at, self._frames - place), dtype="float32", always_2d=True
            )
            if not len(piece):
                return
            sound[at : at + len(piece)] = piece.mean(axis=1)
            at += len(piece)


class TapeRecorder:
    """Tapes of a stream, into a folder: the newest few are kept.

    `step` does the work and may be called by a thread (`TapeThread`); nothing else waits for the
    disk. `on_error` hears once what ends a tape.
    """

    def __init__(
        self,
        folder: Path,
        on_error: Callable[[BridgeError], None],
        *,
        kept: int = KEPT,
        size: int = SIZE,
        spare: int = SPARE,
    ) -> None:
        """kept, size: tapes and bytes at most. spare: bytes of the disk left to others."""
        self._folder = folder
        self._on_error = on_error
        self._kept, self._size, self._spare = kept, size, spare
        self._reader: RingReader | None = None
        # What others ask for; `step` alone acts on it, so nobody waits for it.
        self._fresh: RingReader | None = None
        self._asked: object | None = None  # another one for each start
        self._doing: object | None = None
        self._tape: Tape | None = None
        self._tapes: list[Tape] = []
        self._ended = False  # the tape that was asked for is over, whatever else comes

    def listen_to(self, ring: Path) -> None:
        """Sound comes through this ring from now on. Raises BridgeError when there is none."""
        self._fresh = RingReader(ring)

    def start(self) -> None:
        """A tape begins, with what the ring still holds (half of it)."""
        if self._asked is None:
            self._asked = object()

    def stop(self) -> None:
        """The tape ends with what has arrived at the next `step`."""
        self._asked = None

    def step(self) -> None:
        """Writes what has arrived since the last call. Never raises."""
        try:
            self._step()
        except BridgeError as error:
            self._give_up(error)
        except OSError as error:
            self._give_up(_ended(self._folder, error))

    def _step(self) -> None:
        fresh, asked = self._fresh, self._asked
        if asked is not self._doing:
            self._write()
            self._end()
            self._doing, self._ended = asked, False
        if fresh is not None and fresh is not self._reader:
            self._write()
            before, self._reader = self._reader, fresh
            if before and (before.rate, before.channels) != (fresh.rate, fresh.channels):
                self._end()  # another device's clock: the next tape is its own
        self._write()

    def _write(self) -> None:
        if self._reader is not None and self._doing is not None and not self._ended:
            for block in self._reader.read():
                self._take(block)

    def _give_up(self, error: BridgeError) -> None:
        self._end()
        self._ended = True
        self._on_error(error)

    def recording_of(self, start: float, end: float) -> Tape | None:
        """The newest tape that holds most of these stream seconds."""
        for tape in reversed(self._tapes):
            if min(end, tape.end) - max(start, tape.start) > 0.5 * (end - start):
                return tape
        return None

    def _take(self, block: Block) -> None:
        assert self._reader is not None
        tape = self._tape
        if tape and abs(block.first - tape.first - tape.frames) > FAR * tape.rate:
            self._end()
        if self._tape is None:
            self._tape = self._begin(block.first)
        if shutil.disk_usage(self._folder).free < self._spare:
            raise DiskFull(
                "The own recording beside the DAW's has ended",
                cause=f"the disk of {self._folder} is nearly full",
                remedy="make room; marks of this take stay where they are, to about 10 ms",
            )
        self._tape.append(block)
        if self._tape.full:
            raise BridgeError(
                "The own recording beside the DAW's has ended",
                cause=f"it has reached its greatest size, {self._size / 1e9:.1f} GB",
                remedy="what was recorded until then is put right to the sample all the same",
            )

    def _begin(self, first: int) -> Tape:
        assert self._reader is not None
        self._folder.mkdir(parents=True, exist_ok=True)
        number = self._make_room()
        while True:
            path = self._folder / f"tape-{number:06d}.wav"
            try:
                tape = Tape(path, self._reader.rate, self._reader.channels, first, self._size)
            except FileExistsError:
                number += 1
                continue
            self._tapes = [each for each in self._tapes if each.path.exists()][-self._kept + 1 :]
            self._tapes.append(tape)
            return tape

    def _make_room(self) -> int:
        """Deletes old tapes, of earlier runs too, and gives the next number."""
        old = sorted(
            (int(match[1]), path)
            for path in self._folder.iterdir()
            if (match := NAME.fullmatch(path.name))
        )
        left, count = self._size // 2, 0  # half is for the new one
        for _, path in reversed(old):
            with suppress(OSError):
                left -= path.stat().st_size
                count += 1
                if left < 0 or count >= self._kept:
                    path.unlink()
        return old[-1][0] + 1 if old else 1

    def _end(self) -> None:
        if self._tape:
            self._tape.close()
            self._tape = None


class TapeThread:
    """Lets a recorder work while it records, in a thread of its own."""

    def __init__(self, recorder: TapeRecorder) -> None:
        self._recorder = recorder
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tape", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends the tape and the thread."""
        self._over.set()
        self._thread.join(timeout=2.0)
        self._recorder.stop()
        self._recorder.step()

    def _run(self) -> None:
        while not self._over.wait(PAUSE):
            self._recorder.step()


def _ended(folder: Path, error: OSError) -> BridgeError:
    kind = DiskFull if error.errno in NO_ROOM else BridgeError
    return kind(
        "The own recording beside the DAW's has ended",
        cause=f"{folder} cannot be written: {error.strerror or error}",
        remedy="make room there; marks of this take stay where they are, to about 10 ms",
    )


def _write(file: FileIO, piece: bytes) -> None:
    written = file.write(piece)
    if written != len(piece):
        raise OSError(NO_ROOM[0], "no space left")


def _packed(samples: NDArray[np.float32]) -> bytes:
    """24-bit little-endian."""
    level = np.clip(np.nan_to_num(samples), -1.0, 1.0).astype(np.float64)
    words = np.ascontiguousarray(np.round(level * FULL).astype("<i4").reshape(-1))
    return words.view(np.uint8).reshape(-1, 4)[:, :WIDTH].tobytes()


def _unpacked(packed: bytes, channels: int) -> NDArray[np.float32]:
    whole = len(packed) // (WIDTH * channels) * channels
    words = np.zeros((whole, 4), np.uint8)
    words[:, 1:] = np.frombuffer(packed, np.uint8, whole * WIDTH).reshape(-1, WIDTH)
    values = words.view("<i4").reshape(-1) >> 8
    return (values.astype(np.float32) / np.float32(FULL)).reshape(-1, channels)
