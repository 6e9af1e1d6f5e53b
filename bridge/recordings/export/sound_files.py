"""The sound formats that loops are written in: a new one is a line in SOUND_FORMATS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import soundfile

from bridge.errors import BridgeError
from bridge.recordings.export.rendering import Rendering
from bridge.recordings.export.riff_file import Bits, WavNotes, write_wav

MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)  # Hz: all that MPEG has
FLAC_CHANNELS, MP3_CHANNELS = 8, 2
SoundWriter = Callable[[Path, Rendering, int, Bits, WavNotes], None]


def _wav(path: Path, loop: Rendering, rate: int, bits: Bits, notes: WavNotes) -> None:
    write_wav(path, loop.blocks(), loop.frames, rate, loop.body.shape[1], bits, notes)


def _flac(path: Path, loop: Rendering, rate: int, bits: Bits, notes: WavNotes) -> None:
    _channels("FLAC", loop, FLAC_CHANNELS)
    _libsndfile(path, loop, rate, notes, "FLAC", "PCM_16" if bits == "16" else "PCM_24")


def _ogg(path: Path, loop: Rendering, rate: int, bits: Bits, notes: WavNotes) -> None:  # noqa: ARG001
    _libsndfile(path, loop, rate, notes, "OGG", "VORBIS")


def _mp3(path: Path, loop: Rendering, rate: int, bits: Bits, notes: WavNotes) -> None:  # noqa: ARG001
    _channels("MP3", loop, MP3_CHANNELS)
    if rate not in MP3_RATES:
        raise BridgeError(
            f"MP3 cannot hold sound at {rate} Hz",
            cause=f"it knows {', '.join(map(str, MP3_RATES))} Hz",
            remedy="choose WAV, FLAC or Ogg",
        )
    _libsndfile(path, loop, rate, notes, "MP3", "MPEG_LAYER_III")


SOUND_FORMATS: dict[str, SoundWriter] = {".wav": _wav, ".flac": _flac, ".ogg": _ogg, ".mp3": _mp3}


def sound_writer(path: Path) -> SoundWriter:
    """By the file's ending. Raises BridgeError for one not in SOUND_FORMATS."""
    suffix = path.suffix.lower()
    if suffix not in SOUND_FORMATS:
        raise BridgeError(
            f"Sound is not written as {suffix or 'a file without ending'}",
            cause=f"{path.name} should end with {', '.join(SOUND_FORMATS)}",
            remedy=f"call it {path.stem}.wav, for instance",
        )
    return SOUND_FORMATS[suffix]


def _libsndfile(
    path: Path, loop: Rendering, rate: int, notes: WavNotes, kind: str, subtype: str
) -> None:
    channels = loop.body.shape[1]
    with soundfile.SoundFile(path, "w", rate, channels, subtype, format=kind) as file:
        file.software = "dawbridge"
        if notes.name:
            file.title = notes.name
        if notes.quarters:
            file.comment = f"{notes.tempo:.2f} BPM, {notes.metre[0]}/{notes.metre[1]}"
        for block in loop.blocks():
            file.write(block)


def _channels(kind: str, loop: Rendering, most: int) -> None:
    if loop.body.shape[1] > most:
        raise BridgeError(
            f"{kind} cannot hold {loop.body.shape[1]} channels",
            cause=f"it holds {most} at most",
            remedy="choose WAV",
        )
