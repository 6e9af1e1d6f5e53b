"""The riffs of a project as live marks: put, found again, moved to the sample."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from bridge.daw.facts import LIVE, Fact, fact_id
from bridge.daw.journal import Journal
from bridge.daw.riffs.known import carried_on
from bridge.daw.riffs.recurrence import Found, meet
from bridge.daw.riffs.steady import Steady
from bridge.recordings.colours import colour_of

STILL = 0.05  # seconds: a time that is found so little elsewhere is where it was
KEPT = 16  # passes whose riffs can still be moved to the sample

Position = Callable[[float], float]  # stream seconds to a position of the project
Stretch = tuple[float, float]  # positions: from, until


@dataclass(slots=True)
class _Heard:
    """What was found in a pass. Streams: (begin, end) of each mark by its id."""

    steady: Steady = field(default_factory=Steady)
    streams: dict[str, tuple[float, float]] = field(default_factory=dict)


class RiffMarks:
    """Each look at a pass replaces what was said of the part that it looked at."""

    def __init__(self, run: str, journal: Journal) -> None:
        """`run` names this hearing."""
        self._run = run
        self._journal = journal
        self._passes: dict[int, _Heard] = {}
        self._searched: set[int] = set()
        self._count = 0

    def searched(self, number: int) -> bool:
        """Whether the file of a pass was searched: nothing better can be found."""
        return number in self._searched

    def hear(self, number: int, found: Found, position: Position, *, recording: bool) -> None:
        """What came back in a part of a pass. What is known is taken back only while it records:
        a pass that plays says riffs where none are.
        """
        if number in self._searched:
            return
        heard = self._passes.setdefault(number, _Heard())
        sure = heard.steady.hear(found)
        if sure is None:
            return
        facts, streams = [], {}
        for riff in sure.riffs:
            for start, end in riff.times:
                at, until = self._said(heard, start, end) or (position(start), position(end))
                fact = self._fact(at, riff.name, until)
                facts.append(fact)
                streams[fact.id] = start, end
        first, last = position(found.start), position(found.end)
        stays = [_span(fact) for fact in self._live() if fact.at < first]
        if not recording:
            stays += [
                _span(fact)
                for fact in self._journal.facts.values()
                if fact.role == "riff" and fact.id not in heard.streams
            ]
        kept = self._replace(facts, first, last, stays, named=set(heard.streams))
        heard.streams |= {now: streams[fresh] for fresh, now in kept.items()}
        while len(self._passes) > KEPT:
            del self._passes[min(self._passes)]

    def _said(self, heard: _Heard, start: float, end: float) -> Stretch | None:
        """Where this time was put by an earlier look. It stays there: what the clocks say of
        minutes ago changes with every second that they drift.
        """
        for id, (begun, ended) in heard.streams.items():
            fact = self._journal.facts.get(id)
            if fact is not None and max(abs(begun - start), abs(ended - end)) <= STILL:
                return _span(fact)
        return None

    def put(
        self,
        facts: Sequence[Fact],
        first: float,
        last: float,
        *,
        passes: Iterable[int],
        later: Sequence[Stretch],
    ) -> None:
        """What the recorded file of these passes holds, in positions from first to last, but where
        `later` ones recorded over it.
        """
        self._searched.update(passes)
        told = [self._fact(each.at, each.name, each.end or each.at) for each in facts]
        self._replace(told, first, last, later)

    def end(self, number: int, first: float, last: float) -> None:
        """A pass has recorded from first to last: riffs that nobody found there since are gone."""
        if number in self._searched:
            return
        found = {
            id for each, heard in self._passes.items() if each >= number for id in heard.streams
        }
        there = [fact.id for fact in self._live() if first <= fact.at < last]
        self._journal.drop(*[id for id in there if id not in found])

    def move(self, number: int, exact: Position) -> None:
        """Puts the riffs of a pass where its moments really lie."""
        heard = self._passes.get(number, _Heard())
        for id, (start, end) in heard.streams.items():
            fact = self._journal.facts.get(id)
            if fact is not None:
                at = exact(start)
                self._journal.put(replace(fact, at=at, end=max(at, exact(end))))

    def _replace(
        self,
        facts: Sequence[Fact],
        first: float,
        last: float,
        stays: Sequence[Stretch],
        named: Collection[str] = (),
    ) -> dict[str, str]:
        """Puts facts for the marks from first to last; nothing changes where something `stays`.

        Gives the id that each has now: one that was known keeps its own.
        """

        def free(fact: Fact) -> bool:
            return not any(meet(_span(fact), each) for each in stays)

        known = [fact for fact in self._live() if first <= fact.at < last and free(fact)]
        fresh = [fact for fact in facts if free(fact)]
        carried = carried_on(known, fresh, named)
        for each in self._passes.values():  # only the pass that finds them last moves them
            for fact in known:
                each.streams.pop(fact.id, None)
        self._journal.replace([fact.id for fact in known], *carried)
        return {new.id: now.id for new, now in zip(fresh, carried, strict=True)}

    def _live(self) -> list[Fact]:
        facts = self._journal.facts.values()
        return [fact for fact in facts if fact.role == "riff" and fact.group == LIVE]

    def _fact(self, at: float, name: str, end: float) -> Fact:
        self._count += 1
        id = fact_id("riff", self._run, self._count)
        return Fact(id, "region", "riff", at, name, end, LIVE, colour_of("riff"))


def _span(fact: Fact) -> Stretch:
    return fact.at, fact.at if fact.end is None else fact.end
