"""A DAW's script as it should be, in Python: keeps a project and applies what it is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from bridge.daw.wire import PROTOCOL, Message, message

EVERY_KIND = "marker,region,text,tempo,notes,loop"


@dataclass
class Thing:
    """What became of a fact: a marker, a region ..."""

    kind: str
    at: float
    end: float | None
    name: str
    fields: dict[str, str]


@dataclass
class Stored:
    """What the project's store keeps of a fact."""

    rev: str
    was_at: float
    was_end: float | None
    was_name: str


@dataclass
class Project:
    """Saved with the DAW's file."""

    id: str = "project-1"
    things: dict[str, Thing] = field(default_factory=dict)
    store: dict[str, Stored] = field(default_factory=dict)


class Script:
    """Both ends of a `Link` in memory; the daemon's end is this object itself."""

    def __init__(self, project: Project | None = None, **hello: str) -> None:
        self.project = project or Project()
        self.gone = False
        self.batches: list[tuple[str, int]] = []  # title, lines
        self.told: list[Message] = []  # everything else
        self._out: list[Message] = []
        self._batch: list[Message] = []
        self._left = 0
        self._head: Message | None = None
        self.stalled = False  # in a dialog: nothing is read
        self._unread: list[Message] = []
        self.hello(**hello)

    # -- the daemon's end: bridge.daw.links.Link

    def take(self) -> list[Message]:
        out, self._out = self._out, []
        return out

    def send(self, messages: Iterable[Message]) -> None:
        for told in messages:
            if self.stalled:
                self._unread.append(told)
            else:
                self._hear(told)

    def close(self) -> None:
        self.gone = True

    # -- what the user and the transport do

    def hello(self, **values: str) -> None:
        said = {
            "daw": "reaper", "version": "7.22", "script": "0.1", "token": "0" * 16,
            "project": self.project.id, "title": "Song", "unit": "seconds", "can": EVERY_KIND,
            "roles": "section,riff,key,tempo,chord", "while": "record",
        } | values  # fmt: skip
        self.say("hello", protocol=PROTOCOL, **said)
        self.haves()

    def haves(self) -> None:
        for id, stored in self.project.store.items():
            thing = self.project.things.get(id)
            now = {"at": thing.at, "end": thing.end, "name": thing.name} if thing else {}
            self.say(
                "have", id=id, rev=stored.rev, was_at=stored.was_at, was_end=stored.was_end,
                was_name=stored.was_name, gone=thing is None, **now,
            )  # fmt: skip
        self.say("ready")

    def say(self, verb: str, **values) -> None:
        self._out.append(message(verb, **values))

    def clock(self, at: float, *, play: bool = True, record: bool = True, **more) -> None:
        self.say("clock", at=at, play=play, record=record, **more)

    def awake(self) -> None:
        """The dialog is closed."""
        self.stalled = False
        unread, self._unread = self._unread, []
        self.send(unread)

    def answers(self, verb: str) -> list[Message]:
        return [told for told in self.told if told.verb == verb]

    def of(self, role: str) -> list[Thing]:
        things = [t for t in self.project.things.values() if t.fields.get("role") == role]
        return sorted(things, key=lambda thing: thing.at)

    # -- applying

    def _hear(self, told: Message) -> None:
        if self._left:
            self._batch.append(told)
            self._left -= 1
            if not self._left:
                self._apply()
        elif told.verb == "batch":
            self._head, self._left = told, int(told.text("count"))
            assert self._left > 0, "an empty batch is an undo step for nothing"
        else:
            self.told.append(told)

    def _apply(self) -> None:
        assert self._head is not None
        for told in self._batch:
            id = told.text("id")
            if told.verb == "put":
                thing = Thing(
                    told.text("kind"), float(told.text("at")), told.number("end"),
                    told.text("name"), dict(told.values),
                )  # fmt: skip
                self.project.things[id] = thing
                self.project.store[id] = Stored(told.text("rev"), thing.at, thing.end, thing.name)
            elif told.verb in ("drop", "forget"):
                self.project.store.pop(id, None)
                if told.verb == "drop":
                    self.project.things.pop(id, None)
            else:
                raise AssertionError(f"{told.verb} in a batch")
        self.batches.append((self._head.text("title"), len(self._batch)))
        self.say("done", batch=self._head.text("batch"))
        self._batch = []
