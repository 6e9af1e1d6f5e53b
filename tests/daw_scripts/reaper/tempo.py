"""The tempo map: points, and the way from seconds to quarter notes and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.daw_scripts.reaper.project import TRACKS, Project, Tempo

if TYPE_CHECKING:
    from tests.daw_scripts.reaper.host import Reaper


class Tempos:
    def __init__(self, reaper: Reaper) -> None:
        self.reaper = reaper

    def CountTempoTimeSigMarkers(self, project: Project) -> int:
        return len(project.state.tempos)

    def GetTempoTimeSigMarker(self, project: Project, at: int) -> tuple[Any, ...]:
        if not 0 <= at < len(project.state.tempos):
            return False, 0.0, 0, 0.0, 0.0, 0, 0, False
        point = project.state.tempos[at]
        return True, point.at, 0, 0.0, point.bpm, point.num, point.den, point.linear

    def SetTempoTimeSigMarker(
        self, project: Project, index: int, at: float, measure: int, beat: float, bpm: float,
        num: int, den: int, linear: bool,
    ) -> bool:  # fmt: skip
        if at < 0 or measure != -1 or beat != -1:
            raise self.reaper.wrong("the stand-in plays tempo points given by time")
        if not 1 <= bpm <= 960:
            return False
        points = project.state.tempos
        quarters = [self.quarters(project, item.at) for item in project.state.items]
        if index == -1:
            same = [point for point in points if abs(point.at - at) < 1e-9]
            point = same[0] if same else Tempo(at, bpm)
            if not same:
                points.append(point)
        elif 0 <= index < len(points):
            point = points[index]
        else:
            return False
        point.at, point.bpm, point.linear = at, bpm, linear
        if num > 0 and den > 0:
            point.num, point.den = num, den
        points.sort(key=lambda each: each.at)
        project.changed(TRACKS)
        self._move_items(project, quarters)
        return True

    def DeleteTempoTimeSigMarker(self, project: Project, index: int) -> bool:
        if not 0 <= index < len(project.state.tempos):
            return False
        quarters = [self.quarters(project, item.at) for item in project.state.items]
        del project.state.tempos[index]
        project.changed(TRACKS)
        self._move_items(project, quarters)
        return True

    def FindTempoTimeSigMarker(self, project: Project, time: float) -> int:
        before = [at for at, point in enumerate(project.state.tempos) if point.at <= time + 1e-9]
        return before[-1] if before else -1

    def GetSetTempoTimeSigMarkerFlag(
        self, project: Project, at: int, flag: int, is_set: bool
    ) -> int:
        point = project.state.tempos[at]
        if is_set:
            point.flags = flag
            project.changed(TRACKS)
        return point.flags

    def Master_GetTempo(self) -> float:
        return self._bpm(self.reaper.project, self.reaper.position)

    def TimeMap2_GetDividedBpmAtTime(self, project: Project, time: float) -> float:
        return self._bpm(project, time)

    def TimeMap_GetTimeSigAtTime(self, project: Project, time: float) -> tuple[int, int, float]:
        num, den = 4, 4
        for point in project.state.tempos:
            if point.at <= time + 1e-9 and point.num:
                num, den = point.num, point.den
        return num, den, self._bpm(project, time)

    def TimeMap2_timeToQN(self, project: Project, time: float) -> float:
        return self.quarters(project, time)

    def TimeMap2_QNToTime(self, project: Project, quarter: float) -> float:
        return self.seconds(project, quarter)

    def TimeMap2_timeToBeats(self, project: Project, time: float) -> tuple[Any, ...]:
        quarters = self.quarters(project, time)
        return quarters % 4, int(quarters // 4), 4, quarters, 4

    def quarters(self, project: Project, time: float) -> float:
        at, bpm, total = 0.0, project.bpm, 0.0
        for point in project.state.tempos:
            if point.at > time:
                break
            total += (point.at - at) * bpm / 60
            at, bpm = point.at, point.bpm
        return total + (time - at) * bpm / 60

    def seconds(self, project: Project, quarters: float) -> float:
        at, bpm, total = 0.0, project.bpm, 0.0
        for point in project.state.tempos:
            there = total + (point.at - at) * bpm / 60
            if there > quarters:
                break
            at, bpm, total = point.at, point.bpm, there
        return at + (quarters - total) * 60 / bpm

    def _bpm(self, project: Project, time: float) -> float:
        before = [point.bpm for point in project.state.tempos if point.at <= time + 1e-9]
        return before[-1] if before else project.bpm

    def _move_items(self, project: Project, quarters: list[float]) -> None:
        """Items whose timebase is not time stay where they were in the music."""
        for item, quarter in zip(project.state.items, quarters, strict=True):
            if item.values.get("C_BEATATTACHMODE", -1) != 0:
                item.values["D_POSITION"] = self.seconds(project, quarter)
