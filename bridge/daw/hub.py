"""Every connected DAW: who is there, what is heard, what a recording leaves."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from bridge.clocks import SECOND
from bridge.daw.analysed import Placement
from bridge.daw.asks import Answer, Asks
from bridge.daw.conversation import Conversation
from bridge.daw.desk import Desk
from bridge.daw.exact import Exact, Matcher, Recorded
from bridge.daw.journal import Journals
from bridge.daw.lags import Lags
from bridge.daw.links import Link, Meeting
from bridge.daw.marks import Marks
from bridge.daw.riffs.finder import RiffFinder
from bridge.daw.streams import StreamClock
from bridge.daw.wire import Message, message
from bridge.errors import BridgeError
from bridge.events import Event, State, from_json
from bridge.library.holds import hold, release
from bridge.settings import Settings

log = logging.getLogger(__name__)

BEAT = 1.0  # seconds between two signs of life
HOLD = 10.0  # seconds that jobs go on waiting if we die while a DAW records
LONG = 30.0  # seconds: a shorter recording is not searched for riffs
WORDS = {
    "starting": "dawbridge is starting",
    "listening": "dawbridge listens",
    "silent": "dawbridge hears nothing",
    "stalled": "dawbridge gets no sound",
    "lost": "dawbridge has nothing to hear with",
    "ended": "dawbridge has heard all there was",
}


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
        riffs: RiffFinder,
    ) -> None:
        """`folder`: where DAWs and we meet; `run` names this process and what it hears; `notes`:
        MIDI note by drum; `say` passes a line to the supervisor.
        """
        self._settings = settings.daw
        self._meetings = meetings
        self._run = run
        self._version = version
        self._notes = notes
        self._say = say
        self._matcher = matcher
        self._riffs = riffs
        self._journals = Journals(folder / "journals", tell=self._trouble)
        self._lags = Lags(folder / "lags.json", settings.source.input)
        self._streams = StreamClock()
        self._asks = Asks(settings, folder / "loops", notes=notes, say=say, words=self._hello)
        self._desks: list[Desk] = []
        self._latest: dict[str, Event] = {}  # by topic
        self._now_ns = self._beaten_ns = 0
        self._holding = False
        self._there: list[dict[str, str]] = []

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
            self._riffs.listen_to(Path(line["ring"]["path"]))
        elif "event" in line:
            with suppress(KeyError, TypeError):  # of another version
                event = from_json(dict(line))
                self._latest[event.topic] = event
                for desk in self._desks:
                    desk.hear(event)

    def step(self, now_ns: int) -> None:
        """One look at everything. Never waits."""
        self._now_ns = now_ns
        for meeting in self._meetings:
            self._desks += [self._desk_for(link) for link in meeting.arrivals()]
        for desk in self._desks:
            try:
                for told in desk.take(now_ns):
                    self._told(desk, told)
                desk.step(now_ns)
            except Exception:  # one script's nonsense must not end the talk with all others
                log.exception("%s %s is given up", desk.conversation.daw, desk.conversation.title)
                self._give_up(desk)
        self._asks.step()
        self._matcher.step()
        self._riffs.step(now_ns)
        if now_ns - self._beaten_ns >= BEAT * SECOND:
            self._beaten_ns = now_ns
            self._each_second()

    def ask_clips(self, name: str, slot: int | None, answer: Answer) -> list[str]:
        """Loops for every DAW that can hold them, from that slot on where it has slots.

        Gives who was asked; `answer` hears of each how it went.
        """
        asked = []
        for desk in self._desks:
            if desk.front and "loop" in desk.conversation.can:
                called = f"{desk.conversation.daw}: {desk.conversation.title}"
                self._asks.clips(desk, name, slot, partial(_of, called, answer))
                asked.append(called)
        return asked

    def command(self, name: str) -> None:
        """tap, double, halve or the_one. Raises BridgeError for anything else."""
        self._asks.command(name)

    def close(self) -> None:
        """Ends all conversations; what is known stays."""
        self._asks.close()
        self._matcher.close()
        self._riffs.close()
        for desk in self._desks:
            desk.link.close()
        for meeting in self._meetings:
            meeting.close()
        self._journals.close()
        if self._holding:
            release("daw")

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
            journals=self._journals,
            notes=self._notes,
            streams=self._streams,
            latest=self._latest,
        )

    def _taken(self, project: str, by: Link) -> bool:
        """Whether another living script has this project. One that fell silent gives way."""
        others = [each for each in self._desks if each.link is not by and each.project == project]
        if any(each.alive(self._now_ns) for each in others):
            return True
        for each in others:  # it may only be stalled in a dialog, and wakes up to this
            why = "another dawbridge script has this project now"
            remedy = "close the project in one of the two, then start this script again"
            each.link.send([message("refuse", why=why, remedy=remedy)])
            each.link.close()
        return False

    def _told(self, desk: Desk, told: Message) -> None:
        """`ask` or `recorded`: what goes wrong with it is answered, and harms nothing else."""
        if not desk.front:
            return
        try:
            if told.verb == "recorded":
                self._recorded(desk, told)
            else:
                self._asks.ask(desk, told)
        except BridgeError as error:
            desk.answer(told.text("job"), error)

    def _give_up(self, desk: Desk) -> None:
        why = "dawbridge could make nothing of what this script told"
        remedy = "start the script again; if it happens again, report it with background.log"
        desk.link.send([message("refuse", why=why, remedy=remedy)])
        desk.link.close()

    # -- after a recording

    def _recorded(self, desk: Desk, told: Message) -> None:
        at, offset = told.number("at"), told.number("offset") or 0.0
        length, rate = told.number("length"), told.number("rate") or 1.0
        path, marks = told.text("path"), desk.marks
        if at is None or not length or length < 0 or not path or marks is None:
            return
        if desk.conversation.unit != "seconds" or abs(rate - 1.0) > 1e-6:
            return  # a recording is not played faster than it sounded
        recorded = Recorded(Path(path), at, offset, length)
        if self._settings.match:
            self._matcher.match(
                desk.project or "",
                recorded,
                partial(marks.recorded, at, at + length),
                partial(self._exact, desk, marks),
            )
        if self._settings.riffs and length >= LONG and "riff" in desk.conversation.roles:
            placement = _straight(at, offset, length)
            self._asks.riffs(desk, Path(path), told.text("item"), placement, marks.newest_pass)

    def _exact(self, desk: Desk, marks: Marks, found: Exact) -> None:
        """Marks of a pass move to the sample; the next ones begin with what they were off by."""
        by = marks.move(found.stretch.number, found.position, desk)
        lag = found.stretch.offset + by - self._settings.offset
        self._lags.learn(desk.conversation.daw, lag)
        self._say({"matched": {"moved": by, "confidence": found.alignment.confidence}})

    # -- once a second

    def _each_second(self) -> None:
        for meeting in self._meetings:
            meeting.beat()
        for desk in [each for each in self._desks if each.link.gone or each.conversation.said_bye]:
            desk.link.close()
            self._desks.remove(desk)
        state, words = self._state()
        for desk in self._desks:
            desk.put_later(self._settings.offset + self._lags.of(desk.conversation.daw))
            trouble = desk.conversation.trouble
            desk.tell_state(state, f"{words}; {trouble}" if trouble else words)
        if self._settings.riffs:
            asked = [desk.question() for desk in self._desks]
            self._riffs.look([each for each in asked if each is not None])
        self._hold([desk for desk in self._desks if desk.recording and desk.alive(self._now_ns)])
        there = [
            {
                "daw": desk.conversation.daw,
                "project": desk.conversation.title or "untitled",
                "state": "recording" if desk.recording else "connected",
            }
            for desk in self._desks
            if desk.front
        ]
        if there != self._there:
            self._there = there
            self._say({"daw": there})

    def _hold(self, recording: list[Desk]) -> None:
        """While a DAW records we do so, too, and jobs on files wait: disk and cores are its own."""
        self._matcher.tape(bool(recording))
        with suppress(OSError):
            if recording:
                self._holding = True
                hold("daw", f"{recording[0].conversation.daw} records", HOLD)
            elif self._holding:
                self._holding = False
                release("daw")

    def _state(self) -> tuple[str, str]:
        """How we are, and a sentence about it."""
        event = self._latest.get("state")
        if not isinstance(event, State):
            return "starting", WORDS["starting"]
        words = WORDS.get(event.state, event.state)
        return event.state, f"{words}: {event.reason}" if event.reason else words

    def _hello(self) -> str:
        return f"dawbridge {self._version}: {self._state()[1]}"

    def _trouble(self, error: BridgeError) -> None:
        self._say({"error": error.parts()})


def _straight(at: float, offset: float, length: float) -> Placement:
    try:
        return Placement((offset, offset + length), (at, at + length))
    except ValueError as error:
        raise BridgeError(
            "A recording cannot be placed",
            cause=f"what the script told of it makes no sense ({error})",
            remedy="bring the script up to date: `dawbridge install`, then restart the DAW",
        ) from error


def _of(called: str, answer: Answer, ok: bool, text: str) -> None:
    answer(ok, f"{called}: {text}")
