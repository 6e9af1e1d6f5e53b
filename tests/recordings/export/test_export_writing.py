from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import BridgeError
from bridge.recordings.export.writing import LONGEST, RESERVED, safe_name, written


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_a_file_is_there_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "song.wav"
    with written(target) as beside:
        beside.write_bytes(b"sound")
        assert beside.parent == tmp_path
        assert not target.exists()
    assert target.read_bytes() == b"sound"
    assert names_in(tmp_path) == ["song.wav"]


def test_a_file_is_not_overwritten_without_being_told(tmp_path: Path) -> None:
    target = tmp_path / "song.wav"
    target.write_bytes(b"old")
    with pytest.raises(BridgeError, match="there already"), written(target):
        pass
    with written(target, overwrite=True) as beside:
        beside.write_bytes(b"new")
    assert target.read_bytes() == b"new"


def test_a_file_that_comes_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "song.wav"
    with pytest.raises(BridgeError, match="there already"), written(target) as beside:
        beside.write_bytes(b"new")
        target.write_bytes(b"another's")
    assert target.read_bytes() == b"another's"
    assert names_in(tmp_path) == ["song.wav"]


@pytest.mark.parametrize(
    ("number", "cause"),
    [(errno.ENOSPC, "disk is full"), (errno.EACCES, "not allowed"), (errno.EIO, "Input/output")],
)
def test_a_failing_disk_leaves_the_old_file(tmp_path: Path, number: int, cause: str) -> None:
    target = tmp_path / "song.wav"
    target.write_bytes(b"old")
    with pytest.raises(BridgeError) as raised, written(target, overwrite=True) as beside:
        beside.write_bytes(b"half")
        raise OSError(number, os.strerror(number))
    assert cause in raised.value.cause
    assert target.read_bytes() == b"old"
    assert names_in(tmp_path) == ["song.wav"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full device")
def test_a_really_full_device_is_said() -> None:
    with pytest.raises(BridgeError) as raised, written(Path("/tmp/never.wav"), overwrite=True):
        Path("/dev/full").write_bytes(b"x" * 100_000)
    assert "full" in raised.value.cause


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(BridgeError) as raised, written(tmp_path / "no" / "song.wav") as beside:
        beside.write_bytes(b"sound")
    assert "folder" in raised.value.cause


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes of POSIX")
@pytest.mark.parametrize("overwrite", [True, False])
def test_what_is_no_plain_file_is_never_replaced(tmp_path: Path, overwrite: bool) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    for name in ("pipe", "link"):
        with (
            pytest.raises(BridgeError, match="no plain file"),
            written(tmp_path / name, overwrite=overwrite),
        ):
            raise AssertionError
    assert (tmp_path / "pipe").is_fifo()
    assert (tmp_path / "link").is_symlink()
    assert sorted(names_in(tmp_path)) == ["link", "pipe"]


@pytest.mark.parametrize("overwrite", [True, False])
def test_a_folder_is_no_name_of_a_file(tmp_path: Path, overwrite: bool) -> None:
    with (
        pytest.raises(BridgeError, match="is a folder") as raised,
        written(tmp_path, overwrite=overwrite),
    ):
        raise AssertionError
    assert "name of a file in it" in raised.value.remedy


@pytest.mark.parametrize(("name", "cause"), [("a" * 300, "too long"), ("song.wav/x", "a file")])
def test_a_name_that_cannot_be_is_said(tmp_path: Path, name: str, cause: str) -> None:
    (tmp_path / "song.wav").touch()
    with pytest.raises(BridgeError) as raised, written(tmp_path / name):
        raise AssertionError
    assert cause in raised.value.cause


def test_the_longest_name_that_a_disk_takes_is_taken(tmp_path: Path) -> None:
    target = tmp_path / f"{'🎸' * 62}.wav"  # 252 bytes
    with written(target) as beside:
        beside.write_bytes(b"sound")
    assert target.read_bytes() == b"sound"


def test_a_bug_keeps_its_traceback_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), written(tmp_path / "song.wav") as beside:
        beside.write_bytes(b"half")
        raise ZeroDivisionError
    assert names_in(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("AC/DC: live?", "AC-DC- live-"),
        ("con", "_con"),
        ("LPT1.wav", "_LPT1.wav"),
        ("riff. . ", "riff"),
        ("", "untitled"),
        ("..", "untitled"),
        ("Größe 愛", "Größe 愛"),
        ("a\nb", "a b"),
    ],
)
def test_names_are_mended(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.text() | st.sampled_from([*RESERVED, "riff", "a" * 300]))
def test_any_name_becomes_one_that_every_system_takes(name: str) -> None:
    safe = safe_name(name)
    assert not set(safe) & set('<>:"/\\|?*')
    assert all(ord(letter) >= 32 for letter in safe)
    assert safe == safe.strip() and not safe.endswith(".")
    assert safe.split(".")[0].upper() not in RESERVED
    assert 0 < len(safe) <= LONGEST + 1
    safe.encode()
