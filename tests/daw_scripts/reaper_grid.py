"""More of the stand-in: measures, what a tempo change carries away, envelopes, MIDI inputs.

A metre snaps to the nearest bar line unless its point allows a partial measure, as in Reaper.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field
from typing import Any

from tests.daw_scripts.reaper.host import Reaper
from tests.daw_scripts.reaper.project import TRACKS, Project, Track


@dataclass
class Envelope:
    guid: str
    name: str
    points: list[list[float]] = field(default_factory=list)  # time, value
    automation: list[dict[str, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Bars:
    """From quarter note `start` on, measures of `num`/`den`; `first` is the number of the first."""

    start: float
    num: int
    den: int
    first: int

    @property
    def quarters(self) -> float:
        return self.num * 4 / self.den


class Grid:
    """Plays what the stand-in leaves out, for one Reaper."""

    def __init__(self, reaper: Reaper) -> None:
        self.reaper = reaper
        self.envelopes: dict[str, list[Envelope]] = {}  # by the track's guid
        self.master = Track("{MASTER}")
        self.inputs: dict[int, str] = {}
        self.removed_effects: list[str] = []
        self._set = reaper.played["SetTempoTimeSigMarker"]
        self._delete = reaper.played["DeleteTempoTimeSigMarker"]
        self._key_of = reaper.key_of
        reaper.key_of = self.key_of
        for name in dir(self):
            if name[0].isupper():
                reaper.played[name] = getattr(self, name)

    def key_of(self, thing: Any) -> tuple[str, str] | None:
        if isinstance(thing, Envelope):
            return ("TrackEnvelope", thing.guid)
        if thing is self.master:
            return ("MediaTrack", thing.guid)
        return self._key_of(thing)

    # --- measures

    def bars(self, project: Project) -> list[Bars]:
        found = [Bars(0.0, 4, 4, 0)]
        for point in project.state.tempos:
            if not point.num:
                continue
            start, last = self.reaper.quarters(project, point.at), found[-1]
            count = math.ceil((start - last.start) / last.quarters - 1e-6)
            found.append(Bars(start, point.num, point.den, last.first + count))
        return found

    def bar_lines(self, project: Project, end: float) -> list[float]:
        """Seconds of all bar lines up to `end`."""
        lines, number = [], 0
        while not lines or lines[-1] < end:
            lines.append(self.TimeMap_GetMeasureInfo(project, number)[0])
            number += 1
        return lines

    def TimeMap2_timeToBeats(self, project: Project, time: float) -> tuple[Any, ...]:
        now = self.reaper.quarters(project, time)
        bars = [each for each in self.bars(project) if each.start <= now + 1e-9][-1]
        inside = int((now - bars.start) / bars.quarters + 1e-9)
        beats = (now - bars.start - inside * bars.quarters) * bars.den / 4
        return beats, bars.first + inside, bars.num, now, bars.den

    def TimeMap_GetMeasureInfo(self, project: Project, number: int) -> tuple[Any, ...]:
        bars = [each for each in self.bars(project) if each.first <= number][-1]
        start = bars.start + (number - bars.first) * bars.quarters
        time = self.reaper.seconds(project, start)
        bpm = self.reaper.played["TimeMap2_GetDividedBpmAtTime"](project, time)
        return time, start, start + bars.quarters, bars.num, bars.den, bpm

    # --- tempo changes carry everything away that is not held

    def SetTempoTimeSigMarker(self, project: Project, index: int, at: float, *told: Any) -> bool:
        bpm, num = told[2], told[3]
        points = project.state.tempos
        partial = index >= 0 and points[index].flags & 4
        if num > 0 and not partial and at > 0:
            own = points[index] if index >= 0 else None
            if own is not None:
                points.remove(own)
            lines = self.bar_lines(project, at + 60)
            at = min(lines, key=lambda line: abs(line - at))
            if own is not None:
                points.append(own)
                points.sort(key=lambda each: each.at)
        if not points and at > 0:  # the first point rules what stands before it as well
            project.bpm = bpm
        return self._carried(project, lambda: self._set(project, index, at, *told))

    def DeleteTempoTimeSigMarker(self, project: Project, index: int) -> bool:
        return self._carried(project, lambda: self._delete(project, index))

    def _carried(self, project: Project, change: Any) -> Any:
        quarters = lambda time: self.reaper.quarters(project, time)  # noqa: E731
        ends = [
            (item, quarters(item.at), quarters(item.at + item.values.get("D_LENGTH", 0.0)))
            for item in project.state.items
        ]
        marks = [(mark, quarters(mark.at), quarters(mark.end)) for mark in project.state.marks]
        places = [
            (point, quarters(point[0]))
            for found in self.envelopes.values() for each in found for point in each.points
        ]  # fmt: skip
        pieces = [
            (piece, quarters(piece["D_POSITION"]))
            for found in self.envelopes.values() for each in found for piece in each.automation
        ]  # fmt: skip
        cursor, selection = quarters(project.cursor), [quarters(t) for t in project.selection]
        answer = change()
        seconds = lambda quarter: self.reaper.seconds(project, quarter)  # noqa: E731
        for item, start, end in ends:
            if item.values.get("C_BEATATTACHMODE", -1) != 0:
                item.values["D_POSITION"] = seconds(start)
                item.values["D_LENGTH"] = seconds(end) - seconds(start)
        for mark, start, end in marks:
            mark.at, mark.end = seconds(start), seconds(end)
        for point, where in places:
            point[0] = seconds(where)
        for piece, where in pieces:
            piece["D_POSITION"] = seconds(where)
        project.cursor = seconds(cursor)
        project.selection = (seconds(selection[0]), seconds(selection[1]))
        return answer

    def SetCurrentBPM(self, project: Project, bpm: float, undo: bool) -> None:
        project.bpm = bpm
        project.changed(TRACKS)

    # --- envelopes

    def GetMasterTrack(self, project: Project) -> Track:
        return self.master

    def CountTrackEnvelopes(self, track: Track) -> int:
        return len(self.envelopes.get(track.guid, []))

    def GetTrackEnvelope(self, track: Track, at: int) -> Envelope:
        return self.envelopes[track.guid][at]

    def GetEnvelopeName(self, envelope: Envelope) -> tuple[bool, str]:
        return True, envelope.name

    def CountEnvelopePoints(self, envelope: Envelope) -> int:
        return len(envelope.points)

    def GetEnvelopePoint(self, envelope: Envelope, at: int) -> tuple[Any, ...]:
        return True, *envelope.points[at], 0, 0.0, False

    def SetEnvelopePointEx(
        self, envelope: Envelope, item: int, at: int, time: Any, value: Any, *_: Any
    ) -> bool:
        if item != -1:
            raise self.reaper.wrong("the envelope itself is meant")
        if time is not None:
            envelope.points[at][0] = time
        return True

    def Envelope_SortPoints(self, envelope: Envelope) -> bool:
        envelope.points.sort()
        return True

    def CountAutomationItems(self, envelope: Envelope) -> int:
        return len(envelope.automation)

    def GetSetAutomationItemInfo(
        self, envelope: Envelope, at: int, name: str, value: float, is_set: bool
    ) -> float:
        if is_set:
            envelope.automation[at][name] = value
        return envelope.automation[at][name]

    # --- the rest

    def IsMediaItemSelected(self, item: Any) -> bool:
        return bool(item.values.get("B_UISEL"))

    def TrackFX_GetCount(self, track: Track) -> int:
        return len(track.effects)

    def TrackFX_AddByName(self, track: Track, name: str, record: bool, instantiate: int) -> int:
        if name in self.removed_effects:
            return -1
        if instantiate >= 0 and name in track.effects:
            return track.effects.index(name)
        if instantiate == 0:
            return -1
        self.reaper.project.loosen()
        track.effects.append(name)
        self.reaper.project.changed(TRACKS)
        return len(track.effects) - 1

    def GetNumMIDIInputs(self) -> int:
        return max(self.inputs, default=-1) + 1

    def GetMIDIInputName(self, device: int, _: str) -> tuple[bool, str]:
        return device in self.inputs, self.inputs.get(device, "")

    def EnumerateFiles(self, folder: str, at: int) -> str | None:
        files = sorted(each.name for each in os.scandir(folder) if each.is_file())
        return files[at] if 0 <= at < len(files) else None
