"""Sound from a file, as fast as it can be read, once or looped; the live process paces it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from bridge.errors import BridgeError
from bridge.sources import Block
from bridge.sources.client import pick, rate_for


class NoSound(BridgeError):
    """The file can be read, and there is nothing in it to be heard."""


class FileSource:
    """A file as a stream of blocks.

    A rate that the trackers do not know (22.05 kHz, say) is brought to 48 kHz by soxr; its delay
    does not matter here.
    """

    def __init__(
        self,
        path: Path,
        *,
        loop: bool = False,
        channels: tuple[int, ...] = (),
        block_seconds: float = 0.01,
    ) -> None:
        """`channels`: those to be heard, counted from 1; none named: all.

        Raises BridgeError when the file cannot be read as sound, or has no such channel.
        """
        self._path = path
        self._loop = loop
        self._file = open_sound(path)
        if self._file.frames == 0:
            raise NoSound(
                f"{path} holds no sound",
                cause="its length is 0 samples",
                remedy="choose another file",
            )
        of: int = self._file.channels
        self._chosen = pick(channels, of, str(path)) if channels else tuple(range(of))
        self.channels = len(self._chosen)
        native: int = self._file.samplerate
        self.rate = rate_for(None, native)
        self._block = max(1, round(native * block_seconds))
        self._closed = False

    def blocks(self) -> Iterator[Block]:
        """Blocks of `block_seconds` until the end, or for ever when looped."""
        first = 0
        for samples in self._pieces():
            yield Block(samples, first)
            first += len(samples)

    def close(self) -> None:
        """Ends `blocks` before its next block."""
        self._closed = True

    def _pieces(self) -> Iterator[NDArray[np.float32]]:
        resample = _Resampler(self._file.samplerate, self.rate, self.channels)
        while not self._closed:
            samples = self._read()
            if not len(samples) and self._loop:
                self._file.seek(0)
                samples = self._read()
            if not len(samples):
                break
            piece = resample(samples, False)
            if len(piece):
                yield piece
        rest = resample(np.zeros((0, self.channels), np.float32), True)
        if len(rest) and not self._closed:
            yield rest
        self._file.close()

    def _read(self) -> NDArray[np.float32]:
        try:
            samples: NDArray[np.float32] = self._file.read(
                self._block, dtype="float32", always_2d=True
            )
        except soundfile.LibsndfileError as error:
            raise BridgeError(
                f"{self._path} cannot be read to its end",
                cause=str(error),
                remedy="the file is damaged; export it again or convert it to WAV",
            ) from error
        if self._chosen != tuple(range(samples.shape[1])):
            return samples[:, self._chosen]
        return samples


class InOrder(soundfile.SoundFile):  # type: ignore[misc]
    """A file that is read on from where the last read ended.

    soundfile (0.14) seeks to that place after each read. In an MP3 libsndfile then forgets what
    the next frame needs of those before it, and a loud attack after a rest is silent for 50 ms.
    """

    def seekable(self) -> bool:
        """Never, so that it does not seek by itself; `seek` works as the format does."""
        return False


def open_sound(path: Path) -> InOrder:
    """The file, opened for reading. Raises BridgeError with what to do about it."""
    shown = str(path).encode(errors="replace").decode()  # a name may hold bytes that are no text
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise BridgeError(
            f"There is no file {shown}",
            cause="the path is wrong or the file was moved",
            remedy="check the spelling; drag the file into the terminal to get its path",
        ) from error
    except (OSError, ValueError) as error:
        raise BridgeError(
            f"{shown} cannot be reached",
            cause=str(error).encode(errors="replace").decode(),
            remedy="check the path and its permissions",
        ) from error
    if not stat.S_ISREG(mode):
        raise BridgeError(
            f"{shown} is no file, but a folder, pipe or device",
            cause="one sound file is needed",
            remedy="name a file; for a device, see `dawbridge devices`",
        )
    try:
        return InOrder(os.fsencode(path))
    except (soundfile.LibsndfileError, OSError, TypeError) as error:  # TypeError: headerless .raw
        raise BridgeError(
            f"{shown} cannot be read as sound",
            cause=str(error).encode(errors="replace").decode(),
            remedy="convert it to one that can be: WAV, AIFF, FLAC, Ogg, Opus or MP3",
        ) from error


def read_whole(path: Path) -> tuple[NDArray[np.float32], int]:
    """A whole file as float32 (n, channels), and its rate, one that can be analysed."""
    source = FileSource(path, block_seconds=1.0)
    return np.concatenate([block.samples for block in source.blocks()]), source.rate


class _Resampler:
    """soxr's stream, or nothing where the rates agree."""

    def __init__(self, rate_in: int, rate_out: int, channels: int) -> None:
        self._stream = None
        if rate_in != rate_out:
            import soxr

            self._stream = soxr.ResampleStream(rate_in, rate_out, channels, dtype="float32")

    def __call__(self, samples: NDArray[np.float32], last: bool) -> NDArray[np.float32]:
        if self._stream is None:
            return samples
        resampled: NDArray[np.float32] = self._stream.resample_chunk(samples, last=last)
        return resampled.reshape(-1, samples.shape[1])
