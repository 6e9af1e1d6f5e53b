"""What the user sees: message boxes, help line, console, toolbar, menus, other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.daw_scripts.reaper.api import api

if TYPE_CHECKING:
    from tests.daw_scripts.reaper.host import Reaper, Script


class Screen:
    def __init__(self, reaper: Reaper) -> None:
        self.reaper = reaper
        self.boxes: list[tuple[str, str]] = []  # text, title
        self.answers: list[int] = []  # what the user presses in boxes, then 1
        self.inputs: list[str | None] = []  # what the user fills in; None: cancelled
        self.menus: list[str] = []
        self.chosen: list[int] = []  # what the user takes in menus
        self.console = ""
        self.help = ""
        self.toggles: dict[int, int] = {}
        self.refreshed = 0
        self.run_programs: list[tuple[str, int]] = []
        self.started: list[int] = []  # commands
        self.files: list[str | None] = []  # what the user picks in file dialogs
        self.keys: list[int] = []  # what gfx.getchar gives, then 0
        self.drawn: list[tuple[str, tuple[Any, ...]]] = []
        self.window: str | None = None
        self.updates = 0
        self.gfx_values = dict.fromkeys(
            ("r", "g", "b", "a", "x", "y", "mouse_x", "mouse_y", "mouse_wheel"), 0.0
        ) | {"w": 400.0, "h": 300.0, "mouse_cap": 0, "texth": 12.0, "clear": 0.0, "dest": -1}

    def ShowMessageBox(self, text: str, title: str, kind: int) -> int:
        self.boxes.append((text, title))
        if self.answers:
            return self.answers.pop(0)
        return 6 if kind in (3, 4) else 1

    def ShowConsoleMsg(self, text: str) -> None:
        self.console += text

    def Help_Set(self, text: str, temporary: bool) -> None:
        self.help = text

    def SetToggleCommandState(self, section: int, command: int, state: int) -> bool:
        if command < 0:
            return False
        self.toggles[command] = state
        return True

    def GetToggleCommandStateEx(self, section: int, command: int) -> int:
        return self.toggles.get(command, -1)

    def GetToggleCommandState(self, command: int) -> int:
        return self.toggles.get(command, -1)

    def RefreshToolbar2(self, section: int, command: int) -> None:
        self.refreshed += 1

    def GetUserInputs(self, title: str, count: int, captions: str, values: str) -> tuple[bool, str]:
        if not 1 <= count <= 16:
            raise self.reaper.wrong("GetUserInputs has 1 to 16 fields")
        self.menus.append(captions)
        told = self.inputs.pop(0) if self.inputs else None
        return (False, values) if told is None else (True, told)

    def GetUserFileNameForRead(self, initial: str, title: str, ending: str) -> tuple[bool, str]:
        told = self.files.pop(0) if self.files else None
        return (False, "") if told is None else (True, told)

    def ExecProcess(self, command: str, wait: int) -> str | None:
        if wait >= 0:
            raise self.reaper.wrong("ExecProcess holds the whole program up")
        self.run_programs.append((command, wait))
        return "0\n"

    def Main_OnCommand(self, command: int, flag: int) -> None:
        self.started.append(command)

    def Main_OnCommandEx(self, command: int, flag: int, _: Any) -> None:
        self.started.append(command)

    def AddRemoveReaScript(self, add: bool, section: int, path: str, commit: bool) -> int:
        return self.reaper.commands.setdefault(path, 50000 + len(self.reaper.commands))

    def ReverseNamedCommandLookup(self, command: int) -> str | None:
        return f"RS{command:040x}" if command >= 50000 else None

    def NamedCommandLookup(self, name: str) -> int:
        if name.startswith("_RS"):
            command = int(name[3:], 16)
            return command if command in self.reaper.commands.values() else 0
        return int(name) if name.isdigit() else 0

    def UpdateArrange(self) -> None:
        self.updates += 1

    def UpdateTimeline(self) -> None:
        self.updates += 1

    def TrackList_AdjustWindows(self, _: bool) -> None:
        self.updates += 1

    def draw(self, script: Script, name: str, told: tuple[Any, ...]) -> Any:
        """gfx: windows and menus, without a screen."""
        assert name in api().gfx
        self.drawn.append((name, told))
        if name == "init":
            self.window = told[0]
            return 1.0
        if name == "quit":
            self.window = None
        if name == "getchar":
            if self.window is None:
                return -1
            return self.keys.pop(0) if self.keys else 0
        if name == "showmenu":
            self.menus.append(told[0])
            return self.chosen.pop(0) if self.chosen else 0
        if name == "measurestr":
            return 7.0 * len(told[0]), 12.0
        return 0.0
