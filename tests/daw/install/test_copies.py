"""Files put in, upgraded and taken out."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.daw.install.copies import RECORD, look, put_in, read_record, said_of, take_out
from bridge.daw.install.files import replace
from bridge.errors import BridgeError
from tests.daw.install.places import tree

INSIDE = "Scripts/ours"
NAMES = st.sampled_from(["a.lua", "b.lua", "lib/c.lua", "lib/deep/d.lua", "e.py"])
FILES = st.dictionaries(NAMES, st.binary(max_size=8), min_size=1)


def written(root: Path) -> dict[str, bytes | None]:
    return {name: content for name, content in tree(root / INSIDE).items() if content is not None}


@settings(max_examples=40)
@given(st.lists(FILES, min_size=1, max_size=4), st.booleans())
def test_any_row_of_upgrades_ends_as_the_last_and_uninstalls_to_nothing(
    tmp_path_factory, versions: list[dict[str, bytes]], there: bool
) -> None:
    root = tmp_path_factory.mktemp("root")
    if there:
        (root / "Scripts" / "ours").mkdir(parents=True)
        (root / "Scripts" / "mine.lua").write_bytes(b"mine")
    before = tree(root)
    for number, files in enumerate(versions):
        put_in(root, INSIDE, files, str(number))
        have = written(root)
        have.pop(RECORD)
        assert have == files
        assert look(root, INSIDE, files).current
        assert put_in(root, INSIDE, files, str(number)).written == ()
    assert take_out(root, INSIDE, versions[-1]).kept == ()
    assert tree(root) == before


def test_what_the_user_changed_is_kept_under_another_name(tmp_path: Path) -> None:
    put_in(tmp_path, INSIDE, {"a.lua": b"1", "b.lua": b"1", "c.lua": b"1"}, "1")
    (tmp_path / INSIDE / "a.lua").write_bytes(b"my a")
    (tmp_path / INSIDE / "b.lua").write_bytes(b"my b")
    (tmp_path / INSIDE / "a.lua.yours").write_bytes(b"my older a")
    changes = put_in(tmp_path, INSIDE, {"a.lua": b"2", "c.lua": b"2"}, "2")
    assert sorted(changes.kept) == ["a.lua.yours2", "b.lua.yours"]
    assert "a.lua.yours2" in " ".join(said_of(changes, tmp_path))
    (tmp_path / INSIDE / "c.lua").write_bytes(b"my c")
    assert take_out(tmp_path, INSIDE, {}).kept == ("c.lua.yours",)
    assert written(tmp_path) == {
        "a.lua.yours": b"my older a",
        "a.lua.yours2": b"my a",
        "b.lua.yours": b"my b",
        "c.lua.yours": b"my c",
    }


def test_a_file_that_was_there_before_us_is_kept(tmp_path: Path) -> None:
    (tmp_path / INSIDE).mkdir(parents=True)
    (tmp_path / INSIDE / "a.lua").write_bytes(b"mine")
    assert put_in(tmp_path, INSIDE, {"a.lua": b"ours"}, "1").kept == ("a.lua.yours",)


def test_the_same_content_is_no_change_even_without_a_record(tmp_path: Path) -> None:
    put_in(tmp_path, INSIDE, {"a.lua": b"1"}, "1")
    (tmp_path / INSIDE / RECORD).unlink()
    changes = put_in(tmp_path, INSIDE, {"a.lua": b"1"}, "1")
    assert (changes.written, changes.kept) == ((), ())


def test_an_upgrade_that_broke_off_is_taken_up_without_keeping_our_own_files(
    tmp_path: Path,
) -> None:
    put_in(tmp_path, INSIDE, {"a.lua": b"1", "b.lua": b"1"}, "1")
    put_in(tmp_path, INSIDE, {"a.lua": b"2", "b.lua": b"2"}, "2")
    record = json.loads((tmp_path / INSIDE / RECORD).read_text())
    (tmp_path / INSIDE / "b.lua").write_bytes(b"1")  # as if it had ended before this one
    for sums in record["files"].values():
        sums.insert(0, "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b")
    (tmp_path / INSIDE / RECORD).write_text(json.dumps(record))
    changes = put_in(tmp_path, INSIDE, {"a.lua": b"3", "b.lua": b"3"}, "3")
    assert changes.kept == ()


OURS = "Scripts/dawbridge"
LOST = [b"", b"\0" * 40, b"{", b"[]", b'{"version": "1", "files": 3, "made": []}']


@pytest.mark.parametrize("content", LOST)
def test_a_record_that_cannot_be_read_is_said_and_mended(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "Scripts").mkdir()
    before = tree(tmp_path)
    put_in(tmp_path, OURS, {"a.lua": b"1", "lib/b.lua": b"1"}, "1")
    (tmp_path / OURS / RECORD).write_bytes(content)
    new = {"a.lua": b"2", "lib/b.lua": b"1", "c.lua": b"2"}
    there = look(tmp_path, OURS, new)
    assert (there.installed, there.version, there.current) == (True, "", False)
    changes = put_in(tmp_path, OURS, new, "2")
    assert (changes.kept, changes.lost) == ((), True)
    assert "could not be read" in " ".join(said_of(changes, tmp_path))
    assert look(tmp_path, OURS, new).current
    assert not put_in(tmp_path, OURS, new, "2").lost
    take_out(tmp_path, OURS, new)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("content", LOST)
def test_without_a_readable_record_everything_is_taken_out(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "Scripts").mkdir()
    before = tree(tmp_path)
    put_in(tmp_path, OURS, {"a.lua": b"1", "lib/b.lua": b"1"}, "1")
    (tmp_path / OURS / RECORD).write_bytes(content)
    changes = take_out(tmp_path, OURS, {"a.lua": b"2", "lib/b.lua": b"1"})
    assert sorted(changes.removed) == ["a.lua", "lib/b.lua"]
    assert tree(tmp_path) == before


def test_without_a_readable_record_what_was_changed_later_is_the_users(tmp_path: Path) -> None:
    files = {"a.lua": b"1", "b.lua": b"1"}
    put_in(tmp_path, OURS, files, "1")
    (tmp_path / OURS / RECORD).write_bytes(b"")
    (tmp_path / OURS / "a.lua").write_bytes(b"mine")
    now = (tmp_path / OURS / RECORD).stat().st_mtime
    os.utime(tmp_path / OURS / "a.lua", (now + 60, now + 60))
    assert put_in(tmp_path, OURS, {"a.lua": b"2", "b.lua": b"2"}, "2").kept == ("a.lua.yours",)


def test_without_any_record_our_content_is_ours_and_the_rest_is_kept(tmp_path: Path) -> None:
    files = {"a.lua": b"1", "b.lua": b"1"}
    put_in(tmp_path, OURS, files, "1")
    (tmp_path / OURS / RECORD).unlink()
    (tmp_path / OURS / "b.lua").write_bytes(b"mine")
    assert look(tmp_path, OURS, files).installed
    changes = take_out(tmp_path, OURS, files)
    assert (changes.removed, changes.kept, changes.lost) == (("a.lua",), ("b.lua.yours",), False)


def test_what_an_installation_that_was_killed_left_half_written_goes(tmp_path: Path) -> None:
    (tmp_path / "Scripts").mkdir()
    before = tree(tmp_path)
    put_in(tmp_path, OURS, {"a.lua": b"1", "lib/b.lua": b"1", "old.lua": b"1"}, "1")
    for name in ("a.lua", "lib/b.lua", "old.lua", RECORD):
        path = tmp_path / OURS / name
        path.with_name(f".{path.name}.dawbridge").write_bytes(b"ha")
    take_out(tmp_path, OURS, {"a.lua": b"1"})
    assert tree(tmp_path) == before


def test_killed_before_anything_was_written_it_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / OURS).mkdir(parents=True)
    (tmp_path / OURS / f".{RECORD}.dawbridge").write_bytes(b"{")
    take_out(tmp_path, OURS, {"a.lua": b"1"})
    assert tree(tmp_path) == {"Scripts": None}


@pytest.mark.skipif(os.name == "nt", reason="pipes and links of POSIX")
@pytest.mark.parametrize("kind", ["folder", "pipe", "link"])
@pytest.mark.parametrize("name", ["b.lua", RECORD])
def test_what_is_no_plain_file_is_said_before_anything_is_written(
    tmp_path: Path, kind: str, name: str
) -> None:
    path = tmp_path / OURS / name
    path.parent.mkdir(parents=True)
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(tmp_path / "gone")
    with pytest.raises(BridgeError, match=r"no plain file|leads nowhere") as caught:
        put_in(tmp_path, OURS, {"a.lua": b"1", "b.lua": b"1"}, "1")
    assert "writable" not in caught.value.remedy
    assert [each.name for each in (tmp_path / OURS).iterdir()] == [name]
    take_out(tmp_path, OURS, {"a.lua": b"1", "b.lua": b"1"})
    assert path.is_symlink() or path.exists()


@pytest.mark.parametrize("name", ["../../mine", "/etc/x", "a/../../../mine", "C:\\x", ""])
def test_a_record_that_leads_elsewhere_is_no_record(tmp_path: Path, name: str) -> None:
    put_in(tmp_path, INSIDE, {"a.lua": b"1"}, "1")
    (tmp_path / "mine").write_bytes(b"mine")
    record = {"version": "1", "files": {name: ["x"]}, "made": []}
    (tmp_path / INSIDE / RECORD).write_text(json.dumps(record))
    assert not read_record(tmp_path / INSIDE).files
    take_out(tmp_path, INSIDE, {})
    assert (tmp_path / "mine").exists()


def test_what_python_made_of_our_files_goes_with_them(tmp_path: Path) -> None:
    before = tree(tmp_path)
    put_in(tmp_path, INSIDE, {"a.py": b"1"}, "1")
    cache = tmp_path / INSIDE / "__pycache__"
    cache.mkdir()
    (cache / "a.cpython-311.pyc").touch()
    take_out(tmp_path, INSIDE, {})
    assert tree(tmp_path) == before


def test_a_look_tells_old_changed_and_missing_files(tmp_path: Path) -> None:
    files = {"a.lua": b"1"}
    assert not look(tmp_path, INSIDE, files).installed
    put_in(tmp_path, INSIDE, files, "0.9")
    assert look(tmp_path, INSIDE, files).current
    assert look(tmp_path, INSIDE, files).version == "0.9"
    assert not look(tmp_path, INSIDE, {"a.lua": b"2"}).current
    assert not look(tmp_path, INSIDE, files | {"b.lua": b""}).current
    (tmp_path / INSIDE / "a.lua").unlink()
    assert not look(tmp_path, INSIDE, files).current


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
def test_a_link_into_another_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "checkout").mkdir()
    (tmp_path / "Scripts").mkdir()
    (tmp_path / "Scripts" / "ours").symlink_to(tmp_path / "checkout")
    with pytest.raises(BridgeError, match="is a link"):
        put_in(tmp_path, INSIDE, {"a.lua": b""}, "1")


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
def test_replacing_follows_links_and_keeps_permissions(tmp_path: Path) -> None:
    real = tmp_path / "real.lua"
    real.write_bytes(b"1")
    real.chmod(0o640)
    (tmp_path / "link.lua").symlink_to(real)
    replace(tmp_path / "link.lua", b"2")
    assert real.read_bytes() == b"2"
    assert (tmp_path / "link.lua").is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.lua", "real.lua"]


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "Scripts").write_text("a file")
    with pytest.raises(BridgeError) as caught:
        put_in(tmp_path, INSIDE, {"a.lua": b""}, "1")
    assert "--folder" in caught.value.remedy
