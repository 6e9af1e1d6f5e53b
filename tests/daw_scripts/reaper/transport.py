"""The transport: plays and records with the stand-in's clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.daw_scripts.reaper.project import Item, Project, Source, Take, Track

if TYPE_CHECKING:
    from tests.daw_scripts.reaper.host import Reaper


class Transport:
    def __init__(self, reaper: Reaper) -> None:
        self.reaper = reaper
        self.play_state = 0
        self.position = 0.0
        self.play_rate = 1.0
        self.repeat = False  # of the range that is selected in time
        self.latency = 0.02  # from what is made to what is heard
        self._began = 0.0

    def passed(self, seconds: float) -> None:
        if self.play_state & 1:
            was = self.position
            self.position += seconds * self.play_rate
            start, end = self.reaper.project.selection
            if self.repeat and start < end and was < end <= self.position:
                self.position -= end - start

    def play(self, at: float | None = None) -> None:
        self.position = self.reaper.project.cursor if at is None else at
        self.play_state = 1

    def seek(self, at: float) -> None:
        self.position = at

    def record(self, at: float = 0.0) -> None:
        self.position = self._began = at
        self.play_state = 5

    def stop(self, file: str = "") -> Item | None:
        """`file`: what was recorded, which becomes an item on the first track."""
        was, self.play_state = self.play_state, 0
        if not was & 4 or not file:
            return None
        project = self.reaper.project
        with project.user("Recorded media") as state:
            if not state.tracks:
                state.tracks.append(Track(self.reaper.guid(), "Guitar"))
            length = self.position - self._began
            source = Source(self.reaper.guid(), path=file, length=length)
            take = Take(self.reaper.guid(), source, {"D_PLAYRATE": 1.0, "D_STARTOFFS": 0.0})
            values = {"D_POSITION": self._began, "D_LENGTH": length}
            item = Item(self.reaper.guid(), state.tracks[0].guid, values, [take])
            state.items.append(item)
        return item

    def GetPlayState(self) -> int:
        return self.play_state

    def GetPlayStateEx(self, _: Project) -> int:
        return self.play_state

    def GetPlayPosition(self) -> float:
        return self.position if self.play_state else self.reaper.project.cursor

    def GetPlayPosition2(self) -> float:
        return self.GetPlayPosition() + (self.latency if self.play_state else 0)

    def GetPlayPositionEx(self, _: Project) -> float:
        return self.GetPlayPosition()

    def GetPlayPosition2Ex(self, _: Project) -> float:
        return self.GetPlayPosition2()

    def Master_GetPlayRate(self, _: Project) -> float:
        return self.play_rate

    def GetSetRepeatEx(self, _: Project, value: int) -> int:
        if value >= 0:
            raise self.reaper.wrong("the user's repeat is not switched")
        return int(self.repeat)

    def GetCursorPosition(self) -> float:
        return self.reaper.project.cursor

    def GetCursorPositionEx(self, project: Project) -> float:
        return project.cursor

    def SetEditCurPos2(self, project: Project, at: float, _view: bool, seek: bool) -> None:
        if seek:
            raise self.reaper.wrong("the playhead of somebody who plays is not moved")
        project.cursor = at

    def GetProjectTimeOffset(self, _: Project, __: bool) -> float:
        return 0.0
