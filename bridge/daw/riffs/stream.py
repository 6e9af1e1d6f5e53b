"""What is remembered of a stream, and the riffs of a stretch of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridge.daw.riffs.recurrence import Found, Recurrence
from bridge.recordings.analysis import understand
from bridge.recordings.findings import Findings
from bridge.recordings.hearing import Hearing
from bridge.signal.frames import Array
from bridge.sources import Block

MEMORY = 240.0  # seconds: a song. What came back within it is a riff
FAR = 60.0  # seconds of lost sound after which it is another piece
MOST_CHANNELS = 2  # more are heard as their mean
SILENCE = 10.0  # seconds of lost sound that are filled at once


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A stretch from this stream second on, as findings of their own."""

    start: float
    findings: Findings

    def riffs(self) -> Found:
        """What came at least twice in it. Takes 0.4 s of a core for a minute, 1.3 s for four."""
        riffs = tuple(
            Recurrence(
                riff.name, tuple((self.start + at.start, self.start + at.end) for at in riff.times)
            )
            for take in understand(self.findings).takes
            for riff in take.riffs
        )
        return Found(self.start, self.start + self.findings.duration, riffs)


class StreamHearing:
    """The last minutes of a stream, as far as riffs need them."""

    def __init__(self, rate: int, channels: int, memory: float = MEMORY) -> None:
        """`rate`: one of bridge.signal.frames.RATES; `memory`: seconds."""
        self._rate = rate
        self._memory = memory
        self._channels = channels if channels <= MOST_CHANNELS else 1
        self._hearing: Hearing | None = None
        self._first = 0  # number in the stream of the first sample that was heard
        self._next = 0  # number of the sample that comes next

    def hear(self, block: Block) -> None:
        """The next block. What was lost before it is silence, what came twice is left out."""
        skip = self._next - block.first
        if self._hearing is not None and 0 < skip <= FAR * self._rate:
            block = Block(block.samples[skip:], self._next)
        if not len(block.samples):
            return
        lost = block.first - self._next
        if self._hearing is None or not 0 <= lost <= FAR * self._rate:
            self._hearing = Hearing(self._rate, self._channels)
            self._first, lost = block.first, 0
        while lost > 0:
            piece = min(lost, round(SILENCE * self._rate))
            self._hearing.hear(np.zeros((piece, self._channels), np.float32))
            lost -= piece
        self._hearing.hear(self._mixed(block.samples))
        self._next = block.first + len(block.samples)
        self._hearing.forget(self._hearing.seconds - self._memory)

    def excerpt(self, start: float, end: float) -> Excerpt | None:
        """What was heard between these stream seconds and is remembered; None: nothing."""
        if self._hearing is None:
            return None
        origin, seconds = self._first / self._rate, self._hearing.seconds
        begin, stop = max(start - origin, 0.0, seconds - self._memory), min(end - origin, seconds)
        if stop <= begin:
            return None
        return Excerpt(origin + begin, self._hearing.findings().cut(begin, stop))

    def _mixed(self, samples: Array) -> Array:
        if samples.shape[1] == self._channels:
            return samples
        mixed: Array = samples.mean(axis=1, keepdims=True)
        return mixed
