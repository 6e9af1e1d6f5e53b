"""Our remote script in Live's User Library."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from bridge.daw.install import ableton
from bridge.daw.install.scripts import scripts_folder
from bridge.errors import BridgeError
from tests.daw.install.places import here, looks, machine, tree

SYSTEMS = {
    "win32": "Documents/Ableton/User Library",
    "darwin": "Music/Ableton/User Library",
    "linux": "Documents/Ableton/User Library",
}
INSIDE = "Remote Scripts/dawbridge"


@pytest.mark.parametrize("platform", SYSTEMS)
def test_each_system_has_its_library(tmp_path: Path, platform: str) -> None:
    root = tmp_path / SYSTEMS[platform]
    root.mkdir(parents=True)
    before = tree(tmp_path)
    on = machine(tmp_path, platform)
    outcome = ableton.install(on, here(tmp_path), None)
    for path in (scripts_folder() / "ableton" / "dawbridge").rglob("*.py"):
        assert (root / INSIDE / path.name).read_bytes() == path.read_bytes()
    assert "Control Surface" in " ".join(outcome.left)
    assert looks("ableton", on, here(tmp_path))[0].current
    assert ableton.install(on, here(tmp_path), None).did[0].endswith("as it should be")
    ableton.uninstall(on, here(on.home), None)
    assert tree(tmp_path) == before


def test_live_reads_where_dawbridge_is(tmp_path: Path) -> None:
    root = tmp_path / SYSTEMS["darwin"]
    root.mkdir(parents=True)
    ableton.install(machine(tmp_path, "darwin"), here(tmp_path), None)
    told = json.loads((root / INSIDE / "here.json").read_text(encoding="ascii"))
    assert told["folder"] == str(here(tmp_path).folder)
    assert told["command"] == list(here(tmp_path).command)


def library_cfg(path: Path, place: str, age: float) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<Ableton><ContentLibrary><UserLibrary>'
        '<LibraryProject Id="0"><ProjectName Value="User Library" />'
        f'<ProjectPath Value="{place}" />'
        "</LibraryProject></UserLibrary></ContentLibrary></Ableton>",
        encoding="utf-8",
    )
    os.utime(path, (age, age))


@pytest.mark.parametrize(
    ("platform", "settings"),
    [
        ("win32", "AppData/Roaming/Ableton/Live {}/Preferences/Library.cfg"),
        ("darwin", "Library/Preferences/Ableton/Live {}/Library.cfg"),
    ],
)
def test_a_library_that_was_moved_is_found_in_the_newest_lives_settings(
    tmp_path: Path, platform: str, settings: str
) -> None:
    (tmp_path / SYSTEMS[platform]).mkdir(parents=True)
    moved = tmp_path / "Bänd & Co" / "User Library"
    moved.mkdir(parents=True)
    old = tmp_path / "old" / "User Library"
    old.mkdir(parents=True)
    library_cfg(tmp_path / settings.format("11.3.43"), str(old.parent), 1e9)
    library_cfg(tmp_path / settings.format("12.1"), str(moved.parent).replace("&", "&amp;"), 1.5e9)
    library_cfg(tmp_path / settings.format("12.2"), str(tmp_path / "gone"), 1.6e9)
    assert ableton.user_library(machine(tmp_path, platform), None) == moved


def test_the_folder_may_be_given_at_any_level(tmp_path: Path) -> None:
    root = tmp_path / "Elsewhere" / "User Library"
    (root / "Remote Scripts").mkdir(parents=True)
    on = machine(tmp_path / "home")
    for folder in (root, root / "Remote Scripts", root.parent):
        assert ableton.user_library(on, folder) == root


def test_the_folder_where_live_looks_for_nothing_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "Live 12" / "User Remote Scripts"
    wrong.mkdir(parents=True)
    with pytest.raises(BridgeError, match="Live looks for no scripts"):
        ableton.install(machine(tmp_path), here(tmp_path), wrong)


def test_without_a_library_it_is_said_where_live_shows_it(tmp_path: Path) -> None:
    (tmp_path / "something").mkdir()
    before = tree(tmp_path)
    for folder in (None, tmp_path / "something", tmp_path / "gone"):
        with pytest.raises(BridgeError) as caught:
            ableton.install(machine(tmp_path), here(tmp_path), folder)
        assert "Location of User Library" in caught.value.remedy
    assert tree(tmp_path) == before


def test_settings_that_the_user_wrote_beside_the_script_stay(tmp_path: Path) -> None:
    root = tmp_path / SYSTEMS["linux"]
    root.mkdir(parents=True)
    on = machine(tmp_path)
    ableton.install(on, here(tmp_path), None)
    (root / INSIDE / "dawbridge.txt").write_text("tap = cc 30\n")
    assert ableton.install(on, here(tmp_path), None)
    outcome = ableton.uninstall(on, here(on.home), None)
    assert [path.name for path in (root / INSIDE).iterdir()] == ["dawbridge.txt"]
    assert "stays" in " ".join(outcome.did)


def test_what_the_user_changed_and_what_they_added_are_each_told_by_name(tmp_path: Path) -> None:
    root = tmp_path / SYSTEMS["linux"]
    root.mkdir(parents=True)
    on = machine(tmp_path)
    ableton.install(on, here(tmp_path), None)
    (root / INSIDE / "__init__.py").write_text("mine\n")
    said = " ".join(ableton.uninstall(on, here(on.home), None).did)
    assert "__init__.py.yours" in said
    assert "What you put there yourself" not in said
    ableton.install(on, here(tmp_path), None)
    (root / INSIDE / "dawbridge.txt").write_text("tap = cc 30\n")
    said = " ".join(ableton.uninstall(on, here(on.home), None).did)
    assert "dawbridge.txt" in said
