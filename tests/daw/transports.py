"""Transports that are known exactly, and what a script would tell of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from bridge.clocks import SECOND
from bridge.daw.timeline import Sample, ScriptClock, Timeline
from bridge.daw.wire import Message

BASE = 5000 * SECOND  # our monotonic clock at second 0 of the simulation


@dataclass(frozen=True)
class Stretch:
    """Rolling from second `begin` to `end`, from position `at`, at `rate` (told) a second.

    `ramp`: the rate grows by so much a second, as a tempo automation does.
    """

    begin: float
    end: float
    at: float
    rate: float = 1.0
    recording: bool = True
    ramp: float = 0.0

    def position(self, seconds: float, drift: float) -> float:
        gone = (seconds - self.begin) * (1 + drift)
        return self.at + self.rate * gone + self.ramp * gone * gone / 2

    def rate_at(self, seconds: float) -> float:
        return self.rate + self.ramp * (seconds - self.begin)


@dataclass(frozen=True)
class Transport:
    """What happened, and how it is told.

    drift     of the sound card against our clock; `script_drift`: of the script's clock
    block     seconds of an audio block that positions are told by; 0: exactly
    stamped   the script has a precise clock
    jitter    seconds, evenly spread, that a line is late
    stalls    (second, length): nothing arrives then, everything after
    frozen    (second, length): the script does nothing then
    loop      the range that is gone round without a gap, where the script tells it
    cursors   the script tells where a start or a seek begins
    prompt    the script looks in each tick, and tells both sides of a jump at once
    """

    stretches: tuple[Stretch, ...]
    length: float
    drift: float = 0.0
    script_drift: float = 0.0
    block: float = 0.0
    stamped: bool = True
    jitter: float = 0.015
    stalls: tuple[tuple[float, float], ...] = ()
    frozen: tuple[tuple[float, float], ...] = ()
    every: float = 0.1
    tick: float = 0.033
    loop: tuple[float, float] | None = None
    cursors: bool = False
    prompt: bool = False

    def stretch(self, seconds: float) -> Stretch | None:
        for each in self.stretches:
            if each.begin <= seconds < each.end:
                return each
        return None

    def standing(self, seconds: float) -> float:
        """It stands where it will begin, or where it ended."""
        for each in self.stretches:
            if each.begin > seconds:
                return each.at
        last = self.stretches[-1]
        return last.position(last.end, self.drift)

    def truth(self, seconds: float) -> float | None:
        """The position that is heard; None: it stands."""
        stretch = self.stretch(seconds)
        return stretch.position(seconds, self.drift) if stretch else None

    def told(self, seconds: float) -> Sample:
        """What the script reads then, but for `host_ns`."""
        stretch = self.stretch(seconds)
        if stretch is None:
            return Sample(0, self.standing(seconds), False, False, 1.0, self.stamped)
        recording, cursor = stretch.recording, stretch.at if self.cursors else None
        told = seconds
        if self.block:
            told -= (seconds + 0.013) % self.block
            if self.loop and self.stretch(told):  # the block began before the loop's end
                stretch = self.stretch(told) or stretch
            told = max(stretch.begin, told)
        at, rate = stretch.position(told, self.drift), stretch.rate_at(told)
        return Sample(0, at, True, recording, rate, self.stamped, self.loop, cursor)

    def lines(self, seed: int) -> Iterator[tuple[float, float, Sample]]:
        """(arrival, the script's t, what it says but for `host_ns`), as they arrive."""
        chance = np.random.default_rng(seed)
        seconds, said, arrived = 0.0, -9.0, 0.0
        before: tuple[float, Sample] | None = None  # of the last tick, where it was not said
        while seconds < self.length:
            last = seconds
            seconds += self.tick * float(chance.uniform(0.9, 1.1))
            if any(begin <= seconds < begin + length for begin, length in self.frozen):
                continue
            sample = self.told(seconds)
            due = seconds - said >= (self.every if sample.playing else max(1.0, self.every)) - 1e-9
            going = [(seconds, sample)] if due else []
            if (
                self.prompt
                and sample.playing
                and self.stretch(last)
                not in (
                    None,
                    self.stretch(seconds),
                )
            ):
                going = [before, (seconds, sample)] if before else [(seconds, sample)]
            before = None if going else (seconds, sample)
            if not going:
                continue
            said = seconds
            arrival = seconds + float(chance.uniform(0.0, self.jitter))
            for begin, length in self.stalls:
                if begin <= arrival < begin + length:
                    arrival = begin + length
            arrived = max(arrived, arrival)
            for at, each in going:
                yield arrived, 77.0 + at * (1 + self.script_drift), each

    def samples(self, seed: int = 1) -> Iterator[tuple[float, Sample]]:
        """(arrival, sample) as the daemon hears them."""
        clock = ScriptClock()
        for arrival, t, sample in self.lines(seed):
            arrival_ns = BASE + round(arrival * SECOND)
            host_ns = clock.heard(t, arrival_ns) if self.stamped else arrival_ns
            yield arrival, replace(sample, host_ns=host_ns)


def timeline_of(told: Iterable[Message]) -> Timeline:
    """What is made of `clock` lines whose stamps are our own clock."""
    timeline = Timeline()
    for line in told:
        at, t = line.number("at"), line.number("t")
        assert at is not None
        assert t is not None
        start, end = line.number("loop_start"), line.number("loop_end")
        loop = None if start is None or end is None else (start, end)
        rate, cursor = line.number("rate") or 1.0, line.number("cursor")
        playing, recording = line.flag("play"), line.flag("record")
        timeline.hear(Sample(round(t * SECOND), at, playing, recording, rate, True, loop, cursor))
    return timeline


def host_ns(seconds: float) -> int:
    return BASE + round(seconds * SECOND)


@dataclass
class Heard:
    """What a timeline made of a transport: errors in milliseconds of time."""

    timeline: Timeline
    live: np.ndarray  # of the moment of each sample's arrival, once it is settled what rolls
    kept: np.ndarray  # of every 50 ms, after all
    edges: np.ndarray  # seconds between each true edge and the pass's


def hear(transport: Transport, seed: int = 1, warm: float = 1.0) -> Heard:
    """Plays it to a timeline. Live errors count from `warm` seconds after each change on.

    Moments within 150 ms of a change count where they are placed beyond it by nobody.
    """
    timeline = Timeline()
    live = []
    for arrival, sample in transport.samples(seed):
        timeline.hear(sample)
        stretch = transport.stretch(arrival)
        if stretch is None or arrival < stretch.begin + warm or _stalled(transport, arrival, warm):
            continue
        live.append(_error(transport, timeline, arrival))
    kept = [
        _error(transport, timeline, seconds)
        for stretch in transport.stretches
        for seconds in np.arange(stretch.begin + 0.15, stretch.end - 0.15, 0.05)
    ]
    begins = np.array([each.begin for each in transport.stretches])
    starts = np.array([(each.start_ns - BASE) / SECOND for each in timeline.passes])
    edges = np.array([np.min(np.abs(begins - start)) for start in starts])
    return Heard(timeline, np.array(live), np.array(kept), edges)


def _stalled(transport: Transport, seconds: float, warm: float) -> bool:
    """Whether a stall lasts, or was the first that was told of what rolls."""
    for begin, length in (*transport.stalls, *transport.frozen):
        known = any(each.begin + warm < begin < each.end for each in transport.stretches)
        if begin <= seconds <= begin + length + (0.0 if known else warm):
            return True
    return False


def _error(transport: Transport, timeline: Timeline, seconds: float) -> float:
    truth, placed = transport.truth(seconds), timeline.place(host_ns(seconds))
    stretch = transport.stretch(seconds)
    assert truth is not None
    assert stretch is not None
    if placed is None:
        return 1e6
    return abs(placed.at - truth) / stretch.rate_at(seconds) * 1000
