"""`dawbridge install` as a user types it, in a home of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.daw.install import login
from bridge.daw.install.machine import start_command


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".config" / "REAPER").mkdir(parents=True)
    (tmp_path / ".config" / "REAPER" / "reaper.ini").touch()
    return tmp_path


def dawbridge(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    return subprocess.run(
        [sys.executable, "-m", "bridge", *words],
        capture_output=True,
        text=True,
        env=kept | {"HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config")},
        timeout=120,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="a home made for Linux")
def test_it_goes_in_and_out_and_doctor_sees_it(home: Path) -> None:
    said = dawbridge(home, "install", "reaper")
    assert said.returncode == 0, said.stderr
    assert "Next: " in said.stdout
    told = home / ".config/REAPER/Scripts/dawbridge/dawbridge_here.lua"
    assert str(home / ".local/share/dawbridge/daw") in told.read_text()
    assert "scripts of this version" in dawbridge(home, "doctor").stdout
    record = told.with_name("dawbridge-installed.json")
    content = record.read_bytes()
    record.write_bytes(b"")
    doctor = dawbridge(home, "doctor").stdout
    assert "what was installed is not remembered" in doctor
    assert "dawbridge install reaper, and do what it says" in doctor
    record.write_bytes(content)
    told.write_text("return {}")
    assert "dawbridge install reaper, and do" in dawbridge(home, "doctor").stdout
    assert dawbridge(home, "install", "reaper", "--uninstall").returncode == 0
    left = {path.name for path in (home / ".config/REAPER").rglob("*")}
    assert left == {"reaper.ini", "Scripts", "dawbridge", "dawbridge_here.lua.yours"}


@pytest.mark.skipif(sys.platform != "linux", reason="a home made for Linux")
def test_a_daw_that_is_not_there_is_said_with_a_remedy(home: Path) -> None:
    for daw in ("ableton", "ardour"):
        said = dawbridge(home, "install", daw)
        assert said.returncode == 1
        assert "remedy:" in said.stderr
        assert "--folder" in said.stderr
        assert "Traceback" not in said.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="a home made for Linux")
def test_what_is_taken_out_makes_no_folder(home: Path) -> None:
    said = dawbridge(home, "install", "service", "--uninstall")
    assert said.returncode == 0, said.stderr
    assert "was not started at login" in said.stdout
    assert not (home / ".local").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="a home made for Linux")
def test_a_portable_folder_is_remembered_until_it_is_taken_out(home: Path) -> None:
    stick = home / "a stick"
    stick.mkdir()
    (stick / "reaper.ini").touch()
    assert dawbridge(home, "install", "reaper", "--folder", str(stick)).returncode == 0
    assert f"{stick}, scripts of this version" in dawbridge(home, "doctor").stdout
    record = stick / "Scripts/dawbridge/dawbridge-installed.json"
    record.write_text(record.read_text().replace('"version": "', '"version": "0.0.'))
    (stick / "Scripts/dawbridge/dawbridge.lua").write_text("older")
    doctor = dawbridge(home, "doctor").stdout
    assert "older than this dawbridge" in doctor
    assert f'dawbridge install reaper --folder "{stick}", and do what it says' in doctor
    away = stick.rename(home / "pulled out")
    doctor = dawbridge(home, "doctor").stdout
    assert f"{stick}, named once, is not there now" in doctor
    away.rename(stick)
    words = ("install", "reaper", "--folder", str(stick), "--uninstall")
    assert dawbridge(home, *words).returncode == 0
    assert str(stick) not in dawbridge(home, "doctor").stdout


@pytest.mark.skipif(sys.platform != "linux", reason="a home made for Linux")
@pytest.mark.parametrize("usual", [True, False])
def test_without_a_folder_named_ones_are_upgraded_and_taken_out_too(
    home: Path, usual: bool
) -> None:
    if not usual:
        (home / ".config/REAPER/reaper.ini").unlink()
    stick, other = home / "a stick", home / "other"
    for folder in (stick, other):
        folder.mkdir()
        (folder / "reaper.ini").touch()
        assert dawbridge(home, "install", "reaper", "--folder", str(folder)).returncode == 0
    script = stick / "Scripts/dawbridge/dawbridge.lua"
    script.unlink()
    other.rename(home / "away")
    said = dawbridge(home, "install", "reaper")
    assert said.returncode == 0, said.stderr
    assert script.exists()
    assert said.stdout.count("Next: ") == 1
    assert f"{other}, where dawbridge is as well, is not there now" in said.stdout
    assert f"dawbridge install reaper --folder {other}\n" in said.stdout
    said = dawbridge(home, "install", "reaper", "--uninstall")
    assert said.returncode == 0, said.stderr
    assert not script.exists()
    assert not list((home / ".config/REAPER").rglob("*.lua"))
    assert f"dawbridge install reaper --folder {other} --uninstall\n" in said.stdout
    assert str(stick) not in dawbridge(home, "install", "reaper", "--uninstall").stdout


@pytest.mark.skipif(sys.platform != "linux", reason="a home made for Linux")
def test_a_named_folder_that_is_none_any_more_keeps_no_other_from_its_turn(home: Path) -> None:
    stick = home / "a stick"
    stick.mkdir()
    (stick / "reaper.ini").touch()
    assert dawbridge(home, "install", "reaper", "--folder", str(stick)).returncode == 0
    (stick / "reaper.ini").unlink()
    said = dawbridge(home, "install", "reaper")
    assert said.returncode == 1
    assert f"{stick} is not Reaper's resource folder" in said.stderr
    assert (home / ".config/REAPER/Scripts/dawbridge/dawbridge.lua").exists()


@pytest.mark.parametrize(("daw", "file"), [("bitwig", "dawproject"), ("Logic", "midi")])
def test_a_daw_that_takes_files_is_told_which(home: Path, daw: str, file: str) -> None:
    said = dawbridge(home, "install", daw)
    assert said.returncode == 1
    assert f"--as {file}" in said.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="a home made for Linux")
def test_a_portable_folder_that_is_gone_can_be_forgotten(home: Path) -> None:
    stick = home / "a stick"
    stick.mkdir()
    (stick / "reaper.ini").touch()
    assert dawbridge(home, "install", "reaper", "--folder", str(stick)).returncode == 0
    stick.rename(home / "pulled out")
    words = ("install", "reaper", "--folder", str(stick), "--uninstall")
    said = dawbridge(home, *words)
    assert said.returncode == 0, said.stderr
    assert "not looked for any more" in said.stdout
    assert str(stick) not in dawbridge(home, "doctor").stdout
    assert dawbridge(home, *words).returncode == 1


@pytest.mark.skipif(sys.platform != "linux", reason="a home made for Linux")
def test_doctor_tells_whether_the_login_starts_it(home: Path) -> None:
    assert "dawbridge is not started at login" in dawbridge(home, "doctor").stdout
    units = home / ".config/systemd/user"
    (units / "default.target.wants").mkdir(parents=True)
    unit = units / "dawbridge.service"
    unit.write_text(login.unit(start_command()))
    (units / "default.target.wants" / unit.name).symlink_to(unit)
    doctor = dawbridge(home, "doctor").stdout
    assert f"ok    login: {unit} starts {sys.executable}" in doctor
    unit.write_text(login.unit(start_command(str(home / "venv/bin/python"))))
    doctor = dawbridge(home, "doctor").stdout
    assert "venv/bin/python is not there any more" in doctor
    assert "remedy: dawbridge install service" in doctor


@pytest.mark.skipif(sys.platform != "linux", reason="a home made for Linux")
@pytest.mark.parametrize("folder", ["~nobody-of-this-name/x", "n" * 300, "a\nb"])
@pytest.mark.parametrize("words", [(), ("--uninstall",)])
def test_a_folder_that_cannot_be_is_said_in_words(
    home: Path, folder: str, words: tuple[str, ...]
) -> None:
    said = dawbridge(home, "install", "ardour", "--folder", folder, *words)
    assert said.returncode == 1
    assert "Traceback" not in said.stderr
    assert "remedy: " in said.stderr
