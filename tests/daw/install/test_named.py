"""Folders that were named with --folder."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from bridge.daw.install.named import FILE, forget, named, remember
from bridge.errors import BridgeError

STICK = Path("/media/a stick/REAPER (portable) ü")


def test_what_is_named_is_remembered_once_and_in_order(tmp_path: Path) -> None:
    memory = tmp_path / "not there yet"
    for root in (STICK, Path("/other"), STICK):
        remember(memory, "reaper", root)
    assert named(memory, "reaper") == [STICK, Path("/other")]
    assert named(memory, "ardour") == []


def test_what_is_forgotten_is_gone(tmp_path: Path) -> None:
    remember(tmp_path, "reaper", STICK)
    remember(tmp_path, "ardour", STICK)
    assert forget(tmp_path, "reaper", STICK)
    assert named(tmp_path, "reaper") == []
    assert named(tmp_path, "ardour") == [STICK]


def test_what_was_never_named_makes_no_file(tmp_path: Path) -> None:
    assert not forget(tmp_path / "none", "reaper", STICK)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content", [
        b"", b"{", b"[]", b'{"reaper": 3}', b'"x"', b"\xff", b'{"reaper": "abc"}',
        b'{"reaper": [null, 1, [], ""]}', b'{"reaper": ["/a\\u0000b", "/\\ud800"]}',
    ],
)  # fmt: skip
def test_a_memory_that_is_lost_remembers_nothing_and_learns_again(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / FILE).write_bytes(content)
    assert named(tmp_path, "reaper") == []
    assert not forget(tmp_path, "reaper", STICK)
    remember(tmp_path, "reaper", STICK)
    assert named(tmp_path, "reaper") == [STICK]


def test_a_memory_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BridgeError) as caught:
        remember(tmp_path / "file", "reaper", STICK)
    assert "everything else is done" in caught.value.remedy


def test_a_memory_that_is_a_link_to_itself_is_replaced(tmp_path: Path) -> None:
    (tmp_path / FILE).symlink_to(FILE)
    assert named(tmp_path, "reaper") == []
    with suppress(BridgeError):  # it says why, or does it
        remember(tmp_path, "reaper", STICK)
        assert named(tmp_path, "reaper") == [STICK]
