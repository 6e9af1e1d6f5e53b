"""A project in a DAW with a script that does what docs/daw_protocol.md says, and no more.

It knows nothing of `bridge.daw.reconcile`: what the user did is remembered here on its own, as
what has to be true in the end.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bridge.daw.wire import Message, message


@dataclass(slots=True)
class Thing:
    """What a fact became, as the DAW shows it."""

    kind: str
    at: float
    end: float | None
    name: str
    mine: dict[str, object] = field(default_factory=dict)  # "start", "end", "name" as the user
    # set them last, whatever a script did since


@dataclass(slots=True)
class Entry:
    """What the store in the project keeps of a fact."""

    rev: str
    at: float
    end: float | None
    name: str
    thing: Thing | None  # None: the user deleted it


@dataclass(slots=True)
class Project:
    """Things on a timeline, and the store beside them; copied as a whole when it is saved."""

    entries: dict[str, Entry] = field(default_factory=dict)
    left: list[Thing] = field(default_factory=list)  # once ours, now the user's alone
    grid: float = 0.0  # positions are rounded to it
    batches: list[str] = field(default_factory=list)

    def things(self) -> dict[str, Thing]:
        return {id: each.thing for id, each in self.entries.items() if each.thing is not None}

    # -- the user

    def move(self, id: str, start: float, end: float) -> None:
        """By so much; both alike move it as a whole. What would be as it was is no edit."""
        thing, entry = self.things()[id], self.entries[id]
        at, last = thing.at + start, None if thing.end is None else thing.end + end
        if (start and at == entry.at) or (
            last is not None and (last <= at or (end and last == entry.end))
        ):
            return
        thing.at, thing.end = at, last
        if last is not None and end and (start != end or "end" in thing.mine):
            thing.mine["end"] = last
        if start:
            thing.mine["start"] = at

    def rename(self, id: str, name: str) -> None:
        thing = self.things()[id]
        if name not in (thing.name, self.entries[id].name):
            thing.name = thing.mine["name"] = name

    def delete(self, id: str) -> None:
        self.entries[id].thing = None

    # -- the script

    def haves(self) -> list[Message]:
        return [self._tell("have", id) for id in self.entries]

    def apply(self, told: Message) -> None:
        id = told.text("id")
        entry = self.entries.get(id)
        if told.verb == "put":
            self._put(told, entry)
        elif entry is not None:
            del self.entries[id]
            if told.verb == "forget" and entry.thing is not None:
                self.left.append(entry.thing)

    def _put(self, told: Message, entry: Entry | None) -> None:
        at, end, name = told.number("at"), told.number("end"), told.text("name")
        assert at is not None
        assert end is None or end > at
        at, end = self._rounded(at), None if end is None else self._rounded(end)
        name = name.replace("\n", " ")
        kind = told.text("kind")
        mine: dict[str, object] = {}
        if entry is not None and entry.thing is not None:
            assert entry.thing.kind == kind, "a script need not turn one kind into another"
            mine = entry.thing.mine
        thing = Thing(kind, at, end, name, mine)
        self.entries[told.text("id")] = Entry(told.text("rev"), at, end, name, thing)

    def _rounded(self, at: float) -> float:
        return round(at / self.grid) * self.grid if self.grid else at

    def _tell(self, verb: str, id: str, *, was: bool = True) -> Message:
        entry = self.entries[id]
        thing = entry.thing
        before = {"was_at": entry.at, "was_end": entry.end, "was_name": entry.name}
        return message(
            verb,
            id=id,
            rev=entry.rev if verb == "have" else None,
            at=thing.at if thing else None,
            end=thing.end if thing else None,
            name=thing.name if thing else None,
            gone=None if thing else True,
            **(before if was else {}),
        )


class Script:
    """Between a project and the daemon: two queues, and a look at the project in each tick."""

    def __init__(self, project: Project, can: str, *, tells_was: bool = True) -> None:
        self.project = project
        self.can = can
        self.tells_was = tells_was
        self.up: list[Message] = []
        self.down: list[Message] = []
        self._seen: dict[str, Thing | None] = {}
        self.cannot: dict[str, str] = {}  # id: why

    def hello(self, project: str = "p") -> None:
        self.up.append(
            message("hello", protocol=1, daw="reaper", project=project, title="Song", can=self.can)
        )
        self.tell()

    def tell(self) -> None:
        self.up += self.project.haves()
        self.up.append(message("ready"))
        self._look()

    def scan(self) -> None:
        """Tells what the user changed since the last look."""
        for id, entry in self.project.entries.items():
            thing = entry.thing and replace(entry.thing, mine={})
            if id in self._seen and self._seen[id] != thing:
                if entry.thing is None:
                    self.up.append(message("gone", id=id))
                else:
                    self.up.append(self.project._tell("edit", id, was=self.tells_was))
        self._look()

    def apply(self) -> None:
        """The next batch, in one tick."""
        self.scan()
        while self.down and self.down[0].verb != "batch":
            self.down.pop(0)
        if not self.down:
            return
        begin = self.down.pop(0)
        count = int(begin.text("count"))
        lines, self.down = self.down[:count], self.down[count:]
        assert len(lines) == count and all(line.verb in ("put", "drop", "forget") for line in lines)
        failed = []
        dropped: dict[str, dict[str, object]] = {}
        for told in lines:
            id = told.text("id")
            if id in self.cannot:
                failed.append(id)
                continue
            before = self.project.things().get(id)
            self.project.apply(told)
            if told.verb == "drop" and before is not None:
                dropped[id] = before.mine
            elif told.verb == "put" and id in dropped:  # it has become another kind
                thing = self.project.things()[id]
                thing.mine = dropped[id]
                if thing.end is None:
                    thing.mine.pop("end", None)
        self.project.batches.append(begin.text("title"))
        why = "; ".join(self.cannot[id] for id in failed) if failed else None
        self.up.append(message("done", batch=begin.text("batch"), failed=",".join(failed), why=why))
        self._look()

    def _look(self) -> None:
        self._seen = {
            id: None if entry.thing is None else replace(entry.thing, mine={})
            for id, entry in self.project.entries.items()
        }
