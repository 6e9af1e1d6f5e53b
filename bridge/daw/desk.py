"""One connected DAW: what its script says, where its transport is, the marks of what it plays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bridge.clocks import SECOND
from bridge.daw.conversation import Conversation
from bridge.daw.facts import Fact
from bridge.daw.journal import Journals
from bridge.daw.links import Link
from bridge.daw.marks import Marks
from bridge.daw.streams import StreamClock
from bridge.daw.timeline import Placed, Sample, ScriptClock, Timeline
from bridge.daw.wire import Message, message
from bridge.events import Event

EVERY = 2.0  # seconds between two batches of live marks while the transport runs
AT_REST = 0.3  # while it stands
ALIVE = 6.0  # seconds without a line after which a script is stalled or dead
ASKED = "asked"  # the group of what was heard and put because somebody asked for it


class Desk:
    """A script, from its hello to its end."""

    def __init__(
        self,
        link: Link,
        conversation: Conversation,
        *,
        run: str,
        journals: Journals,
        notes: Mapping[str, int],
        streams: StreamClock,
        latest: Mapping[str, Event],
        offset: float,
    ) -> None:
        """`run` names what is heard; `notes`: MIDI note by drum; `latest`: the last event of each
        topic; `offset`: seconds that live marks are put later.
        """
        self.link = link
        self.conversation = conversation
        self.timeline = Timeline()  # of the project in front
        self.offset = offset
        self._run = run
        self._journals = journals
        self._notes = notes
        self._streams = streams
        self._latest = latest
        self._clock = ScriptClock()
        self._fronts: dict[str, tuple[Timeline, Marks]] = {}  # by project: who goes back finds them
        self._rate = 1.0  # units of position a second
        self._playing = self.recording = False
        self._changed_ns = 0
        self._heard_ns = 0
        self._state: Message | None = None
        self._last: Sample | None = None
        self._later: list[Message] = []  # told when all that is to be put is there

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
        said = self.conversation
        if said.project is None or said.refused or said.journal is None:
            return
        if said.project not in self._fronts:
            self._fronts[said.project] = self.timeline, self._new_marks(said.project)
        _, marks = self._fronts[said.project]
        if self._streams.known:
            now = self._streams.stream(now_ns) - self.offset
            marks.settle(self, self.timeline.passes, now)
        pause = EVERY if self._playing else AT_REST
        if now_ns - self._changed_ns >= pause * SECOND:
            self._changed_ns = now_ns
            changes = said.changes()
            self.link.send(changes)
            if self._later and not changes and not said.waiting:
                self.link.send(self._later)
                self._later = []

    def tell_state(self, state: str, text: str) -> None:
        """Says how we are, where it is new to this script."""
        said = message("state", state=state, text=text)
        if said != self._state and self.conversation.journal is not None:
            self._state = said
            self.link.send([said])

    def put_heard(self, kind: str, track: str = "") -> int:
        """What was kept of the newest pass becomes facts: "tempo" points or "notes". How many."""
        journal, marks = self.conversation.journal, self.marks
        if journal is None or marks is None:
            return 0
        facts = [replace(fact, group=ASKED) for fact in marks.newest(kind)]
        if track:
            facts = [replace(fact, track=track) for fact in facts]
        ids = {fact.id for fact in facts}
        journal.drop(*[f.id for f in journal.group(ASKED) if f.kind == kind and f.id not in ids])
        journal.put(*facts)
        return sum(max(1, len(fact.notes)) for fact in facts)

    def show_clips(self, facts: list[Fact], slot: int | None) -> None:
        """Loops that were asked for now are there, deleted ones too; from this slot on, if told."""
        self.link.send(self.conversation.restore({fact.id for fact in facts} & self._deleted()))
        if slot is not None:
            self._later += [
                message("clip", id=fact.id, slot=slot + index) for index, fact in enumerate(facts)
            ]

    def _deleted(self) -> set[str]:
        return {id for id, held in self.conversation.held.items() if held.gone}

    def put_group(self, group: str, roles: frozenset[str], facts: list[Fact]) -> None:
        """A group's facts of these roles are these now."""
        journal = self.conversation.journal
        if journal is None:
            return
        ids = {fact.id for fact in facts}
        old = [f.id for f in journal.group(group) if f.role in roles and f.id not in ids]
        journal.drop(*old)
        journal.put(*facts)

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

    def _transport(self, told: Message, now_ns: int) -> None:
        at = told.number("at")
        if at is None:
            return
        t = told.number("t")
        self._rate = told.number("rate") or 1.0
        self._playing, self.recording = told.flag("play"), told.flag("record")
        host_ns = now_ns if t is None else self._clock.heard(t, now_ns)
        exact = t is not None
        self._last = Sample(host_ns, at, self._playing, self.recording, self._rate, exact=exact)
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
            self._run,
            said.journal,
            self._journals.open(f"{project} heard"),
            self._notes,
            before=self._latest,
            roles=said.roles,
            recording_only=said.while_ == "record",
            seconds=lambda: self._rate if said.unit == "beats" else 1.0,
        )
