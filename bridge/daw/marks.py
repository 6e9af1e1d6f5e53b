"""What is heard while a transport runs, as facts of the project: the live marks.

A stretch that is played or recorded again says its marks anew: one that comes at about the same
place keeps its id (and with it the user's name for it), what is not heard again goes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Protocol

from bridge.daw.facts import DRUM_TRACK, LIVE, STROKE, Fact, Kind, Note, Role, fact_id
from bridge.daw.journal import Journal
from bridge.daw.riffs.marks import RiffMarks
from bridge.daw.riffs.recurrence import Found
from bridge.daw.tempo_map import Bar, tempo_facts
from bridge.daw.timeline import Pass, Placed
from bridge.events import Beat, Chord, DrumHit, Event, Key, Metre, Section, State, Tempo
from bridge.recordings.colours import colour_of
from bridge.signal.spelling import chord_name

# Seconds between two hearings of the same fact: what moves by less is the same again.
SAME: dict[Role, float] = {"section": 2.0, "key": 4.0, "tempo": 4.0, "chord": 0.5}
LATE = 8.0  # seconds after a pass in which trackers may still decide about it
LONG = 10.0  # seconds: a shorter pass takes nothing back of what earlier ones heard
STEADY = 0.03  # a tempo that changes by less is the same
SURE = 0.5  # confidence that a tempo or a key needs
SHORTEST = 0.5  # seconds: a chord that is taken back sooner was none
NEXT = 0.5  # seconds that a pass may begin before the end of the one that it goes on from
REVISED = 8.0  # seconds in which a tempo or a key that changes was only a first guess
GOES_ON = 10.0  # seconds after which a section that is heard again is the same one
ROUNDED = 1e-3  # seconds: what begins no earlier in a pass begins with it
KEPT = 16  # passes whose marks can still be moved to the sample
WAITING = 20_000  # events: an hour in which a DAW stands still in a dialog


class Where(Protocol):
    """Stream seconds to positions of the project."""

    offset: float  # seconds that live marks are put later

    def place(self, stream: float) -> Placed | None:
        """None: the transport stood then."""
        ...

    def settled(self, stream: float) -> bool:
        """Whether `place` will say nothing else of it."""
        ...

    def stream(self, host_ns: int) -> float:
        """When a moment of the monotonic clock was, stream seconds."""
        ...


@dataclass(slots=True)
class _Heard:
    """A pass and what was heard in it. Streams: (begin, end) of each fact by its id."""

    number: int
    start: float  # stream seconds
    first: float  # position
    end: float | None = None  # stream seconds; None: it runs
    last: float = 0.0  # position
    recording: bool = False
    goes_on: bool = False  # it follows the pass before without a stop, further on
    offset: float = 0.0  # seconds that its marks were put later
    exact: Callable[[float], float] | None = None  # once it is known to the sample
    streams: dict[str, tuple[float, float | None]] = field(default_factory=dict)
    section: str | None = None  # id of the one that runs
    begun: set[Role] = field(default_factory=set)  # of which something later than the start came
    bpm: float | None = None
    key: str | None = None
    said: dict[Role, tuple[str, float]] = field(
        default_factory=dict
    )  # last id, where in the stream
    chord: str | None = None  # its label, where it begins in the stream, its id
    chord_at: float = -1.0
    chord_id: str | None = None
    beats: list[tuple[float, int]] = field(default_factory=list)  # stream seconds, number
    hits: list[tuple[float, int, int]] = field(default_factory=list)  # seconds, note, velocity
    metre: tuple[int, int] = (4, 4)
    over: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """A pass that is over: from `start` to `end` of the stream, from position `first` on, its
    marks put `offset` seconds later.
    """

    number: int
    start: float
    end: float
    first: float
    offset: float


class Marks:
    """The live marks of one project."""

    def __init__(
        self,
        run: str,
        journal: Journal,
        kept: Journal,
        notes: Mapping[str, int],
        *,
        before: Mapping[str, Event],
        roles: frozenset[str],
        recording_only: bool,
        seconds: Callable[[], float] = lambda: 1.0,
    ) -> None:
        """`run` names this hearing; `kept`: where drums and tempo map wait until they are asked
        for; `notes`: MIDI note by drum; `before`: the last event of each topic until now;
        `seconds`: units of position in a second.
        """
        self._run = run
        self._journal = journal
        self._kept = kept
        self._notes = notes
        self._roles = roles
        self._recording_only = recording_only
        self._seconds = seconds
        self._waiting: deque[Event] = deque(maxlen=WAITING)
        self._passes: dict[int, _Heard] = {}
        self._now = dict(before)  # the last section, key, tempo, metre and state
        self._count = 0
        self._riffs = RiffMarks(run, journal)
        self._newest = 0  # number of the pass whose drums and tempo map are kept

    def hear(self, event: Event) -> None:
        """An event of the stream; it is placed when its place is certain."""
        self._waiting.append(event)

    def settle(self, where: Where, passes: Sequence[Pass], now: float) -> None:
        """Places what can be placed. `now`: stream seconds."""
        known = {each.number: each for each in passes}
        before = self._count
        while self._waiting and where.settled(self._waiting[0].at):
            event = self._waiting.popleft()
            placed = where.place(event.at)
            about = known.get(placed.number) if placed else None
            if placed is None or about is None:
                self._between(event)
            elif about.recording or not self._recording_only:
                heard = self._pass(about, where)
                at = heard.exact(event.at) if heard.exact else placed.at
                self._in(heard, event, max(0.0, at), where)
            self._now[event.topic] = event
        for heard in list(self._passes.values()):
            about = known.get(heard.number)
            if about is not None and about.end_ns is not None:
                heard.end, heard.last = where.stream(about.end_ns), about.last
            if not heard.over and heard.end is not None and now > heard.end + LATE:
                self._finish(heard, where)
            elif self._count > before and heard.end is None and about is not None:
                self._grow(heard, about.last)
        while len(self._passes) > KEPT:
            del self._passes[min(self._passes)]

    def newest(self, kind: str, where: Where) -> list[Fact]:
        """What was heard while the transport last rolled: "tempo" points, or "notes"."""
        for heard in self._passes.values():
            if not heard.over:  # what is decided later about it comes with the next asking
                self._keep(heard, where)
        return [fact for fact in self._kept.facts.values() if fact.kind == kind]

    @property
    def newest_pass(self) -> int:
        """Number of the last pass in which something was heard; 0: none."""
        return max(self._passes, default=0)

    def lately(self, now: float) -> Stretch | None:
        """The pass that runs, or has just ended, from its beginning to `now`, stream seconds."""
        heard = max(self._passes.values(), key=lambda each: each.number, default=None)
        if heard is None or heard.over or "riff" not in self._roles:
            return None
        if self._riffs.searched(heard.number):
            return None
        end = now if heard.end is None else min(heard.end, now)
        return Stretch(heard.number, heard.start, end, heard.first, heard.offset)

    def hear_riffs(self, number: int, found: Found, where: Where) -> None:
        """What came back in a part of a pass."""
        heard = self._passes.get(number)
        if heard is None:
            return
        position = _position(heard, where)

        def inside(stream: float) -> float:
            return heard.first if stream <= heard.start + ROUNDED else position(stream)

        self._riffs.hear(number, found, inside, recording=heard.recording)

    def put_riffs(self, facts: Sequence[Fact], first: float, last: float, until: int) -> None:
        """Riffs of a file that was searched as a whole, in positions from first to last; it was
        recorded in the pass `until` or before.
        """
        recorded = [each for each in self._passes.values() if each.recording]
        self._riffs.put(
            facts,
            first,
            last,
            passes=[
                each.number
                for each in recorded
                if each.number <= until and first < each.last and each.first < last
            ],
            later=[(each.first, each.last) for each in recorded if each.number > until],
        )

    def recorded(self, first: float, last: float) -> Stretch | None:
        """The recording pass that a file from `first` to `last` is of, once its end is known."""
        for heard in sorted(self._passes.values(), key=lambda each: -each.number):
            end = heard.end
            shared = min(heard.last, last) - max(heard.first, first)
            if heard.recording and end is not None and shared > 0.5 * (heard.last - heard.first):
                return Stretch(heard.number, heard.start, end, heard.first, heard.offset)
        return None

    def move(self, number: int, exact: Callable[[float], float], where: Where) -> float:
        """Puts the marks of a pass where `exact` (stream seconds to position) says.

        Gives by how much, in positions: the median.
        """
        heard = self._passes.get(number)
        if heard is None:
            return 0.0
        heard.exact = exact
        by = []
        for id, (begin, end) in heard.streams.items():
            fact = self._journal.facts.get(id)
            if fact is None:
                continue
            at = exact(begin)
            if begin > heard.start:
                by.append(at - fact.at)
            else:
                at = fact.at  # where the transport started: no time of the music
            self._journal.put(
                replace(fact, at=at, end=fact.end if end is None else max(at, exact(end)))
            )
        self._riffs.move(number, exact)
        if heard.over:
            self._keep(heard, where)
        by.sort()
        return by[len(by) // 2] if by else 0.0

    # -- one event

    def _pass(self, about: Pass, where: Where) -> _Heard:
        heard = self._passes.get(about.number)
        if heard is None:
            start = where.stream(about.start_ns)
            before = self._passes.get(about.number - 1)
            heard = _Heard(
                about.number,
                start,
                max(0.0, about.first),
                recording=about.recording,
                goes_on=about.after in ("seek", "record")
                and before is not None
                and about.first >= before.last - NEXT * self._seconds(),
                offset=where.offset,
            )
            self._passes[about.number] = heard
            state = self._now.get("state")
            sounds = not isinstance(state, State) or state.state in ("listening", "starting")
            for topic in ("metre", "key", "tempo", "section"):
                if topic in self._now and sounds:
                    self._begin_with(heard, self._now[topic])
        heard.last = max(heard.last, about.last)
        return heard

    def _between(self, event: Event) -> None:
        """What began while the transport stood holds where a pass starts after it."""
        for heard in self._passes.values():
            if not heard.over and event.at < heard.start:
                self._begin_with(heard, event)

    def _begin_with(self, heard: _Heard, event: Event) -> None:
        """What holds where a pass starts is marked there, unless a mark before it says the same."""
        if isinstance(event, Metre):
            self._metre(heard, event)
        elif isinstance(event, Section) and "section" not in heard.begun:
            before = self._last("section", heard.first)
            goes_on = before is not None and (
                before.name == section_name(event)
                and self._reach(before) + GOES_ON * self._seconds() >= heard.first
            )
            if before and goes_on:
                self._leave(before.id)
                heard.section, heard.streams[before.id] = before.id, (heard.start, None)
            else:
                self._section(heard, event, heard.start, heard.first, heard.first)
        elif isinstance(event, Key) and "key" not in heard.begun:
            before = self._last("key", heard.first)
            if before and before.name == event.key:
                heard.key = event.key
                heard.streams.setdefault(before.id, (heard.start, None))
            self._key(heard, event, heard.start, heard.first)
        elif isinstance(event, Tempo) and "tempo" not in heard.begun:
            before = self._last("tempo", heard.first)
            if before and event.bpm:
                heard.bpm = before.bpm
            self._tempo(heard, event, heard.start, heard.first)

    def _reach(self, section: Fact) -> float:
        """How far a section has been heard: one that runs, to the end of its pass."""
        running = [each.last for each in self._passes.values() if each.section == section.id]
        return max([_end(section), *running])

    def _last(self, role: Role, at: float) -> Fact | None:
        """The live mark of this role that holds at a position."""
        before = [fact for fact in self._live(role) if fact.at <= at + 1e-6]
        return max(before, key=lambda fact: fact.at, default=None)

    def _live(self, role: Role) -> Iterator[Fact]:
        for fact in self._journal.facts.values():
            if fact.role == role and fact.group == LIVE:
                yield fact

    def _in(self, heard: _Heard, event: Event, at: float, where: Where) -> None:
        if isinstance(event, Beat):
            if event.number is not None:
                heard.beats.append((event.at, event.number))
        elif isinstance(event, DrumHit):
            note = self._notes.get(event.drum)
            if note is not None:
                heard.hits.append((event.at, note, event.velocity))
        elif isinstance(event, Metre):
            self._metre(heard, event)
        elif isinstance(event, Section):
            decided = where.place(event.decided)
            until = decided.at if decided and decided.number == heard.number else at
            heard.begun.add("section")
            self._section(heard, event, event.at, at, until)
        elif isinstance(event, Key):
            heard.begun.add("key")
            self._key(heard, event, event.at, at)
        elif isinstance(event, Tempo):
            heard.begun.add("tempo")
            self._tempo(heard, event, event.at, at)
        elif isinstance(event, Chord):
            self._chord(heard, event, at)

    def _section(
        self, heard: _Heard, event: Section, stream: float, at: float, until: float
    ) -> None:
        self._close(heard, stream, at)
        if event.name == "silence":
            return
        name = section_name(event)
        heard.section = self._put(heard, "section", stream, at, name, max(until, at), stream)

    def _close(self, heard: _Heard, stream: float, at: float) -> None:
        """The section that runs ends here."""
        fact = self._journal.facts.get(heard.section or "")
        if fact is not None and fact.id in heard.streams:
            begin, _ = heard.streams[fact.id]
            if at - fact.at < 1e-6:  # another word for the same place
                del heard.streams[fact.id]
                self._journal.drop(fact.id)
            else:
                heard.streams[fact.id] = (begin, stream)
                self._journal.put(replace(fact, end=at))
        heard.section = None

    def _grow(self, heard: _Heard, last: float) -> None:
        """The section that runs reaches to here: told along with what is put anyway."""
        fact = self._journal.facts.get(heard.section or "")
        if fact is not None and last > _end(fact):
            self._journal.put(replace(fact, end=last))

    def _key(self, heard: _Heard, event: Key, stream: float, at: float) -> None:
        if event.key and event.key != heard.key and event.confidence >= SURE:
            heard.key = event.key
            self._say(heard, "key", stream, at, event.key)

    def _tempo(self, heard: _Heard, event: Tempo, stream: float, at: float) -> None:
        if event.bpm is None or event.coasting or event.confidence < SURE:
            return
        if heard.bpm is None or abs(event.bpm / heard.bpm - 1) > STEADY:
            heard.bpm = event.bpm
            self._say(heard, "tempo", stream, at, f"{event.bpm:.0f} BPM", event.bpm)

    def _say(
        self,
        heard: _Heard,
        role: Role,
        stream: float,
        at: float,
        name: str,
        bpm: float | None = None,
    ) -> None:
        """A tempo or a key from here on; soon after another it stands in its place."""
        id, since = heard.said.get(role, ("", 0.0))
        before = self._journal.facts.get(id)
        if before is not None and stream - since < REVISED:
            self._journal.put(replace(before, name=name, bpm=bpm))
            return
        new = self._put(heard, role, stream, at, name, bpm=bpm)
        if new is not None:
            heard.said[role] = new, stream

    def _chord(self, heard: _Heard, event: Chord, at: float) -> None:
        if event.label == heard.chord:
            return
        before = self._journal.facts.get(heard.chord_id or "")
        heard.chord = event.label
        name = chord_name(event.label)
        if before is not None and event.at - heard.chord_at < SHORTEST:
            if event.label == "N":  # on second thoughts it was none
                self._journal.drop(before.id)
            else:
                self._journal.put(replace(before, name=name))
            return
        heard.chord_at = event.at
        heard.chord_id = (
            self._put(heard, "chord", event.at, at, name) if event.label != "N" else None
        )

    def _metre(self, heard: _Heard, event: Metre) -> None:
        if event.beats and event.unit:
            heard.metre = (event.beats, event.unit)

    # -- facts

    def _put(
        self,
        heard: _Heard,
        role: Role,
        stream: float,
        at: float,
        name: str,
        end: float | None = None,
        until: float | None = None,
        bpm: float | None = None,
    ) -> str | None:
        """Gives the fact's id; None: nobody wants facts of this role."""
        if role not in self._roles:
            return None
        id = self._again(heard, role, at)
        if id is None:
            self._count += 1
            id = fact_id(role, self._run, heard.number, self._count)
        heard.streams[id] = (stream, until)
        kind: Kind = "marker" if end is None else "region"
        self._journal.put(Fact(id, kind, role, at, name, end, LIVE, colour_of(role, name), bpm=bpm))
        return id

    def _again(self, heard: _Heard, role: Role, at: float) -> str | None:
        """The id of what was heard about here before, and not in this pass."""
        reach = SAME[role] * self._seconds()
        near = [
            (abs(fact.at - at), fact.id)
            for fact in self._live(role)
            if abs(fact.at - at) <= reach and fact.id not in heard.streams
        ]
        if not near:
            return None
        _, id = min(near)
        self._leave(id)
        for other in self._passes.values():
            other.streams.pop(id, None)
        return id

    def _leave(self, id: str) -> None:
        """Another pass has this section now: those before do not end it any more."""
        for other in self._passes.values():
            if other.section == id:
                other.section = None

    def _finish(self, heard: _Heard, where: Where) -> None:
        """A pass is over and everything is decided about it."""
        heard.over = True
        assert heard.end is not None
        if heard.section is not None:
            self._close(heard, heard.end, heard.last)
        if heard.end - heard.start >= LONG and (heard.beats or heard.streams):
            later = {
                id
                for other in self._passes.values()
                if other.number > heard.number
                for id in other.streams
            }
            old = [
                fact.id
                for fact in self._journal.group(LIVE)
                if heard.first <= fact.at < heard.last
                and fact.role in self._roles & SAME.keys()
                and fact.id not in heard.streams
                and fact.id not in later
            ]
            self._journal.drop(*old)
            if heard.recording:
                self._riffs.end(heard.number, heard.first, heard.last)

        self._keep(heard, where)

    def _keep(self, heard: _Heard, where: Where) -> None:
        """Drums and tempo map since the transport started, for whoever asks; earlier ones go."""
        if heard.number < self._newest or not (heard.hits or heard.beats):
            return
        self._newest = heard.number
        passes = [heard]
        while passes[0].goes_on and passes[0].number - 1 in self._passes:
            passes.insert(0, self._passes[passes[0].number - 1])
        per_second = self._seconds()
        bars: list[Bar] = []
        strokes: list[tuple[float, int, int]] = []
        for each in passes:
            position = _position(each, where)
            bars += bars_heard(each.beats, each.metre, position)
            strokes += [(position(at), note, velocity) for at, note, velocity in each.hits]
        facts = tempo_facts(bars, LIVE, self._run, heard.number, unit_seconds=1 / per_second)
        if strokes:
            strokes.sort()
            first, length = strokes[0][0], STROKE * per_second
            notes = tuple(
                Note(at - first, length, note, velocity) for at, note, velocity in strokes
            )
            id, end = fact_id("drums", self._run, heard.number), strokes[-1][0] + length
            facts.append(
                Fact(id, "notes", "drums", first, "drums", end, track=DRUM_TRACK, notes=notes)
            )
        self._kept.replace(list(self._kept.facts), *facts)


def _position(heard: _Heard, where: Where) -> Callable[[float], float]:
    """Positions of a pass, as well as they are known by now."""

    def position(stream: float) -> float:
        if heard.exact:
            return max(0.0, heard.exact(stream))
        placed = where.place(stream)
        return max(0.0, placed.at) if placed and placed.number == heard.number else heard.last

    return position


def _end(fact: Fact) -> float:
    return fact.at if fact.end is None else fact.end


def section_name(event: Section) -> str:
    """As a mark is called: "chorus-like" is what "chorus" can be said of."""
    return event.name.removesuffix("-like")


def bars_heard(
    beats: Sequence[tuple[float, int]],
    metre: tuple[int, int],
    position: Callable[[float], float],
) -> list[Bar]:
    """Bars from one downbeat to the next, in positions."""
    ones = [position(at) for at, number in beats if number == 1]
    return [Bar(start, end, *metre) for start, end in pairwise(ones) if end > start]
