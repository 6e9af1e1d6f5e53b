"""Recordings come in: as a stream, as a form, by a path; and what is refused leaves nothing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bridge.service.multipart import FilePart
from bridge.service.uploads import base_name
from tests.service.desk import Desk


def test_an_upload_is_a_recording_and_lies_in_the_library(desk: Desk, song: Path) -> None:
    entry = desk.upload(song.read_bytes(), "My song.wav")
    assert (entry["name"], entry["files"]) == ("My song", ["My song.wav"])
    assert (entry["duration"], entry["rate"], entry["channels"]) == (17.0, 44100, 1)
    assert entry["analysed"] is None
    assert desk.left() == ["My song.wav"]
    assert desk.get("/recordings") == [entry]
    assert desk.get(f"/recordings/{entry['id']}") == entry


def test_an_upload_comes_in_pieces_of_any_size(desk: Desk, song: Path) -> None:
    content = song.read_bytes()

    def body() -> Iterator[bytes]:
        first = 0
        for size in (1, 7, 4096, 1 << 20, len(content)):
            yield content[first : first + size]
            first += size

    desk.upload(body())
    assert (desk.folder / "uploads" / "song.wav").read_bytes() == content


def test_the_same_sound_again_is_the_same_recording_and_is_not_kept_twice(
    desk: Desk, song: Path
) -> None:
    first = desk.upload(song.read_bytes())
    again = desk.upload(song.read_bytes(), "other.wav", 200)
    assert again == first
    assert desk.left() == ["song.wav"]


def test_one_file_sent_many_times_at_once_is_kept_once(desk: Desk, song: Path) -> None:
    content = song.read_bytes()

    def send(number: int) -> int:
        body = desk.client.post(
            "/recordings", params={"name": f"song {number}.wav"}, content=content
        )
        return body.status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(send, range(8)))
    assert sorted(statuses) == [200] * 7 + [201]
    assert len(desk.left()) == 1
    assert len(desk.get("/recordings")[0]["files"]) == 1


def test_another_sound_of_the_same_name_takes_no_ones_place(desk: Desk, song: Path) -> None:
    content = song.read_bytes()
    desk.upload(content)
    desk.upload(content[:44] + bytes(len(content) - 44))
    assert desk.left() == ["song (2).wav", "song.wav"]


def test_a_form_is_taken_as_well(desk: Desk, song: Path) -> None:
    file = ("rehearsal.wav", song.read_bytes(), "audio/wav")
    entry = desk.ask("POST", "/recordings", 201, files={"file": file}, data={"why": "not"})
    assert entry["name"] == "rehearsal"
    assert (desk.folder / "uploads" / "rehearsal.wav").read_bytes() == song.read_bytes()


@pytest.mark.parametrize("size", [1, 3, 50, 10_000])
def test_a_form_may_be_cut_anywhere(size: int) -> None:
    content = bytes(range(256)) * 4 + b"\r\n--edge\r\n-"
    form = (
        b'--edge-of\r\nContent-Disposition: form-data; name="why"\r\n\r\nnot\r\n--edge-of\r\n'
        b'Content-Disposition: form-data; name="file"; filename="s\xc3\xb6ng.wav"\r\n\r\n'
        + content
        + b"\r\n--edge-of--\r\n"
    )
    part = FilePart("multipart/form-data; boundary=edge-of", 1000)
    assert _run(part, [form[n : n + size] for n in range(0, len(form), size)]) == content
    assert part.name == "söng.wav"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=" + "e" * 257, b"x"),
        ("multipart/form-data; boundary=e", b"--e\r\nA: " + b"b" * 20_000 + b"\r\n\r\n"),
        ("multipart/form-data; boundary=e", b"no form"),
        ("multipart/form-data; boundary=e", b"--e\r\nContent-Disposition: form-data\r\n\r\n"),
        (
            "multipart/form-data; boundary=e",
            b'--e\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\nhalf of it',
        ),
    ],
)
def test_a_broken_form_is_refused_and_leaves_nothing(desk: Desk, kind: str, body: bytes) -> None:
    error = desk.ask("POST", "/recordings", 422, content=body, headers={"Content-Type": kind})
    assert "form" in error["what"]
    assert desk.left() == []


@pytest.mark.parametrize("content", [b"", b"no sound", bytes(5000)])
def test_what_is_no_sound_is_refused_and_leaves_nothing(desk: Desk, content: bytes) -> None:
    desk.upload(content, status=422)
    assert desk.left() == []
    assert desk.get("/recordings") == []


def test_an_upload_that_breaks_off_leaves_nothing(desk: Desk, song: Path) -> None:
    def body() -> Iterator[bytes]:
        yield song.read_bytes()[:3_000_000]
        raise ConnectionError("the cable")

    assert desk.client.post("/recordings", content=body()).status_code == 500
    assert desk.left() == []
    assert desk.get("/recordings") == []


@pytest.mark.parametrize("announced", [True, False])
def test_what_is_too_large_is_refused_and_leaves_nothing(tmp_path: Path, announced: bool) -> None:
    desk = Desk(tmp_path / "library", upload=1)
    content = bytes(1_000_001)
    error = desk.upload(content if announced else iter([content[:999], content[999:]]), status=413)
    assert "service.upload" in error["remedy"]
    assert desk.left() == []
    desk.close()


def test_a_form_without_a_file_is_measured_as_well(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "library", upload=1)

    def body() -> Iterator[bytes]:
        yield b'--e\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
        for _ in range(30):
            yield bytes(100_000)

    headers = {"Content-Type": "multipart/form-data; boundary=e"}
    error = desk.ask("POST", "/recordings", 413, content=body(), headers=headers)
    assert "form" in error["what"]
    assert desk.left() == []
    desk.close()


def test_more_than_the_disk_has_room_for_is_refused_at_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "library", upload=10**12)
    headers = {"Content-Length": str(10**17)}
    error = desk.upload(iter([b"x"]), status=507, headers=headers)
    assert "disk" in error["cause"]
    assert desk.left() == []
    desk.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux alone has /dev/full")
def test_a_disk_that_fills_up_meanwhile_is_said(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.service.uploads.token_hex", lambda _: "half")
    (desk.folder / "uploads").mkdir(parents=True)
    (desk.folder / "uploads" / ".half").symlink_to("/dev/full")
    error = desk.upload(iter([b"x" * 2_000_000]), status=507)
    assert "full" in error["cause"]
    assert desk.left() == []


def test_other_bodies_are_no_larger_than_need_be(desk: Desk) -> None:
    desk.ask("POST", "/files", 413, content=b" " * 4_000_001)
    desk.ask("POST", "/files", 413, content=iter([b" " * 2_000_001] * 2))
    desk.ask("POST", "/files", 422, content=b'{"path": ')
    desk.ask("POST", "/files", 422, content=b"[" * 100_000)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\music\\song.wav", "song.wav"),
        ("/", "recording"),
        ("", "recording"),
    ],
)
def test_a_name_never_leads_out_of_the_folder(said: str, kept: str) -> None:
    assert base_name(said) == kept


def test_a_name_is_kept_without_signs_that_steer(desk: Desk, song: Path) -> None:
    entry = desk.upload(song.read_bytes(), "so\u202eng\x9b.wav")
    assert (entry["name"], entry["files"]) == ("song", ["song.wav"])
    assert desk.left() == ["song.wav"]
    renamed = desk.ask("PATCH", f"/recordings/{entry['id']}", json={"name": "a\u2067b"})
    assert renamed["name"] == "ab"
    desk.ask("PATCH", f"/recordings/{entry['id']}", 422, json={"name": "\u2067"})


@pytest.mark.parametrize(
    "name", ["../x.wav", "a/b.wav", "x.wav\x00.txt", ".wav", "CON.wav", "ä?.wav"]
)
def test_whatever_it_is_called_it_lies_in_the_folder(desk: Desk, song: Path, name: str) -> None:
    desk.upload(song.read_bytes(), name)
    (kept,) = desk.left()
    assert kept not in (".", "..") and "\x00" not in kept


# -- by path


@pytest.fixture
def shared(tmp_path: Path, song: Path) -> Iterator[tuple[Desk, Path]]:
    """A desk that may take from a folder with the song in it."""
    folder = tmp_path / "rehearsals"
    (folder / "may").mkdir(parents=True)
    (folder / "may" / "song.wav").write_bytes(song.read_bytes())
    opened = Desk(tmp_path / "library", folders=(str(folder),))
    yield opened, folder
    opened.close()


def test_a_file_in_an_allowed_folder_is_added_by_its_path(shared: tuple[Desk, Path]) -> None:
    desk, folder = shared
    whole = {"path": str(folder / "may" / "song.wav"), "name": "May"}
    entry = desk.ask("POST", "/files", 201, json=whole)
    assert (entry["name"], entry["files"]) == ("May", ["song.wav"])
    short = {"path": "may/../may/song.wav"}
    assert desk.ask("POST", "/files", 200, json=short) == entry
    assert desk.left() == []  # it stays where it is


@pytest.mark.skipif(os.name != "posix", reason="links need rights elsewhere")
def test_what_lies_elsewhere_is_refused_however_it_is_named(
    shared: tuple[Desk, Path], song: Path, tmp_path: Path
) -> None:
    desk, folder = shared
    (folder / "out.wav").symlink_to(song)
    (folder / "outside").symlink_to(song.parent)
    (folder / "ring").symlink_to(folder / "ring")
    (tmp_path / "rehearsals2").mkdir()
    (tmp_path / "rehearsals2" / "song.wav").write_bytes(song.read_bytes())
    for path in (
        str(song),
        "out.wav",
        f"outside/{song.name}",
        "../rehearsals2/song.wav",
        f"../../../../../../../..{song}",
        "/etc/passwd",
        "~/song.wav/../../..",
        "..",
        ".",
        "",
        str(folder),
        "a\x00b",
    ):
        answer = desk.client.post("/files", json={"path": path})
        assert answer.status_code in (403, 404, 422), path
    assert desk.ask("POST", "/files", 403, json={"path": "out.wav"})
    assert desk.get("/recordings") == []


@pytest.mark.skipif(os.name != "posix", reason="links need rights elsewhere")
def test_a_link_within_the_folder_is_followed(shared: tuple[Desk, Path]) -> None:
    desk, folder = shared
    (folder / "latest.wav").symlink_to(folder / "may" / "song.wav")
    desk.ask("POST", "/files", 201, json={"path": "latest.wav"})


@pytest.mark.skipif(os.name != "posix", reason="pipes are POSIX")
def test_a_pipe_or_a_missing_file_is_not_waited_for(shared: tuple[Desk, Path]) -> None:
    desk, folder = shared
    os.mkfifo(folder / "pipe.wav")
    for path in ("pipe.wav", "may", "june/song.wav"):
        desk.ask("POST", "/files", 404, json={"path": path})


def test_without_a_setting_nothing_is_added_by_its_path(desk: Desk, song: Path) -> None:
    error = desk.ask("POST", "/files", 403, json={"path": str(song)})
    assert "service.folders" in error["remedy"]


# -- and go


def test_a_forgotten_recording_takes_its_upload_with_it(desk: Desk, song: Path) -> None:
    id = desk.upload(song.read_bytes())["id"]
    desk.ask("DELETE", f"/recordings/{id}", 204)
    assert desk.left() == []
    desk.get(f"/recordings/{id}", 404)
    desk.ask("DELETE", f"/recordings/{id}", 404)


def test_a_forgotten_recording_leaves_files_that_lie_elsewhere(
    shared: tuple[Desk, Path],
) -> None:
    desk, folder = shared
    id = desk.ask("POST", "/files", 201, json={"path": "may/song.wav"})["id"]
    desk.ask("DELETE", f"/recordings/{id}", 204)
    assert (folder / "may" / "song.wav").exists()


def _run(part: FilePart, pieces: list[bytes]) -> bytes:
    async def body():
        for piece in pieces:
            yield piece

    async def read() -> bytes:
        return b"".join([piece async for piece in part.pieces(body())])

    return asyncio.run(read())
