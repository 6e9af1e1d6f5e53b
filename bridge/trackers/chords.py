"""Chords: templates over harmony and bass, then a Viterbi path that is read while it grows."""

from __future__ import annotations

import numpy as np

from bridge.events import Chord, Event
from bridge.signal.chroma import ROOTS, bass_chroma, harmony_chroma, unit
from bridge.signal.frames import HOP_SECONDS, Frames
from bridge.signal.notes import NoteListener, Vector

EVERY = 5  # hops between two looks
AGREE = 2  # looks that must say the same before it is said
DELAY = 0.1  # seconds: from a change to the first look that prefers the new chord
QUALITIES = {
    "maj": (0, 4, 7),
    "min": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "min7": (0, 3, 7, 10),
}
LABELS = (*(f"{root}:{quality}" for quality in QUALITIES for root in ROOTS), "N")
THIRD, FIFTH = 0.1, 0.4  # how far a third or fifth in the bass speaks for the chord, root 1
WEIGHT, BASS_WEIGHT = 8.0, 3.0  # of a perfect fit, natural log
NOTHING = 0.5  # fit of "no chord", as a cosine: an even chroma fits any triad as well
STAY = 12.0  # natural log: how much a change must be worth over all looks


class ChordTracker:
    """One look each 50 ms. Look-ahead: none; a change is said about 0.3 s after it sounds.

    The path holds for each chord the best history that ends in it and when that chord began in
    it, so `at` is what a Viterbi decoder would say with the sound so far.
    """

    def __init__(self) -> None:
        self._listener = NoteListener(EVERY)
        self._score = np.zeros(len(LABELS))
        self._score[-1] = STAY  # the stream begins with no chord
        self._since = np.zeros(len(LABELS))  # when the chord began, stream seconds
        self._fit = np.zeros(len(LABELS))  # sum of fits since then
        self._looks = np.ones(len(LABELS))
        self._best = -1
        self._agreed = 0
        self._said = -1
        self._said_at = 0.0

    def process(self, frames: Frames) -> list[Event]:
        """A Chord for each change that these hops made certain."""
        events: list[Event] = []
        for _, stop, whole in frames.spans(EVERY):
            if whole:
                self._look(
                    self._listener.hear(frames, stop - 1), frames.time(frames.first + stop - 1)
                )
                events += self._say(frames.time(frames.first + stop - 1))
        return events

    def finish(self) -> list[Event]:
        """Nothing: what was certain has been said."""
        return []

    def _look(self, notes: Vector | None, now: float) -> None:
        fit = fits(notes)
        entry = int(self._score.argmax())
        jump = self._score[entry] - STAY
        fresh = self._score < jump
        self._score = np.maximum(self._score, jump) + (WEIGHT + BASS_WEIGHT) * fit
        self._score -= self._score.max()
        self._since = np.where(fresh, now - EVERY * HOP_SECONDS, self._since)
        self._fit = np.where(fresh, 0.0, self._fit) + fit
        self._looks = np.where(fresh, 0.0, self._looks) + 1.0
        best = int(self._score.argmax())
        self._agreed = self._agreed + 1 if best == self._best else 1
        self._best = best

    def _say(self, now: float) -> list[Event]:
        if self._best == self._said or self._agreed < AGREE:
            return []
        began = float(self._since[self._best]) - DELAY
        self._said, self._said_at = self._best, max(began, self._said_at, 0.0)
        fit = float(self._fit[self._best] / self._looks[self._best])
        return [
            Chord(at=self._said_at, decided=now, label=LABELS[self._best], confidence=_certain(fit))
        ]


def fits(notes: Vector | None) -> Vector:
    """How well each of LABELS explains the notes, cosines of 0..1; silence is no chord."""
    if notes is None:
        return np.append(np.zeros(len(LABELS) - 1), 1.0)
    loudness = np.sqrt(notes)  # a soft third decides as well as a loud one
    harmony = _HARMONY @ unit(harmony_chroma(loudness))
    bass = _BASS @ unit(bass_chroma(loudness))
    share = BASS_WEIGHT / (WEIGHT + BASS_WEIGHT)
    return np.append((1.0 - share) * harmony + share * bass, NOTHING)


def _certain(fit: float) -> float:
    return min(1.0, max(0.0, (fit - NOTHING) / (0.9 - NOTHING)))


def _templates() -> tuple[Vector, Vector]:
    """Unit chromas of the chords, (chords, 12): their tones, and what their bass may be."""
    harmony, bass = [], []
    for tones in QUALITIES.values():
        for root in range(12):
            chord, low = np.zeros(12), np.zeros(12)
            chord[[(root + tone) % 12 for tone in tones]] = 1.0
            low[[root, (root + tones[1]) % 12, (root + 7) % 12]] = 1.0, THIRD, FIFTH
            harmony.append(unit(chord))
            bass.append(unit(low))
    return np.array(harmony), np.array(bass)


_HARMONY, _BASS = _templates()
