"""Projects, extended state, undo, pointers: what Reaper keeps."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.daw_scripts.reaper.api import api
from tests.daw_scripts.reaper.project import MISC, Item, Mark, Project, Source, Take, Track

if TYPE_CHECKING:
    from tests.daw_scripts.reaper.host import Reaper


class Kept:
    def __init__(self, reaper: Reaper) -> None:
        self.reaper = reaper

    def key_of(self, thing: Any) -> tuple[str, str] | None:
        """What names a pointer: as soon as this changes, the old pointer is freed."""
        if isinstance(thing, Project):
            return ("ReaProject", thing.guid) if thing in self.reaper.projects else None
        if isinstance(thing, Source):
            return ("PCM_source", thing.guid)
        for project in self.reaper.projects:
            if isinstance(thing, Mark) and project.mark(thing.guid) is thing:
                return ("ProjectMarker", f"{thing.guid}/{project.marks_born}")
            if isinstance(thing, Track) and any(thing is each for each in project.state.tracks):
                return ("MediaTrack", f"{thing.guid}/{project.born}")
            for item in project.state.items if isinstance(thing, Item | Take) else ():
                if item is thing:
                    return ("MediaItem", f"{item.guid}/{project.born}")
                if any(take is thing for take in item.takes):
                    return ("MediaItem_Take", f"{thing.guid}/{project.born}")
        return None

    # --- the program

    def APIExists(self, name: str) -> bool:
        told = api().functions.get(name)
        return told is not None and told.since <= self.reaper.number

    def GetAppVersion(self) -> str:
        return f"{self.reaper.version}/linux-x86_64"

    def GetOS(self) -> str:
        return "Other"

    def GetResourcePath(self) -> str:
        return str(self.reaper.resources)

    def time_precise(self) -> float:
        return self.reaper.time

    def genGuid(self, _: str) -> str:
        return self.reaper.guid()

    def RecursiveCreateDirectory(self, path: str, _: int) -> int:
        from pathlib import Path

        Path(path).mkdir(parents=True, exist_ok=True)
        return 1

    def file_exists(self, path: str) -> bool:
        from pathlib import Path

        return Path(path).is_file()

    # --- extended state

    def SetExtState(self, section: str, key: str, value: str, persist: bool) -> None:
        if persist and re.search(r"[\r\n]", value):
            raise self.reaper.wrong("a value that is kept must not hold a line feed")
        self.reaper.ext[section, key] = value
        if persist:
            self.reaper.kept.add((section, key))

    def GetExtState(self, section: str, key: str) -> str:
        return self.reaper.ext.get((section, key), "")

    def HasExtState(self, section: str, key: str) -> bool:
        return (section, key) in self.reaper.ext

    def DeleteExtState(self, section: str, key: str, persist: bool) -> None:
        self.reaper.ext.pop((section, key), None)
        if persist:
            self.reaper.kept.discard((section, key))

    def SetProjExtState(self, project: Project, section: str, key: str, value: str) -> int:
        if re.search(r"[\r\n]", key + value):
            raise self.reaper.wrong("a value of the project must not hold a line feed")
        if re.search(r"""["'`]""", key + value):
            raise self.reaper.wrong("quotes may not survive in the project file")
        if len(value) > 4000:
            raise self.reaper.wrong("a long line may be cut when the project is read")
        kept = project.state.ext.setdefault(section, {})
        before = dict(kept)
        if not key:
            kept.clear()
        elif not value:
            kept.pop(key, None)
        else:
            kept[key] = value
        if kept != before:
            project.changed(MISC, quiet=True)
        return sum(map(len, kept.values()))

    def GetProjExtState(self, project: Project, section: str, key: str) -> tuple[int, str]:
        value = project.state.ext.get(section, {}).get(key, "")
        return len(value), value

    def EnumProjExtState(self, project: Project, section: str, at: int) -> tuple[Any, ...]:
        kept = list(project.state.ext.get(section, {}).items())
        if not 0 <= at < len(kept):
            return False, "", ""
        key, value = kept[at]
        return True, key, value[:1023]  # the buffer of this one is small

    # --- projects and pointers

    def EnumProjects(self, at: int) -> tuple[Project | None, str]:
        if at == -1:
            return self.reaper.project, self.reaper.project.path
        if 0 <= at < len(self.reaper.projects):
            return self.reaper.projects[at], self.reaper.projects[at].path
        return None, ""

    def GetProjectName(self, project: Project) -> str:
        from pathlib import PurePath

        return PurePath(project.path).name

    def GetProjectStateChangeCount(self, project: Project) -> int:
        return project.changes

    def MarkProjectDirty(self, project: Project) -> None:
        project.dirty = True

    def ValidatePtr2(self, project: Project, key: Any, kind: str) -> bool:
        name = kind.removesuffix("*")
        if name not in ("ReaProject", "MediaTrack", "MediaItem", "MediaItem_Take", "PCM_source"):
            raise self.reaper.wrong(f"ValidatePtr2 knows no {kind}")
        if key is None or key[0] != name:
            return False
        if name == "ReaProject":
            return any(key[1] == each.guid for each in self.reaper.projects)
        if name == "PCM_source":
            return True
        things: list[Any] = list(project.state.tracks)
        for item in project.state.items:
            things += [item, *item.takes]
        return any(self.key_of(each) == tuple(key) for each in things)

    # --- undo

    def Undo_BeginBlock2(self, project: Project) -> None:
        project.begin()

    def Undo_EndBlock2(self, project: Project, title: str, flags: int) -> None:
        project.end(title, flags)

    def Undo_OnStateChangeEx2(self, project: Project, title: str, flags: int, track: int) -> None:
        project.fasten(title, flags)

    def Undo_CanUndo2(self, project: Project) -> str | None:
        return project.steps[-1].title if project.steps else None

    def Undo_CanRedo2(self, project: Project) -> str | None:
        return project.undone[-1].title if project.undone else None

    def PreventUIRefresh(self, count: int) -> None:
        self.reaper.prevented += count
        if self.reaper.prevented < 0:
            raise self.reaper.wrong("PreventUIRefresh went below zero")
