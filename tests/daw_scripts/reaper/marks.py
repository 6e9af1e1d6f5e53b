"""Markers and regions, by both of Reaper's interfaces, and ruler lanes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.daw_scripts.reaper.project import MISC, Lane, Mark, Project

if TYPE_CHECKING:
    from tests.daw_scripts.reaper.host import Reaper


class Marks:
    def __init__(self, reaper: Reaper) -> None:
        self.reaper = reaper
        self.rounding = 0.0  # seconds: positions are taken to multiples of it

    # --- the old interface: enumeration index and displayed number

    def CountProjectMarkers(self, project: Project) -> tuple[int, int, int]:
        marks = project.state.marks
        regions = sum([mark.region for mark in marks])
        return len(marks), len(marks) - regions, regions

    def EnumProjectMarkers3(self, project: Project, at: int) -> tuple[Any, ...]:
        if not 0 <= at < len(project.state.marks):
            return 0, False, 0.0, 0.0, "", 0, 0
        mark = project.state.marks[at]
        return at + 1, mark.region, mark.at, mark.end, mark.name, mark.number, mark.colour

    def AddProjectMarker2(
        self,
        project: Project,
        region: bool,
        at: float,
        end: float,
        name: str,
        want: int,
        colour: int,
    ) -> int:
        mark = self._add(project, region, at, end, name, want, colour)
        return mark.number if mark else -1

    def SetProjectMarker4(
        self, project: Project, number: int, region: bool, at: float, end: float, name: str,
        colour: int, flags: int,
    ) -> bool:  # fmt: skip
        for mark in project.state.marks:
            if mark.number == number and mark.region == region:
                self._set(project, mark, at, end, name, colour, flags)
                mark.lane = 0  # a lane may be lost by this function
                project.sort_marks()
                return True
        return False

    def SetProjectMarkerByIndex2(
        self, project: Project, index: int, region: bool, at: float, end: float, number: int,
        name: str, colour: int, flags: int,
    ) -> bool:  # fmt: skip
        if index == -1:
            project.sort_marks()
            project.marks_born += 1
            return True
        if not 0 <= index < len(project.state.marks):
            return False
        mark = project.state.marks[index]
        if mark.region != region:
            raise self.reaper.wrong("SetProjectMarkerByIndex2: a marker is no region")
        if number >= 0:
            if region and number in {each.number for each in project.state.marks if each.region}:
                return False  # another region, or this one: numbers of regions are set once
            mark.number = number
        self._set(project, mark, at, end, name, colour, flags)
        mark.lane = 0
        if not flags & 2:
            project.sort_marks()
        return True

    def DeleteProjectMarker(self, project: Project, number: int, region: bool) -> bool:
        for mark in project.state.marks:
            if mark.number == number and mark.region == region:
                project.state.marks.remove(mark)
                project.changed(MISC)
                return True
        return False

    def DeleteProjectMarkerByIndex(self, project: Project, index: int) -> bool:
        if not 0 <= index < len(project.state.marks):
            return False
        del project.state.marks[index]
        project.changed(MISC)
        return True

    # --- the new interface: pointers that are good until something changes

    def GetNumRegionsOrMarkers(self, project: Project) -> int:
        return len(project.state.marks)

    def GetRegionOrMarker(self, project: Project, index: int, guid: str) -> Mark | None:
        if index < 0:
            return project.mark(guid)
        return project.state.marks[index] if index < len(project.state.marks) else None

    def AddRegionOrMarker(
        self,
        project: Project,
        region: bool,
        at: float,
        end: float,
        name: str,
        want: int,
        colour: int,
    ) -> Mark | None:
        return self._add(project, region, at, end, name, want, colour)

    def GetRegionOrMarkerInfo_Value(self, project: Project, mark: Mark, name: str) -> float:
        return {
            "D_STARTPOS": mark.at,
            "D_ENDPOS": mark.end if mark.region else mark.at,
            "I_INDEX": project.state.marks.index(mark) if name == "I_INDEX" else 0,
            "I_NUMBER": mark.number,
            "I_LANENUMBER": mark.lane,
            "I_CUSTOMCOLOR": mark.colour,
            "I_DISPLAYEDCOLOR": mark.colour,
            "B_ISREGION": float(mark.region),
            "B_UISEL": 0,
            "B_HIDDEN": 0,
            "B_VISIBLE": 1,
        }[name]

    def SetRegionOrMarkerInfo_Value(
        self, project: Project, mark: Mark, name: str, value: float
    ) -> float:
        if name == "D_STARTPOS":
            mark.at = self._rounded(value)
        elif name == "D_ENDPOS":
            mark.end = self._rounded(value)
        elif name == "I_NUMBER":
            mark.number = int(value)
        elif name == "I_LANENUMBER":
            if not 0 <= value < len(project.state.lanes):
                raise self.reaper.wrong(f"there is no ruler lane {value}")
            mark.lane = int(value)
        elif name == "I_CUSTOMCOLOR":
            mark.colour = int(value)
        project.changed(MISC)
        project.sort_marks()
        return 0.0  # says nothing about success

    def GetSetRegionOrMarkerInfo_String(
        self, project: Project, mark: Mark, name: str, value: str, is_set: bool
    ) -> tuple[bool, str]:
        if name == "GUID":
            return not is_set, mark.guid
        if is_set:
            mark.name = value
            project.changed(MISC)
        return True, mark.name

    # --- what project settings say of markers and lanes

    def GetSetProjectInfo_String(
        self, project: Project, name: str, value: str, is_set: bool
    ) -> tuple[bool, str]:
        head, _, rest = name.partition(":")
        marks = project.state.marks
        if head == "MARKER_GUID":
            index = int(rest)
            return (True, marks[index].guid) if 0 <= index < len(marks) else (False, "")
        if head == "MARKER_INDEX_FROM_GUID":
            for index, mark in enumerate(marks):
                if mark.guid == rest:
                    return True, str(index)
            return False, ""
        if head in ("RULER_LANE_NAME", "RULER_LANE_GUID"):
            lanes = project.state.lanes
            if not 0 <= int(rest) < len(lanes):
                return False, ""
            lane = lanes[int(rest)]
            if head == "RULER_LANE_GUID":
                return not is_set, lane.guid
            if is_set:
                lane.name = value
                project.changed(MISC)
            return True, lane.name
        if head == "PROJECT_NAME":
            from pathlib import PurePath

            return True, PurePath(project.path).name
        if head == "PROJECT_TITLE":
            return True, ""
        raise self.reaper.wrong(f"GetSetProjectInfo_String: {name} is not played")

    def GetSetProjectInfo(self, project: Project, name: str, value: float, is_set: bool) -> float:
        head, _, rest = name.partition(":")
        lanes = project.state.lanes
        if head == "PROJECT_SRATE":
            return 48000.0
        if not head.startswith("RULER_LANE"):
            raise self.reaper.wrong(f"GetSetProjectInfo: {name} is not played")
        if head == "RULER_LANE_COUNT":
            return len(lanes)
        if head == "RULER_LANE_FROM_GUID":
            return next((at for at, lane in enumerate(lanes) if lane.guid == rest), -1)
        index = int(rest)
        if head == "RULER_LANE_ORDER" and is_set and value == -1:
            lanes.insert(min(index, len(lanes)), Lane(self.reaper.guid()))
            for mark in project.state.marks:  # lanes behind the new one go up
                mark.lane += mark.lane >= index
            project.changed(MISC)
            return float(index)
        if not 0 <= index < len(lanes):
            return 0.0
        if is_set:
            lanes[index].values[head] = value
            project.changed(MISC)
        return lanes[index].values.get(head, float(index) if head.endswith("ORDER") else 0.0)

    def ColorToNative(self, red: int, green: int, blue: int) -> int:
        return red | green << 8 | blue << 16

    def ColorFromNative(self, colour: int) -> tuple[int, int, int]:
        return colour & 255, colour >> 8 & 255, colour >> 16 & 255

    # ---

    def _add(
        self,
        project: Project,
        region: bool,
        at: float,
        end: float,
        name: str,
        want: int,
        colour: int,
    ) -> Mark | None:
        if any(
            mark.at == at and mark.name == name and mark.region == region and mark.end == end
            for mark in project.state.marks
        ):
            return None  # no second one of the same name at the same place
        if colour and not colour & 0x1000000:
            raise self.reaper.wrong("a colour needs 0x1000000")
        used = {mark.number for mark in project.state.marks if mark.region == region}
        number = want if want >= 0 and want not in used else max(used, default=0) + 1
        at, end = self._rounded(at), self._rounded(end)
        mark = Mark(self.reaper.guid(), region, at, end if region else at, name, number, colour)
        project.state.marks.append(mark)
        project.changed(MISC)
        project.sort_marks()
        return mark

    def _set(
        self,
        project: Project,
        mark: Mark,
        at: float,
        end: float,
        name: str,
        colour: int,
        flags: int,
    ) -> None:
        mark.at = self._rounded(at)
        mark.end = self._rounded(end) if mark.region else mark.at
        if name or flags & 1:
            mark.name = name
        if colour:
            mark.colour = colour
        project.changed(MISC)

    def _rounded(self, at: float) -> float:
        return round(at / self.rounding) * self.rounding if self.rounding else at
