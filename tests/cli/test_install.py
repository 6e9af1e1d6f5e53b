"""`dawbridge install` as a user types it, in a home of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


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
