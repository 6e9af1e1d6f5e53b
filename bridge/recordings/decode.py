"""A recording's sound, block after block, from whatever it lies in.

soundfile reads WAV, AIFF, FLAC, MP3, Ogg and Opus; what it cannot read (M4A, AAC, ALAC, the sound
of video files) PyAV does, where the extra `files` is installed. What a file holds decides, not its
name, so a mislabelled one is heard as well. Nothing is held in memory but the block at hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bridge.errors import BridgeError, extra
from bridge.signal.frames import Array
from bridge.sources.client import rate_for
from bridge.sources.file import FileSource, NoSound, open_sound

HOLE = 0.05  # seconds that a packet may be late before silence is put where sound is missing
LONGEST_HOLE = 30.0  # seconds; where more seems to be missing the clock of the file has jumped
PIECE = 0.1  # seconds read at once: what lies before damage is not lost with it
# What holds its sound itself. Playlists and the like name other files, which are not ours to open.
CONTAINERS = (
    "mov", "mp4", "m4a", "matroska", "webm", "aac", "mp3", "ogg", "flac", "wav", "w64", "aiff",
    "caf", "avi", "asf", "mpegts", "mpeg", "amr", "amrnb", "amrwb", "au", "ac3", "eac3", "dts",
    "tta", "wv", "ape", "mpc", "mpc8", "loas", "flv",
)  # fmt: skip
READ_BY_AV = f"M4A, AAC, ALAC and films need the extra `files`: {extra('files')}"


class FileSound:
    """A file that soundfile reads."""

    def __init__(self, path: Path) -> None:
        """Raises BridgeError when it cannot be read as sound, or holds none."""
        self._path = path
        source = FileSource(path, block_seconds=1.0)
        source.close()
        self.rate, self.channels = source.rate, source.channels
        with open_sound(path) as file:
            self.duration: float | None = file.frames / file.samplerate
        self.damage: BridgeError | None = None

    def blocks(self, seconds: float) -> Iterator[Array]:
        """float32 (n, channels), about so many seconds each, until the end or the damage."""
        waiting: list[Array] = []
        count = 0
        try:
            for block in FileSource(self._path, block_seconds=PIECE).blocks():
                waiting.append(block.samples)
                count += len(block.samples)
                if count >= seconds * self.rate:
                    yield np.concatenate(waiting)
                    waiting, count = [], 0
        except BridgeError as error:
            self.damage = error
        if waiting:
            yield np.concatenate(waiting)


class ContainerSound:
    """A file that PyAV (ffmpeg) reads: its first stream of sound."""

    def __init__(self, path: Path) -> None:
        """Raises BridgeError when it cannot be read as sound, or holds none."""
        self._path = path
        with open_container(path) as container:
            stream = _stream(container, path)
            native = int(stream.codec_context.sample_rate or 0)
            self.rate = rate_for(None, native)
            self.channels: int = stream.codec_context.layout.nb_channels
            length = container.duration
            self.duration: float | None = length / 1e6 if length else None
        self.damage: BridgeError | None = None

    def blocks(self, seconds: float) -> Iterator[Array]:
        """float32 (n, channels), about so many seconds each; damaged packets are silence."""
        waiting: list[Array] = []
        count = 0
        for piece in self._pieces():
            waiting.append(piece)
            count += len(piece)
            if count >= seconds * self.rate:
                yield np.concatenate(waiting)
                waiting, count = [], 0
        if waiting:
            yield np.concatenate(waiting)

    def _pieces(self) -> Iterator[Array]:
        import av

        with open_container(self._path) as container:
            stream = _stream(container, self._path)
            layout = stream.codec_context.layout
            resampler = av.AudioResampler(format="fltp", layout=layout, rate=self.rate)
            begin, sent, faults = None, 0, 0
            packets = container.demux(stream)
            while True:
                try:
                    packet = next(packets)
                    frames = packet.decode()
                except StopIteration:
                    break
                except av.error.FFmpegError as error:
                    faults += 1
                    self.damage = BridgeError(
                        f"{self._path} is damaged",
                        cause=f"{faults} of its pieces cannot be read ({error.strerror})",
                        remedy="the rest was heard; export the file again if something is missing",
                    )
                    continue
                for frame in frames:
                    if begin is None:
                        begin = frame.time or 0.0
                    missing = (frame.time or 0.0) - begin - sent / self.rate
                    if abs(missing) > LONGEST_HOLE:
                        begin += missing
                    elif frame.time is not None and missing > HOLE and faults:
                        silence = np.zeros((round(missing * self.rate), self.channels), np.float32)
                        sent += len(silence)
                        yield silence
                    for piece in _samples(resampler.resample(frame)):
                        sent += len(piece)
                        yield piece
            yield from _samples(resampler.resample(None))


def open_recording(path: Path) -> FileSound | ContainerSound:
    """Ready to be heard. Raises BridgeError with cause and remedy."""
    if _is_file(path) and not path.stat().st_size:
        raise BridgeError(
            f"{path} is empty",
            cause="its length is 0 bytes: it was never written, or copied only in part",
            remedy="copy it again from where it comes from",
        )
    try:
        return FileSound(path)
    except NoSound:
        raise
    except BridgeError as error:
        if not _is_file(path):
            raise
        try:
            import av  # noqa: F401  only whether it is there
        except ImportError:
            raise BridgeError(error.what, cause=error.cause, remedy=READ_BY_AV) from error
        return ContainerSound(path)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def open_container(path: Path) -> Any:
    """The file, opened by PyAV, and no other one. Raises BridgeError where it holds no sound."""
    import av

    options = {"format_whitelist": ",".join(CONTAINERS), "protocol_whitelist": "file"}
    try:
        return av.open(str(path), options=options)
    except (av.error.FFmpegError, ValueError) as error:
        raise BridgeError(
            f"{path} cannot be read as sound",
            cause="it is no sound or film that is known here, or it is damaged",
            remedy="play it in another program; if that works, export it as WAV and try again",
        ) from error


def _stream(container: Any, path: Path) -> Any:
    streams = container.streams.audio
    if not streams or not streams[0].codec_context.sample_rate:
        container.close()
        raise NoSound(
            f"{path} holds no sound",
            cause="there is no audio track in it" if not streams else "its audio track is empty",
            remedy="choose another file",
        )
    stream = streams[0]
    stream.codec_context.thread_count = 1
    return stream


def _samples(frames: list[Any]) -> Iterator[Array]:
    for frame in frames:
        yield np.ascontiguousarray(frame.to_ndarray().T, np.float32)
