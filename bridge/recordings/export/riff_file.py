"""WAV with what DAWs and samplers read beside the sound: cue points, loop, tempo, time stamp.

RIFF: Microsoft & IBM, Multimedia Programming Interface 1.0 (1991); bext: EBU Tech 3285; RF64 for
more than 4 GB: EBU Tech 3306; acid: as Sonic Foundry's programs write it. libsndfile writes most
of these not at all.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np

from bridge.signal.frames import Array

Bits = Literal["16", "24", "float"]
WIDTH: dict[Bits, int] = {"16": 2, "24": 3, "float": 4}  # bytes of a sample
LARGEST = 0xFFFFFFFF  # bytes that RIFF's own size can say
PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
# The rest of a format's GUID, {xxxxxxxx-0000-0010-8000-00aa00389b71}.
GUID = bytes.fromhex("000000001000800000aa00389b71")
MIDDLE_C = 60  # MIDI note that plays the sample as it is
# acid: played as it is, or a loop that follows the project's tempo
ONE_SHOT, STRETCHES = 0x01, 0x04


@dataclass(frozen=True, slots=True)
class Mark:
    """A cue point, or a region. at, length: samples; length 0: a point."""

    at: int
    text: str
    length: int = 0


@dataclass(frozen=True, slots=True)
class WavNotes:
    """What a file says of its sound, all in samples of its own.

    loops      (first, last): what a sampler repeats, the last one included
    quarters   quarter notes in the whole file, 0: no tempo is said
    tempo      quarter notes a minute
    metre      upper and lower number
    stamp      samples from the recording's beginning to the file's
    one_shot   the sound keeps its own tempo, whatever the project's
    """

    name: str = ""
    marks: tuple[Mark, ...] = ()
    loops: tuple[tuple[int, int], ...] = ()
    quarters: int = 0
    tempo: float = 0.0
    metre: tuple[int, int] = (4, 4)
    stamp: int = 0
    one_shot: bool = False


def write_wav(
    path: Path,
    blocks: Iterable[Array],
    frames: int,
    rate: int,
    channels: int,
    bits: Bits,
    notes: WavNotes,
    *,
    largest: int = LARGEST,
) -> None:
    """Writes `frames` samples of float32 (n, channels) blocks; RF64 where RIFF cannot say how many.

    Raises OSError; ValueError when the blocks hold another number of samples.
    """
    with path.open("wb") as file:
        stream_wav(file, blocks, frames, rate, channels, bits, notes, largest=largest)


def stream_wav(
    file: BinaryIO,
    blocks: Iterable[Array],
    frames: int,
    rate: int,
    channels: int,
    bits: Bits,
    notes: WavNotes,
    *,
    largest: int = LARGEST,
) -> None:
    """The same to an open file, from its beginning to its end."""
    size = frames * channels * WIDTH[bits]
    chunks = b"".join(
        _chunk(name, content) for name, content in _chunks(rate, channels, bits, frames, notes)
    )
    behind = size % 2
    whole = 4 + len(chunks) + 8 + size + behind
    large = whole > largest
    if large:
        whole += 8 + 28
        file.write(b"RF64" + struct.pack("<I", LARGEST) + b"WAVE")
        file.write(_chunk(b"ds64", struct.pack("<QQQI", whole, size, frames, 0)))
    else:
        file.write(b"RIFF" + struct.pack("<I", whole) + b"WAVE")
    file.write(chunks)
    file.write(b"data" + struct.pack("<I", LARGEST if large else size))
    written = 0
    for block in blocks:
        written += file.write(_encode(block, bits))
    file.write(b"\0" * behind)
    if written != size:
        raise ValueError(f"{size} bytes of sound were announced, {written} came")


def _encode(block: Array, bits: Bits) -> bytes:
    if bits == "float":
        return block.astype("<f4").tobytes()
    scale = 2.0 ** (8 * WIDTH[bits] - 1)
    whole = np.clip(np.rint(block.astype(np.float64) * scale), -scale, scale - 1)
    if bits == "16":
        return whole.astype("<i2").tobytes()
    return np.ascontiguousarray(whole).astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def _chunks(
    rate: int, channels: int, bits: Bits, frames: int, notes: WavNotes
) -> Iterator[tuple[bytes, bytes]]:
    yield b"fmt ", _format(rate, channels, bits)
    if bits == "float":
        yield b"fact", struct.pack("<I", min(frames, LARGEST))
    yield b"bext", _broadcast(notes)
    if notes.marks:
        yield b"cue ", _cues(notes.marks)
        yield (
            b"LIST",
            b"adtl"
            + b"".join(
                _chunk(b"labl", struct.pack("<I", number) + _text(mark.text))
                for number, mark in enumerate(notes.marks, 1)
            )
            + b"".join(
                _chunk(b"ltxt", struct.pack("<II4sHHHH", number, mark.length, b"rgn ", 0, 0, 0, 0))
                for number, mark in enumerate(notes.marks, 1)
                if mark.length
            ),
        )
    if notes.loops:
        yield b"smpl", _sampler(rate, notes)
    if notes.quarters:
        yield b"acid", _acid(notes)


def _format(rate: int, channels: int, bits: Bits) -> bytes:
    width = WIDTH[bits]
    tag = FLOAT if bits == "float" else PCM
    rest = struct.pack(
        "<HIIHH", channels, rate, rate * channels * width, channels * width, 8 * width
    )
    if channels > 2:
        extra = struct.pack("<HHIH", 22, 8 * width, 0, tag) + GUID
        return struct.pack("<H", EXTENSIBLE) + rest + extra
    return struct.pack("<H", tag) + rest + (b"\0\0" if tag == FLOAT else b"")


def _broadcast(notes: WavNotes) -> bytes:
    """Version 1, without a date: when it was played is not known."""
    return struct.pack(
        "<256s32s32s10s8sQH64s190s",
        notes.name.encode("ascii", "replace"),
        b"dawbridge",
        b"",
        b"",
        b"",
        notes.stamp,
        1,
        b"",
        b"",
    )


def _cues(marks: Sequence[Mark]) -> bytes:
    points = [
        struct.pack("<II4sIII", number, mark.at, b"data", 0, 0, mark.at)
        for number, mark in enumerate(marks, 1)
    ]
    return struct.pack("<I", len(points)) + b"".join(points)


def _sampler(rate: int, notes: WavNotes) -> bytes:
    """Forward, without fraction, for ever; each is named by the cue point where it begins."""
    cues = {mark.at: number for number, mark in reversed([*enumerate(notes.marks, 1)])}
    head = (0, 0, round(1e9 / rate), MIDDLE_C, 0, 0, 0, len(notes.loops), 0)
    loops = [
        struct.pack("<6I", cues.get(first, 0), 0, first, last, 0, 0) for first, last in notes.loops
    ]
    return struct.pack("<9I", *head) + b"".join(loops)


def _acid(notes: WavNotes) -> bytes:
    upper, lower = notes.metre
    return struct.pack(
        "<IHHfIHHf",
        ONE_SHOT if notes.one_shot else STRETCHES,
        MIDDLE_C,
        0x8000,
        0.0,
        notes.quarters,
        lower,
        upper,
        notes.tempo,
    )


def _text(text: str) -> bytes:
    return text.replace("\0", " ").encode(errors="replace") + b"\0"
