"""Chords: templates over harmony and bass, then a Viterbi path that is read while it grows."""

from __future__ import annotations

import numpy as np

from bridge.events import Chord, Event
from bridge.signal.chroma import CHORD_TONES, PITCH_CLASSES, bass_chroma, harmony_chroma, unit
from bridge.signal.frames import HOP_SECONDS, Array64, Frames
from bridge.signal.notes import Look, NoteListener

EVERY = 5  # hops between two looks
AGREE = 2  # looks that must say the same before it is said
DELAY = 0.1  # seconds: from a change to the first look that prefers the new chord
LABELS = (*(f"{root}:{quality}" for quality in CHORD_TONES for root in PITCH_CLASSES), "N")
THIRD, FIFTH = 0.2, 0.5  # how far a third or fifth in the bass speaks for the chord, root 1
WEIGHT, BASS_WEIGHT = 6.0, 3.0  # of a perfect fit, natural log
NOTHING = 0.5  # fit of "no chord" to tones, as a cosine: an even chroma fits any triad as well
RECENT = 0.2  # weight of a look in the mean that the confidence is taken from
UNSURE = 0.07  # lead of a fit at which three in four are right
NOISE = 0.2  # what is added to it where there are no tones
STAY = 16.0  # natural log: how much a change must be worth over all looks
HABIT = 2.0  # how far a chord that was heard before is easier to return to
MEMORY = 60.0  # seconds: what was heard before counts 1/e
WARM = 10.0  # seconds until habits count in full
RARE, OFTEN = 0.01, 0.125  # shares of the time between which habits differ
EVEN = 0.02  # share of the time of a chord that is no habit and not rare


class ChordTracker:
    """One look each 50 ms. Look-ahead: none; a change is said about 0.45 s after it sounds.

    The path holds for each chord the best history that ends in it and when that chord began in
    it, so `at` is what a Viterbi decoder would say with the sound so far. Chords that were heard
    in this music before are entered more easily: songs repeat themselves.
    """

    def __init__(self) -> None:
        self._listener = NoteListener(EVERY)
        self._score = np.zeros(len(LABELS))
        self._score[-1] = STAY  # the stream begins with no chord
        self._since = np.zeros(len(LABELS))  # when the chord began, stream seconds
        self._fit = np.zeros(len(LABELS))  # fading mean
        self._habits = np.zeros(len(LABELS))  # seconds each chord was likely, fading
        self._best = -1
        self._agreed = 0
        self._said = -1
        self._said_at = 0.0

    def process(self, frames: Frames) -> list[Event]:
        """A Chord for each change that these hops made certain."""
        events: list[Event] = []
        for row, now in frames.looks(EVERY):
            self._look(self._listener.hear(frames, row), now)
            events += self._say(now)
        return events

    def finish(self) -> list[Event]:
        """Nothing: what was certain has been said."""
        return []

    def _look(self, look: Look | None, now: float) -> None:
        fit = fits(look)
        jump = self._score.max() - STAY + self._ease()
        fresh = self._score < jump
        self._score = np.maximum(self._score, jump) + (WEIGHT + BASS_WEIGHT) * fit
        self._score -= self._score.max()
        self._since = np.where(fresh, now - EVERY * HOP_SECONDS, self._since)
        self._fit = self._fit + (fit - self._fit) * RECENT
        best = int(self._score.argmax())
        self._agreed = self._agreed + 1 if best == self._best else 1
        self._best = best

    def _ease(self) -> Array64:
        """What habit takes off the cost of entering each chord; remembers the present ones."""
        likely = np.exp(self._score - self._score.max())
        heard = float(self._habits.sum())
        share = np.minimum(self._habits / max(heard, 1e-9) + RARE, OFTEN)
        ease: Array64 = HABIT * min(1.0, heard / WARM) * np.log(share / EVEN)
        seconds = EVERY * HOP_SECONDS
        self._habits = self._habits * (1.0 - seconds / MEMORY) + likely * (seconds / likely.sum())
        return ease

    def _say(self, now: float) -> list[Event]:
        if self._best == self._said or self._agreed < AGREE:
            return []
        began = float(self._since[self._best]) - DELAY
        self._said, self._said_at = self._best, max(began, self._said_at, 0.0)
        label, confidence = LABELS[self._best], self._certain(self._best)
        return [Chord(at=self._said_at, decided=now, label=label, confidence=confidence)]

    def _certain(self, chord: int) -> float:
        """How far its triad leads the best other one in the last looks; 0.5 is a tie."""
        lead = float(self._fit[chord] - self._fit[_TRIADS[chord] != _TRIADS].max())
        return float(1.0 / (1.0 + np.exp(-lead / UNSURE)))


def fits(look: Look | None) -> Array64:
    """How well each of LABELS explains a look, cosines of 0..1; silence is no chord."""
    if look is None:
        return np.append(np.zeros(len(LABELS) - 1), 1.0)
    loudness = np.sqrt(look.notes)  # a soft third decides as well as a loud one
    harmony = _HARMONY @ unit(harmony_chroma(loudness))
    bass = _BASS @ unit(bass_chroma(loudness))
    share = BASS_WEIGHT / (WEIGHT + BASS_WEIGHT)
    nothing = NOTHING + NOISE * (1.0 - look.tonal)
    return np.append((1.0 - share) * harmony + share * bass, nothing)


def _templates() -> tuple[Array64, Array64]:
    """Unit chromas of the chords, (chords, 12): their tones, and what their bass may be."""
    harmony, bass = [], []
    for tones in CHORD_TONES.values():
        for root in range(12):
            chord, low = np.zeros(12), np.zeros(12)
            chord[[(root + tone) % 12 for tone in tones]] = 1.0
            low[[root, (root + tones[1]) % 12, (root + 7) % 12]] = 1.0, THIRD, FIFTH
            harmony.append(unit(chord))
            bass.append(unit(low))
    return np.array(harmony), np.array(bass)


_HARMONY, _BASS = _templates()
# Which labels share root and third: a seventh more or less is no other harmony.
_TRIADS = np.array(
    [root + 12 * (tones[1] == 3) for tones in CHORD_TONES.values() for root in range(12)] + [24]
)
