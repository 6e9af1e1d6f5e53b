"""A loop as sound: passes that go over into each other, at another tempo or in another key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bridge.recordings.export.stretch import stretch
from bridge.recordings.pieces import Piece
from bridge.signal.frames import Array

BEFORE = 0.25  # seconds around what is stretched, twice the library's window: its ends are not used
JOINED = 0.02  # seconds of crossfade at the seam of what was stretched: its phases are new there
BLOCK = 65536  # samples: libsndfile's Vorbis encoder fails on pieces of many seconds


@dataclass(frozen=True, slots=True)
class Rendering:
    """What is written: a lead, then the same body again and again.

    lead   float32 (n, channels): the count-in, or nothing
    body   float32 (n, channels)
    times  that the body is played
    """

    lead: Array
    body: Array
    times: int

    @property
    def frames(self) -> int:
        """Samples of one channel."""
        return len(self.lead) + self.times * len(self.body)

    @property
    def peak(self) -> float:
        """The largest value; over 1 it is clipped by whole numbers."""
        return max(
            (float(abs(part).max()) for part in (self.lead, self.body) if part.size), default=0.0
        )

    def louder(self, gain: float) -> Rendering:
        """All of it by one factor."""
        factor = np.float32(gain)
        return Rendering(self.lead * factor, self.body * factor, self.times)

    def blocks(self) -> Iterator[Array]:
        """All of it in small pieces."""
        for part in (self.lead, *[self.body] * self.times):
            for first in range(0, len(part), BLOCK):
                yield part[first : first + BLOCK]


def crossfade(going: Array, coming: Array) -> Array:
    """One sound goes while the other comes, at equal power however alike they are.

    float32 (n, channels) each. Cosine and sine hold the power of sounds that have nothing in
    common; of sounds that have, their correlation is taken out (Fink, Holters & Zölzer,
    Signal-matched power-complementary cross-fading, DAFx 2016). The same sound stays the same.
    """
    if not len(going):
        return going
    norm = float(np.sqrt(np.square(going).sum(dtype=float) * np.square(coming).sum(dtype=float)))
    alike = float((going * coming).sum(dtype=float)) / norm if norm > 0 else 0.0
    angle = (np.arange(len(going), dtype=np.float64)[:, None] + 0.5) / len(going) * np.pi / 2
    out, into = np.cos(angle), np.sin(angle)
    power = np.sqrt(1.0 + 2.0 * out * into * min(max(alike, 0.0), 1.0))
    return np.asarray((out * going + into * coming) / power, np.float32)


def loop_body(sound: Piece, start: int, end: int, fade: int) -> Array:
    """One pass, float32 (end - start, channels), that goes over into itself.

    In its last `fade` samples what precedes the start comes in, so that the start follows it as it
    does in the recording and its attack stays whole.
    """
    body = sound.cut(start, end)
    if fade:
        body[-fade:] = crossfade(body[-fade:], sound.cut(start - fade, start))
    return body


def stretched_passes(
    body: Array, rate: int, times: int, speed: float, semitones: float, fade: int
) -> Array:
    """All passes, float32 (times * len(body) / speed, channels), their seams made by the stretcher.

    The last pass goes over into the first as the others do, by a crossfade of at least JOINED.
    """
    total = round(times * len(body) / speed)
    lead = round(BEFORE * rate)
    around = round(lead * speed)
    turn = np.arange(-around, times * len(body) + around)
    wide = stretch(np.take(body, turn, axis=0, mode="wrap"), rate, speed, semitones)
    out = wide[lead : lead + total].copy()
    fade = min(max(fade, round(JOINED * rate)), lead, total // 2)
    out[-fade:] = crossfade(out[-fade:], wide[lead - fade : lead])
    return out
