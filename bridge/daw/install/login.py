"""Starting dawbridge at login: a systemd user unit, a launchd agent, a task of Windows."""

from __future__ import annotations

import os
import plistlib
import re
import shlex
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from xml.parsers.expat import ExpatError
from xml.sax.saxutils import escape

from bridge.daw.install.files import content_of, replace
from bridge.daw.install.machine import Here, Machine, Outcome, command_line
from bridge.errors import BridgeError

UNIT = "dawbridge.service"
WANTED = "default.target.wants"  # the folder in which systemd links what starts at login
LABEL = "dawbridge"
AGENT = f"{LABEL}.plist"
TASK = "dawbridge"
NONE = 127  # the status of a command that is not there, as shells have it
AGAIN = 10  # seconds until it is started again after it failed
Ask = Callable[[Sequence[str]], tuple[int, str]]  # runs words, gives status and what was said


def ask(words: Sequence[str]) -> tuple[int, str]:
    """Runs a command of the system. Status NONE: there is none of this name."""
    try:
        done = subprocess.run(
            list(words), capture_output=True, text=True, errors="replace", timeout=60
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return NONE, str(error)
    return done.returncode, (done.stderr or done.stdout).strip()


def install(machine: Machine, here: Here, run: Ask = ask) -> Outcome:
    """Writes what the system wants to know and has it take note. Raises BridgeError."""
    if machine.platform == "win32":
        return _install_task(machine, here, run)
    if machine.platform == "darwin":
        return _install_agent(machine, here, run)
    return _install_unit(machine, here, run)


def uninstall(machine: Machine, folder: Path, run: Ask = ask) -> Outcome:
    """Stops it and takes all of it away. `folder`: where DAWs meet us. Raises BridgeError."""
    if machine.platform == "win32":
        status, said = run(["schtasks", "/Query", "/TN", TASK])
        if status:
            return Outcome(("dawbridge is not started at login",))
        run(["schtasks", "/End", "/TN", TASK])
        status, said = run(["schtasks", "/Delete", "/TN", TASK, "/F"])
        if status:
            raise _refused("The task cannot be deleted", said, f"schtasks /Delete /TN {TASK} /F")
        _remove(_task_file(folder))
        return Outcome(("dawbridge is no longer started at login",))
    if machine.platform == "darwin":
        path = _agent_file(machine)
        run(["launchctl", "bootout", f"{_domain()}/{LABEL}"])
        return _gone(_remove(path))
    path = _unit_file(machine)
    if path.exists():
        run(["systemctl", "--user", "disable", "--now", UNIT])
    removed = _remove(path)
    _remove(path.parent / WANTED / UNIT)  # where no systemctl could do it
    run(["systemctl", "--user", "daemon-reload"])
    return _gone(removed)


@dataclass(frozen=True, slots=True)
class Start:
    """What starts at login.

    place    where that is written: a unit, an agent, a task
    program  what is started; empty: it cannot be told
    on       the system has been told of it
    version  of that dawbridge; empty: it does not tell
    why      it cannot start; empty: it can, as far as is known
    """

    place: str
    program: str
    on: bool
    version: str = ""
    why: str = ""


def look(machine: Machine, folder: Path, run: Ask = ask) -> Start | None:
    """None: dawbridge is not started at login. `folder`: where DAWs meet us. Raises OSError.

    The program is asked for its version: one that is there may have lost its dawbridge.
    """
    on = True
    if machine.platform == "win32":
        status, _ = run(["schtasks", "/Query", "/TN", TASK])
        if status:
            return None
        place, content = f"the task {TASK}", content_of(_task_file(folder)) or b""
        words = _task_words(content)
    else:
        agent = machine.platform == "darwin"
        path = _agent_file(machine) if agent else _unit_file(machine)
        there = content_of(path)
        if there is None:
            return None
        place = str(path)
        words = _agent_words(there) if agent else _unit_words(there.decode(errors="replace"))
        on = agent or (path.parent / WANTED / UNIT).is_symlink()
    if not words:
        return Start(place, "", on)
    if not Path(words[0]).is_file():
        return Start(place, words[0], on, why=f"{words[0]} is not there any more")
    if "run" not in words:
        return Start(place, words[0], on)
    status, said = run([*words[: words.index("run")], "--version"])
    if status:
        last = said.splitlines()[-1] if said else f"it ends with status {status}"
        return Start(place, words[0], on, why=f"{words[0]} cannot start it: {last}")
    version = re.search(r"^dawbridge (\S+)$", said, re.MULTILINE)
    return Start(place, words[0], on, version[1] if version else "")


def unit(words: Sequence[str]) -> str:
    """A user unit of systemd."""
    return f"""\
# Written by `dawbridge install service`, removed by `dawbridge install service --uninstall`.
[Unit]
Description=dawbridge: hears music while it plays and tells the DAW what it understands
After=pipewire.service pulseaudio.service

[Service]
ExecStart={" ".join(map(_unit_word, words))}
Restart=on-failure
RestartSec={AGAIN}

[Install]
WantedBy=default.target
"""


def agent(words: Sequence[str]) -> bytes:
    """An agent of launchd."""
    return plistlib.dumps(
        {
            "Label": LABEL,
            "ProgramArguments": list(words),
            "RunAtLoad": True,
            "KeepAlive": {"SuccessfulExit": False},
            "ThrottleInterval": AGAIN,
            "ProcessType": "Interactive",  # not slowed down: it hears in real time
        }
    )


def task(words: Sequence[str], user: str) -> bytes:
    """A task for Windows' scheduler, as schtasks /XML reads it.

    `/SC ONLOGON` alone would end it after three days and never start it on battery.
    """
    program, *arguments = words
    told = escape(command_line(arguments, "win32"))
    who = escape(user)
    text = f"""\
<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>dawbridge: hears music while it plays</Description>\
</RegistrationInfo>
  <Triggers><LogonTrigger><Enabled>true</Enabled><UserId>{who}</UserId></LogonTrigger></Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>{who}</UserId>
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure><Interval>PT1M</Interval><Count>255</Count></RestartOnFailure>
  </Settings>
  <Actions Context="Author">
    <Exec><Command>{escape(program)}</Command><Arguments>{told}</Arguments></Exec>
  </Actions>
</Task>
"""
    return text.replace("\n", "\r\n").encode("utf-16")


def _install_unit(machine: Machine, here: Here, run: Ask) -> Outcome:
    path = _unit_file(machine)
    _write(path, unit(here.command).encode())
    did = (f"{path} is written",)
    by_hand = f"systemctl --user daemon-reload && systemctl --user enable --now {UNIT}"
    for words in (["daemon-reload"], ["enable", UNIT], ["restart", UNIT]):
        status, said = run(["systemctl", "--user", *words])
        if status:
            raise BridgeError(
                f"What starts dawbridge at login ({path}) is written, but could not be switched on",
                cause=_no_systemd(status, said),
                remedy=f"log in to your desktop and type there: {by_hand}"
                if status != NONE
                else "let your desktop start `dawbridge run --background` at login: it has a list "
                "of such programs",
            )
    return Outcome(
        (*did, "dawbridge runs, and will after each login"),
        ("what it does is told by: systemctl --user status dawbridge",),
    )


def _no_systemd(status: int, said: str) -> str:
    """Why systemctl could not be used."""
    first = said.splitlines()[0] if said else f"it ended with status {status}"
    if status == NONE:
        return f"this system has no systemd ({first})"
    if "connect to bus" in first:
        return f"you are not logged in to a desktop here ({first})"
    return first


def _install_agent(machine: Machine, here: Here, run: Ask) -> Outcome:
    path = _agent_file(machine)
    _write(path, agent(here.command))
    run(["launchctl", "bootout", f"{_domain()}/{LABEL}"])  # an older one
    status, said = run(["launchctl", "bootstrap", _domain(), str(path)])
    if status:
        return Outcome(
            (f"{path} is written", f"launchctl did not take it yet: {said}"),
            ("log out and in again",),
        )
    return Outcome(
        (f"{path} is written", "dawbridge runs, and will after each login"),
        ("macOS asks once whether it may use the microphone: allow it",),
    )


def _install_task(machine: Machine, here: Here, run: Ask) -> Outcome:
    path = _task_file(here.folder)
    name = machine.environment.get("USERNAME", "")
    domain = machine.environment.get("USERDOMAIN", "")
    _write(path, task(here.command, f"{domain}\\{name}" if domain else name))
    words = ["schtasks", "/Create", "/TN", TASK, "/XML", str(path), "/F"]
    status, said = run(words)
    if status:
        raise _refused("Windows does not take the task", said, command_line(words, "win32"))
    run(["schtasks", "/End", "/TN", TASK])  # an older one
    status, said = run(["schtasks", "/Run", "/TN", TASK])
    runs = "dawbridge runs, and will after each login"
    did = runs if not status else f"dawbridge will run after each login; now it did not: {said}"
    return Outcome((f"The task {TASK} is in Windows' Task Scheduler", did))


def _refused(what: str, said: str, line: str) -> BridgeError:
    return BridgeError(
        what,
        cause=said or "no reason was given",
        remedy=f"in a terminal that was opened as administrator: {line}",
    )


def _unit_word(word: str) -> str:
    """As ExecStart reads it: quoted, with the signs that mean something else doubled."""
    plain = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{plain}"' if plain != word or not plain or set(plain) & set(" \t';#") else plain


def _unit_words(text: str) -> list[str]:
    """What a unit of ours starts; none where somebody wrote it otherwise."""
    line = re.search(r"^ExecStart=(.*)$", text, re.MULTILINE)
    try:
        words = shlex.split(line[1]) if line else []
    except ValueError:
        return []
    return [word.replace("%%", "%").replace("$$", "$") for word in words]


def _agent_words(content: bytes) -> list[str]:
    try:
        return list(map(str, plistlib.loads(content)["ProgramArguments"]))
    except (ValueError, KeyError, TypeError, ExpatError, plistlib.InvalidFileException):
        return []


def _task_words(content: bytes) -> list[str]:
    """The program, and its arguments as far as no blank is in them: ours have none."""
    try:
        root = ElementTree.fromstring(content)
    except (ElementTree.ParseError, ValueError):
        return []
    told = {each.tag.rpartition("}")[2]: each.text or "" for each in root.iter()}
    return [told["Command"], *told.get("Arguments", "").split()] if "Command" in told else []


def _unit_file(machine: Machine) -> Path:
    return machine.config / "systemd" / "user" / UNIT


def _agent_file(machine: Machine) -> Path:
    return machine.home / "Library" / "LaunchAgents" / AGENT


def _task_file(folder: Path) -> Path:
    return folder / "task.xml"


def _domain() -> str:
    return f"gui/{os.getuid() if hasattr(os, 'getuid') else 0}"


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace(path, content)
    except OSError as error:
        raise BridgeError(
            f"{path} cannot be written",
            cause=error.strerror or str(error),
            remedy="make that folder writable, then try again",
        ) from error


def _remove(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise BridgeError(
            f"{path} cannot be removed",
            cause=error.strerror or str(error),
            remedy="remove it by hand",
        ) from error
    return True


def _gone(removed: bool) -> Outcome:
    if removed:
        return Outcome(("dawbridge is no longer started at login",))
    return Outcome(("dawbridge was not started at login",))
