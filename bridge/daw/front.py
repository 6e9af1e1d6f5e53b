"""The project in front: what it holds of ours, and the batches that bring it to its journal.

A batch is one undo step in the DAW. One is under way at a time; until its `done` nothing else of
the kind is sent, however long a DAW stands still. A batch has `LINES` lines at the most: an
analysis of a song fits into one undo step, and thousands of marks appear bit by bit and never hold
up the DAW for long. What each id needs is worked out once, and again only when the journal or the
user has changed it, so that a project of 20,000 facts costs no more at each step than one of ten.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from types import MappingProxyType

from bridge.daw.journal import Journal
from bridge.daw.reconcile import Held, Step, applied, crossed, held_of, step
from bridge.daw.wire import Message, message

LINES = 500  # of a batch
SIZE = 1 << 18  # signs of a batch: what a DAW reads in one tick
ROUNDED = 1e-3  # of the unit: a DAW puts things to its own grid of samples or ticks
PLURAL: Mapping[str, tuple[str, str]] = {
    "region": ("region", "regions"),
    "marker": ("marker", "markers"),
    "text": ("text", "texts"),
    "tempo": ("tempo point", "tempo points"),
    "notes": ("MIDI part", "MIDI parts"),
    "loop": ("loop", "loops"),
}


class Pause(Enum):
    """No batch is under way, because ..."""

    TELLING = auto()  # the script has not told all that the project holds
    READY = auto()  # it has, and what there was is done


@dataclass(frozen=True, slots=True)
class Batch:
    """What is under way: the last line of each id."""

    number: int
    sent: Mapping[str, Message]
    insisted: Set[str]  # ids of them for which no edit holds
    edited: set[str] = field(default_factory=set)  # ids that the user changed since it was sent


class Front:
    """What one project holds, as its script told it and as it was applied since."""

    def __init__(
        self,
        journal: Journal,
        can: Collection[str],
        numbers: Iterator[int],
        original: Journal | None,
    ) -> None:
        """`can`: kinds that it can hold; `numbers` of batches, never used twice; `original`: of
        which this project is a copy.
        """
        self.journal = journal
        self._can = can
        self._numbers = numbers
        self._original = original
        self._now: Pause | Batch = Pause.TELLING
        self._held: dict[str, Held] = {}
        self._failed: dict[str, tuple[str, str]] = {}  # id: what was tried, why it failed
        self._asked: set[str] = set()  # ids for which no edit holds
        self._words = ""  # title of what is still to come
        self._steps: dict[str, Step] = {}  # what is to come, in its order
        self._doubtful: set[str] = set()  # ids whose step has to be worked out
        self._known = 0  # edition of the journal up to which that was done

    @property
    def ready(self) -> bool:
        """The script has told all that the project holds."""
        return self._now is not Pause.TELLING

    @property
    def waiting(self) -> bool:
        """A batch is under way."""
        return isinstance(self._now, Batch)

    @property
    def held(self) -> Mapping[str, Held]:
        """What the project holds of ours, by id, as far as it was told; read only."""
        return MappingProxyType(self._held)

    @property
    def failed(self) -> Mapping[str, str]:
        """Why an id could not be put or taken away; it is tried again when it changes."""
        return {id: why for id, (_, why) in self._failed.items()}

    def receive(self, told: Message) -> list[Message]:
        """What to send after a message about facts; whatever else is passed over."""
        id = told.text("id")
        if told.verb == "ready":
            return self._ready()
        if told.verb == "done":
            return self._done(told)
        if told.verb == "have" and id:
            self._held[id] = held_of(told)
            self._doubtful.add(id)
        elif told.verb in ("edit", "gone") and id:
            self._edit(id, told)
        return []

    def changes(self, title: str = "") -> list[Message]:
        """The next batch towards the journal, called `title`, else by what it brings.

        Nothing while one is under way, before `ready`, or without a difference.
        """
        self._words = title or self._words
        if self._now is not Pause.READY:
            return []
        self._work_out()
        batch = _first(self._steps.values())
        if not batch:
            self._words = ""
            return []
        sent = {told.text("id"): told for told in batch}
        for id in sent:
            del self._steps[id]
        self._now = Batch(next(self._numbers), sent, self._asked & sent.keys())
        begin = message(
            "batch",
            batch=self._now.number,
            count=len(batch),
            title=self._words or _title(batch, self._held),
            project=self.journal.project,
        )
        return [begin, *batch]

    def restore(self, ids: Collection[str] | None) -> list[Message]:
        """Everything, or these alone, is put as the journal knows it; edits and deletions of it
        are taken back.
        """
        facts = self.journal.facts.keys()
        return self._insist(facts if ids is None else facts & ids)

    def remove(self, group: str | None) -> list[Message]:
        """Everything of ours goes, or one group; with what the user moved or renamed of it.

        None also takes what this journal never knew: somebody else's dawbridge put it.
        """
        if group is None:
            sent = self._now.sent if isinstance(self._now, Batch) else ()
            going = {*self.journal.facts, *self._held, *sent}
        else:
            going = {fact.id for fact in self.journal.group(group)}
        self.journal.drop(*sorted(going))
        return self._insist(going)

    def _insist(self, ids: Collection[str]) -> list[Message]:
        """No edit of them holds, and what failed is tried again."""
        self._asked.update(ids)
        self._doubtful.update(ids)
        for id in ids:
            self._failed.pop(id, None)
        return self.changes()

    def _ready(self) -> list[Message]:
        if self._now is Pause.TELLING:
            self._take_over()
            self._doubtful.update(self.journal.facts, self._held)
            self._known = self.journal.edition
            self._now = Pause.READY
        return self.changes()

    def _take_over(self) -> None:
        """A copy begins with what it holds of its original, and goes its own way from there."""
        if self._original is not None:
            journal, facts = self.journal, self._original.facts
            known = journal.facts.keys() | journal.dropped
            journal.put(*[facts[id] for id in facts if id in self._held and id not in known])

    def _edit(self, id: str, told: Message) -> None:
        """Of an id that is not known here the next `have` will tell."""
        batch = self._now
        if isinstance(batch, Batch) and id in batch.sent and batch.sent[id].verb == "put":
            sent = batch.sent[id]
            if told.verb == "edit" and "was_at" not in told.values and _as_put(told, sent):
                return  # it tells what was just put
            batch.edited.add(id)
            self._held.setdefault(id, applied(sent))
        if id in self._held:
            self._held[id] = _edited(self._held[id], told)
            self._doubtful.add(id)

    def _done(self, told: Message) -> list[Message]:
        batch = self._now
        if not isinstance(batch, Batch) or told.number("batch") != batch.number:
            return []
        failed = {id for id in told.text("failed").split(",") if id}
        why = told.text("why")
        for id, sent in batch.sent.items():
            self._failed.pop(id, None)
            if id in failed:
                self._failed[id] = (_attempt(sent), why)
            elif sent.verb != "put":
                self._held.pop(id, None)
            elif id not in batch.edited or id in batch.insisted:
                self._held[id] = applied(sent)
            else:  # the user was faster than the batch: it is put once more, as they edited it
                self._held[id] = crossed(self._held[id], applied(sent))
        self._asked -= batch.insisted
        self._now = Pause.READY
        return self.changes()

    def _work_out(self) -> None:
        """Makes the steps be those that are needed now."""
        journal = self.journal
        self._doubtful.update(journal.changed_since(self._known))
        self._known = journal.edition
        if not self._doubtful:
            return
        for id in self._doubtful:
            needed = step(
                journal.facts.get(id),
                self._held.get(id),
                self._can,
                dropped=id in journal.dropped,
                asked=id in self._asked,
            )
            self._steps.pop(id, None)
            if needed is None:
                self._asked.discard(id)
            elif id not in self._failed or self._failed[id][0] != _attempt(needed.messages[-1]):
                self._steps[id] = needed
        self._doubtful.clear()
        self._steps = dict(sorted(self._steps.items(), key=lambda each: each[1].place))


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


def _first(steps: Iterable[Step]) -> list[Message]:
    """As much as one batch takes; a single step is never cut."""
    batch: list[Message] = []
    size = 0
    for each in steps:
        size += sum(len(value) for told in each.messages for value in told.values.values())
        if batch and (len(batch) + len(each.messages) > LINES or size > SIZE):
            break
        batch += each.messages
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
