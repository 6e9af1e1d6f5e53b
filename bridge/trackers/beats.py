"""Beats, tempo and metre: what a foot would tap, said shortly before it sounds.

docs/beats.md tells why each step exists and what it measures.
"""

from __future__ import annotations

import math

import numpy as np

from bridge.events import Beat, Event, Tempo
from bridge.signal.frames import HOP_SECONDS, HOPS_PER_SECOND, Frames
from bridge.signal.onset_strength import DELAY, OnsetStrength
from bridge.trackers.beat_pointer import BeatPointer, Numbers

AHEAD = 0.08  # seconds before it sounds that a beat is said
SURE = 0.25  # probability of the best reading from which its beats are said
APART = 0.55  # of a beat: closer to the last one a beat is not said
NEAR = 6  # hops: states that close to the best one are the same reading
ALIKE = 0.12  # relative difference of period within one reading
SOON, LATER = 1.0, 8.0  # seconds: time constants of the activity now and of the music


class BeatTracker:
    """Tempo and beats from a beat pointer."""

    def __init__(self) -> None:
        self._strength = OnsetStrength()
        self._pointer = BeatPointer()
        self._now = np.zeros(3)
        self._usual = np.zeros(3)
        self._last = -math.inf  # stream seconds of the last beat said
        self._said: float | None = None  # BPM

    def process(self, frames: Frames) -> list[Event]:
        """Tempo and beats, about 80 ms before they sound."""
        events: list[Event] = []
        for hop, strokes in enumerate(self._strength.push(frames.mel()), frames.first):
            self._pointer.push(strokes, self._evidence(strokes))
            events += self._say(frames.time(hop))
        return events

    def finish(self) -> list[Event]:
        """Nothing: a beat is said before it sounds."""
        return []

    def _evidence(self, strokes: Numbers) -> Numbers:
        self._now += (strokes - self._now) / (SOON * HOPS_PER_SECOND)
        self._usual += (strokes - self._usual) / (LATER * HOPS_PER_SECOND)
        return np.minimum(1, self._now / (0.5 * self._usual + 1e-9))

    def _say(self, now: float) -> list[Event]:
        pointer = self._pointer
        best = int(pointer.probability.argmax())
        if pointer.remaining[best] * HOP_SECONDS - DELAY > AHEAD + HOP_SECONDS:
            return []
        near = np.abs(pointer.remaining - pointer.remaining[best]) <= NEAR
        near &= np.abs(pointer.period - pointer.period[best]) <= ALIKE * pointer.period[best]
        weight = pointer.probability[near]
        sure = float(weight.sum())
        ahead = float((weight * pointer.remaining[near]).sum()) / sure * HOP_SECONDS - DELAY
        period = float((weight * pointer.period[near]).sum()) / sure * HOP_SECONDS
        at = now + ahead
        if ahead > AHEAD or sure < SURE or at - self._last < APART * period or ahead < -0.02:
            return []
        self._last = at
        bpm = 60 / period
        events: list[Event] = []
        if self._said is None or abs(bpm / self._said - 1) > 0.01:
            self._said = bpm
            events.append(
                Tempo(at=now, decided=now, bpm=bpm, confidence=sure, other=None, coasting=False)
            )
        events.append(
            Beat(at=at, decided=now, number=None, bar=None, tempo=bpm, confidence=min(1.0, sure))
        )
        return events
