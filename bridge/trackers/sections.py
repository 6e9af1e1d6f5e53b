"""Parts of the piece: where the sound changes for good, and what it changes into.

docs/sections.md tells why each step exists.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from bridge.events import Event, Section
from bridge.signal.frames import HOP_SECONDS, Array64, Frames
from bridge.signal.texture import BANDS, BRIGHTNESS, LEVEL, SIZE, VOICE, WINDOW, texture

EVERY = 10  # hops in a row
ROW = EVERY * HOP_SECONDS  # seconds
LOOK = 5  # rows: a look for a change each half second
PAST = 100  # rows before a change that it is compared with: 10 s
FUTURE = 30  # rows behind a change that must have been heard: 3 s
PEAK = 15  # rows: so long no greater change may follow
MEMORY = 300  # rows: 30 s, over which spread and usual change are taken
SHORTEST = 80  # rows: no section is shorter than 8 s
LONGEST = 500  # rows: after 50 s without a change the greatest of the last 20 s is said
SPLIT_IN = 200  # rows
THRESHOLD = 0.1  # plus USUAL times the median change score
USUAL = 0.8
QUIET = -60.0  # dB: below it there is no music
ENDED = 25  # rows: 2.5 s of quiet end the music

# Weights of the change score: energy (bands and level) 40 %, brightness 30 %, a voice 30 %.
WEIGHTS = np.array([0.2 / BANDS] * BANDS + [0.2, 0.3, 0.3])
# The least spread that counts: below it every flutter of a steady sound would be a change.
LEAST = np.array([1.5] * BANDS + [1.0, 0.1, 0.015])
CLEAR = 3.0  # spreads: more does not count more


class SectionTracker:
    """Reads 186 ms of sound each 100 ms. A change is said 4.5 to 5 s after it.

    What counts as one: the change score (`change`) has its greatest value there, 1.5 s later still,
    it stands over what is usual in this piece, and two looks in succession agree on the place.
    """

    def __init__(self) -> None:
        self._number = 0
        self._name = "silence"
        self._quiet = 0  # rows since the last sound
        self._rows = History()
        self._changes: deque[tuple[float, int]] = deque(maxlen=MEMORY)  # score, row it is about
        self._piece = 0  # row in which the piece began
        self._begin = 0  # row in which the section began
        self._candidate = -1  # row of the change that the last look saw
        self._whole = np.zeros(SIZE)  # sum of the piece's rows

    def process(self, frames: Frames) -> list[Event]:
        """The sections that these hops made certain."""
        events: list[Event] = []
        for row, now in frames.looks(EVERY):
            heard = texture(frames.windows(WINDOW)[row], frames.rate)
            events += self._hear(heard, (frames.first + row) // EVERY, now)
        return events

    def finish(self) -> list[Event]:
        """Nothing: what has begun is said already."""
        return []

    def _hear(self, row: Array64, number: int, now: float) -> list[Event]:
        if row[LEVEL] < QUIET:
            self._quiet += 1
            if self._name != "silence" and self._quiet == ENDED:
                return [self._say("silence", number + 1 - ENDED, now, confidence=0.9)]
        else:
            self._quiet = 0
        if self._name == "silence":
            if self._quiet:
                return []
            self._start(number)
            self._listen(row, number)
            return [self._say("intro", number, now, confidence=0.5)]
        self._listen(row, number)
        return self._look(number, now) if number % LOOK == LOOK - 1 else []

    def _start(self, number: int) -> None:
        """A piece begins."""
        self._piece = number
        self._rows.clear(number)
        self._changes.clear()
        self._whole[:] = 0.0

    def _listen(self, row: Array64, number: int) -> None:
        self._rows.append(row)
        self._whole += row
        place = number + 1 - FUTURE
        if place >= self._piece + FUTURE // 2:
            self._changes.append((self._change(place), place))

    def _change(self, place: int) -> float:
        """How much differs behind row `place` from what was before it: 0 nothing, 3 everything."""
        rows = self._rows
        # What was before the section's own beginning is no part of it, once that is known.
        known = place - self._begin >= SHORTEST // 2
        before = rows.between(max(place - PAST, self._begin if known else 0), place)
        behind = rows.between(place, place + FUTURE)
        spread = np.maximum(LEAST, rows.between(place + FUTURE - MEMORY, place + FUTURE).std(0))
        moved = np.abs(behind.mean(0) - before.mean(0)) / spread
        return float(np.sqrt(WEIGHTS @ np.square(np.minimum(moved, CLEAR))))

    def _look(self, number: int, now: float) -> list[Event]:
        if not self._changes or self._quiet:
            return []
        threshold = THRESHOLD + USUAL * float(np.median([score for score, _ in self._changes]))
        overdue = number - self._begin > LONGEST
        span = SPLIT_IN if overdue else SHORTEST // 2
        open_places = [
            (score, place)
            for score, place in list(self._changes)[-span:]
            if place - self._begin >= SHORTEST
        ]
        if not open_places:
            return []
        score, place = max(open_places)
        agreed = place == self._candidate
        self._candidate = place
        if not agreed or place > number + 1 - FUTURE - PEAK:
            return []
        if score < threshold and not overdue:
            return []
        name = self._name_for(place, number)
        return [self._say(name, place, now, confidence=score / (score + threshold))]

    def _say(self, name: str, row: int, now: float, confidence: float) -> Section:
        self._number += 1
        self._name = name
        self._begin = row
        self._candidate = -1
        return Section(
            at=round(row * ROW, 3),
            decided=now,
            name=name,
            number=self._number,
            confidence=confidence,
        )

    def _name_for(self, place: int, number: int) -> str:
        """What the section that begins in row `place` sounds like, against what was before."""
        behind = self._rows.between(place, number + 1)
        before = self._rows.between(max(place - PAST, self._begin), place)
        step = behind.mean(0) - before.mean(0)
        bass = float(step[:2].mean())  # dB under 250 Hz: where kick and bass come and go
        slope = _slope(behind)
        if self._name in ("build", "break") and step[LEVEL] >= 3.0 and bass >= 3.0:
            return "drop"
        if slope[LEVEL] >= 0.8 and slope[BRIGHTNESS] >= 0.0:
            return "build"
        if slope[LEVEL] <= -1.0:
            return "outro"
        if step[LEVEL] <= -4.0 or bass <= -8.0:
            return "break"
        usual = self._whole / (number + 1 - self._piece)
        lift = (behind.mean(0) - usual)[[LEVEL, BRIGHTNESS, VOICE]] / (3.0, 0.4, 0.05)
        return "chorus-like" if lift.sum() > 0.3 else "verse-like"


def _slope(rows: Array64) -> Array64:
    """Rise per second of each column: the line of least squares."""
    time = ROW * (np.arange(len(rows)) - (len(rows) - 1) / 2.0)
    slope: Array64 = (time @ rows) / (time @ time)
    return slope


class History:
    """The last minute of textures by their number: (n, SIZE), a row each 100 ms."""

    KEPT = 600

    def __init__(self) -> None:
        self._rows = np.zeros((2 * self.KEPT, SIZE))
        self.clear(0)

    def clear(self, first: int) -> None:
        """Forget all; the next row has the number `first`."""
        self._first = first
        self._count = 0

    def append(self, row: Array64) -> None:
        """Keep a row."""
        if self._count == len(self._rows):
            self._rows[: self.KEPT] = self._rows[self.KEPT :]
            self._first += self.KEPT
            self._count = self.KEPT
        self._rows[self._count] = row
        self._count += 1

    def between(self, start: int, stop: int) -> Array64:
        """The rows from number `start` to `stop`, those that are kept."""
        begin = max(0, start - self._first)
        return self._rows[begin : min(self._count, stop - self._first)]
