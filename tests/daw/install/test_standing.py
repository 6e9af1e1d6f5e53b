"""How our scripts stand in every DAW of a computer."""

from __future__ import annotations

from pathlib import Path

from bridge.daw.install import reaper
from bridge.daw.install.copies import Look
from bridge.daw.install.machine import Machine
from bridge.daw.install.named import remember
from bridge.daw.install.standing import Standing, standings
from tests.daw.install.places import here, machine


def reaper_at(root: Path) -> Path:
    root.mkdir(parents=True)
    (root / "reaper.ini").touch()
    return root


def seen(on: Machine, memory: Path) -> list[Standing]:
    return list(standings(on, here(on.home), memory))


def test_a_computer_without_daws_has_nothing_to_tell(tmp_path: Path) -> None:
    assert seen(machine(tmp_path), tmp_path) == []


def test_a_folder_that_was_named_is_seen_beside_the_one_found(tmp_path: Path) -> None:
    on = machine(tmp_path)
    usual = reaper_at(tmp_path / ".config/REAPER")
    stick = reaper_at(tmp_path / "a stick")
    reaper.install(on, here(tmp_path), stick, False)
    remember(tmp_path, "reaper", stick)
    first, second = seen(on, tmp_path)
    assert (first.root, first.command) == (usual, "dawbridge install reaper")
    assert first.look == Look(installed=False, version="", current=False)
    assert (second.root, second.command) == (stick, f'dawbridge install reaper --folder "{stick}"')
    assert isinstance(second.look, Look)
    assert second.look.current


def test_a_folder_that_is_found_and_named_is_told_once(tmp_path: Path) -> None:
    usual = reaper_at(tmp_path / ".config/REAPER")
    (tmp_path / "link").symlink_to(usual)
    for name in (usual, tmp_path / "link"):
        remember(tmp_path, "reaper", name)
    assert [each.root for each in seen(machine(tmp_path), tmp_path)] == [usual]


def test_a_stick_that_is_not_plugged_in_is_told_as_such(tmp_path: Path) -> None:
    remember(tmp_path, "ableton", tmp_path / "gone")
    (each,) = seen(machine(tmp_path), tmp_path)
    assert (each.daw, each.look) == ("Ableton Live", None)


def test_a_folder_that_cannot_be_looked_at_stops_no_other(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    for root in (tmp_path / ("x" * 300), tmp_path / "loop"):
        remember(tmp_path, "reaper", root)
    remember(tmp_path, "ardour", reaper_at(tmp_path / "open"))
    first, second, third = seen(machine(tmp_path), tmp_path)
    assert isinstance(first.look, OSError)
    assert second.look is None
    assert isinstance(third.look, Look)
