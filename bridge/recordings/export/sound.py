"""The sound that goes with facts: which stretch of which file, read to the sample or rewritten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile

from bridge.errors import BridgeError
from bridge.recordings.decode import ContainerSound, open_recording
from bridge.recordings.export.riff_file import LARGEST, Bits
from bridge.recordings.facts import Span
from bridge.signal.frames import Array, sane
from bridge.sources.file import open_sound

BLOCK = 65536  # samples
SOUGHT = ("WAV", "WAVEX", "RF64", "W64", "AIFF", "FLAC", "CAF")  # libsndfile finds any sample
DEPTHS: dict[str, Bits] = {
    "PCM_U8": "16", "PCM_S8": "16", "PCM_16": "16", "PCM_24": "24",
    "PCM_32": "float", "FLOAT": "float", "DOUBLE": "float",
}  # fmt: skip
SHORTER = 0.05  # seconds that a file may end before what is known of it: lengths are rounded
ROOM = 4096  # bytes: what a WAV has around its samples, generously

Container = Literal["WAV", "FLAC"]


@dataclass(frozen=True, slots=True)
class Sound:
    """A stretch of a sound file, or all of it.

    rate    Hz, as the file has it
    frames  samples of one channel
    first   number of its first one in the file
    whole   it is all of the file
    total   samples of the whole file
    kind    libsndfile's name of the file's format: WAV, FLAC, MP3; "": only ffmpeg reads it
    bits    that hold its samples without loss; of lossy formats 24
    """

    path: Path
    rate: int
    channels: int
    frames: int
    first: int = 0
    whole: bool = True
    total: int = 0
    kind: str = ""
    bits: Bits = "24"

    @property
    def seconds(self) -> float:
        """How long."""
        return self.frames / self.rate

    @property
    def start(self) -> float:
        """Seconds of the file at which it begins."""
        return self.first / self.rate


def sound_of(path: Path, seconds: float) -> Sound:
    """All of a file of which so many seconds could be heard. Raises BridgeError."""
    heard = open_recording(path)
    if isinstance(heard, ContainerSound):
        frames = round(seconds * heard.rate)
        return Sound(path, heard.rate, heard.channels, frames, total=frames)
    with open_sound(path) as file:
        known = round(seconds * file.samplerate)
        near = abs(known - file.frames) < SHORTER * file.samplerate
        return Sound(
            path,
            file.samplerate,
            file.channels,
            file.frames if near else min(known, file.frames),
            whole=near,
            total=file.frames,
            kind=file.format,
            bits=DEPTHS.get(file.subtype, "24"),
        )


def part_of(sound: Sound, span: Span) -> Sound:
    """A stretch of it, in seconds from its start."""
    first = min(max(0, round(span.start * sound.rate)), sound.frames)
    last = min(max(first, round(span.end * sound.rate)), sound.frames)
    return replace(sound, first=sound.first + first, frames=last - first, whole=False)


def blocks_of(sound: Sound) -> Iterator[Array]:
    """Its samples, float32 (n, channels), exactly `frames` of them: silence where a file ends
    before. Raises BridgeError for one that is damaged before that.
    """
    left = sound.frames
    at = 0
    pieces = _native(sound) if sound.kind else _decoded(sound)
    begin = sound.first if not sound.kind or sound.kind not in SOUGHT else 0
    for piece in pieces:
        low = max(0, begin - at)
        at += len(piece)
        wanted = piece[low : low + left]
        if len(wanted):
            left -= len(wanted)
            yield sane(np.ascontiguousarray(wanted, np.float32))
        if not left:
            return
    while left > 0:
        silence = np.zeros((min(left, BLOCK), sound.channels), np.float32)
        left -= len(silence)
        yield silence


def _native(sound: Sound) -> Iterator[Array]:
    """From `first` on where the format lets us seek, else from the beginning."""
    with open_sound(sound.path) as file:
        try:
            if sound.first and sound.kind in SOUGHT:
                file.seek(sound.first)
            while len(samples := file.read(BLOCK, dtype="float32", always_2d=True)):
                yield samples
        except soundfile.LibsndfileError as error:
            raise BridgeError(
                f"{sound.path} cannot be read to its end",
                cause=str(error),
                remedy="the file is damaged; export it again or convert it to WAV",
            ) from error


def _decoded(sound: Sound) -> Iterator[Array]:
    yield from open_recording(sound.path).blocks(1.0)


def container_for(sound: Sound) -> Container:
    """WAV, which every program reads; FLAC where WAV cannot say how much it is."""
    size = sound.frames * sound.channels * 3 + ROOM
    return "FLAC" if size > LARGEST and sound.channels <= 8 else "WAV"


def rewrite(sound: Sound, target: Path, container: Container) -> None:
    """The stretch as a new file, 24 bits. Raises BridgeError, OSError."""
    if container == "WAV" and sound.frames * sound.channels * 3 + ROOM > LARGEST:
        raise BridgeError(
            f"{sound.path.name} is too long for a WAV file",
            cause=f"{sound.seconds / 3600:.1f} hours of {sound.channels} channels are over 4 GB",
            remedy="export one take: --take 1 --zero",
        )
    kind = {"format": container, "subtype": "PCM_24"}
    with soundfile.SoundFile(target, "w", sound.rate, sound.channels, **kind) as file:
        for block in blocks_of(sound):
            file.write(block)
