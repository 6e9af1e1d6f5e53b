"""Drum hits: strokes found by their rise, told apart by linear discriminants.

docs/drums.md tells why each step exists.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from bridge.events import DRUMS, DrumHit, Event
from bridge.signal.frames import HOP_SECONDS, Array, Frames, rows_times
from bridge.trackers import drum_discriminants as table
from bridge.trackers.strokes import BACK, PAIRS, QUIETEST, SHORT, stroke

LOOK_AHEAD = 0.04  # seconds: a hit is said at most this long after it sounds

LAG = 2  # hops: what a spectrum is compared with to find strokes
LEAST_RISE = 0.04  # decades of magnitude: the weakest stroke
REST = 0.6  # share of the rise 20 and 30 ms before, under which a peak is its echo
DELAY = 0.026  # seconds from a stroke to its decision in the middle, measured on rendered drums

PLAYING = -0.6  # log odds of a hit that is said while drums are playing
UNSURE = 1.0  # and before: nothing but clear strokes
CLEAR = 1.0  # log odds of a kick, snare or hi-hat that makes a stroke clear
WITHIN = 4.0  # seconds: in which CLEAR_STROKES of them mean that drums are playing
CLEAR_STROKES = 2
BESIDE = 1.0  # log odds that a tom must have more beside a likelier kick or snare, a cymbal half
DEAD_TIME = 4  # hops between two hits on one drum

# Where each drum adds most of its magnitude, as bands of the short window: for velocities.
PLACES = (slice(0, 2), slice(1, 10), slice(0, 5), slice(13, PAIRS), slice(12, PAIRS))
FORGET = 0.5 ** (1.0 / 2000.0)  # per hop: the loudest stroke counts half after 20 s
LOUDEST = 112  # velocity of the loudest stroke on a drum in the last seconds

KICK, SNARE, TOMS, HIHAT, CYMBALS = range(5)


class DrumTracker:
    """Reads frames.mel(1024, 40 bands) and, where a stroke is, a long window. Look-ahead: one hop.

    A stroke in hop j raises the spectrum most in hop j + 1, which is known with hop j + 2: it is
    said 20 to 30 ms after it sounded, soft cymbals up to LOOK_AHEAD.
    """

    def __init__(self) -> None:
        self._past: Array | None = None  # the last BACK rows
        self._rises = deque([0.0] * 5, maxlen=5)
        self._clear: deque[int] = deque([-(10**6)] * CLEAR_STROKES, maxlen=CLEAR_STROKES)  # hops
        self._last = [-(10**6)] * len(DRUMS)  # hop of the last hit
        self._loudest = [(0.0, 0)] * len(DRUMS)  # magnitude a stroke added, and its hop

    def process(self, frames: Frames) -> list[Event]:
        """The hits that these hops made certain."""
        bands = np.maximum(frames.mel(*SHORT), np.float32(QUIETEST))
        if self._past is None:
            self._past = np.full((BACK, bands.shape[1]), QUIETEST, np.float32)
        rows = np.concatenate([self._past, bands])
        self._past = rows[len(rows) - BACK :]
        rise = rows_times(np.maximum(bands - rows[BACK - LAG : -LAG], np.float32(0.0)), _EVEN)
        events: list[Event] = []
        for row, new in enumerate(rise[:, 0].tolist()):
            self._rises.append(new)
            if self._is_stroke():
                features, added = stroke(rows[row + BACK], rows[row], frames, row)
                odds = (_WEIGHTS @ features + _BIAS).tolist()
                events += self._hits(
                    odds, added, frames.first + row, frames.time(frames.first + row)
                )
        return events

    def finish(self) -> list[Event]:
        """Nothing: a stroke without its future is not known."""
        return []

    def _is_stroke(self) -> bool:
        """The rise had a peak one hop ago."""
        earliest, earlier, before, peak, after = self._rises
        return (
            peak > LEAST_RISE
            and peak >= before
            and peak > after
            and peak >= REST * max(earliest, earlier)
        )

    def _hits(self, odds: list[float], added: Array, hop: int, now: float) -> list[DrumHit]:
        drum = max(odds[KICK], odds[SNARE])
        if drum > odds[TOMS]:
            odds[TOMS] -= BESIDE
        if drum > odds[CYMBALS]:
            odds[CYMBALS] -= BESIDE / 2.0
        if max(drum, odds[HIHAT]) > CLEAR:
            self._clear.append(hop)
        playing = hop - self._clear[0] < WITHIN / HOP_SECONDS
        threshold = PLAYING if playing else UNSURE
        hits = []
        for index, name in enumerate(DRUMS):
            if odds[index] > threshold and hop - self._last[index] >= DEAD_TIME:
                self._last[index] = hop
                hits.append(
                    DrumHit(
                        at=max(0.0, now - DELAY),
                        decided=now,
                        drum=name,
                        velocity=self._velocity(index, added, hop),
                        confidence=float(1.0 / (1.0 + np.exp(-odds[index]))),
                    )
                )
        return hits

    def _velocity(self, drum: int, added: Array, hop: int) -> int:
        """Added magnitude against the loudest stroke of late: MIDI velocity is about amplitude."""
        strength = float(added[PLACES[drum]].sum())
        loudest, when = self._loudest[drum]
        loudest = max(strength, loudest * FORGET ** (hop - when))
        self._loudest[drum] = (loudest, hop)
        return max(1, min(127, round(LOUDEST * strength / loudest)))


# Lows, middle and highs count alike, however many bands they have.
_THIRDS = (8, 16, 16)
_EVEN = np.concatenate([np.full((n, 1), 1.0 / (3 * n)) for n in _THIRDS]).astype(np.float32)
_WEIGHTS = np.concatenate(
    [table.RISE, table.SHAPE, table.ADDED, table.LOW_RISE, table.LOW_SHAPE], axis=1
).astype(np.float32)
_BIAS = np.array(table.BIAS, np.float32)
