"""The key: what was heard of the twelve pitch classes, compared with 24 key profiles."""

from __future__ import annotations

import numpy as np

from bridge.events import Event, Key
from bridge.signal.chroma import ROOTS, bass_chroma, harmony_chroma, unit
from bridge.signal.frames import HOP_SECONDS, Frames
from bridge.signal.notes import Look, NoteListener, Vector

EVERY = 20  # hops between two looks
MEMORY = 30.0  # seconds: what was heard before counts 1/e
BASS = 0.5  # weight of the bass
FIRST = 4.0  # seconds of tones before a key is said
LEAD = 0.03  # correlation by which a new key must stand over the one said
STEADY = 15  # looks (3 s) it must do so
SURE = 0.15  # correlation over the next best key at which nothing is left to doubt
# Profiles of a beat-tracked corpus of electronic and pop music, "bgate" (Faraldo et al. 2017).
MAJOR = (1.0, 0.0, 0.42, 0.0, 0.53, 0.37, 0.0, 0.77, 0.0, 0.38, 0.21, 0.30)
MINOR = (1.0, 0.0, 0.36, 0.39, 0.0, 0.38, 0.0, 0.74, 0.27, 0.0, 0.42, 0.23)
MINOR_ROOTS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B")
KEYS = (*(f"{root} major" for root in ROOTS), *(f"{root} minor" for root in MINOR_ROOTS))


class KeyTracker:
    """One look each 200 ms. Look-ahead: none. The first event says that no key is known yet."""

    def __init__(self) -> None:
        self._listener = NoteListener(EVERY)
        self._heard = np.zeros(12)
        self._looks = 0.0  # drums alone are no look
        self._said: int | None = None
        self._confidence = 0.0
        self._rival = -1
        self._steady = 0
        self._silent = True  # nothing was said at all

    def process(self, frames: Frames) -> list[Event]:
        """A Key when it becomes known, when it changes, when its certainty does."""
        events: list[Event] = []
        for _, stop, whole in frames.spans(EVERY):
            if whole:
                now = frames.time(frames.first + stop - 1)
                events += self._look(self._listener.hear(frames, stop - 1), now)
        return events

    def finish(self) -> list[Event]:
        """Nothing: what is known has been said."""
        return []

    def _look(self, look: Look | None, now: float) -> list[Event]:
        if look is not None:
            chroma = harmony_chroma(look.notes) + BASS * bass_chroma(look.notes)
            forget = look.tonal * EVERY * HOP_SECONDS / MEMORY
            self._heard = self._heard * (1.0 - forget) + chroma * look.tonal
            self._looks += look.tonal
        if self._silent:
            self._silent = False
            return [Key(at=now, decided=now, key=None, confidence=0.0)]
        if look is None or self._looks * EVERY * HOP_SECONDS < FIRST:
            return []
        return self._decide(PROFILES @ unit(self._heard - self._heard.mean()), now)

    def _decide(self, fit: Vector, now: float) -> list[Event]:
        best = int(fit.argmax())
        if self._said is None or best == self._said:
            self._steady = 0
        elif fit[best] > fit[self._said] + LEAD:
            self._steady = self._steady + 1 if best == self._rival else 1
        else:
            self._steady = 0
        self._rival = best
        changed = self._said is None or self._steady >= STEADY
        key = best if changed else self._said
        assert key is not None
        confidence = _certain(fit, key)
        if not changed and abs(confidence - self._confidence) < 0.1:
            return []
        if changed:
            self._steady = 0
        self._said, self._confidence = key, confidence
        return [Key(at=now, decided=now, key=KEYS[key], confidence=confidence)]


def _certain(fit: Vector, key: int) -> float:
    """Its lead over the best other key, and that it fits at all; 0..1."""
    others = np.delete(fit, key)
    lead = min(1.0, max(0.0, 0.5 + 0.5 * float(fit[key] - others.max()) / SURE))
    return lead * min(1.0, max(0.0, float(fit[key])))


def _profiles() -> Vector:
    rows = [np.roll(profile, root) for profile in (MAJOR, MINOR) for root in range(12)]
    return np.array([unit(row - row.mean()) for row in rows])


PROFILES = _profiles()
