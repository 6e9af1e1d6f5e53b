"""The sound of a recording in parts, and its waveform."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from bridge.service.peaks import COLUMNS, columns_of, measure_peaks
from bridge.service.ranges import pieces_of, wanted
from tests.service.desk import Desk


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-9", (0, 9)),
        ("bytes=90-", (90, 99)),
        ("bytes=-10", (90, 99)),
        ("bytes=-1000", (0, 99)),
        ("bytes=95-1000", (95, 99)),
        ("bytes=99-99", (99, 99)),
        (None, None),
        ("bytes=-", None),
        ("bytes=9-3", None),
        ("bytes=0-1,5-6", None),
        ("seconds=1-2", None),
        ("bytes=a-b", None),
    ],
)
def test_a_range_is_the_bytes_that_it_names(header: str | None, part: tuple | None) -> None:
    assert wanted(header, 100) == part


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_beyond_the_end_cannot_be_given(header: str) -> None:
    with pytest.raises(ValueError, match="byte"):
        wanted(header, 100)


@given(first=st.integers(0, 999), length=st.integers(1, 1000))
def test_pieces_are_the_bytes_from_first_to_last(first: int, length: int) -> None:
    path = Path(__file__)
    content = path.read_bytes()
    last = min(first + length, len(content)) - 1
    assert b"".join(pieces_of(path, first, last)) == content[first : last + 1]


def test_a_player_can_seek(known: Desk, song: Path) -> None:
    content = song.read_bytes()
    (entry,) = known.get("/recordings")
    path = f"/recordings/{entry['id']}/audio"
    whole = known.client.get(path)
    assert (whole.status_code, whole.content) == (200, content)
    assert whole.headers["content-type"] == "audio/wav"
    assert whole.headers["accept-ranges"] == "bytes"
    part = known.client.get(path, headers={"Range": "bytes=1000-1999"})
    assert (part.status_code, part.content) == (206, content[1000:2000])
    assert part.headers["content-range"] == f"bytes 1000-1999/{len(content)}"
    assert part.headers["content-length"] == "1000"
    beyond = known.client.get(path, headers={"Range": f"bytes={len(content)}-"})
    assert beyond.status_code == 416
    assert beyond.headers["content-range"] == f"bytes */{len(content)}"
    head = known.client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(content))


def test_a_part_of_a_file_that_has_changed_is_all_of_it(known: Desk) -> None:
    (entry,) = known.get("/recordings")
    path = f"/recordings/{entry['id']}/audio"
    tag = known.client.head(path).headers["etag"]
    for said, status in ((tag, 206), ('"another"', 200)):
        headers = {"Range": "bytes=0-9", "If-Range": said}
        assert known.client.get(path, headers=headers).status_code == status


def test_sound_that_is_gone_is_said_so_without_where_it_was(desk: Desk, song: Path) -> None:
    id = desk.upload(song.read_bytes())["id"]
    (desk.folder / "uploads" / "song.wav").unlink()
    error = desk.get(f"/recordings/{id}/audio", 410)
    assert error["cause"] == "no longer there: song.wav"
    desk.get(f"/recordings/{id}/peaks", 410)
    desk.get(f"/recordings/{id}/loop?start=0&end=1", 410)


@pytest.mark.parametrize(("rate", "channels"), [(44100, 1), (48000, 2), (96000, 6)])
def test_peaks_are_the_least_and_greatest_samples_of_each_column(
    tmp_path: Path, rate: int, channels: int
) -> None:
    sound = np.random.default_rng(1).uniform(-1, 1, (int(11.123 * rate), channels))
    path = tmp_path / "noise.wav"
    soundfile.write(path, sound, rate, subtype="FLOAT")
    found = measure_peaks(path)
    edges = np.round(np.arange(len(found) + 1) * rate / COLUMNS).astype(int)
    assert len(found) == int(np.ceil(len(sound) * COLUMNS / rate))
    for column, (low, high) in enumerate(found.tolist()):
        part = sound[edges[column] : edges[column + 1]]
        assert low == pytest.approx(part.min(), abs=1e-3)
        assert high == pytest.approx(part.max(), abs=1e-3)


def test_what_is_no_number_is_drawn_as_silence(desk: Desk, tmp_path: Path) -> None:
    sound = np.full(4410, 0.5, np.float32)
    sound[100:900:7], sound[1000], sound[2000] = np.nan, np.inf, -np.inf
    soundfile.write(tmp_path / "nan.wav", sound, 44100, subtype="FLOAT")
    id = desk.upload((tmp_path / "nan.wav").read_bytes())["id"]
    drawn = desk.get(f"/recordings/{id}/peaks?columns=10")
    assert drawn["low"][:6] == [0.0, 0.0, 0.0, 0.5, 0.0, 0.5]
    assert drawn["high"] == [0.5] * 10


def test_one_sample_is_a_waveform(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "one.wav", np.full((1, 1), 0.5), 44100)
    assert measure_peaks(tmp_path / "one.wav").tolist() == [[0.5, 0.5]]


@given(
    columns=st.integers(1, 500),
    length=st.integers(1, 300),
    start=st.floats(0, 4),
    seconds=st.floats(0.001, 5),
)
def test_a_column_holds_all_that_lies_in_it(
    columns: int, length: int, start: float, seconds: float
) -> None:
    chance = np.random.default_rng(length)
    kept = np.stack([-chance.random(length), chance.random(length)], axis=1).astype(np.float16)
    drawn = columns_of(kept, columns, start, start + seconds)
    assert drawn.shape == (columns, 2)
    edges = start + seconds * np.arange(columns + 1) / columns
    for n in range(columns):
        inside = kept[int(np.ceil(edges[n] * 100 - 1e-3)) : int(edges[n + 1] * 100 + 1e-3)]
        if len(inside):
            assert drawn[n, 0] <= inside[:, 0].min()
            assert drawn[n, 1] >= inside[:, 1].max()


def test_a_waveform_is_drawn_and_kept(known: Desk, song: Path) -> None:
    (entry,) = known.get("/recordings")
    path = f"/recordings/{entry['id']}/peaks"
    drawn = known.get(path, params={"columns": 17})
    samples, rate = soundfile.read(song)
    seconds = samples.reshape(17, rate)
    assert drawn["low"] == pytest.approx(seconds.min(axis=1), abs=1e-3)
    assert drawn["high"] == pytest.approx(seconds.max(axis=1), abs=1e-3)
    kept = known.folder / "recordings" / entry["id"] / "peaks.npy"
    made = kept.stat().st_mtime_ns
    zoomed = known.get(path, params={"columns": 2, "start": 1, "end": 3})
    assert zoomed["high"] == pytest.approx(drawn["high"][1:3], abs=1e-3)
    assert kept.stat().st_mtime_ns == made
    known.get(path, 422, params={"start": 3, "end": 3})
