"""Our scripts in Ardour's folders."""

from __future__ import annotations

from pathlib import Path

import lupa.lua53
import pytest

from bridge.daw.install import ardour
from bridge.daw.install.ardour import compose
from bridge.daw.install.scripts import scripts_folder
from bridge.errors import BridgeError
from tests.daw.install.places import here, looks, machine, tree

SYSTEMS = {
    "linux": ".config/ardour{}",
    "darwin": "Library/Preferences/Ardour{}",
    "win32": "AppData/Local/ardour{}",
}


@pytest.mark.parametrize("platform", SYSTEMS)
def test_every_ardour_from_the_sixth_on_gets_them(tmp_path: Path, platform: str) -> None:
    for number in (5, 7, 8, 10):
        (tmp_path / SYSTEMS[platform].format(number)).mkdir(parents=True)
    mine = tmp_path / SYSTEMS[platform].format(8) / "scripts"
    mine.mkdir()
    (mine / "mine.lua").write_bytes(b"mine")
    before = tree(tmp_path)
    on = machine(tmp_path, platform)
    outcome = ardour.install(on, here(tmp_path), None)
    names = {path.name for path in (scripts_folder() / "ardour").glob("*.lua")}
    for number in (7, 8, 10):
        scripts = tmp_path / SYSTEMS[platform].format(number) / "scripts"
        assert {path.name for path in scripts.glob("dawbridge*.lua")} == names
    assert not (tmp_path / SYSTEMS[platform].format(5) / "scripts").exists()
    assert "Script Manager" in " ".join(outcome.left)
    assert all(look.current for look in looks("ardour", on, here(tmp_path)))
    ardour.install(on, here(tmp_path), None)
    ardour.uninstall(on, here(on.home), None)
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    "path", sorted((scripts_folder() / "ardour").glob("*.lua")), ids=lambda path: path.name
)
def test_a_composed_script_is_lua_with_nothing_left_to_include(path: Path, tmp_path: Path) -> None:
    text = compose(path, here(tmp_path))
    assert "--@" not in text
    load = lupa.lua53.LuaRuntime().eval("function(text) return load(text) end")
    assert not isinstance(load(text), tuple), load(text)


def test_shared_code_and_the_place_stand_in_the_script_itself(tmp_path: Path) -> None:
    path = tmp_path / "x.lua"
    path.write_text(
        "function factory()\n"
        "  --@here\n"
        "  local wire = (function()\n"
        "    --@include lua/wire.lua\n"
        "  end)()\n"
        "  return function() return here.folder, here.command, type(wire) end\n"
        "end\n"
    )
    lua = lupa.lua53.LuaRuntime()
    lua.execute(compose(path, here(tmp_path), "linux"))
    folder, command, wire = lua.globals().factory()()
    assert folder == str(here(tmp_path).folder)
    assert command.endswith("-P -m bridge run --background")
    assert wire == "table"


def test_files_that_include_each_other_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "x.lua"
    path.write_text(f"--@include {path}\n")
    with pytest.raises(ValueError, match="includes itself"):
        compose(path, here(tmp_path))


def test_one_elsewhere_is_told_by_its_folder(tmp_path: Path) -> None:
    root = tmp_path / "my ardour"
    (root / "scripts").mkdir(parents=True)
    for folder in (root, root / "scripts"):
        ardour.install(machine(tmp_path / "home"), here(tmp_path), folder)
    assert list((root / "scripts").glob("dawbridge*.lua"))
    assert not (root / "scripts" / "scripts").exists()


@pytest.mark.parametrize(
    ("name", "holds", "words"),
    [
        ("ardour5", "config", "too old"),
        ("ardour7", "patchfiles", "belongs to the program itself"),
        ("ardour7/scripts", "../locale", "belongs to the program itself"),
        ("Music", "song.wav", "no folder of Ardour's"),
        ("ardour8", None, "start Ardour 8 once"),
        ("ardour8/scripts", None, "start Ardour 8 once"),
    ],
)
def test_a_folder_that_is_not_of_ardours_settings_is_refused(
    tmp_path: Path, name: str, holds: str | None, words: str
) -> None:
    root = tmp_path / name
    if holds is not None:
        root.mkdir(parents=True)
        (root / holds).mkdir()
    before = tree(tmp_path)
    with pytest.raises(BridgeError) as caught:
        ardour.install(machine(tmp_path), here(tmp_path), root)
    assert words in str(caught.value)
    assert tree(tmp_path) == before


def test_without_ardour_it_is_said_how_to_tell_where_it_is(tmp_path: Path) -> None:
    for folder in (None, tmp_path / "gone"):
        with pytest.raises(BridgeError) as caught:
            ardour.install(machine(tmp_path), here(tmp_path), folder)
        assert "settings" in caught.value.remedy
    assert looks("ardour", machine(tmp_path), here(tmp_path)) == []
