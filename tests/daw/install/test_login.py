"""Starting at login on the three systems."""

from __future__ import annotations

import os
import plistlib
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bridge.daw.install import login
from bridge.daw.install.machine import Here, Machine
from bridge.errors import BridgeError
from tests.daw.install.places import here, machine

TASK = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"


class System:
    """Remembers what it was asked; refuses what it is told to."""

    def __init__(self, *refused: str) -> None:
        self.asked: list[str] = []
        self._refused = refused

    def __call__(self, words: Sequence[str]) -> tuple[int, str]:
        self.asked.append(" ".join(words[:3]))
        refused = any(each in words for each in self._refused)
        return (1, "not allowed\nmore") if refused else (0, "")


def test_linux_writes_a_unit_and_starts_it(tmp_path: Path) -> None:
    system = System()
    login.install(machine(tmp_path), here(tmp_path), system)
    path = tmp_path / ".config/systemd/user/dawbridge.service"
    assert "WantedBy=default.target" in path.read_text()
    assert system.asked == [
        "systemctl --user daemon-reload",
        "systemctl --user enable",
        "systemctl --user restart",
    ]
    login.uninstall(machine(tmp_path), here(tmp_path).folder, system)
    assert "systemctl --user disable" in system.asked
    assert not path.exists()
    told = login.uninstall(machine(tmp_path), here(tmp_path).folder, system)
    assert "was not started" in told.did[0]


@pytest.mark.parametrize(
    ("status", "said", "cause", "remedy"),
    [
        (1, "Failed to connect to bus: No medium found\nmore", "not logged in", "enable --now"),
        (1, "Access denied", "Access denied", "enable --now"),
        (127, "No such file: 'systemctl'", "no systemd", "run --background"),
    ],
)
def test_without_a_running_systemd_it_is_said_that_it_is_not_on(
    tmp_path: Path, status: int, said: str, cause: str, remedy: str
) -> None:
    with pytest.raises(BridgeError, match="is written, but could not be switched on") as told:
        login.install(machine(tmp_path), here(tmp_path), lambda _: (status, said))
    assert cause in told.value.cause
    assert "\n" not in told.value.cause
    assert remedy in told.value.remedy
    assert (tmp_path / ".config/systemd/user/dawbridge.service").exists()


def exec_start(words: Sequence[str]) -> str:
    (line,) = [each for each in login.unit(words).splitlines() if each.startswith("ExecStart=")]
    return line.removeprefix("ExecStart=")


@pytest.mark.parametrize(
    "word", ["/a b/python", 'q"q', "100%", "$HOME", "back\\slash", "it's", "#"]
)
def test_systemd_reads_the_words_as_they_are(word: str) -> None:
    told = exec_start([word, "-m", "bridge"])
    assert shlex.split(told.replace("%%", "%").replace("$$", "$")) == [word, "-m", "bridge"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd's checker")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    program = tmp_path / "a b%c" / "python"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    path = tmp_path / "dawbridge.service"
    path.write_text(login.unit([str(program), "-P", "-m", "bridge"]))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--user", str(path)],
        capture_output=True,
        text=True,
        env=os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    assert "dawbridge.service" not in done.stderr, done.stderr


def test_macos_gets_an_agent_that_is_not_slowed_down(tmp_path: Path) -> None:
    system = System()
    outcome = login.install(machine(tmp_path, "darwin"), here(tmp_path), system)
    path = tmp_path / "Library/LaunchAgents/dawbridge.plist"
    told = plistlib.loads(path.read_bytes())
    assert told["ProgramArguments"] == list(here(tmp_path).command)
    assert told["RunAtLoad"] is True
    assert told["KeepAlive"] == {"SuccessfulExit": False}
    assert [each.split()[1] for each in system.asked] == ["bootout", "bootstrap"]
    assert "microphone" in outcome.left[0]
    login.uninstall(machine(tmp_path, "darwin"), here(tmp_path).folder, system)
    assert not path.exists()


def test_macos_that_does_not_take_it_now_does_at_the_next_login(tmp_path: Path) -> None:
    outcome = login.install(machine(tmp_path, "darwin"), here(tmp_path), System("bootstrap"))
    assert outcome.left == ("log out and in again",)


def test_windows_gets_a_task_that_lasts_and_starts_on_battery(tmp_path: Path) -> None:
    system = System()
    on = machine(tmp_path, "win32", USERNAME="Zoë & Co", USERDOMAIN="STUDIO")
    login.install(on, here(tmp_path), system)
    root = ElementTree.fromstring((here(tmp_path).folder / "task.xml").read_bytes())
    told = {each.tag.removeprefix(TASK): each.text for each in root.iter()}
    assert told["UserId"] == "STUDIO\\Zoë & Co"
    assert told["Command"] == here(tmp_path).command[0]
    assert told["Arguments"] == "-P -m bridge run --background"
    assert told["ExecutionTimeLimit"] == "PT0S"
    assert told["DisallowStartIfOnBatteries"] == told["StopIfGoingOnBatteries"] == "false"
    assert system.asked[0] == "schtasks /Create /TN"
    login.uninstall(on, here(tmp_path).folder, system)
    assert not (here(tmp_path).folder / "task.xml").exists()


def test_windows_that_refuses_is_told_with_the_command_for_an_administrator(
    tmp_path: Path,
) -> None:
    with pytest.raises(BridgeError) as caught:
        login.install(machine(tmp_path, "win32"), here(tmp_path), System("/Create"))
    assert "administrator" in caught.value.remedy
    assert "schtasks /Create" in caught.value.remedy


def test_a_command_that_is_not_there_has_a_status() -> None:
    assert login.ask(["no-such-command-of-dawbridge"])[0] == 127


class Answers:
    """A system that answers what it is asked by the first word that fits."""

    def __init__(self, **answers: tuple[int, str]) -> None:
        self.asked: list[Sequence[str]] = []
        self._answers = answers

    def __call__(self, words: Sequence[str]) -> tuple[int, str]:
        self.asked.append(words)
        return next((said for key, said in self._answers.items() if f"--{key}" in words), (0, ""))


SYSTEMS = ("linux", "darwin", "win32")


def started(home: Path, platform: str) -> tuple[Machine, Here, Path]:
    """A computer on which the service is installed, and the program that it starts."""
    on, us = machine(home, platform), here(home)
    program = Path(us.command[0])
    program.parent.mkdir(parents=True, exist_ok=True)
    program.touch()
    login.install(on, us, System())
    link = home / ".config/systemd/user/default.target.wants/dawbridge.service"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(home / ".config/systemd/user/dawbridge.service")  # as systemctl enable does
    return on, us, program


@pytest.mark.parametrize("platform", SYSTEMS)
def test_what_starts_at_login_is_seen_with_its_version(tmp_path: Path, platform: str) -> None:
    on, us, program = started(tmp_path, platform)
    answers = Answers(version=(0, "dawbridge 0.0.9"))
    found = login.look(on, us.folder, answers)
    assert found is not None
    assert (found.program, found.on, found.version) == (str(program), True, "0.0.9")
    assert found.why == ""
    assert list(answers.asked[-1]) == [str(program), "-P", "-m", "bridge", "--version"]


@pytest.mark.parametrize("platform", SYSTEMS)
def test_a_program_that_was_deleted_is_seen(tmp_path: Path, platform: str) -> None:
    on, us, program = started(tmp_path, platform)
    program.unlink()
    found = login.look(on, us.folder, Answers())
    assert found is not None
    assert found.why == f"{program} is not there any more"


@pytest.mark.parametrize("platform", SYSTEMS)
def test_a_python_that_lost_its_dawbridge_is_seen(tmp_path: Path, platform: str) -> None:
    on, us, _ = started(tmp_path, platform)
    lost = "Traceback\nModuleNotFoundError: No module named bridge"
    found = login.look(on, us.folder, Answers(version=(1, lost)))
    assert found is not None
    assert found.why.endswith("No module named bridge")


def test_nothing_starts_where_nothing_was_installed(tmp_path: Path) -> None:
    for platform in ("linux", "darwin"):
        assert login.look(machine(tmp_path, platform), tmp_path, Answers()) is None
    assert login.look(machine(tmp_path, "win32"), tmp_path, lambda _: (1, "no such task")) is None


def test_a_unit_that_systemd_was_not_told_of_is_not_on(tmp_path: Path) -> None:
    with pytest.raises(BridgeError):
        login.install(machine(tmp_path), here(tmp_path), System("daemon-reload"))
    found = login.look(machine(tmp_path), here(tmp_path).folder, Answers())
    assert found is not None
    assert not found.on


@pytest.mark.parametrize(
    ("platform", "name"),
    [
        ("linux", ".config/systemd/user/dawbridge.service"),
        ("darwin", "Library/LaunchAgents/dawbridge.plist"),
        ("win32", "Döner & Söhne/daw/task.xml"),
    ],
)
@pytest.mark.parametrize("content", [b"", b"ExecStart=", b'ExecStart="', b"\xff<x", b"<x/>"])
def test_what_somebody_wrote_otherwise_is_not_judged(
    tmp_path: Path, platform: str, name: str, content: bytes
) -> None:
    on, us, _ = started(tmp_path, platform)
    (tmp_path / name).write_bytes(content)
    answers = Answers()
    found = login.look(on, us.folder, answers)
    assert found is not None
    assert (found.program, found.why) == ("", "")
    assert all("--version" not in words for words in answers.asked)
