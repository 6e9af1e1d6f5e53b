"""Drum hits: strokes found by their rise, told apart by linear discriminants.

docs/drums.md tells why each step exists.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from bridge.events import DRUMS, DrumHit, Event
from bridge.signal.frames import HOP_SECONDS, Array, Frames
from bridge.trackers import drum_discriminants as table
from bridge.trackers.strokes import LEAST_ADDED, PAIRS, Strokes

LOOK_AHEAD = 0.04  # seconds: a hit is said at most this long after it sounds

DELAY = 0.026  # seconds from a stroke to its decision in the middle, measured on rendered drums

PLAYING = -0.7  # log odds of a hit that is said while drums are playing
UNSURE = 1.0  # and before: nothing but clear strokes
CLEAR = 1.0  # log odds of a kick, snare or hi-hat that makes a stroke clear
WITHIN = 4.0  # seconds: in which CLEAR_STROKES of them mean that drums are playing
CLEAR_STROKES = 2
BESIDE = 1.5  # log odds that a drum must have more beside a likelier one that covers it
DEAD_TIME = 4  # hops between two hits on one drum

FAINT = 0.03  # -30 dB: what adds less than that of the loudest in every band is a tail, no stroke
# Where each drum adds most of its magnitude, as bands of the short window: for velocities.
PLACES = (slice(0, 2), slice(1, 10), slice(0, 5), slice(13, PAIRS), slice(12, PAIRS))
FORGET = 0.5 ** (1.0 / 2000.0)  # per hop: the loudest stroke counts half after 20 s
LOUDEST = 112  # velocity of the loudest stroke on a drum in the last seconds

KICK, SNARE, TOMS, HIHAT, CYMBALS = range(5)
# A loud stroke adds something everywhere. What is often taken for what besides:
COVERED = (
    (SNARE, (KICK,)),
    (SNARE, (HIHAT,)),
    (TOMS, (KICK, SNARE)),
    (CYMBALS, (KICK, SNARE)),
    (CYMBALS, (HIHAT,)),
)


class DrumTracker:
    """Linear discriminants (Fisher's problem, logistic fit) of what each stroke looks like.

    A hit is said 20 to 30 ms after it sounded, soft cymbals up to LOOK_AHEAD.
    """

    def __init__(self) -> None:
        self._strokes = Strokes()
        self._clear: deque[int] = deque([-(10**6)] * CLEAR_STROKES, maxlen=CLEAR_STROKES)  # hops
        self._last = [-(10**6)] * len(DRUMS)  # hop of the last hit
        self._loudest = [(0.0, 0)] * len(DRUMS)  # magnitude a stroke added, and its hop
        self._most: Array = np.zeros(PAIRS, np.float32)  # that a stroke added to each band
        self._heard = 0  # hop of the last stroke

    def process(self, frames: Frames) -> list[Event]:
        """The hits that these hops made certain."""
        events: list[Event] = []
        for row, features, added in self._strokes.find(frames):
            hop = frames.first + row
            if self._is_faint(added, hop):
                continue
            odds = (_WEIGHTS @ features + _BIAS).tolist()
            events += self._hits(odds, added, hop, frames.time(hop))
        return events

    def finish(self) -> list[Event]:
        """Nothing: a stroke without its future is not known."""
        return []

    def _is_faint(self, added: Array, hop: int) -> bool:
        """Compared band by band, so that a soft hi-hat is not measured by the kick.

        A band in which nothing is ever played is measured by a hundredth of the loudest one, and
        what adds no more than LEAST_ADDED anywhere is nothing.
        """
        self._most = np.maximum(added, self._most * np.float32(FORGET ** (hop - self._heard)))
        self._heard = hop
        least = FAINT * np.maximum(self._most, np.float32(0.01) * self._most.max())
        return bool((added <= np.maximum(least, LEAST_ADDED)).all())

    def _hits(self, odds: list[float], added: Array, hop: int, now: float) -> list[DrumHit]:
        if max(odds[KICK], odds[SNARE], odds[HIHAT]) > CLEAR:
            self._clear.append(hop)
        least = _least(odds)
        likeliest = odds.index(max(odds))
        playing = hop - self._clear[0] < WITHIN / HOP_SECONDS
        threshold = PLAYING if playing else UNSURE
        hits = []
        for index, name in enumerate(DRUMS):
            if odds[index] > threshold + least[index] and hop - self._last[index] >= DEAD_TIME:
                self._last[index] = hop
                hits.append(
                    DrumHit(
                        at=max(0.0, now - DELAY),
                        decided=now,
                        drum=name,
                        velocity=self._velocity(index, added, hop, index == likeliest),
                        confidence=float(1.0 / (1.0 + np.exp(-odds[index]))),
                    )
                )
        return hits

    def _velocity(self, drum: int, added: Array, hop: int, alone: bool) -> int:
        """Added magnitude against the loudest stroke of late: MIDI velocity is about amplitude.

        Only strokes that are nothing likelier (`alone`), or not much louder, are such a measure:
        a snare adds more in the highs than the loudest hi-hat.
        """
        strength = float(added[PLACES[drum]].sum())
        loudest, when = self._loudest[drum]
        loudest *= FORGET ** (hop - when)
        if alone or strength < 1.5 * loudest or not loudest:
            loudest = max(strength, loudest)
            self._loudest[drum] = (loudest, hop)
        return max(1, min(127, round(LOUDEST * strength / loudest)))


def _least(odds: list[float]) -> list[float]:
    """What each drum must have over the threshold because of what covers it."""
    least = [0.0] * len(odds)
    for drum, covers in COVERED:
        if max(odds[cover] for cover in covers) > odds[drum]:
            least[drum] += BESIDE
    return least


_WEIGHTS = np.concatenate(
    [table.RISE, table.SHAPE, table.ADDED, table.LOW_RISE, table.LOW_SHAPE], axis=1
).astype(np.float32)
_BIAS = np.array(table.BIAS, np.float32)
