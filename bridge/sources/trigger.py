"""One drum, one microphone, one note, inside the audio callback: the shortest way there is.

The first sample whose size is above the threshold is the hit; the note stands at that sample's
offset in the same block. Its velocity is the peak of what the block still holds, so a hit at a
block's end is heard softer than it is: that is the price of not waiting for the next block.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NOTE_ON, NOTE_OFF = 0x90, 0x80
LARGEST_BLOCK = 8192  # samples: JACK's own limit


@dataclass(frozen=True, slots=True)
class TriggerSpec:
    """What the trigger listens to and says; see `bridge.settings.TriggerSettings`."""

    channel: int  # of the block, counted from 0
    threshold: float  # dBFS of the sample peak
    hold: float  # seconds without a second hit
    note: int
    midi_channel: int  # counted from 1


class Trigger:
    """Threshold and hold. Events do not depend on how the sound was cut, velocities do."""

    def __init__(self, spec: TriggerSpec, rate: int) -> None:
        self._threshold = np.float32(10 ** (spec.threshold / 20))
        self._floor_db = spec.threshold
        self._hold = max(2, round(spec.hold * rate))  # samples
        self._wait = 0  # samples until the next hit may come
        self._off_in = -1  # samples until the note ends; -1: none sounds
        channel = spec.midi_channel - 1
        self._ons = [bytes((NOTE_ON | channel, spec.note, velocity)) for velocity in range(128)]
        self._off = bytes((NOTE_OFF | channel, spec.note, 0))
        self._size = np.empty(LARGEST_BLOCK, np.float32)  # scratch: nothing is made in a cycle
        self._above = np.empty(LARGEST_BLOCK, np.bool_)
        self._events: list[tuple[int, bytes]] = []

    def process(self, samples: NDArray[np.float32]) -> list[tuple[int, bytes]]:
        """float32 (n,), at most 8192. (offset in the block, message) in order of time; the list is
        reused by the next call.
        """
        events = self._events
        events.clear()
        count = len(samples)
        size = np.abs(samples, out=self._size[:count])
        above = np.greater(size, self._threshold, out=self._above[:count])
        while True:
            hit = -1
            if self._wait < count:
                at = self._wait + int(above[self._wait :].argmax())
                hit = at if above[at] else -1
            if 0 <= self._off_in < count and (hit < 0 or self._off_in <= hit):
                events.append((self._off_in, self._off))
                self._off_in = -1
            if hit < 0:
                break
            events.append((hit, self._ons[self._velocity(float(np.fmax.reduce(size[hit:])))]))
            self._wait = hit + self._hold
            self._off_in = hit + self._hold // 2
        self._wait = max(0, self._wait - count)
        if self._off_in >= 0:
            self._off_in -= count
        return events

    def _velocity(self, peak: float) -> int:
        """1 at the threshold, 127 from full scale on, even steps in dB."""
        if not peak < 1.0:  # infinity, too: an error here would end the callback for good
            return 127
        db = 20 * float(np.log10(peak))
        return min(127, max(1, round(1 + 126 * (1 - db / min(-1e-3, self._floor_db)))))
