"""The pitch of a single voice: periods that could be, and the likeliest path through them."""

from __future__ import annotations

import numpy as np

from bridge.events import Event, Pitch
from bridge.signal.frames import HOP_SECONDS, Array64, Frames
from bridge.signal.periodicity import SILENCE, peaks, similarity

EVERY = 2  # hops between two looks: fifty a second
WINDOW = 0.046  # seconds: not quite two periods of the lowest E of a bass
DELAY = WINDOW / 2  # seconds: a look is about the middle of its window
LOWEST, HIGHEST = 38.0, 2200.0  # Hz
MIDDLE = 150.0  # Hz: where the weight of the octave is nought
CANDIDATES = 8  # periods per look
LEAST = 0.2  # similarity below which a lag is no candidate
# All weights below are natural logs of odds; they add up along the path.
CLARITY = 2.5  # per log of similarity
OCTAVE = 0.2  # per octave down: of two lags that fit, the shorter one is the period
LEAP, FARTHEST = 2.0, 1.0  # per octave between two looks, and at most
TURN = 0.2  # from voiced to unvoiced or back
NOISE = 0.62  # similarity below which unvoiced explains a look better
GATE = 11.0  # dB below the note's peak at which it has ended
RELEASED = 0.3  # for a note that has ended to be unvoiced
PER_DB = 0.4  # how fast the gate closes
FALL = 4.0  # dB/s: how fast the peak is forgotten; strings and keys decay within their notes
RISE = 6.0  # dB over the valley at which a new note begins
FLOOR = -60.0  # dBFS: softer than this below the gate is never a note


class PitchTracker:
    """A path through periods and silence, chosen while it grows (Viterbi as in Boersma 1993).

    A look each 20 ms hears the last 46 ms and is about their middle: look-ahead 23 ms.
    """

    def __init__(self) -> None:
        self._hz = np.zeros(1)  # of the states at the last look; 0 is unvoiced
        self._score = np.zeros(1)
        self._note = _NoteLevel()
        self._voiced = False
        self._last = 0.0

    def process(self, frames: Frames) -> list[Event]:
        """A Pitch each 20 ms while there is a voice, and one of 0 Hz when it ends."""
        events: list[Event] = []
        looks = list(frames.looks(EVERY))
        if not looks:
            return events
        windows = frames.windows(round(WINDOW * frames.rate))
        sounds = windows[[row for row, _ in looks]].astype(float)
        curves = similarity(sounds, int(frames.rate / LOWEST))
        for sound, curve, (_, self._last) in zip(sounds, curves, looks, strict=True):
            hz, confidence = self._look(sound, curve, frames.rate)
            if (hz > 0.0 or self._voiced) and self._last > DELAY:
                self._voiced = hz > 0.0
                events.append(self._pitch(self._last - DELAY, hz, confidence))
        return events

    def finish(self) -> list[Event]:
        """A voice ends at the latest with the stream."""
        return [self._pitch(self._last, 0.0, 1.0)] if self._voiced else []

    def _pitch(self, at: float, hz: float, confidence: float) -> Pitch:
        return Pitch(at=at, decided=self._last, hz=hz, confidence=confidence)

    def _look(self, sound: Array64, curve: Array64, rate: int) -> tuple[float, float]:
        """(Hz or 0, confidence) from a window and its similarity."""
        lags, heights = peaks(curve, int(rate / HIGHEST), LEAST, CANDIDATES)
        below = self._note.below_peak(_level(sound, rate))
        voiced = (
            CLARITY * np.log(heights)
            - OCTAVE * np.log2(lags * (MIDDLE / rate))
            - PER_DB * max(0.0, below - GATE)
        )
        unvoiced = max(
            CLARITY * np.log(NOISE),
            -RELEASED - PER_DB * max(0.0, GATE - below),
        )
        hz = np.append(rate / lags, 0.0)
        score = (self._score[:, None] - _turns(self._hz, hz)).max(axis=0)
        score += np.append(voiced, unvoiced)
        self._hz, self._score = hz, score - score.max()
        best = int(score.argmax())
        return float(hz[best]), float(1.0 / np.exp(self._score).sum())


class _NoteLevel:
    """Follows the level of the note that sounds; a rise begins a new one, loud or soft."""

    def __init__(self) -> None:
        self._peak = FLOOR
        self._valley = FLOOR

    def below_peak(self, level: float) -> float:
        """dB between a new level and the peak of its note."""
        self._peak = max(self._peak - FALL * EVERY * HOP_SECONDS, level, FLOOR)
        self._valley = min(self._valley, level)
        if level > self._valley + RISE:
            self._peak, self._valley = max(level, FLOOR), level
        return self._peak - level


def _level(sound: Array64, rate: int) -> float:
    """dBFS of the 20 ms around the middle of the window."""
    middle, half = len(sound) // 2, rate // 100
    around = sound[middle - half : middle + half]
    return float(10.0 * np.log10(around @ around / len(around) + SILENCE))


def _turns(before: Array64, after: Array64) -> Array64:
    """What it costs to go from each state to each other one, (before, after)."""
    voiced_before, voiced_after = before[:, None] > 0.0, after[None, :] > 0.0
    octaves = np.abs(
        np.log2(np.where(voiced_after, after, 1.0) / np.where(voiced_before, before[:, None], 1.0))
    )
    leap = np.minimum(LEAP * octaves, FARTHEST)
    both = voiced_before & voiced_after
    return np.where(both, leap, np.where(voiced_before != voiced_after, TURN, 0.0))
