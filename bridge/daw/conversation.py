"""The conversation with one script: messages in, messages out (docs/daw_protocol.md).

It keeps what the project in front holds, as the script told it and as it was applied since, and
sends the difference to the journal as batches: one undo step each in the DAW. One batch is under
way at a time; until its `done` nothing else of the kind is sent, however long a DAW stands still.
A batch has `LINES` lines at the most: an analysis of a song fits into one undo step, and
thousands of marks appear bit by bit and never hold up the DAW for long.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from bridge.daw.facts import KINDS, ROLES, Fact
from bridge.daw.journal import Journal, Journals
from bridge.daw.reconcile import Held, applied, crossed, difference, held_of, rev_of
from bridge.daw.wire import PROTOCOL, Message, message

LINES = 500  # of a batch
SIZE = 1 << 18  # signs of a batch: what a DAW reads in one tick
ROUNDED = 1e-3  # of the unit: a DAW puts things to its own grid of samples or ticks
DAWS: Mapping[str, tuple[str, str]] = {  # its name, and what `dawbridge install` calls it
    "reaper": ("Reaper", "reaper"),
    "ardour": ("Ardour", "ardour"),
    "live": ("Live", "ableton"),
    "ableton": ("Live", "ableton"),
}
PLURAL: Mapping[str, tuple[str, str]] = {
    "region": ("region", "regions"),
    "marker": ("marker", "markers"),
    "text": ("text", "texts"),
    "tempo": ("tempo point", "tempo points"),
    "notes": ("MIDI part", "MIDI parts"),
    "loop": ("loop", "loops"),
}


class Conversation:
    """What one script tells about the project in front, and what it is told to do.

    version     of the script; daw, title, unit, can, roles, while_: as its `hello` says
    said_bye    the script ended
    refused     it was refused, and has been told so; a new `hello` is heard again
    failed      ids that could not be applied, and why, in the script's words
    """

    def __init__(
        self, journals: Journals, *, daemon: str, version: str, taken: Callable[[str], bool]
    ) -> None:
        """`daemon`, `version`: token and version of ours; `taken`: another has that project."""
        self.project: str | None = None
        self.journal: Journal | None = None
        self.daw = ""
        self.version = ""
        self.title = ""
        self.unit = "seconds"
        self.can: frozenset[str] = frozenset()
        self.roles: frozenset[str] = frozenset()
        self.while_ = "record"
        self.refused = False
        self.said_bye = False
        self._journals = journals
        self._daemon = daemon
        self._version = version
        self._taken = taken
        self._greeted = False
        self._batch = 0  # number of the last one
        self._copied = ""  # project that this one is a copy of
        self._revs = _Revs()
        self._begin()

    def _begin(self) -> None:
        """Nothing is known of the project in front."""
        self.ready = False  # the script has told all that the project holds
        self._held: dict[str, Held] = {}
        self._told: dict[str, Held] = {}  # by `have`, until it is all
        self._pending: dict[str, Message] | None = None  # the last line of each id under way
        self._edited: set[str] = set()  # while a batch was under way
        self._failed: dict[str, tuple[str, str]] = {}  # id: what was tried, why it failed
        self._asked: set[str] = set()  # ids for which no edit holds
        self._answered: set[str] = set()  # those of them that are under way
        self._words = ""  # title of what is still to come
        self._known = -1  # edition of the journal that was sent whole; -1: look again

    @property
    def greeted(self) -> bool:
        """It said a `hello` that was welcome."""
        return self._greeted

    @property
    def waiting(self) -> bool:
        """A batch is under way."""
        return self._pending is not None

    @property
    def held(self) -> Mapping[str, Held]:
        """What the project holds of ours, by id, as far as it was told; read only."""
        return MappingProxyType(self._held)

    @property
    def failed(self) -> Mapping[str, str]:
        """Why an id could not be put or taken away; it is tried again when it changes."""
        return {id: why for id, (_, why) in self._failed.items()}

    @property
    def trouble(self) -> str:
        """A sentence about what could not be applied; empty: all could."""
        if not self._failed:
            return ""
        _, why = next(reversed(self._failed.values()))
        count = len(self._failed)
        things = "one thing" if count == 1 else f"{count} things"
        return f"{things} could not be put into the project" + (f": {why}" if why else "")

    def receive(self, told: Message) -> list[Message]:
        """What to send after a message of the script; whatever is not for this is passed over."""
        if told.verb == "hello":
            return self._hello(told)
        if not self._greeted:
            return []
        if told.verb == "project":
            return self._project(told)
        if told.verb == "bye":
            self.said_bye = True
            return self._leave()
        if self.project is None:
            return []
        if told.verb == "ready":
            return self._ready()
        if told.verb == "done":
            return self._done(told)
        id = told.text("id")
        if told.verb == "have" and id:
            self._told[id] = held_of(told)
        elif told.verb in ("edit", "gone") and id:
            self._edit(id, told)
        return []

    def changes(self, title: str = "") -> list[Message]:
        """The next batch towards the journal, called `title`, else by what it brings.

        Nothing while one is under way, before `ready`, after a refusal, or without a difference.
        """
        self._words = title or self._words
        if self.journal is None or not self.ready or self._pending is not None:
            return []
        if self._known == self.journal.edition:
            self._words = ""
            return []
        steps = list(self._steps(self.journal))
        self._asked &= {told.text("id") for step in steps for told in step}
        steps = [step for step in steps if not self._failed_before(step)]
        batch = _first(steps)
        if len(batch) == sum(map(len, steps)):
            self._known = self.journal.edition
        if not batch:
            self._words = ""
            return []
        self._batch += 1
        self._pending = {told.text("id"): told for told in batch}
        self._answered = self._asked & self._pending.keys()
        self._edited.clear()
        title = self._words or _title(batch, self._held)
        begin = message(
            "batch", batch=self._batch, count=len(batch), title=title, project=self.project
        )
        return [begin, *batch]

    def restore(self, ids: Collection[str] | None = None) -> list[Message]:
        """Everything, or these alone, is put as the journal knows it; edits and deletions of it
        are taken back.
        """
        if self.journal is None:
            return []
        chosen = self.journal.facts.keys() if ids is None else self.journal.facts.keys() & ids
        self._asked |= chosen
        for id in chosen:
            self._failed.pop(id, None)
        self._known = -1
        return self.changes()

    def remove(self, group: str | None) -> list[Message]:
        """Everything of ours goes, or one group; with what the user moved or renamed of it.

        None also takes what this journal never knew: somebody else's dawbridge put it.
        """
        if self.journal is None:
            return []
        if group is None:
            going = {*self.journal.facts, *self._held, *self._told, *(self._pending or ())}
        else:
            going = {fact.id for fact in self.journal.group(group)}
        self.journal.drop(*sorted(going))
        self._asked |= going
        for id in going:
            self._failed.pop(id, None)
        self._known = -1
        return self.changes()

    def _hello(self, told: Message) -> list[Message]:
        self._leave()
        self.said_bye = False
        self.daw = told.text("daw")[:40]
        self.version = told.text("version")[:40]
        self.unit = "beats" if told.text("unit") == "beats" else "seconds"
        self.can = frozenset(told.text("can").split(",")) & set(KINDS)
        self.roles = frozenset(told.text("roles", ",".join(ROLES)).split(",")) & set(ROLES)
        self.while_ = "play" if told.text("while") == "play" else "record"
        protocol = told.number("protocol") or 0
        if protocol != PROTOCOL:
            self._greeted = False
            self.refused = True
            return [self._other_version(older=protocol < PROTOCOL)]
        self._greeted = True
        welcome = message("welcome", protocol=PROTOCOL, version=self._version, daemon=self._daemon)
        return self._open(told, welcome)

    def _project(self, told: Message) -> list[Message]:
        """Another project is in front; after a refusal the script is welcome again with it."""
        again = self.refused
        self._leave()
        welcome = message("welcome", protocol=PROTOCOL, version=self._version, daemon=self._daemon)
        return self._open(told, *([welcome] if again else []))

    def _open(self, told: Message, *welcome: Message) -> list[Message]:
        project, name = told.text("project"), self._names()[0]
        self.title = told.text("title")
        self.refused = True
        if not project:
            return [
                message(
                    "refuse",
                    why="dawbridge cannot tell this project from others",
                    remedy=f"save the project, then start dawbridge in {name} again",
                )
            ]
        if self._taken(project):
            return [
                message(
                    "refuse",
                    why="This project is connected to dawbridge already, from another window",
                    remedy=f"stop dawbridge in the other {name}, or work with this project there",
                )
            ]
        self.refused = False
        self.project = project
        self.journal = self._journals.open(project, self.title)
        self._copied = told.text("from")
        return list(welcome)

    def _leave(self) -> list[Message]:
        """No project is in front; the journal stays open for others."""
        self.project = self.journal = None
        self.title = ""
        self._begin()
        return []

    def _other_version(self, *, older: bool) -> Message:
        name, install = self._names()
        if older:
            return message(
                "refuse",
                why=f"The dawbridge script in {name} is older than dawbridge itself",
                remedy=f"run `dawbridge install {install}` again and restart {name}",
            )
        return message(
            "refuse",
            why=f"The dawbridge script in {name} is newer than dawbridge itself",
            remedy=f"update dawbridge, then restart {name}",
        )

    def _names(self) -> tuple[str, str]:
        return DAWS.get(self.daw.lower(), (self.daw or "the DAW", self.daw or "<your DAW>"))

    def _ready(self) -> list[Message]:
        """All is told; a script that says so twice has told nothing new in between."""
        if self._told or not self.ready:
            self._held, self._told = self._told, {}
        self._take_over()
        self.ready, self._known = True, -1
        return self.changes()

    def _take_over(self) -> None:
        """A copy begins with what it holds of its original, and goes its own way from there."""
        if self.journal is None or self._copied in ("", self.project):
            return
        original = self._journals.open(self._copied)
        known = {*self.journal.facts, *self.journal.dropped}
        self.journal.put(
            *[f for id, f in original.facts.items() if id in self._held and id not in known]
        )
        self._copied = ""

    def _edit(self, id: str, told: Message) -> None:
        """Of an id that is not known here the next `have` will tell."""
        if id in self._told:
            self._told[id] = _edited(self._told[id], told)
        sent = (self._pending or {}).get(id)
        if sent is not None and sent.verb == "put":
            if told.verb == "edit" and "was_at" not in told.values and _as_put(told, sent):
                return  # it tells what was just put
            self._edited.add(id)
            self._held.setdefault(id, applied(sent))
        if id in self._held:
            self._held[id] = _edited(self._held[id], told)

    def _done(self, told: Message) -> list[Message]:
        if self._pending is None or told.number("batch") != self._batch:
            return []
        failed = {id for id in told.text("failed").split(",") if id}
        why = told.text("why")
        for id, sent in self._pending.items():
            self._failed.pop(id, None)
            if id in failed:
                self._failed[id] = (_attempt(sent), why)
            elif sent.verb != "put":
                self._held.pop(id, None)
            elif id not in self._edited or id in self._answered:
                self._held[id] = applied(sent)
            else:  # the user was faster than the batch: it is put once more, as they edited it
                self._held[id] = crossed(self._held[id], applied(sent))
                self._known = -1
        self._asked -= self._answered
        self._pending = None
        return self.changes()

    def _steps(self, journal: Journal) -> Iterable[list[Message]]:
        """The difference; what belongs to one id together."""
        self._revs.keep(journal.facts)
        step: list[Message] = []
        for told in difference(
            journal.facts,
            self._held,
            self.can,
            dropped=journal.dropped,
            asked=self._asked,
            rev=self._revs,
        ):
            if step and step[0].text("id") != told.text("id"):
                yield step
                step = []
            step.append(told)
        if step:
            yield step

    def _failed_before(self, step: list[Message]) -> bool:
        tried = self._failed.get(step[0].text("id"))
        return tried is not None and tried[0] == _attempt(step[-1])


class _Revs:
    """`rev_of`, worked out once for each fact."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Fact, str]] = {}

    def __call__(self, fact: Fact) -> str:
        known = self._known.get(fact.id)
        if known is None or (known[0] is not fact and known[0] != fact):
            known = self._known[fact.id] = (fact, rev_of(fact))
        return known[1]

    def keep(self, facts: Mapping[str, Fact]) -> None:
        """Forgets what is no more."""
        if len(self._known) > 2 * len(facts) + 100:
            self._known = {id: known for id, known in self._known.items() if id in facts}


def _edited(held: Held, told: Message) -> Held:
    """How it is after an `edit` or `gone`. What a script leaves out is as it was.

    A script that does not say how it was after it was applied (`was_...`) may tell what its DAW
    made of our numbers and names: by so little nobody moves anything.
    """
    if told.verb == "gone":
        return replace(held, gone=True)
    at, was_at = _position(told, "at", held.at, held.was_at)
    end, was_end = _position(told, "end", held.end, held.was_end)
    name = told.text("name", held.name)
    was_name = told.text("was_name", held.was_name)
    if "was_name" not in told.values and name.split() == was_name.split():
        was_name = name
    return Held(held.id, held.rev, at, end, name, was_at, was_end, was_name)


def _position(
    told: Message, name: str, now: float | None, was: float | None
) -> tuple[float | None, float | None]:
    value, before = told.number(name), told.number(f"was_{name}")
    if value is None:
        return now, was
    if before is None:
        before = value if was is None or abs(value - was) <= ROUNDED else was
    return value, before


def _as_put(told: Message, sent: Message) -> bool:
    """Whether an `edit` tells no more than the `put` that may have come before it."""
    same_name = told.text("name", sent.text("name")).split() == sent.text("name").split()
    return same_name and all(_near(told.number(name), sent.number(name)) for name in ("at", "end"))


def _near(one: float | None, other: float | None) -> bool:
    return one is None or other is None or abs(one - other) <= ROUNDED


def _attempt(told: Message) -> str:
    """What was tried: the same attempt is not made twice."""
    return told.text("rev") if told.verb == "put" else told.verb


def _first(steps: list[list[Message]]) -> list[Message]:
    """As much as one batch takes; a single step is never cut."""
    batch: list[Message] = []
    size = 0
    for step in steps:
        size += sum(len(value) for told in step for value in told.values.values())
        if batch and (len(batch) + len(step) > LINES or size > SIZE):
            break
        batch += step
    return batch


def _title(batch: list[Message], held: Mapping[str, Held]) -> str:
    """In words: "dawbridge: 3 regions, 12 markers"."""
    put = [told for told in batch if told.verb == "put"]
    again = {told.text("id") for told in put}
    kinds = Counter(told.text("kind") for told in put)
    gone = Counter(
        held[told.text("id")].rev.partition("-")[0]
        for told in batch
        if told.verb == "drop" and told.text("id") not in again
    )
    words = [_counted(kinds[kind], kind) for kind in PLURAL if kinds[kind]]
    words += [f"{_counted(gone[kind], kind)} removed" for kind in PLURAL if gone[kind]]
    return "dawbridge: " + (", ".join(words) or "tidied up")


def _counted(count: int, kind: str) -> str:
    return f"{count} {PLURAL[kind][count != 1]}"
