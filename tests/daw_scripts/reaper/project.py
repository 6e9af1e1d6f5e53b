"""A project of the stand-in: what it holds, and an undo history that really goes back."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field
from typing import Any

TRACKS, ITEMS, MISC = 1, 4, 8  # flags of undo steps: track configuration, items, the rest
PARTS = {
    TRACKS: ("tracks", "tempos"),
    ITEMS: ("items",),
    MISC: ("marks", "ext", "lanes"),
}


@dataclass
class Mark:
    guid: str
    region: bool
    at: float
    end: float
    name: str
    number: int
    colour: int = 0
    lane: int = 0


@dataclass
class Lane:
    guid: str
    name: str = ""
    values: dict[str, float] = field(default_factory=dict)


@dataclass
class Source:
    guid: str
    type: str = "WAVE"
    path: str = ""
    length: float = 0.0
    rate: int = 44100
    channels: int = 2
    parent: Source | None = None
    section: tuple[float, float, bool] | None = None  # offset, length, reversed
    samples: Any = None


@dataclass
class Take:
    guid: str
    source: Source | None = None
    values: dict[str, float] = field(default_factory=dict)
    name: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    stretch: list[list[float]] = field(default_factory=list)  # position, position in source
    marks: list[tuple[str, float, int]] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    events: bytes = b""


@dataclass
class Item:
    guid: str
    track: str
    values: dict[str, float] = field(default_factory=dict)
    takes: list[Take] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def at(self) -> float:
        return self.values.get("D_POSITION", 0.0)


@dataclass
class Track:
    guid: str
    name: str = ""
    values: dict[str, float] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    note_names: dict[tuple[int, int], str] = field(default_factory=dict)
    effects: list[str] = field(default_factory=list)


@dataclass
class Tempo:
    at: float
    bpm: float
    num: int = 0
    den: int = 0
    linear: bool = False
    flags: int = 0


@dataclass
class State:
    tracks: list[Track] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    tempos: list[Tempo] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    ext: dict[str, dict[str, str]] = field(default_factory=dict)
    lanes: list[Lane] = field(default_factory=lambda: [Lane("{L0}"), Lane("{L1}")])


@dataclass
class Step:
    """One step of the history: what to call it, and the state before and after."""

    title: str
    flags: int
    before: bytes
    after: bytes


class Project:
    """One tab. Whatever changes it says so by `changed`, with the part that changes."""

    def __init__(self, guid: str, path: str, mistakes: list[str]) -> None:
        self.guid = guid
        self.path = path
        self.mistakes = mistakes
        self.state = State()
        self.bpm = 120.0
        self.changes = 1
        self.born = 0  # generation of items: an undo makes them anew, old pointers die
        self.marks_born = 0  # a marker pointer is good until the markers change
        self.cursor = 0.0
        self.selection = (0.0, 0.0)
        self.view = (0.0, 60.0)
        self.dirty = False
        self.steps: list[Step] = []
        self.undone: list[Step] = []
        self.depth = 0
        self._before = b""
        self._touched: set[int] = set()
        self._loose: bytes | None = None  # as it was before a change that is no step yet
        self._user = 0
        self._known: tuple[tuple[int, int], dict[str, Mark]] = ((0, 0), {})

    def changed(self, part: int, *, quiet: bool = False) -> None:
        """`quiet`: an undo step is not asked for."""
        self.changes += 1
        self.dirty = True
        if part == MISC:
            self.marks_born += 1
        if self.depth:
            self._touched.add(part)
        elif not quiet and not self._user and self._loose is None:
            self.mistakes.append("the project was changed outside of an undo block")

    def loosen(self) -> None:
        """What changes now may become a step afterwards, by `fasten`."""
        if not self.depth and not self._user:
            self._loose = pickle.dumps(self.state)

    def fasten(self, title: str, flags: int) -> None:
        """Undo_OnStateChange: what changed just now is a step."""
        if self._loose is None:
            self.mistakes.append(f"undo step {title!r} in which nothing changed")
            return
        self.steps.append(Step(title, flags, self._loose, pickle.dumps(self.state)))
        self.undone.clear()
        self._loose = None

    def settle(self) -> None:
        """A script has done its piece: nothing may be left open."""
        if self.depth:
            self.depth = 0
            self.mistakes.append("an undo block was left open")
        if self._loose is not None:
            self._loose = None
            self.mistakes.append("the project was changed outside of an undo block")

    def begin(self) -> None:
        if self.depth == 0:
            self._before = pickle.dumps(self.state)
            self._touched = set()
        self.depth += 1

    def end(self, title: str, flags: int) -> None:
        if self.depth == 0:
            self.mistakes.append("an undo block was ended that was not begun")
            return
        self.depth -= 1
        if self.depth:
            return
        lost = [part for part in self._touched if flags != -1 and not flags & part]
        if lost:
            self.mistakes.append(f"undo step {title!r} with flags {flags} cannot undo {lost}")
        if not self._touched:
            if flags != 0:
                self.mistakes.append(f"undo step {title!r} in which nothing changed")
            return
        self.steps.append(Step(title, flags, self._before, pickle.dumps(self.state)))
        self.undone.clear()

    def user(self, title: str = "the user's own edit") -> _UserEdit:
        """`with project.user():` what the user does by hand, as one undo step."""
        return _UserEdit(self, title)

    def undo(self) -> str | None:
        if not self.steps:
            return None
        step = self.steps.pop()
        self._restore(step.before, step.flags)
        self.undone.append(step)
        return step.title

    def redo(self) -> str | None:
        if not self.undone:
            return None
        step = self.undone.pop()
        self._restore(step.after, step.flags)
        self.steps.append(step)
        return step.title

    def _restore(self, told: bytes, flags: int) -> None:
        then: State = pickle.loads(told)
        for part, names in PARTS.items():
            if flags == -1 or flags & part:
                for name in names:
                    setattr(self.state, name, getattr(then, name))
        self.changes += 1
        self.born += 1
        self.marks_born += 1

    def mark(self, guid: str) -> Mark | None:
        """The mark of this GUID; looked up often, hence a table for each generation."""
        if self._known[0] != (self.marks_born, len(self.state.marks)):
            table = {mark.guid: mark for mark in self.state.marks}
            self._known = ((self.marks_born, len(self.state.marks)), table)
        return self._known[1].get(guid)

    def track(self, name: str) -> Track | None:
        return next((each for each in self.state.tracks if each.name == name), None)

    def items_of(self, track: Track) -> list[Item]:
        mine = [item for item in self.state.items if item.track == track.guid]
        return sorted(mine, key=lambda item: item.at)

    def sort_marks(self) -> None:
        self.state.marks.sort(key=lambda mark: (mark.at, mark.region, mark.number))


class _UserEdit:
    def __init__(self, project: Project, title: str) -> None:
        self._project, self._title = project, title

    def __enter__(self) -> State:
        project = self._project
        self._before = pickle.dumps(project.state)
        project._user += 1
        return project.state

    def __exit__(self, *failure: object) -> None:
        project = self._project
        project._user -= 1
        project.sort_marks()
        project.changes += 1
        project.marks_born += 1
        after = pickle.dumps(project.state)
        project.steps.append(Step(self._title, -1, self._before, after))
        project.undone.clear()
