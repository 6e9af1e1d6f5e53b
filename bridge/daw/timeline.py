"""Time between the stream and a DAW's transport: which position sounded at which moment.

Pure: every moment is given, in nanoseconds of this computer's monotonic clock ("host"). What is
fitted and why: docs/timeline.md.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from math import isfinite
from typing import Literal

from bridge.clocks import SECOND
from bridge.daw.rolling import SURE, Floor, Roll, Sample

__all__ = ["Pass", "Placed", "Sample", "ScriptClock", "Timeline"]

After = Literal["start", "seek", "loop", "record"]

MEMORY = 120.0  # seconds over which a script's clock is fitted
ASLEEP = 1.0  # seconds that every line may come late by before a clock is taken to have jumped
AWAKE = 3.0  # seconds of arrivals that must agree about it: a burst after a stall is over sooner
JUMP = 0.05  # seconds off the expected position
YOUNG = 0.1  # the same while the first block's place in time is not known yet
NUDGE = 0.15  # the same backwards for samples without a stamp: less may as well be lateness
BURST = 0.35  # seconds that a sample of a young pass may catch up at once, without a stamp
LATE = 2.0  # seconds for which lateness without a stamp must last to be a jump
SILENT = 30.0  # seconds without a sample: what the transport did in between is not known
AHEAD = 10.0  # seconds for which a pass goes on without a sample: a stall is shorter
LAG = 0.2  # seconds that an arrival without a stamp may be late by and still be believed
PASSES = 1000  # kept
SHORTEST = 0.25  # seconds of a loop whose rounds can be told apart by ten samples a second
ROUNDS = 120  # of a loop between two samples: more than SILENT leaves room for
GAP = 0.02  # seconds by which all samples of a round are late where its DAW loops with a gap
MET = 0.005  # seconds that a jump's moment may lie outside of the samples around it
FAR = 1e9  # units of position: nowhere
NO_LOOP = (0.0, 0.0)


class ScriptClock:
    """Seconds of a script's own clock to nanoseconds of ours.

    A line arrives late, never early, so the least delay of the last seconds is the truth
    (as in `bridge.clocks.HostClock`); its slope is the drift between the clocks.
    """

    def __init__(self) -> None:
        self._floor = Floor()
        self._origin: tuple[float, int] | None = None
        self._last = 0.0
        self._late_since: int | None = None  # arrival from which on all came absurdly late

    def heard(self, t: float, arrival_ns: int) -> int:
        """A line that the script wrote at `t` arrived; the moment of `t`, by the best knowledge."""
        if not isfinite(t):
            return arrival_ns
        if self._origin is None or t < self._last - 1.0:  # the script was started again
            self._begin(t, arrival_ns)
        assert self._origin is not None
        began, began_ns = self._origin
        seconds = max(t, self._last) - began
        delay = (arrival_ns - began_ns) / SECOND - (t - began)
        if delay - self._floor.at(seconds) > ASLEEP:
            self._late_since = arrival_ns if self._late_since is None else self._late_since
            if arrival_ns - self._late_since > AWAKE * SECOND:
                self._begin(t, arrival_ns)
                return arrival_ns
        else:
            self._late_since = None
        self._last = max(t, self._last)
        self._floor.add(seconds, delay)
        self._floor.forget(seconds - MEMORY)
        known = began_ns + round((t - began + self._floor.at(seconds)) * SECOND)
        return min(known, arrival_ns)

    def _begin(self, t: float, arrival_ns: int) -> None:
        self._floor = Floor()
        self._floor.add(0.0, 0.0)
        self._origin, self._last, self._late_since = (t, arrival_ns), t, None


@dataclass(frozen=True, slots=True)
class Placed:
    """A position of the project, and the number of the pass that it was heard in."""

    at: float
    number: int


@dataclass(frozen=True, slots=True)
class Pass:
    """Rolling without a jump. A punch into or out of record begins a new one on the same line.

    first, last    positions where it began, and where it ended or is by the last sample
    end_ns         None: it runs
    after          why the one before ended, or "start" where the transport stood before
    """

    number: int
    start_ns: int
    end_ns: int | None
    first: float
    last: float
    recording: bool
    after: After


@dataclass(slots=True)
class _Span:
    """A pass as it is known: samples at its edges, and the roll that it is a part of.

    A roll goes on through the rounds of a loop, so its positions are counted on: those of the
    project and `turned`. The samples here are counted so too.
    """

    number: int
    roll: Roll
    after: After
    first: Sample
    last: Sample
    before: _Span | None = None  # the pass that it followed without standing
    turned: float = 0.0  # units of position that were gone round before it
    edge: float | None = None  # position, counted on, at which it began: the loop's end
    stood: Sample | None = None  # the last sample before it, where the transport stood
    stopped: Sample | None = None  # the first sample after it, where the transport stood
    following: _Span | None = None
    fresh: list[Sample] | None = None  # of a new round, until it is known to join without a gap
    ended: bool = False
    told: Pass | None = None  # once nothing of it changes any more


class Timeline:
    """What a transport did, from samples of it."""

    def __init__(self) -> None:
        self._spans: deque[_Span] = deque()
        self._number = 0
        self._began_ns: int | None = None  # the first sample of all
        self._stood: Sample | None = None  # the newest sample, if it stood then
        self._off: list[Sample] = []  # newest samples that are not where they were expected
        self._latest: Sample | None = None

    def hear(self, sample: Sample) -> None:
        """The next sample, in the order they were taken."""
        if not isfinite(sample.at):
            return
        if sample.cursor is not None and not abs(sample.cursor) < FAR:
            sample = replace(sample, cursor=None)
        if not isfinite(sample.rate) or sample.rate <= 0.0:
            sample = replace(sample, rate=self._latest.rate if self._latest else 1.0)
        if self._began_ns is None:
            self._began_ns = sample.host_ns
        span = self._running()
        if span and sample.host_ns - span.last.host_ns > SILENT * SECOND:
            # a stamped position that lies on the line after so long: a dialog stopped the script,
            # not the transport
            counted = _count_on(sample, span.turned)
            sure = sample.playing and sample.exact and span.roll.sure
            if not (sure and self._expected(span, counted)):
                self._end(span, None)
                span = None
        if not sample.playing:
            if span:
                self._end(span, sample)
            self._stood = sample
        elif span is None:
            self._begin(sample, "start")
        else:
            self._roll_on(span, sample)
        self._latest = sample

    def place(self, host_ns: int) -> Placed | None:
        """The position that sounded then; None: the transport stood, or it is not known."""
        for span in reversed(self._spans):
            if host_ns >= self._start_ns(span):
                end = self._end_ns(span)
                if end is None:
                    end = span.last.host_ns + round(AHEAD * SECOND)
                # Where another pass followed at once, its beginning alone is the edge.
                if host_ns >= end and span.following is None:
                    return None
                return Placed(span.roll.at(host_ns) - span.turned, span.number)
        return None

    def settled(self, host_ns: int) -> bool:
        """Whether what `place` says of this moment stays, but for fractions of a millisecond.

        Samples after it have come, and enough of them for a fit where the transport rolls.
        """
        if self._began_ns is None:
            return False
        if host_ns < self._began_ns - LAG * SECOND:
            return True
        span = self._running()
        if span is None:
            stood = self._stood
            if stood is None:
                return bool(self._spans) and host_ns < (self._end_ns(self._spans[-1]) or 0)
            return host_ns <= stood.host_ns - _slack_ns(stood)
        return host_ns <= self._sure_until_ns(span)

    @property
    def passes(self) -> list[Pass]:
        """The last ones, oldest first."""
        return [self._told(span) for span in self._spans]

    def _running(self) -> _Span | None:
        return self._spans[-1] if self._spans and not self._spans[-1].ended else None

    def _begin(self, sample: Sample, after: After, on: _Span | None = None) -> _Span:
        """`on`: the span whose roll goes on."""
        before = self._running()
        self._number += 1
        roll, turned = (on.roll, on.turned) if on else (Roll(sample), 0.0)
        span = _Span(self._number, roll, after, sample, sample, before, turned)
        if before is not None:
            before.ended, before.following = True, span
        else:
            span.stood = self._stood
        self._stood = None
        self._off = []
        self._spans.append(span)
        if len(self._spans) > PASSES:
            self._spans.popleft()
            self._spans[0].before = None
        return span

    def _end(self, span: _Span, stopped: Sample | None) -> None:
        span.ended = True
        span.stopped = None if stopped is None else _count_on(stopped, span.turned)
        self._off = []

    def _roll_on(self, span: _Span, sample: Sample) -> None:
        loop, rounds = self._rounds(span, sample)
        counted = _count_on(sample, span.turned + rounds * _length(loop))
        if self._expected(span, counted):
            self._off = []
            for left in reversed(range(rounds)):
                span = self._go_round(span, counted, loop, told=left == 0)
            if counted.recording != span.first.recording:
                span = self._begin(counted, "record", span)
            if counted.at >= span.roll.last.at:
                self._join(span, counted)
                span.roll.add(counted)
                span.last = counted
            return
        if self._off and not _agree(self._off[-1], sample):
            self._off = []
        self._off.append(sample)
        if self._jumped(span):
            self._jump(span)

    def _rounds(self, span: _Span, sample: Sample) -> tuple[tuple[float, float], int]:
        """The loop, and how often the transport went back to its start since the last sample."""
        counted = _count_on(sample, span.turned)
        if self._expected(span, counted):
            return NO_LOOP, 0
        slack = JUMP * sample.rate
        back = counted.at < span.last.at - slack
        for loop in (span.last.loop, sample.loop):
            if loop is None or _length(loop) < SHORTEST * sample.rate:
                continue
            start, end = loop
            if not start - slack <= sample.at <= end + slack:
                continue
            if span.last.at - span.turned > end + slack:  # it rolls behind the loop, for good
                continue
            late = span.roll.excess(counted) * sample.rate / (end - start)
            for rounds in {1, round(late)} if sample.exact else {1} if back else ():
                on = _count_on(counted, rounds * (end - start))
                if 0 < rounds <= ROUNDS and (self._expected(span, on) or self._came_late(span, on)):
                    return loop, rounds
        return NO_LOOP, 0

    def _go_round(
        self, span: _Span, sample: Sample, loop: tuple[float, float], *, told: bool
    ) -> _Span:
        """The next round of a loop. `told`: the sample is of it; else nothing was told of it."""
        edge = loop[1] + span.turned
        turned = span.turned + _length(loop)
        if not told:
            recording = span.first.recording
            sample = replace(sample, at=edge, host_ns=span.roll.host_ns(edge), recording=recording)
        following = self._begin(sample, "loop", span)
        following.edge, following.turned, following.fresh = edge, turned, []
        return following

    def _join(self, span: _Span, sample: Sample) -> None:
        """A round all of whose first samples are late did not join: it has a roll of its own."""
        if span.fresh is None:
            return
        span.fresh.append(sample)
        if sample.host_ns - span.fresh[0].host_ns < SURE * SECOND:
            return
        if min(span.roll.excess(each) for each in span.fresh) > GAP:
            span.roll = Roll(span.fresh[0])
            for each in span.fresh[1:-1]:
                span.roll.add(each)
        span.fresh = None

    def _expected(self, span: _Span, sample: Sample) -> bool:
        """Whether it lies where the pass is by now, or may only have come late."""
        last = span.roll.last
        if sample.at < last.at - JUMP * sample.rate:
            return False
        excess = span.roll.excess(sample)
        if sample.exact:
            allowed = JUMP if span.roll.sure else YOUNG
            return -allowed <= excess <= allowed
        if not span.roll.sure:
            caught_up = (sample.at - last.at) * 2 / (sample.rate + last.rate)
            return caught_up - (sample.host_ns - last.host_ns) / SECOND <= BURST
        return -JUMP <= excess <= NUDGE

    def _came_late(self, span: _Span, counted: Sample) -> bool:
        """Whether one without a stamp is where the pass was a while ago."""
        return not counted.exact and span.roll.sure and span.roll.excess(counted) > NUDGE

    def _jumped(self, span: _Span) -> bool:
        """Whether the samples that are off are where the transport went, and no fault of one."""
        newest = self._off[-1]
        loop, rounds = self._rounds(span, self._off[0])
        first = _count_on(self._off[0], span.turned + rounds * _length(loop))
        back = first.at < span.roll.last.at - JUMP * first.rate
        if first.exact:
            return len(self._off) > (1 if back or span.roll.excess(first) < 0 else 2)
        if back or span.roll.excess(first) < -JUMP:
            return True
        return len(self._off) > 3 and newest.host_ns - first.host_ns > LATE * SECOND

    def _jump(self, span: _Span) -> None:
        off = self._off
        after: After = "loop" if off[0].at + span.turned < span.roll.last.at else "seek"
        self._off = []
        new = self._begin(off[0], after)
        for sample in off[1:]:
            self._roll_on(new, sample)

    def _start_ns(self, span: _Span) -> int:
        if span.told is not None:
            return span.told.start_ns
        if span.edge is not None:
            return span.roll.host_ns(span.edge)
        first_ns = min(span.roll.host_ns(span.first.at), span.first.host_ns)
        if span.before is not None:
            before_ns = span.before.roll.host_ns(span.before.last.at)
            first_ns = max(first_ns, before_ns)
            cursor = span.first.cursor
            if cursor is not None and span.roll is not span.before.roll:
                landed = span.roll.host_ns(cursor)
                if before_ns - MET * SECOND <= landed <= first_ns + MET * SECOND:
                    return min(max(landed, before_ns), first_ns)
            return (before_ns + first_ns) // 2
        stood = span.stood
        if stood is None:
            return first_ns
        earliest = stood.host_ns - _slack_ns(stood)
        for at in (stood.at, span.first.cursor):
            if at is not None and earliest <= (began := span.roll.host_ns(at)) <= first_ns:
                return began
        return (min(stood.host_ns, first_ns) + first_ns) // 2

    def _end_ns(self, span: _Span) -> int | None:
        if not span.ended:
            return None
        if span.told is not None:
            return span.told.end_ns
        return max(self._start_ns(span), self._last_ns(span))

    def _last_ns(self, span: _Span) -> int:
        if span.following is not None:
            return self._start_ns(span.following)
        last_ns = span.roll.host_ns(span.last.at)
        stopped = span.stopped
        if stopped is None:
            return last_ns
        came = stopped.host_ns + _slack_ns(stopped)
        if stopped.at >= span.last.at and (ended := span.roll.host_ns(stopped.at)) <= came:
            return ended
        # It went elsewhere as it stopped: soon after the last sample, or another would have come.
        latest = min(last_ns + round(LAG * SECOND), stopped.host_ns)
        return (last_ns + max(last_ns, latest)) // 2

    def _sure_until_ns(self, span: _Span) -> int:
        if span.roll.sure:
            return span.roll.host_ns(span.last.at)
        changed = span.roll.changed_ns
        if changed is not None:
            return changed - round(LAG * SECOND)
        if span.before is not None:
            return span.before.roll.host_ns(span.before.last.at)
        stood = span.stood
        return stood.host_ns - _slack_ns(stood) if stood else 0

    def _told(self, span: _Span) -> Pass:
        if span.told is not None:
            return span.told
        start, end = self._start_ns(span), self._end_ns(span)
        first = span.roll.at(start)
        last = max(first, span.last.at) if end is None else span.roll.at(end)
        turned, recording = span.turned, span.first.recording
        told = Pass(span.number, start, end, first - turned, last - turned, recording, span.after)
        following = span.following
        joined = following is not None and following.roll is span.roll
        known = following is None or following.ended or (following.roll.sure and not joined)
        if span.ended and known:
            span.told = told
        return told


def _length(loop: tuple[float, float]) -> float:
    return loop[1] - loop[0]


def _count_on(sample: Sample, by: float) -> Sample:
    """The same sample, its position that much further."""
    return replace(sample, at=sample.at + by) if by else sample


def _slack_ns(sample: Sample) -> int:
    """How much earlier than told it may have been."""
    return round((JUMP if sample.exact else LAG) * SECOND)


def _agree(before: Sample, sample: Sample) -> bool:
    """Whether the second follows from the first by rolling."""
    rolled = (sample.at - before.at) * 2 / (before.rate + sample.rate)
    return abs(rolled - (sample.host_ns - before.host_ns) / SECOND) < YOUNG
