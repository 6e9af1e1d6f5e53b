"""Every connected DAW: who is there, what is heard, what they ask, what they are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.clocks import SECOND
from bridge.daw.analysed import ROLE_OF, WANTS, Placement, facts_of, splits_of
from bridge.daw.conversation import Conversation
from bridge.daw.desk import Desk
from bridge.daw.exact import Exact, Matcher, Recorded
from bridge.daw.journal import Journals
from bridge.daw.links import Link, Meeting
from bridge.daw.streams import StreamClock
from bridge.daw.studies import Failed, Progress, Studies, Told, Understood, orders_of
from bridge.daw.wire import Message, message
from bridge.errors import BridgeError
from bridge.events import Event, State, from_json
from bridge.library.holds import hold, release
from bridge.live.commands import COMMANDS
from bridge.settings import Settings

BEAT = 1.0  # seconds between two signs of life
HOLD = 10.0  # seconds that jobs wait after the last sign that a DAW records
LONG = 30.0  # seconds: a shorter recording is not searched for riffs
WORDS = {
    "starting": "dawbridge is starting",
    "listening": "dawbridge listens",
    "silent": "dawbridge hears nothing",
    "stalled": "dawbridge gets no sound",
    "lost": "dawbridge has nothing to hear with",
    "ended": "dawbridge has heard all there was",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Work for a DAW that takes a while: whose it is, and what becomes of it."""

    desk: Desk
    job: str
    what: str  # analyze, splits, clips
    project: str
    item: str
    placement: Placement | None
    want: tuple[str, ...] = ()
    track: str = ""
    slot: int | None = None


class Hub:
    """The daemon's side of all conversations."""

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        meetings: Sequence[Meeting],
        *,
        run: str,
        version: str,
        notes: Mapping[str, int],
        say: Callable[[dict[str, Any]], None],
        matcher: Matcher,
    ) -> None:
        """`folder`: where DAWs and we meet; `run` names this process and what it hears; `notes`:
        MIDI note by drum; `say` passes a line to the supervisor.
        """
        self._settings = settings
        self._folder = folder
        self._meetings = meetings
        self._run = run
        self._version = version
        self._notes = notes
        self._say = say
        self._journals = Journals(folder / "journals")
        self._streams = StreamClock()
        self._studies = Studies(settings)
        self._matcher = matcher
        self._desks: list[Desk] = []
        self._asked: dict[int, Asked] = {}
        self._state = "starting", ""
        self._latest: dict[str, Event] = {}  # by topic
        self._beaten_ns = self._held_ns = 0
        self._there: list[dict[str, str]] = []
        self._learned = 0.0  # seconds that matching found live marks to be early

    @property
    def busy(self) -> bool:
        """Whether any script is there."""
        return bool(self._desks)

    def hear(self, line: Mapping[str, Any]) -> None:
        """A line from the supervisor."""
        if "clock" in line:
            clock = line["clock"]
            self._streams.heard(float(clock["stream"]), int(clock["host_ns"]))
        elif "ring" in line:
            self._matcher.listen_to(Path(line["ring"]["path"]))
        elif "event" in line:
            with suppress(KeyError, TypeError):  # of another version
                self._event(from_json(dict(line)))

    def step(self, now_ns: int) -> None:
        """One look at everything. Never waits."""
        for meeting in self._meetings:
            for link in meeting.arrivals():
                self._desks.append(self._desk_for(link))
        for desk in self._desks:
            for told in desk.take(now_ns):
                self._told(desk, told)
            desk.step(now_ns)
        self._studied()
        self._matched()
        if now_ns - self._beaten_ns >= BEAT * SECOND:
            self._beaten_ns = now_ns
            self._each_second(now_ns)

    def ask_clips(self, name: str, slot: int | None = None) -> list[str]:
        """Loops for every DAW that can hold them, from that slot on where it has slots; gives who
        was asked.
        """
        asked = []
        for desk in self._desks:
            if desk.project is not None and "loop" in desk.conversation.can:
                asking = message("ask", what="clips", name=name, job="osc", slot=slot)
                self._ask_clips(desk, asking)
                asked.append(f"{desk.conversation.daw}: {desk.conversation.title}")
        return asked

    def close(self) -> None:
        """Ends all conversations; what is known stays."""
        self._studies.close()
        self._matcher.close()
        for desk in self._desks:
            desk.link.close()
        for meeting in self._meetings:
            meeting.close()
        self._journals.close()
        release("daw")

    # -- what is heard

    def _event(self, event: Event) -> None:
        if isinstance(event, State):
            self._state = event.state, event.reason
        self._latest[event.topic] = event
        for desk in self._desks:
            desk.hear(event)

    # -- what scripts say

    def _desk_for(self, link: Link) -> Desk:
        conversation = Conversation(
            self._journals,
            daemon=self._run,
            version=self._version,
            taken=lambda project: self._taken(project, link),
        )
        return Desk(
            link,
            conversation,
            run=self._run,
            journals=self._journals,
            notes=self._notes,
            streams=self._streams,
            latest=self._latest,
            offset=self._settings.daw.offset + self._learned,
        )

    def _taken(self, project: str, by: Link) -> bool:
        """Whether another living script has this project. One that fell silent gives way."""
        others = [each for each in self._desks if each.link is not by and each.project == project]
        if any(each.alive(self._beaten_ns) for each in others):
            return True
        for each in others:  # it may only be stalled in a dialog, and wakes up to this
            why = "another dawbridge script has this project now"
            remedy = "close the project in one of the two, then start this script again"
            each.link.send([message("refuse", why=why, remedy=remedy)])
            each.link.close()
        return False

    def _told(self, desk: Desk, told: Message) -> None:
        if desk.conversation.journal is None:
            return
        if told.verb == "recorded":
            self._recorded(desk, told)
            return
        try:
            self._ask(desk, told)
        except BridgeError as error:
            _answer(desk, told.text("job"), error)

    def _ask(self, desk: Desk, told: Message) -> None:
        what, job = told.text("what"), told.text("job")
        said = desk.conversation
        if what == "analyze":
            self._ask_analysis(desk, told)
        elif what == "splits":
            placement = orders_of(told.text("map"))
            self._order(desk, told, placement, Path(told.text("path")))
        elif what == "clips":
            self._ask_clips(desk, told)
        elif what == "cancel":
            for number, asked in self._asked.items():
                if asked.desk is desk and asked.job == job:
                    self._studies.cancel(number)
        elif what == "tempo_map":
            points = desk.put_heard("tempo")
            _done(desk, job, points > 0, f"tempo map of {points} points" if points else NOTHING)
        elif what == "drums":
            notes = desk.put_heard("notes", told.text("track"))
            _done(desk, job, notes > 0, f"{notes} drum notes" if notes else NOTHING)
        elif what == "remove":
            desk.link.send(said.remove(told.text("group") or None))
            _done(desk, job, True, "everything of dawbridge is taken out")
        elif what == "restore":
            desk.link.send(said.restore())
            _done(desk, job, True, "everything is put as it is known")
        elif what == "command":
            self._command(told.text("name"))
        elif what == "ping":
            _done(desk, job, True, f"dawbridge {self._version}, {self._words()}")
        else:
            raise BridgeError(
                f"dawbridge does not know how to {what!r}",
                cause="the script in the DAW is newer than the program",
                remedy="bring dawbridge up to date",
            )

    def _command(self, name: str) -> None:
        if name not in COMMANDS:
            raise BridgeError(
                f"There is no command {name!r}",
                cause="dawbridge does not know it",
                remedy=f"choose one of: {', '.join(COMMANDS)}",
            )
        self._say({"command": name})

    def _ask_analysis(self, desk: Desk, told: Message) -> None:
        placement = orders_of(told.text("map"))
        want = tuple(each for each in told.text("want").split(",") if each in WANTS)
        if not want:
            raise BridgeError(
                "Nothing was asked for",
                cause=f"the script wants {told.text('want')!r}",
                remedy="bring script and dawbridge to the same version",
            )
        loops = None
        if "loops" in want:
            loops = Path(told.text("folder")) if told.text("folder") else self._folder / "loops"
        self._order(desk, told, placement, Path(told.text("path")), want, loops)

    def _ask_clips(self, desk: Desk, told: Message) -> None:
        self._order(desk, told, None, None, ("loops",), self._folder / "loops", told.text("name"))

    def _order(
        self,
        desk: Desk,
        told: Message,
        placement: Placement | None,
        path: Path | None,
        want: tuple[str, ...] = (),
        loops: Path | None = None,
        name: str = "",
    ) -> None:
        if path is not None and not path.is_absolute():
            raise BridgeError(
                f"{path} cannot be found",
                cause="the DAW gave no whole path of the file",
                remedy="save the project, so that its files have a place, and try again",
            )
        number = self._studies.order(path, loops, name)
        self._asked[number] = Asked(
            desk,
            told.text("job"),
            told.text("what"),
            desk.project or "",
            told.text("item"),
            placement,
            want,
            told.text("title"),
            _slot(told),
        )

    # -- what takes a while

    def _studied(self) -> None:
        while not self._studies.told.empty():
            self._study(self._studies.told.get())

    def _study(self, told: Told) -> None:
        asked = self._asked.get(told.number)
        if asked is None:
            return
        if isinstance(told, Progress):
            asked.desk.link.send(
                [message("progress", job=asked.job, share=told.share, text=told.text)]
            )
            return
        del self._asked[told.number]
        if isinstance(told, Failed):
            _answer(asked.desk, asked.job, told.error)
        elif asked.project != asked.desk.project:
            _done(
                asked.desk, asked.job, False, "another project is in front: ask again in that one"
            )
        else:
            self._understood(asked, told)

    def _understood(self, asked: Asked, told: Understood) -> None:
        desk = asked.desk
        whole = Placement((0.0, told.recording.duration), (0.0, told.recording.duration))
        placement = asked.placement or whole
        if asked.what == "splits":
            at = splits_of(told.recording, placement)
            if at:
                places = ",".join(f"{each:.9f}" for each in at)
                desk.link.send([message("split", job=asked.job, item=asked.item, at=places)])
            _done(desk, asked.job, bool(at), f"{len(at)} cuts" if at else "one section: no cut")
            return
        beats = desk.conversation.unit == "beats"
        unit_seconds = placement.span.seconds / (placement.positions[-1] - placement.positions[0])
        group = f"item:{asked.item}" if asked.item else f"clips:{told.name}"
        facts = facts_of(
            told.recording,
            placement,
            asked.want,
            group=group,
            notes=self._notes,
            unit_seconds=unit_seconds if beats else 1.0,
            track=asked.track,
            loops=told.loops,
        )
        desk.put_group(group, frozenset(ROLE_OF[w] for w in asked.want if w in WANTS), facts)
        if asked.what == "clips":
            desk.show_clips(facts, asked.slot)
        counts = {fact.role: 0 for fact in facts}
        for fact in facts:
            counts[fact.role] += max(1, len(fact.notes))
        text = ", ".join(f"{number} {role}" for role, number in counts.items())
        _done(desk, asked.job, bool(facts), text or "nothing was found that could be put")

    # -- after a recording

    def _recorded(self, desk: Desk, told: Message) -> None:
        at, offset = told.number("at"), told.number("offset") or 0.0
        length, rate = told.number("length"), told.number("rate") or 1.0
        path = told.text("path")
        if at is None or not length or not path or desk.conversation.unit != "seconds":
            return
        recorded = Recorded(Path(path), at, offset, length, rate)
        if self._settings.daw.match:
            self._matcher.match(desk, recorded)
        if self._settings.daw.riffs and length >= LONG and "riff" in desk.conversation.roles:
            points = f"{offset},{at};{offset + length * rate},{at + length}"
            self._ask_analysis(
                desk,
                message(
                    "ask", what="analyze", job="riffs", path=path, item=told.text("item"),
                    map=points, want="riffs",
                ),
            )  # fmt: skip

    def _matched(self) -> None:
        for found in self._matcher.found():
            self._exact(found)

    def _exact(self, found: Exact) -> None:
        desk = found.desk
        if desk.marks is None or desk.project != found.project:
            return
        by = desk.marks.move(found.number, found.position)
        # Live marks of the next recording begin with what this one was off by.
        self._learned = max(-1.0, min(1.0, self._learned + by))
        for each in self._desks:
            each.offset = self._settings.daw.offset + self._learned
        self._say({"matched": {"moved": by, "confidence": found.alignment.confidence}})

    # -- once a second

    def _each_second(self, now_ns: int) -> None:
        for meeting in self._meetings:
            meeting.beat()
        for desk in [each for each in self._desks if each.link.gone or each.conversation.said_bye]:
            desk.link.close()
            self._desks.remove(desk)
        state, reason = self._state
        for desk in self._desks:
            words = self._words() + (f": {reason}" if reason else "")
            trouble = desk.conversation.trouble
            desk.tell_state(state, f"{words}; {trouble}" if trouble else words)
        self._matcher.tape(any(desk.recording and desk.alive(now_ns) for desk in self._desks))
        self._hold(now_ns)
        there = [
            {
                "daw": desk.conversation.daw,
                "project": desk.conversation.title or "untitled",
                "state": "recording" if desk.recording else "connected",
            }
            for desk in self._desks
            if desk.conversation.journal is not None
        ]
        if there != self._there:
            self._there = there
            self._say({"daw": there})

    def _hold(self, now_ns: int) -> None:
        """Jobs on files wait while a DAW records: the disk and the cores are its own."""
        recording = [desk for desk in self._desks if desk.recording and desk.alive(now_ns)]
        with suppress(OSError):
            if recording:
                self._held_ns = now_ns
                hold("daw", f"{recording[0].conversation.daw} records", HOLD)
            elif self._held_ns:
                self._held_ns = 0
                release("daw")

    def _words(self) -> str:
        return WORDS.get(self._state[0], self._state[0])


NOTHING = "nothing was heard while the transport last ran"


def _slot(told: Message) -> int | None:
    number = told.number("slot")
    return None if number is None or not 0 <= number < 10_000 else int(number)


def _done(desk: Desk, job: str, ok: bool, text: str) -> None:
    desk.link.send([message("result", job=job, ok=ok, text=text)])


def _answer(desk: Desk, job: str, error: BridgeError) -> None:
    _done(
        desk,
        job,
        False,
        f"{error.what}: {error.cause}. {error.remedy[:1].upper()}{error.remedy[1:]}.",
    )
