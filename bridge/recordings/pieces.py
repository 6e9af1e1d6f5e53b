"""Pieces of a recording's sound, to the sample, without reading the rest where that can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from bridge.errors import BridgeError
from bridge.recordings.decode import open_recording
from bridge.signal.frames import Array, sane

RUN_UP = 0.5  # seconds decoded before a place in MP3: a block needs those before it
VORBIS = "VORBIS"  # libsndfile 1.2 seeks in it only to some hundred samples: it is read in order


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a recording: float32 (n, channels), the first one is sample number `first`."""

    samples: Array
    first: int

    def cut(self, start: int, end: int) -> Array:
        """Samples start <= number < end of the recording; silence where the piece has none."""
        count = end - start
        out = np.zeros((count, self.samples.shape[1]), np.float32)
        low, high = max(start, self.first), min(end, self.first + len(self.samples))
        if high > low:
            out[low - start : high - start] = self.samples[low - self.first : high - self.first]
        return out


def sound_rate(path: Path) -> int:
    """Samples a second as `read_pieces` gives them. Raises BridgeError."""
    file = _opened(path)
    if file is None:
        return open_recording(path).rate
    with file:
        rate: int = file.samplerate
        return rate


def read_pieces(path: Path, spans: Sequence[tuple[int, int]]) -> list[Piece]:
    """The sound of samples start <= number < end, for each; shorter at the file's ends.

    One pass over the file at most. Raises BridgeError.
    """
    file = _opened(path)
    if file is None:
        return _heard(path, spans)
    with file:
        try:
            return [_sought(file, start, end) for start, end in spans]
        except soundfile.LibsndfileError as error:
            raise BridgeError(
                f"{path} cannot be read to its end",
                cause=str(error),
                remedy="the file is damaged; export it again or convert it to WAV",
            ) from error


def _opened(path: Path) -> soundfile.SoundFile | None:
    """None: not one to seek in; `open_recording` can hear it or says what is wrong with it."""
    try:
        file = soundfile.SoundFile(path)
    except (soundfile.LibsndfileError, OSError, TypeError):  # TypeError: headerless .raw
        return None
    if file.seekable() and file.frames and file.subtype != VORBIS:
        return file
    file.close()
    return None


def _sought(file: soundfile.SoundFile, start: int, end: int) -> Piece:
    first = min(max(0, start), file.frames)
    before = min(first, round(RUN_UP * file.samplerate))
    file.seek(first - before)
    read = file.read(before + max(0, end - first), dtype="float32", always_2d=True)
    return Piece(sane(read[before:]), first)


def _heard(path: Path, spans: Sequence[tuple[int, int]]) -> list[Piece]:
    """From a file that is only decoded in order."""
    recording = open_recording(path)
    parts: list[list[Array]] = [[np.zeros((0, recording.channels), np.float32)] for _ in spans]
    at, behind = 0, max(end for _, end in spans)
    for block in recording.blocks(1.0):
        for kept, (start, end) in zip(parts, spans, strict=True):
            low, high = max(start, at), min(end, at + len(block))
            if high > low:
                kept.append(block[low - at : high - at])
        at += len(block)
        if at >= behind:
            break
    return [
        Piece(sane(np.concatenate(kept)), max(0, start))
        for kept, (start, _) in zip(parts, spans, strict=True)
    ]
