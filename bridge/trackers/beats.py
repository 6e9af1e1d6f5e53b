"""Beats, tempo and metre: what a foot would tap, said shortly before it sounds.

Strokes in three bands move a pointer through the beat (beat_pointer); the beat it points at is
said AHEAD of its time; what each beat was like moves a second pointer through the bar (bars).
docs/beats.md tells why each step exists and what it measures.
"""

from __future__ import annotations

import math
from collections import deque
from itertools import pairwise

import numpy as np

from bridge.events import Beat, Event, Metre, Tempo
from bridge.signal.frames import HOP_SECONDS, HOPS_PER_SECOND, MEL_LONG, Array64, Frames
from bridge.signal.onset_strength import DELAY, OnsetStrength
from bridge.signal.pitch_classes import CLASSES, EVERY, pitch_classes
from bridge.trackers.bars import KEEP, Bar, Bars
from bridge.trackers.beat_pointer import BeatPointer

AHEAD = 0.08  # seconds before it sounds that a beat is said
TOO_LATE = 0.02  # seconds after it sounded from which a beat is said no more
SURE = 0.25  # probability of the best reading from which its beats are said
SURE_FIRST = 0.4  # likewise when the beats before it were not said
APART = 0.55  # of a beat: closer to the last one a beat is not said
NEAR = 6  # hops: states that close to the best one are the same reading
ALIKE = 0.12  # relative difference of period within one reading
SOON, LATER = 1.0, 8.0  # seconds: time constants of the activity now and of the music
ENOUGH = 0.5  # share of the music's activity at which strokes are expected in full
HUSHED = 0.35  # evidence below which nothing is heard that could carry a beat
HALVES = 4.0  # seconds: when nothing is heard, the confidence halves in this time
STOP = 0.12  # confidence below which coasting beats are said no more
ASTRAY = 0.6  # after coasting: probability that the music comes back on another beat
LONG = 12.0  # seconds of coasting after which a tempo set by hand holds no more: a new song
REMEMBERED = 256  # hops of strokes that are kept: the longest beat and its bar line
SOUNDS = 3 * HOPS_PER_SECOND // EVERY  # looks at pitch classes that are kept: three seconds
SETTLED = 8  # beats over which the tempo is measured
BARS_KNOWN = 0.35  # probability of a place in the bar from which it is said
METRE_KNOWN = 0.5  # likewise of the metre, after FEWEST beats
FEWEST = 8
METRE_CHANGED = 0.8  # probability from which another metre than the last one is said
LOST = 16  # beats that were not said: after more of them the count of the bar is lost
NEWS, DOUBT = 0.01, 0.2  # relative change of the tempo, change of its confidence: worth saying
POSSIBLE = 1e-4  # probability from which another reading of the tempo is named
FIRST_BEATS = 2  # that have no place in the bar: nothing is known of them
MEASURED = 3  # beats from which the tempo is read from beats, not from the pointer
SHORTEST_TAP, LONGEST_TAP = 0.2, 1.5  # seconds between taps of one series
TAPS = 5  # the last ones, from which the tempo is taken
EARLY, LATE = 5, 7  # hops before and after a beat in which its strokes are sought
QUARTERS = 4  # parts of a beat in which its strokes are counted
SMEAR = 0.12  # seconds: sound of the last beat that is still in a window of pitch classes


class BeatTracker:
    """Tempo, beats and bars; hands may correct them."""

    def __init__(self) -> None:
        self._strength = OnsetStrength()
        self._pointer = BeatPointer()
        self._bars = Bars()
        self._heard = 0.0  # stream seconds
        self._now, self._usual = np.zeros(3), np.zeros(3)  # activity
        self._strokes = np.zeros((REMEMBERED, 3))  # hop h in row h % REMEMBERED
        self._sounds: deque[tuple[float, Array64]] = deque(maxlen=SOUNDS)
        self._last: float | None = None  # the last beat said, stream seconds
        self._beats: list[float] = []  # the last ones, as long as their tempo holds
        self._coasting: float | None = None  # since when, stream seconds
        self._tempo: Tempo | None = None  # as last said
        self._metre: Metre | None = None
        self._place: tuple[Bar, int] | None = None  # of the last beat said
        self._bar = 0
        self._harmony: Array64 | None = None  # of the last beat
        self._said = 0  # beats, in all
        self._taps: list[float] = []
        self._one: float | None = None  # a downbeat that was set before any beat was said

    def process(self, frames: Frames) -> list[Event]:
        """First that nothing is known; then tempo, metre and beats, 80 ms before they sound."""
        events: list[Event] = []
        sounds = pitch_classes(frames)
        for hop, strokes in enumerate(self._strength.push(frames.mel(*MEL_LONG)), frames.first):
            first, self._heard = self._heard == 0.0, frames.time(hop)
            if first:
                events += self._know_nothing()
            self._strokes[hop % REMEMBERED] = strokes
            if hop in sounds:
                self._sounds.append((self._heard, sounds[hop].astype(np.float64)))
            evidence = self._evidence(strokes)
            events += self._coast(float(evidence.max()))
            self._pointer.push(strokes, evidence, hold=self._coasting is not None)
            events += self._announce()
        return events

    def finish(self) -> list[Event]:
        """Nothing: a beat is said before it sounds."""
        return []

    def tap(self, at: float) -> None:
        """A hand tapped a beat at this stream time. Taps that follow each other set the tempo."""
        pointer = self._pointer
        since = (at - self._heard + DELAY) * HOPS_PER_SECOND + pointer.phase
        away = np.mod(since + pointer.period / 2, pointer.period) - pointer.period / 2
        if self._taps and not SHORTEST_TAP < at - self._taps[-1] < LONGEST_TAP:
            self._taps.clear()
        self._taps = [*self._taps[1 - TAPS :], at]
        period = None
        if len(self._taps) > 1:
            period = (at - self._taps[0]) / (len(self._taps) - 1) * HOPS_PER_SECOND
            pointer.keep_near(period)
        pointer.expect(away, period)

    def double(self) -> bool:
        """Twice the tempo from the next beat on, and it stays. False: no tempo, or out of reach."""
        if self._tempo is None or not self._reaches(0.5):
            return False
        self._pointer.rescale(0.5)
        self._bars.double()
        self._forget_tempo()
        return True

    def halve(self) -> bool:
        """Half the tempo, and it stays. The first and third beat of four remain beats.

        False: no tempo is known, or it is out of reach.
        """
        if self._tempo is None or not self._reaches(2.0):
            return False
        on_odd = self._bars.probability_of_odd() if self._place else 0.5
        self._pointer.rescale(2, first_half=on_odd)
        self._bars.halve()
        self._forget_tempo()
        return True

    def the_one(self, at: float) -> None:
        """The beat nearest this stream time is a downbeat."""
        if self._last is None:
            self._one = at  # until there is a beat
            return
        ago = round((self._last - at) / self._period())
        self._bars.set_one(ago)
        self._place = None

    def _reaches(self, ratio: float) -> bool:
        return self._pointer.reaches(float(self._pointer.period[self._pointer.best]) * ratio)

    def _forget_tempo(self) -> None:
        self._beats.clear()
        self._place = None

    def _period(self) -> float:
        """Seconds in a beat."""
        if len(self._beats) > MEASURED:
            return (self._beats[-1] - self._beats[0]) / (len(self._beats) - 1)
        pointer = self._pointer
        near = np.abs(pointer.periods / pointer.period[pointer.best] - 1) <= ALIKE
        weight = pointer.tempi() * near
        return float(weight @ pointer.periods / weight.sum()) * HOP_SECONDS

    def _know_nothing(self) -> list[Event]:
        now = {"at": self._heard, "decided": self._heard}
        return [
            Tempo(**now, bpm=None, confidence=0.0, other=None, coasting=False),
            Metre(**now, beats=None, unit=None, confidence=0.0),
        ]

    def _evidence(self, strokes: Array64) -> Array64:
        """0..1 in each band: how far strokes are to be expected, by what came lately."""
        self._now += (strokes - self._now) / (SOON * HOPS_PER_SECOND)
        self._usual += (strokes - self._usual) / (LATER * HOPS_PER_SECOND)
        evidence: Array64 = np.minimum(1, self._now / (ENOUGH * self._usual + 1e-9))
        return evidence

    def _coast(self, evidence: float) -> list[Event]:
        """Notices when nothing is heard any more, and when it is again."""
        if self._coasting is None:
            if evidence >= HUSHED or self._tempo is None:
                return []
            self._coasting = self._heard
        elif evidence < HUSHED:
            return []
        else:
            if self._heard - self._coasting > SOON:
                self._pointer.loosen(ASTRAY)
            if self._heard - self._coasting > LONG:
                self._pointer.keep_near(None)
            self._coasting = None
        return self._say_tempo(self._tempo.bpm if self._tempo else None, self._confidence(1.0))

    def _confidence(self, sure: float) -> float:
        if self._coasting is None:
            return min(1.0, sure)
        return min(1.0, sure) * math.exp2(-(self._heard - self._coasting) / HALVES)

    def _announce(self) -> list[Event]:
        """The next beat, when its time has come to be said."""
        pointer = self._pointer
        best = pointer.best
        rough = float(pointer.remaining[best]) * HOP_SECONDS - DELAY
        if rough > AHEAD + HOP_SECONDS:
            return []
        apart = APART * float(pointer.period[best]) * HOP_SECONDS - HOP_SECONDS * NEAR
        if self._last is not None and self._heard + rough - self._last < apart:
            return []
        near = np.abs(pointer.remaining - pointer.remaining[best]) <= NEAR
        near &= np.abs(pointer.period - pointer.period[best]) <= ALIKE * pointer.period[best]
        weight = pointer.probability[near].astype(np.float64)
        sure = float(weight.sum())
        ahead = float(weight @ pointer.remaining[near]) / sure * HOP_SECONDS - DELAY
        period = float(weight @ pointer.period[near]) / sure * HOP_SECONDS
        confidence = self._confidence(sure)
        follows = self._last is not None and self._heard - self._last < 2 * period
        wanted = SURE if follows else SURE_FIRST
        if not -TOO_LATE <= ahead <= AHEAD or sure < wanted or confidence < STOP:
            return []
        at = self._heard + ahead
        if self._last is not None and at - self._last < APART * period:
            return []
        self._turn(at, period)
        self._last = at
        if self._beats and abs((at - self._beats[-1]) / self._period() - 1) > ALIKE:
            self._beats.clear()
        self._beats = [*self._beats[-SETTLED:], at]
        bpm = 60 / (self._period() if len(self._beats) > MEASURED else period)
        events = self._say_tempo(bpm, confidence)
        events += self._say_metre()
        place = self._place[1] if self._place else None
        self._bar += place == 1
        events.append(
            Beat(
                at=at,
                decided=self._heard,
                number=place,
                bar=max(1, self._bar) if place else None,
                tempo=bpm,
                confidence=confidence,
            )
        )
        return events

    def _say_tempo(self, bpm: float | None, confidence: float) -> list[Event]:
        if bpm is None:
            return []
        last, coasting = self._tempo, self._coasting is not None
        if (
            last is not None
            and last.bpm is not None
            and last.coasting == coasting
            and abs(bpm / last.bpm - 1) < NEWS
            and abs(confidence - last.confidence) < DOUBT
        ):
            return []
        self._tempo = Tempo(
            at=self._heard,
            decided=self._heard,
            bpm=bpm,
            confidence=confidence,
            other=self._next_best(bpm),
            coasting=coasting,
        )
        return [self._tempo]

    def _next_best(self, bpm: float) -> float | None:
        tempi, bpms = self._pointer.tempi(), 60 * HOPS_PER_SECOND / self._pointer.periods
        tempi[np.abs(bpms / bpm - 1) <= ALIKE] = 0
        best = int(tempi.argmax())
        return float(bpms[best]) if tempi[best] > POSSIBLE else None

    def _turn(self, at: float, period: float) -> None:
        """The bar moves on to a new beat, knowing how the last one was."""
        bars = self._bars
        last = self._last
        if last is not None:
            gone = max(1, round((at - last) / period))
            if gone > LOST:
                bars.forget()
                self._place = None
            else:
                bars.hear(*self._impression(last, at), self._pointer.in_thirds())
                bars.move(gone)
            if gone > 1:
                self._place = None
        elif self._one is not None:
            bars.set_one(round((at - self._one) / period))
        self._said += 1
        bar, place, sure = bars.best()
        if self._place:
            follows = self._place[1] % self._place[0].beats + 1
            other_metre = bar is not self._place[0] and bars.metre()[1] < METRE_CHANGED
            if other_metre or sure < KEEP * bars.probability_of(self._place[0], follows):
                bar, place = self._place[0], follows
        elif sure < BARS_KNOWN or (self._said <= FIRST_BEATS and self._one is None):
            return
        self._place = bar, place

    def _say_metre(self) -> list[Event]:
        bar, sure = self._bars.metre()
        if self._place is None or self._said < FEWEST:
            return []
        if sure < (METRE_CHANGED if self._metre else METRE_KNOWN):
            return []
        if self._metre and (self._metre.beats, self._metre.unit) == bar.counted:
            return []
        beats, unit = bar.counted
        self._metre = Metre(
            at=self._heard, decided=self._heard, beats=beats, unit=unit, confidence=sure
        )
        return [self._metre]

    def _impression(self, last: float, at: float) -> tuple[Array64, Array64]:
        """(harmony, kick, snare) of the beat from `last` to `at`, and all of it as one vector."""
        inside = [row for time, row in self._sounds if last + SMEAR < time]
        harmony = np.sum(inside, axis=0) if inside else np.zeros(CLASSES)
        harmony = harmony / (np.sqrt(harmony @ harmony) + 1e-9)
        change = 0.0 if self._harmony is None else 1.0 - float(harmony @ self._harmony)
        self._harmony = harmony
        first = round((last + DELAY) * HOPS_PER_SECOND) - 1
        start = first - EARLY
        edges = np.linspace(start, start + (at - last) * HOPS_PER_SECOND, QUARTERS + 1)
        heard = round(self._heard * HOPS_PER_SECOND)
        parts = [
            self._strokes[np.arange(a, min(b, heard)) % REMEMBERED].sum(axis=0)
            for a, b in pairwise(edges.astype(int))
        ]
        rhythm = np.concatenate(parts)
        rhythm = rhythm / (np.sqrt(rhythm @ rhythm) + 1e-9)
        on_beat = self._strokes[np.arange(start, min(first + LATE, heard)) % REMEMBERED]
        kick, snare, _ = on_beat.sum(axis=0)
        return np.array([change, kick, snare]), np.concatenate([harmony, rhythm])
