"""Our scripts in Reaper's resource folder."""

from __future__ import annotations

import os
from pathlib import Path

import lupa.lua53
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.daw.install import reaper
from bridge.daw.install.copies import RECORD
from bridge.daw.install.key_list import registered
from bridge.daw.install.scripts import scripts_folder
from bridge.errors import BridgeError
from tests.daw.install.places import here, looks, machine, tree

SYSTEMS = {
    "linux": ".config/REAPER",
    "darwin": "Library/Application Support/REAPER",
    "win32": "AppData/Roaming/REAPER",
}
FILES = st.none() | st.lists(
    st.sampled_from([b"\n", b"\r\n", b"a = 1", "é".encode("latin-1"), b"\xef\xbb\xbf", b"return"]),
    max_size=8,
).map(b"".join)


def reaper_at(root: Path) -> Path:
    root.mkdir(parents=True)
    (root / "reaper.ini").write_text("[REAPER]\n")
    return root


@pytest.mark.parametrize("platform", SYSTEMS)
def test_each_system_has_its_resource_folder(tmp_path: Path, platform: str) -> None:
    root = reaper_at(tmp_path / SYSTEMS[platform])
    before = tree(tmp_path)
    on = machine(tmp_path, platform)
    outcome = reaper.install(on, here(tmp_path), None, False)
    folder = root / "Scripts" / "dawbridge"
    shipped = scripts_folder()
    for path in (shipped / "reaper").rglob("*.lua"):
        copy = folder / path.relative_to(shipped / "reaper")
        assert copy.read_bytes() == path.read_bytes()
    for path in (shipped / "lua").glob("*.lua"):
        assert (folder / "lua" / path.name).read_bytes() == path.read_bytes()
    assert outcome.left
    listed = registered((root / "reaper-kb.ini").read_bytes())
    scripts = {path.name for path in folder.glob("dawbridge*.lua")}
    assert listed == scripts - set(reaper.NO_ACTIONS)
    assert looks("reaper", on, here(tmp_path))[0].current
    reaper.uninstall(on, here(on.home), None, False)
    assert tree(tmp_path) == before


@settings(max_examples=25)
@given(FILES, FILES)
def test_in_and_out_leaves_every_byte(
    tmp_path_factory, startup: bytes | None, keys: bytes | None
) -> None:
    home = tmp_path_factory.mktemp("home")
    root = reaper_at(home / ".config/REAPER")
    if startup is not None:
        (root / "Scripts").mkdir()
        (root / "Scripts" / "__startup.lua").write_bytes(startup)
    if keys is not None:
        (root / "reaper-kb.ini").write_bytes(keys)
    before = tree(home)
    on = machine(home)
    for _ in range(2):
        reaper.install(on, here(home), None, False)
    for _ in range(2):
        reaper.uninstall(on, here(on.home), None, False)
    assert tree(home) == before


@pytest.mark.parametrize("platform", SYSTEMS)
def test_lua_reads_where_dawbridge_is(tmp_path: Path, platform: str) -> None:
    root = reaper_at(tmp_path / SYSTEMS[platform])
    told_here = here(tmp_path)
    reaper.install(machine(tmp_path, platform), told_here, None, False)
    path = root / "Scripts" / "dawbridge" / "dawbridge_here.lua"
    told = lupa.lua53.LuaRuntime().execute(path.read_text(encoding="ascii"))
    assert told["folder"] == str(told_here.folder)
    assert told["command"].endswith("-P -m bridge run --background")


@pytest.mark.parametrize("runs", [True, None])
def test_while_reaper_is_open_its_list_is_left_alone(tmp_path: Path, runs: bool | None) -> None:
    root = reaper_at(tmp_path / ".config/REAPER")
    (root / "reaper-kb.ini").write_bytes(b"KEY 1 65 40001 0\r\n")
    outcome = reaper.install(machine(tmp_path), here(tmp_path), None, runs)
    assert (root / "reaper-kb.ini").read_bytes() == b"KEY 1 65 40001 0\r\n"
    assert (root / "Scripts" / "dawbridge" / "dawbridge_here.lua").exists()
    assert "dawbridge_install_actions.lua" in " ".join(outcome.left)


def test_an_open_reaper_would_write_our_actions_again(tmp_path: Path) -> None:
    root = reaper_at(tmp_path / ".config/REAPER")
    on = machine(tmp_path)
    reaper.install(on, here(tmp_path), None, False)
    before = tree(root)
    with pytest.raises(BridgeError, match="Reaper is open") as caught:
        reaper.uninstall(on, here(on.home), None, True)
    assert "close Reaper" in caught.value.remedy
    assert tree(root) == before


def test_actions_that_are_no_more_leave_the_list(tmp_path: Path) -> None:
    root = reaper_at(tmp_path / ".config/REAPER")
    listed = b'SCR 4 0 RSx "Custom: dawbridge_gone.lua" dawbridge/dawbridge_gone.lua\n'
    (root / "reaper-kb.ini").write_bytes(listed)
    reaper.install(machine(tmp_path), here(tmp_path), None, False)
    assert b"dawbridge_gone" not in (root / "reaper-kb.ini").read_bytes()


def test_a_startup_script_that_reaper_shares_with_the_user_keeps_both(tmp_path: Path) -> None:
    root = reaper_at(tmp_path / ".config/REAPER")
    on = machine(tmp_path)
    reaper.install(on, here(tmp_path), None, False)
    startup = root / "Scripts" / "__startup.lua"
    startup.write_bytes(startup.read_bytes() + b"mine()\n")
    reaper.install(on, here(tmp_path), None, False)
    reaper.uninstall(on, here(on.home), None, False)
    assert startup.read_bytes() == b"mine()\n"


def test_a_portable_reaper_is_told_by_its_folder_or_its_scripts(tmp_path: Path) -> None:
    root = reaper_at(tmp_path / "My Portable")
    for folder in (root, root / "Scripts"):
        reaper.install(machine(tmp_path / "home"), here(tmp_path), folder, False)
        assert (root / "Scripts" / "dawbridge" / "dawbridge_here.lua").exists()


def test_without_reaper_it_is_said_how_to_tell_where_it_is(tmp_path: Path) -> None:
    on = machine(tmp_path)
    for folder in (None, tmp_path, tmp_path / "gone"):
        with pytest.raises(BridgeError) as caught:
            reaper.install(on, here(tmp_path), folder, False)
        assert "resource path" in caught.value.remedy
    assert looks("reaper", on, here(tmp_path)) == []
    assert tree(tmp_path) == {}


def odd(path: Path, kind: str) -> None:
    path.unlink(missing_ok=True)
    path.parent.mkdir(exist_ok=True)
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(path.parent / "nowhere" / "gone")


@pytest.mark.skipif(os.name == "nt", reason="pipes and links of POSIX")
@pytest.mark.parametrize("kind", ["folder", "pipe", "link"])
@pytest.mark.parametrize("name", [reaper.STARTUP, reaper.KEYS])
def test_a_file_of_reapers_that_is_none_is_said_before_anything_is_written(
    tmp_path: Path, kind: str, name: str
) -> None:
    root = reaper_at(tmp_path / ".config/REAPER")
    odd(root / name, kind)
    with pytest.raises(BridgeError, match=r"no plain file|leads nowhere") as caught:
        reaper.install(machine(tmp_path), here(tmp_path), None, False)
    assert "writable" not in caught.value.remedy
    assert not (root / "Scripts" / "dawbridge").exists()


@pytest.mark.skipif(os.name == "nt", reason="pipes and links of POSIX")
@pytest.mark.parametrize("kind", ["folder", "pipe", "link"])
@pytest.mark.parametrize("name", [reaper.STARTUP, reaper.KEYS])
def test_a_file_of_reapers_that_is_none_keeps_nothing_of_ours_in(
    tmp_path: Path, kind: str, name: str
) -> None:
    root = reaper_at(tmp_path / ".config/REAPER")
    on = machine(tmp_path)
    reaper.install(on, here(tmp_path), None, False)
    odd(root / name, kind)
    reaper.uninstall(on, here(tmp_path), None, False)
    assert not (root / "Scripts" / "dawbridge").exists()
    left = {path.name for path in root.rglob("*")} - {"Scripts"}
    assert left == {"reaper.ini", (root / name).name}


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
def test_where_one_file_cannot_be_changed_the_rest_is_taken_out(tmp_path: Path) -> None:
    root = reaper_at(tmp_path / ".config/REAPER")
    on = machine(tmp_path)
    reaper.install(on, here(tmp_path), None, False)
    (root / reaper.KEYS).unlink()
    (root / reaper.KEYS).symlink_to(reaper.KEYS)  # cannot be read, not even by root
    with pytest.raises(BridgeError, match="cannot be changed"):
        reaper.uninstall(on, here(tmp_path), None, False)
    assert not (root / "Scripts" / "dawbridge").exists()


@pytest.mark.parametrize("again", [True, False])
@pytest.mark.parametrize("gone", [True, False])
def test_a_record_that_was_lost_leaves_nothing_behind(
    tmp_path: Path, gone: bool, again: bool
) -> None:
    root = reaper_at(tmp_path / ".config/REAPER")
    (root / "Scripts").mkdir()
    before = tree(root)
    on = machine(tmp_path)
    reaper.install(on, here(tmp_path), None, False)
    record = root / "Scripts" / "dawbridge" / RECORD
    record.unlink() if gone else record.write_bytes(b"")
    (look,) = looks("reaper", on, here(tmp_path))
    assert (look.installed, look.version) == (True, "")
    if again:
        said = reaper.install(on, here(tmp_path), None, False).did
        assert any("could not be read" in each for each in said) != gone
        assert looks("reaper", on, here(tmp_path))[0].current
    assert "removed" in " ".join(reaper.uninstall(on, here(tmp_path), None, False).did)
    assert tree(root) == before


def test_half_written_files_of_a_killed_installation_go(tmp_path: Path) -> None:
    root = reaper_at(tmp_path / ".config/REAPER")
    before = tree(root)
    on = machine(tmp_path)
    reaper.install(on, here(tmp_path), None, False)
    (root / "Scripts" / ".__startup.lua.dawbridge").write_bytes(b"ha")
    (root / ".reaper-kb.ini.dawbridge").write_bytes(b"ha")
    reaper.uninstall(on, here(tmp_path), None, False)
    assert tree(root) == before


def test_an_older_installation_is_seen(tmp_path: Path) -> None:
    root = reaper_at(tmp_path / ".config/REAPER")
    on = machine(tmp_path)
    (look,) = looks("reaper", on, here(tmp_path))
    assert not look.installed
    reaper.install(on, here(tmp_path), None, False)
    next((root / "Scripts" / "dawbridge").glob("dawbridge_*.lua")).write_text("older")
    (look,) = looks("reaper", on, here(tmp_path))
    assert look.installed
    assert not look.current
