"""The key: the pitch classes of the last seconds against 24 profiles, and a path through keys."""

from __future__ import annotations

import numpy as np

from bridge.events import Event, Key
from bridge.signal.chroma import PITCH_CLASSES, bass_chroma, harmony_chroma, unit
from bridge.signal.frames import HOP_SECONDS, Array64, Frames
from bridge.signal.notes import Look, NoteListener

EVERY = 20  # hops between two looks
SMOOTH = 2.0  # seconds of chroma that are compared with the profiles
BASS = 0.5  # weight of the bass
FIRST = 4.0  # seconds of tones before a key is said
STAY = 20.0  # sum of correlations, one each look: how much a change of key must be worth
STEADY = 15  # looks (3 s) that must prefer a new key before it is said
SURE = 10.0  # sum of correlations over the next best key at which nothing is left to doubt
STEP = 0.1  # change of the confidence that is worth saying
# Profiles of a beat-tracked corpus of electronic and pop music, "bgate" (Faraldo et al. 2017).
MAJOR = (1.0, 0.0, 0.42, 0.0, 0.53, 0.37, 0.0, 0.77, 0.0, 0.38, 0.21, 0.30)
MINOR = (1.0, 0.0, 0.36, 0.39, 0.0, 0.38, 0.0, 0.74, 0.27, 0.0, 0.42, 0.23)
USUAL = {"C# major": "Db major", "Ab minor": "G# minor"}  # five accidentals instead of seven
KEYS = tuple(
    USUAL.get(f"{root} {mode}", f"{root} {mode}")
    for mode in ("major", "minor")
    for root in PITCH_CLASSES
)


class KeyTracker:
    """One look each 200 ms. Look-ahead: none. The first event says that no key is known yet.

    The path holds for each key the best history that ends in it: a piece that modulates leaves
    its key when the new one has explained STAY more, and a passage between two keys, which fits
    a third one, does not add up to it.
    """

    def __init__(self) -> None:
        self._listener = NoteListener(EVERY)
        self._chroma = np.zeros(12)  # of the last seconds
        self._tones = 0.0  # looks at tones; drums alone are no look
        self._score = np.zeros(len(KEYS))
        self._best = -1
        self._steady = 0
        self._said: int | None = None
        self._confidence = 0.0
        self._silent = True  # nothing was said at all

    def process(self, frames: Frames) -> list[Event]:
        """A Key when it becomes known, when it changes, when its certainty does."""
        events: list[Event] = []
        for row, now in frames.looks(EVERY):
            look = self._listener.hear(frames, row)
            if look is not None and look.tonal > 0.0:
                self._hear(look)
            events += self._say(now)
        return events

    def finish(self) -> list[Event]:
        """Nothing: what is known has been said."""
        return []

    def _hear(self, look: Look) -> None:
        self._tones += look.tonal
        chroma = harmony_chroma(look.notes) + BASS * bass_chroma(look.notes)
        share = max(1.0 / max(1.0, self._tones), EVERY * HOP_SECONDS / SMOOTH) * look.tonal
        self._chroma = (
            self._chroma + (chroma / max(float(chroma.sum()), 1e-12) - self._chroma) * share
        )
        fit = PROFILES @ unit(self._chroma - self._chroma.mean())
        self._score = np.maximum(self._score, self._score.max() - STAY) + fit * look.tonal
        self._score -= self._score.max()
        best = int(self._score.argmax())
        self._steady = self._steady + 1 if best == self._best else 1
        self._best = best

    def _say(self, now: float) -> list[Event]:
        if self._silent:
            self._silent = False
            return [Key(at=now, decided=now, key=None, confidence=0.0)]
        if self._tones * EVERY * HOP_SECONDS < FIRST:
            return []
        if self._said is None or (self._best != self._said and self._steady >= STEADY):
            self._said, self._confidence = self._best, -1.0
        confidence = self._certain(self._said)
        if abs(confidence - self._confidence) < STEP:
            return []
        self._confidence = confidence
        return [Key(at=now, decided=now, key=KEYS[self._said], confidence=confidence)]

    def _certain(self, key: int) -> float:
        """How far it leads the best other key: 0.5 is a tie, 0 that another one leads by SURE."""
        others = np.delete(self._score, key)
        lead = 0.5 + 0.5 * float(self._score[key] - others.max()) / SURE
        return min(1.0, max(0.0, lead))


def _profiles() -> Array64:
    rows = [np.roll(profile, root) for profile in (MAJOR, MINOR) for root in range(12)]
    return np.array([unit(row - row.mean()) for row in rows])


PROFILES = _profiles()
