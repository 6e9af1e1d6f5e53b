"""What files give: the same sound from every format, a clear word where there is none."""

from __future__ import annotations

import http.server
import struct
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from bridge.errors import BridgeError
from bridge.recordings.address import fetch, is_address
from bridge.recordings.decode import ContainerSound, FileSound, open_recording
from bridge.sources.file import NoSound

RATE = 44100


def song(seconds: float = 2.0, channels: int = 1) -> np.ndarray:
    """A tone that comes in after half a second: its place in time can be seen."""
    time = np.arange(round(seconds * RATE)) / RATE
    tone = 0.5 * np.sin(2 * np.pi * 440 * time) * (time >= 0.5)
    return np.repeat(tone[:, None], channels, axis=1).astype(np.float32)


def written_by_av(
    path: Path, codec: str, container: str, sound: np.ndarray, **more: object
) -> Path:
    with av.open(str(path), "w", format=container) as file:
        film = file.add_stream("mpeg4", rate=10) if more.get("film") else None
        stream = file.add_stream(codec, rate=RATE)
        stream.layout = "mono" if sound.shape[1] == 1 else "stereo"
        packets = []
        if film:
            film.width = film.height = 64
            film.pix_fmt = "yuv420p"
            pictures = [av.VideoFrame(64, 64, "yuv420p") for _ in range(20)]
            packets += [packet for picture in pictures for packet in film.encode(picture)]
            packets += film.encode(None)
        for first in range(0, len(sound), 1024):
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(sound[first : first + 1024].T),
                format="fltp",
                layout=stream.layout.name,
            )
            frame.sample_rate = RATE
            packets += stream.encode(frame)
        file.mux([*packets, *stream.encode(None)])
    return path


def heard(path: Path) -> tuple[np.ndarray, int]:
    sound = open_recording(path)
    blocks = list(sound.blocks(0.3))
    assert all(block.dtype == np.float32 and block.shape[1] == sound.channels for block in blocks)
    return np.concatenate(blocks), sound.rate


def begins(sound: np.ndarray, rate: int) -> float:
    """Seconds until the tone is there."""
    return float(np.argmax(np.abs(sound[:, 0]) > 0.25) / rate)


@pytest.mark.parametrize(
    ("name", "subtype"),
    [
        ("a.wav", "PCM_U8"),
        ("a.wav", "PCM_16"),
        ("a.wav", "PCM_24"),
        ("a.wav", "PCM_32"),
        ("a.wav", "FLOAT"),
        ("a.wav", "DOUBLE"),
        ("a.aiff", "PCM_16"),
        ("a.flac", "PCM_24"),
        ("a.mp3", None),
        ("a.ogg", "VORBIS"),
        ("a.w64", "PCM_16"),
    ],
)
def test_what_soundfile_reads_is_heard_where_it_is(
    tmp_path: Path, name: str, subtype: str | None
) -> None:
    soundfile.write(tmp_path / name, song(channels=2), RATE, subtype=subtype)
    sound, rate = heard(tmp_path / name)
    assert begins(sound, rate) == pytest.approx(0.5, abs=0.03)
    assert len(sound) / rate == pytest.approx(2.0, abs=0.06)


@pytest.mark.parametrize(
    ("name", "codec", "container", "film"),
    [
        ("a.m4a", "aac", "mp4", False),
        ("a.m4a", "alac", "mp4", False),
        ("a.aac", "aac", "adts", False),
        ("a.mp4", "aac", "mp4", True),
        ("a.mkv", "aac", "matroska", True),
    ],
)
def test_what_phones_and_cameras_write_is_heard_where_it_is(
    tmp_path: Path, name: str, codec: str, container: str, film: bool
) -> None:
    path = written_by_av(tmp_path / name, codec, container, song(), film=film)
    sound, rate = heard(path)
    assert begins(sound, rate) == pytest.approx(0.5, abs=0.03)
    assert len(sound) / rate == pytest.approx(2.0, abs=0.1)


def test_what_a_file_holds_decides_not_its_name(tmp_path: Path) -> None:
    path = written_by_av(tmp_path / "song.wav", "aac", "mp4", song())
    assert isinstance(open_recording(path), ContainerSound)
    soundfile.write(tmp_path / "song.flac", song(), RATE)
    (tmp_path / "song.flac").rename(tmp_path / "song.m4a")
    assert isinstance(open_recording(tmp_path / "song.m4a"), FileSound)


def test_thirty_two_channels_and_a_rate_of_eight_kilohertz(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "desk.wav", np.zeros((8000, 32), np.float32), 8000)
    sound, rate = heard(tmp_path / "desk.wav")
    assert (sound.shape[1], rate) == (32, 48000)
    assert len(sound) == pytest.approx(48000, abs=2)


def test_one_sample_is_a_recording_too(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "click.wav", np.ones((1, 1), np.float32), RATE)
    assert len(heard(tmp_path / "click.wav")[0]) == 1


def test_a_film_without_sound_says_so(tmp_path: Path) -> None:
    path = tmp_path / "silent.mp4"
    with av.open(str(path), "w") as file:
        film = file.add_stream("mpeg4", rate=10)
        film.width = film.height = 64
        film.pix_fmt = "yuv420p"
        file.mux(film.encode(av.VideoFrame(64, 64, "yuv420p")))
        file.mux(film.encode(None))
    with pytest.raises(BridgeError) as told:
        open_recording(path)
    assert "no audio track" in told.value.cause


@pytest.mark.parametrize(
    "content", [b"", b"RIFF", b"hello, this is a text\n" * 100, bytes(5000), b"\xff" * 4000]
)
def test_what_is_no_sound_is_said_in_three_parts(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.wav"
    path.write_bytes(content)
    with pytest.raises(BridgeError) as told:
        open_recording(path)
    assert told.value.cause
    assert told.value.remedy


def test_a_file_without_samples_says_so(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "empty.wav", np.zeros((0, 1), np.float32), RATE)
    with pytest.raises(NoSound, match="holds no sound"):
        open_recording(tmp_path / "empty.wav")


def test_a_folder_and_a_wrong_path_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match="folder"):
        open_recording(tmp_path)
    with pytest.raises(BridgeError, match="no file"):
        open_recording(tmp_path / "nowhere.wav")


def test_of_a_file_that_breaks_off_the_rest_is_heard(tmp_path: Path) -> None:
    path = tmp_path / "cut.wav"
    soundfile.write(path, song(), RATE)
    path.write_bytes(path.read_bytes()[: RATE * 2])
    sound, rate = heard(path)
    assert len(sound) / rate == pytest.approx(1.0, abs=0.01)


def test_damage_in_the_middle_moves_nothing_behind_it(tmp_path: Path) -> None:
    tone = song(6.0)
    tone[: 4 * RATE] = 0.0
    path = written_by_av(tmp_path / "song.aac", "aac", "adts", tone)
    content = bytearray(path.read_bytes())
    middle = len(content) // 3
    content[middle : middle + 60] = struct.pack("60s", b"\x5a" * 60)
    path.write_bytes(content)
    sound, rate = heard(path)
    assert begins(sound, rate) == pytest.approx(4.0, abs=0.3)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A web server that gives what lies in a folder."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    folder = tmp_path / "web"
    folder.mkdir()
    soundfile.write(folder / "riff.wav", song(), RATE)
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Quiet, directory=str(folder))
    ) as web:
        thread = threading.Thread(target=web.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{web.server_address[1]}"
        web.shutdown()
        thread.join()


def test_a_recording_behind_an_address_is_fetched(server: str, tmp_path: Path) -> None:
    path = fetch(f"{server}/riff.wav", tmp_path / "fetched")
    sound, rate = heard(path)
    assert begins(sound, rate) == pytest.approx(0.5, abs=0.01)


def test_an_address_that_leads_nowhere_says_so(server: str, tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match="could not be fetched") as told:
        fetch(f"{server}/nothing.wav", tmp_path / "fetched")
    assert "404" in told.value.cause


def test_addresses_are_told_from_paths() -> None:
    assert is_address("https://example.org/a")
    assert not is_address("C:\\music\\http.wav")


@pytest.mark.parametrize(
    "content",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:20\n#EXTINF:2,\n{other}\n#EXT-X-ENDLIST\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:2,\n{other}\n",  # one that never ends
        "ffconcat version 1.0\nfile {name}\n",
    ],
)
def test_a_playlist_opens_no_other_file(tmp_path: Path, content: str) -> None:
    other = tmp_path / "private.mp3"
    soundfile.write(other, song(), RATE)
    path = tmp_path / "upload.mp3"
    path.write_text(content.format(other=other, name=other.name))
    with pytest.raises(BridgeError, match="cannot be read"):
        open_recording(path)


@pytest.mark.parametrize("at", [0.25, 0.6])
def test_what_lies_before_damage_is_heard(tmp_path: Path, at: float) -> None:
    path = tmp_path / "song.flac"
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, (20 * RATE, 1)).astype(np.float32)
    soundfile.write(path, noise, RATE)
    content = path.read_bytes()
    path.write_bytes(content[: round(at * len(content))])
    sound = open_recording(path)
    seconds = sum(len(block) for block in sound.blocks(10.0)) / sound.rate
    assert seconds == pytest.approx(20 * at, abs=0.5)
