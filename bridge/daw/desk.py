"""One connected DAW: what its script says, where its transport is, the marks of what it plays."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import partial

from bridge.clocks import SECOND
from bridge.daw.analysed import FARTHEST
from bridge.daw.conversation import Conversation
from bridge.daw.facts import LIVE, Fact
from bridge.daw.journal import Journals
from bridge.daw.links import Link
from bridge.daw.marks import Marks
from bridge.daw.riffs.finder import Question
from bridge.daw.riffs.recurrence import Found
from bridge.daw.streams import StreamClock
from bridge.daw.timeline import Placed, Sample, ScriptClock, Timeline
from bridge.daw.wire import Message, message
from bridge.errors import BridgeError
from bridge.events import Event

EVERY = 2.0  # seconds between two batches of live marks while the transport runs
AT_REST = 0.3  # while it stands
SETTLE = 0.05  # seconds between two looks whether something can be placed
ALIVE = 6.0  # seconds without a line after which a script is stalled or dead
SLOW, QUICK = 1e-3, 1e3  # units of position a second that a transport may roll by
ASKED = "asked"  # the group of what was heard and put because somebody asked for it


class Desk:
    """A script, from its hello to its end."""

    def __init__(
        self,
        link: Link,
        conversation: Conversation,
        *,
        journals: Journals,
        notes: Mapping[str, int],
        streams: StreamClock,
        latest: Mapping[str, Event],
    ) -> None:
        """`notes`: MIDI note by drum; `latest`: the last event of each topic."""
        self.link = link
        self.conversation = conversation
        self.timeline = Timeline()  # of the project in front
        self.offset = 0.0  # seconds that live marks are put later
        self._journals = journals
        self._notes = notes
        self._streams = streams
        self._latest = latest
        self._clock = ScriptClock()
        self._fronts: dict[str, tuple[Timeline, Marks]] = {}  # by project: who goes back finds them
        self._rate = 1.0  # units of position a second
        self._playing = self.recording = False
        self._changed_ns = self._settled_ns = self._heard_ns = 0
        self._state: Message | None = None
        self._last: Sample | None = None
        self._when_put: list[Callable[[str], None]] = []

    @property
    def front(self) -> bool:
        """Whether a project is in front that we may speak about."""
        return self.conversation.journal is not None

    @property
    def project(self) -> str | None:
        """The project in front, once it is known."""
        return self.conversation.project

    @property
    def marks(self) -> Marks | None:
        """Those of the project in front."""
        return self._fronts[self.project][1] if self.project in self._fronts else None

    def alive(self, now_ns: int) -> bool:
        """Whether its script spoke lately."""
        return not self.link.gone and now_ns - self._heard_ns < ALIVE * SECOND

    def take(self, now_ns: int) -> list[Message]:
        """Reads what the script said. Gives what is not about facts: `ask` and `recorded`."""
        others = []
        for told in self.link.take():
            self._heard_ns = now_ns
            if told.verb == "clock":
                self._transport(told, now_ns)
            elif told.verb in ("ask", "recorded"):
                others.append(told)
            else:
                self.link.send(self.conversation.receive(told))
                if told.verb in ("hello", "project"):
                    self._turn_to(now_ns)
        return others

    def hear(self, event: Event) -> None:
        """An event of the stream."""
        if self.marks is not None:
            self.marks.hear(event)

    def step(self, now_ns: int) -> None:
        """Places what can be placed, and sends what has changed."""
        if not self.front or self.project is None:
            return
        if self.project not in self._fronts:
            self._fronts[self.project] = self.timeline, self._new_marks(self.project)
        if self._streams.known and now_ns - self._settled_ns >= SETTLE * SECOND:
            self._settled_ns = now_ns
            now = self._streams.stream(now_ns) - self.offset
            self._fronts[self.project][1].settle(self, self.timeline.passes, now)
        pause = EVERY if self._playing and not self._when_put else AT_REST
        if now_ns - self._changed_ns >= pause * SECOND:
            self._changed_ns = now_ns
            changes = self.conversation.changes()
            self.link.send(changes)
            said = self.conversation
            if said.ready and not changes and not said.waiting:
                whenever, self._when_put = self._when_put, []
                for each in whenever:
                    each(said.trouble)

    # -- what it is told

    def tell_state(self, state: str, text: str) -> None:
        """Says how we are, where it is new to this script."""
        said = message("state", state=state, text=text)
        if said != self._state and self.front:
            self._state = said
            self.link.send([said])

    def answering(self, job: str) -> Callable[[bool, str], None]:
        """What answers a job of this script."""
        return partial(self._answer, job)

    def answer(self, job: str, error: BridgeError) -> None:
        """A job cannot be done."""
        self._answer(job, False, error.sentence())

    def answer_when_put(self, job: str, ok: bool, text: str) -> None:
        """Answers once the project holds all that it should."""
        self.when_put(
            lambda trouble: self._answer(job, ok, f"{text}; {trouble}" if trouble else text)
        )

    def when_put(self, then: Callable[[str], None]) -> None:
        """Calls it once the project holds all that it should, with what could not be put."""
        self._when_put.append(then)

    def put_later(self, offset: float) -> None:
        """Live marks are put so many seconds later, from the next pass of the transport on."""
        if not self._playing:
            self.offset = offset

    # -- what the project should hold

    def put_heard(self, kind: str, track: str = "") -> int:
        """What was kept of the newest pass becomes facts: "tempo" points or "notes". How many."""
        journal, marks = self.conversation.journal, self.marks
        if journal is None or marks is None:
            return 0
        facts = [
            replace(fact, group=ASKED, track=track or fact.track)
            for fact in marks.newest(kind, self)
        ]
        journal.replace([f.id for f in journal.group(ASKED) if f.kind == kind], *facts)
        return sum(max(1, len(fact.notes)) for fact in facts)

    def put_group(self, group: str, roles: Collection[str], facts: list[Fact]) -> None:
        """A group's facts of these roles are these now."""
        journal = self.conversation.journal
        if journal is not None:
            journal.replace([f.id for f in journal.group(group) if f.role in roles], *facts)

    def question(self) -> Question | None:
        """What came back in what rolls, or has just rolled; None: nobody wants to know."""
        marks = self.marks
        if marks is None or not self._streams.known or not self.alive(self._settled_ns):
            return None
        about = marks.lately(self._streams.stream(self._settled_ns) - self.offset)
        if about is None:
            return None
        return Question(
            self, about.start, about.end, partial(self._hear_riffs, marks, about.number)
        )

    def _hear_riffs(self, marks: Marks, number: int, found: Found) -> None:
        if self.marks is marks:  # another project may be in front by now
            marks.hear_riffs(number, found, self)

    def put_riffs(self, facts: list[Fact], start: float, end: float, until: int) -> None:
        """Riffs of what was recorded there, in the pass `until` or before: not only heard live."""
        if self.marks is not None:
            self.marks.put_riffs(facts, start, end, until)

    def in_a_row(self, facts: list[Fact]) -> list[Fact]:
        """Loops without a place of their own: one after the other from where the transport is.
        One that is there already stays where it is.
        """
        journal = self.conversation.journal
        there = {} if journal is None else journal.facts
        at = self._last.at if self._last else 0.0
        row = []
        for fact in facts:
            known = there.get(fact.id)
            if known is not None:
                row.append(replace(fact, at=known.at, end=known.end))
                continue
            length = 0.0 if fact.end is None else fact.end - fact.at
            row.append(replace(fact, at=at, end=at + length))
            at += length
        return row

    def supersede(self, roles: Collection[str], start: float, end: float) -> None:
        """What an analysis knows better goes: live marks of these roles in its stretch."""
        journal = self.conversation.journal
        if journal is not None:
            journal.drop(
                *[f.id for f in journal.group(LIVE) if f.role in roles and start <= f.at < end]
            )

    def show_clips(self, facts: list[Fact], slot: int | None) -> None:
        """Loops that were asked for now are there, deleted ones too; from this slot on, if told."""
        deleted = {id for id, held in self.conversation.held.items() if held.gone}
        self.link.send(self.conversation.restore({fact.id for fact in facts} & deleted))
        if slot is not None:
            clips = [
                message("clip", id=fact.id, slot=slot + index) for index, fact in enumerate(facts)
            ]
            self.when_put(lambda _: self.link.send(clips))

    def remove(self, group: str | None) -> None:
        """Everything of ours goes, or one group."""
        self.link.send(self.conversation.remove(group))

    def restore(self) -> None:
        """The user's edits are taken back."""
        self.link.send(self.conversation.restore())

    # -- stream seconds to positions: bridge.daw.marks.Where

    def place(self, stream: float) -> Placed | None:
        """Where it lies; None: the transport stood."""
        return self.timeline.place(self._streams.host_ns(stream + self.offset))

    def settled(self, stream: float) -> bool:
        """Whether `place` will say nothing else of it."""
        return self.timeline.settled(self._streams.host_ns(stream + self.offset))

    def stream(self, host_ns: int) -> float:
        """The inverse of the clock's part."""
        return self._streams.stream(host_ns) - self.offset

    # -- within

    def _answer(self, job: str, ok: bool, text: str) -> None:
        self.link.send([message("result", job=job, ok=ok, text=text)])

    def _transport(self, told: Message, now_ns: int) -> None:
        at, t, rate = told.number("at"), told.number("t"), told.number("rate") or 1.0
        if at is None or abs(at) > FARTHEST or abs(t or 0.0) > FARTHEST or not SLOW < rate < QUICK:
            return
        self._rate = rate
        self._playing, self.recording = told.flag("play"), told.flag("record")
        host_ns = now_ns if t is None else self._clock.heard(t, now_ns)
        exact = t is not None
        loop, cursor = _loop_of(told), told.number("cursor")
        self._last = Sample(
            host_ns, at, self._playing, self.recording, self._rate, exact, loop, cursor
        )
        self.timeline.hear(self._last)

    def _turn_to(self, now_ns: int) -> None:
        """Another project is in front: for the one before the transport stands."""
        if self._last is not None:
            self.timeline.hear(replace(self._last, host_ns=now_ns, playing=False, recording=False))
        self._state = self._last = None  # the state is told again
        self._playing = self.recording = False
        front = self._fronts.get(self.project or "")
        self.timeline = front[0] if front else Timeline()

    def _new_marks(self, project: str) -> Marks:
        said = self.conversation
        assert said.journal is not None
        return Marks(
            # Not the daemon's own name: each script and project counts its passes anew, and what
            # another one had put before it would be taken for what comes now.
            secrets.token_hex(8),
            said.journal,
            self._journals.heard(project),
            self._notes,
            before=self._latest,
            roles=said.roles,
            recording_only=said.while_ == "record",
            seconds=lambda: self._rate if said.unit == "beats" else 1.0,
        )


def _loop_of(told: Message) -> tuple[float, float] | None:
    """The loop that a `clock` line tells of."""
    start, end = told.number("loop_start"), told.number("loop_end")
    if start is None or end is None or not -FARTHEST < start < end < FARTHEST:
        return None
    return start, end
