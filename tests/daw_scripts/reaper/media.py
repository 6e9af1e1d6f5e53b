"""Tracks, items, takes and their sources."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.daw_scripts.reaper.project import ITEMS, TRACKS, Item, Project, Source, Take, Track

if TYPE_CHECKING:
    from tests.daw_scripts.reaper.host import Reaper

DEFAULTS = {"D_PLAYRATE": 1.0, "D_VOL": 1.0, "C_BEATATTACHMODE": -1.0, "B_LOOPSRC": 1.0}


class Media:
    def __init__(self, reaper: Reaper) -> None:
        self.reaper = reaper
        self.lengths: dict[str, float] = {}  # of sound files, by path
        self.accessors: dict[str, Any] = {}

    # --- tracks

    def CountTracks(self, project: Project) -> int:
        return len(project.state.tracks)

    def GetTrack(self, project: Project, at: int) -> Track | None:
        tracks = project.state.tracks
        return tracks[at] if 0 <= at < len(tracks) else None

    def InsertTrackAtIndex(self, at: int, _: bool) -> None:
        self._insert_track(self.reaper.project, at)

    def InsertTrackInProject(self, project: Project, at: int, _: int) -> None:
        self._insert_track(project, at)

    def DeleteTrack(self, track: Track) -> None:
        project = self._of(track)
        project.state.tracks.remove(track)
        kept = [item for item in project.state.items if item.track != track.guid]
        if len(kept) < len(project.state.items):
            project.state.items[:] = kept
            project.changed(ITEMS)
        project.changed(TRACKS)

    def GetTrackName(self, track: Track) -> tuple[bool, str]:
        at = self._of(track).state.tracks.index(track)
        return True, track.name or f"Track {at + 1}"

    def GetTrackGUID(self, track: Track) -> str:
        return track.guid

    def GetSetMediaTrackInfo_String(
        self, track: Track, name: str, value: str, is_set: bool
    ) -> tuple[bool, str]:
        if name == "GUID":
            return True, track.guid
        if is_set:
            if name == "P_NAME":
                track.name = value
            else:
                track.texts[name] = value
            self._of(track).changed(TRACKS)
        return True, track.name if name == "P_NAME" else track.texts.get(name, "")

    def GetMediaTrackInfo_Value(self, track: Track, name: str) -> float:
        if name == "IP_TRACKNUMBER":
            return self._of(track).state.tracks.index(track) + 1
        return track.values.get(name, {"I_RECMODE": 0.0, "D_VOL": 1.0}.get(name, 0.0))

    def SetMediaTrackInfo_Value(self, track: Track, name: str, value: float) -> bool:
        if name != "I_SELECTED":
            self._of(track).changed(TRACKS)
        track.values[name] = value
        return True

    def SetOnlyTrackSelected(self, track: Track) -> None:
        for each in self._of(track).state.tracks:
            each.values["I_SELECTED"] = float(each is track)

    def SetTrackSelected(self, track: Track, selected: bool) -> None:
        track.values["I_SELECTED"] = float(selected)

    def CountSelectedTracks(self, project: Project) -> int:
        return sum(bool(each.values.get("I_SELECTED")) for each in project.state.tracks)

    def GetSelectedTrack(self, project: Project, at: int) -> Track | None:
        chosen = [each for each in project.state.tracks if each.values.get("I_SELECTED")]
        return chosen[at] if 0 <= at < len(chosen) else None

    def SetTrackMIDINoteNameEx(
        self, project: Project, track: Track, pitch: int, channel: int, name: str
    ) -> bool:
        track.note_names[pitch, channel] = name
        project.changed(TRACKS)
        return True

    def SetTrackColor(self, track: Track, colour: int) -> None:
        track.values["I_CUSTOMCOLOR"] = colour
        self._of(track).changed(TRACKS)

    def TrackFX_AddByName(self, track: Track, name: str, record: bool, instantiate: int) -> int:
        track.effects.append(name)
        self._of(track).changed(TRACKS)
        return len(track.effects) - 1

    def TrackFX_Show(self, track: Track, at: int, flag: int) -> None:
        self.reaper.drawn.append(("TrackFX_Show", (track.name, at, flag)))

    # --- items

    def CountMediaItems(self, project: Project) -> int:
        return len(project.state.items)

    def GetMediaItem(self, project: Project, at: int) -> Item | None:
        items = [item for track in project.state.tracks for item in project.items_of(track)]
        return items[at] if 0 <= at < len(items) else None

    def CountSelectedMediaItems(self, project: Project) -> int:
        return len(self._chosen(project))

    def GetSelectedMediaItem(self, project: Project, at: int) -> Item | None:
        chosen = self._chosen(project)
        return chosen[at] if 0 <= at < len(chosen) else None

    def SetMediaItemSelected(self, item: Item, selected: bool) -> None:
        item.values["B_UISEL"] = float(selected)

    def SelectAllMediaItems(self, project: Project, selected: bool) -> None:
        for item in project.state.items:
            item.values["B_UISEL"] = float(selected)

    def CountTrackMediaItems(self, track: Track) -> int:
        return len(self._of(track).items_of(track))

    GetTrackNumMediaItems = CountTrackMediaItems

    def GetTrackMediaItem(self, track: Track, at: int) -> Item | None:
        items = self._of(track).items_of(track)
        return items[at] if 0 <= at < len(items) else None

    def AddMediaItemToTrack(self, track: Track) -> Item:
        project = self._of(track)
        item = Item(self.reaper.guid(), track.guid)
        project.state.items.append(item)
        project.changed(ITEMS)
        return item

    def DeleteTrackMediaItem(self, track: Track, item: Item) -> bool:
        project = self._of(track)
        if item.track != track.guid:
            return False
        project.state.items.remove(item)
        project.changed(ITEMS)
        return True

    def MoveMediaItemToTrack(self, item: Item, track: Track) -> bool:
        item.track = track.guid
        self._of(track).changed(ITEMS)
        return True

    def GetMediaItem_Track(self, item: Item) -> Track | None:
        tracks = self._with(item).state.tracks
        return next((each for each in tracks if each.guid == item.track), None)

    GetMediaItemTrack = GetMediaItem_Track

    def GetMediaItemInfo_Value(self, item: Item, name: str) -> float:
        if name == "IP_ITEMNUMBER":
            return 0.0
        if name == "P_TRACK":
            raise self.reaper.wrong("a pointer as a number is of no use to Lua")
        return item.values.get(name, DEFAULTS.get(name, 0.0))

    def SetMediaItemInfo_Value(self, item: Item, name: str, value: float) -> bool:
        item.values[name] = value
        if name != "B_UISEL":
            self._with(item).changed(ITEMS)
        return True

    def SetMediaItemPosition(self, item: Item, at: float, _: bool) -> bool:
        return self.SetMediaItemInfo_Value(item, "D_POSITION", at)

    def SetMediaItemLength(self, item: Item, length: float, _: bool) -> bool:
        return self.SetMediaItemInfo_Value(item, "D_LENGTH", length)

    def GetSetMediaItemInfo_String(
        self, item: Item, name: str, value: str, is_set: bool
    ) -> tuple[bool, str]:
        if name == "GUID":
            return True, item.guid
        if is_set:
            item.texts[name] = value
            self._with(item).changed(ITEMS)
        return True, item.texts.get(name, "")

    def UpdateItemInProject(self, item: Item) -> None:
        self._with(item)

    def SplitMediaItem(self, item: Item, at: float) -> Item | None:
        project = self._with(item)
        start, length = item.at, item.values.get("D_LENGTH", 0.0)
        if not start < at < start + length:
            return None
        right = copy.deepcopy(item)
        right.guid = self.reaper.guid()
        for mine, take in zip(item.takes, right.takes, strict=True):
            take.guid = self.reaper.guid()
            take.source = mine.source
            rate = take.values.get("D_PLAYRATE", 1.0)
            offset = take.values.get("D_STARTOFFS", 0.0)
            take.values["D_STARTOFFS"] = offset + (at - start) * rate
        right.values["D_POSITION"] = at
        right.values["D_LENGTH"] = start + length - at
        item.values["D_LENGTH"] = at - start
        project.state.items.append(right)
        project.changed(ITEMS)
        return right

    # --- takes

    def CountTakes(self, item: Item) -> int:
        return len(item.takes)

    GetMediaItemNumTakes = CountTakes

    def GetTake(self, item: Item, at: int) -> Take | None:
        return item.takes[at] if 0 <= at < len(item.takes) else None

    GetMediaItemTake = GetTake

    def GetActiveTake(self, item: Item) -> Take | None:
        at = int(item.values.get("I_CURTAKE", 0))
        return item.takes[at] if at < len(item.takes) else None

    def AddTakeToMediaItem(self, item: Item) -> Take:
        take = Take(self.reaper.guid())
        item.takes.append(take)
        self._with(item).changed(ITEMS)
        return take

    def GetMediaItemTake_Item(self, take: Take) -> Item:
        return self._item(take)[1]

    def GetMediaItemTake_Track(self, take: Take) -> Track | None:
        return self.GetMediaItem_Track(self._item(take)[1])

    def GetMediaItemTakeByGUID(self, project: Project, guid: str) -> Take | None:
        takes = (take for item in project.state.items for take in item.takes)
        return next((take for take in takes if take.guid == guid), None)

    def GetMediaItemTakeInfo_Value(self, take: Take, name: str) -> float:
        if name.startswith("P_"):
            raise self.reaper.wrong("a pointer as a number is of no use to Lua")
        return take.values.get(name, DEFAULTS.get(name, 0.0))

    def SetMediaItemTakeInfo_Value(self, take: Take, name: str, value: float) -> bool:
        take.values[name] = value
        self._item(take)[0].changed(ITEMS)
        return True

    def GetSetMediaItemTakeInfo_String(
        self, take: Take, name: str, value: str, is_set: bool
    ) -> tuple[bool, str]:
        if name == "GUID":
            return True, take.guid
        if is_set:
            if name == "P_NAME":
                take.name = value
            else:
                take.texts[name] = value
            self._item(take)[0].changed(ITEMS)
        return True, take.name if name == "P_NAME" else take.texts.get(name, "")

    def GetTakeName(self, take: Take) -> str:
        return take.name

    def TakeIsMIDI(self, take: Take) -> bool:
        return take.source is not None and take.source.type.startswith("MIDI")

    def GetTakeNumStretchMarkers(self, take: Take) -> int:
        return len(take.stretch)

    def GetTakeStretchMarker(self, take: Take, at: int) -> tuple[int, float, float]:
        if not 0 <= at < len(take.stretch):
            return -1, 0.0, 0.0
        return at, take.stretch[at][0], take.stretch[at][1]

    def GetTakeStretchMarkerSlope(self, take: Take, at: int) -> float:
        told = take.stretch[at]
        return told[2] if len(told) > 2 else 0.0

    def SetTakeMarker(self, take: Take, at: int, name: str, where: Any, colour: Any) -> int:
        if at != -1:
            raise self.reaper.wrong("the stand-in adds take markers alone")
        take.marks.append((name, where or 0.0, colour or 0))
        self._item(take)[0].changed(ITEMS)
        return len(take.marks) - 1

    def GetNumTakeMarkers(self, take: Take) -> int:
        return len(take.marks)

    def SetActiveTake(self, take: Take) -> None:
        item = self._item(take)[1]
        item.values["I_CURTAKE"] = next(at for at, each in enumerate(item.takes) if each is take)

    # --- sources

    def GetMediaItemTake_Source(self, take: Take) -> Source | None:
        return take.source

    def SetMediaItemTake_Source(self, take: Take, source: Source) -> bool:
        take.source = source
        self._item(take)[0].changed(ITEMS)
        return True

    def PCM_Source_CreateFromFile(self, path: str) -> Source | None:
        if path not in self.lengths and not Path(path).is_file():
            return None
        return Source(self.reaper.guid(), path=path, length=self.lengths.get(path, 1.0))

    def PCM_Source_Destroy(self, source: Source) -> None:
        pass

    def PCM_Source_BuildPeaks(self, source: Source, mode: int) -> int:
        return 0

    def PCM_Source_GetSectionInfo(self, source: Source) -> tuple[Any, ...]:
        return (True, *source.section) if source.section else (False, 0.0, 0.0, False)

    def GetMediaSourceParent(self, source: Source) -> Source | None:
        return source.parent

    def GetMediaSourceFileName(self, source: Source) -> str:
        return source.path

    def GetMediaSourceType(self, source: Source) -> str:
        return source.type

    def GetMediaSourceLength(self, source: Source) -> tuple[float, bool]:
        return source.length, False

    def GetMediaSourceSampleRate(self, source: Source) -> int:
        return source.rate

    def GetMediaSourceNumChannels(self, source: Source) -> int:
        return source.channels

    # --- the rest

    def GetSet_LoopTimeRange2(
        self, project: Project, is_set: bool, loop: bool, start: float, end: float, seek: bool
    ) -> tuple[float, float]:
        if is_set:
            project.selection = (start, end)
        return project.selection

    def GetProjectPath(self) -> str:
        return self.GetProjectPathEx(self.reaper.project)

    def GetProjectPathEx(self, project: Project) -> str:
        return str(Path(project.path).parent) if project.path else "/home/me/Media"

    def GetProjectLength(self, project: Project) -> float:
        ends = [item.at + item.values.get("D_LENGTH", 0.0) for item in project.state.items]
        return max(ends, default=0.0)

    def _insert_track(self, project: Project, at: int) -> None:
        project.state.tracks.insert(at, Track(self.reaper.guid()))
        project.changed(TRACKS)

    def _chosen(self, project: Project) -> list[Item]:
        return [item for item in project.state.items if item.values.get("B_UISEL")]

    def _of(self, track: Track) -> Project:
        for project in self.reaper.projects:
            if any(each is track for each in project.state.tracks):
                return project
        raise AssertionError("a track of no project")

    def _with(self, item: Item) -> Project:
        for project in self.reaper.projects:
            if any(each is item for each in project.state.items):
                return project
        raise AssertionError("an item of no project")

    def _item(self, take: Take) -> tuple[Project, Item]:
        for project in self.reaper.projects:
            for item in project.state.items:
                if any(each is take for each in item.takes):
                    return project, item
        raise AssertionError("a take of no item")
