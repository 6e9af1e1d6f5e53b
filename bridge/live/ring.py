"""The audio ring: one process writes sound into shared memory, others read it.

The writer never waits and never allocates. A reader that falls behind is told so as a gap; it
never sees half-overwritten samples. Each block carries its number in the stream and the time of
the computer's clock, so every sample has a place in both.

How torn reads are excluded: before it touches anything the writer says how far it is about to
write (RESERVED), and after everything how far it has written (WRITTEN). A reader copies what is
written, then looks whether RESERVED has come round to what it copied. Both are aligned 8-byte
stores; x86 keeps their order, and on ARM the interpreter's own work between them has.
"""

from __future__ import annotations

import itertools
import mmap
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bridge.errors import BridgeError
from bridge.live import shared_file
from bridge.sources import Block
from bridge.sources.client import NO_REASON, REASONS, Samples

MAGIC = 0x444157425247_02  # "DAWBRG" and the version of this layout
# Words of 8 bytes at the file's beginning.
KIND, RATE, CHANNELS, CAPACITY, STAMPS, BEGAN = range(6)
RESERVED, WRITTEN, RESERVED_BLOCKS, WRITTEN_BLOCKS = 8, 9, 10, 11
HEAD = 16
# Words of a block's stamp. Positions count what is in the ring, FIRST also what was lost.
POSITION, FIRST, COUNT, HOST_NS, REASON = range(5)
STAMP = 8
SAMPLES_PER_STAMP = 64  # blocks down to this size keep their stamps as long as their samples

RESTARTED = "a part of dawbridge was started again"
FELL_BEHIND = "the ears were too busy to hear everything"

Words = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Stamp:
    """The stream had `sample` samples when the monotonic clock showed `host_ns`."""

    sample: int
    host_ns: int


class _Views:
    """The parts of the mapped file as arrays."""

    def __init__(self, memory: mmap.mmap, capacity: int, stamps: int, channels: int) -> None:
        at = HEAD * 8 + stamps * STAMP * 8
        self.head: Words = np.frombuffer(memory, np.int64, HEAD)
        self.stamps: Words = np.frombuffer(memory, np.int64, stamps * STAMP, HEAD * 8).reshape(
            stamps, STAMP
        )
        self.samples: Samples = np.frombuffer(memory, np.float32, capacity * channels, at).reshape(
            capacity, channels
        )

    @staticmethod
    def size(capacity: int, stamps: int, channels: int) -> int:
        return HEAD * 8 + stamps * STAMP * 8 + capacity * channels * 4


class RingWriter:
    """The capture process's end. The file stays until the run's folder goes."""

    def __init__(self, path: Path, rate: int, channels: int, seconds: float = 4.0) -> None:
        """A new ring that holds at least `seconds`. Raises BridgeError without room for it."""
        self._capacity = 1 << int(np.ceil(np.log2(rate * seconds)))
        self._stamps = self._capacity // SAMPLES_PER_STAMP
        memory = shared_file.create(path, _Views.size(self._capacity, self._stamps, channels))
        views = _Views(memory, self._capacity, self._stamps, channels)
        # Every page is touched now, not in the callback: first touches lost 0.6 % of the cycles.
        views.head[:] = 0
        views.stamps[:] = 0
        views.samples[:] = 0
        views.head[[RATE, CHANNELS, CAPACITY, STAMPS]] = (
            rate, channels, self._capacity, self._stamps,
        )  # fmt: skip
        views.head[KIND] = MAGIC
        self.path = path
        self._views = views
        self._position = 0
        self._blocks = 0

    def write(self, samples: Samples, first: int, host_ns: int, reason: int = NO_REASON) -> None:
        """Appends a block of at most the ring's capacity; see `bridge.sources.client.Target`."""
        head, ring = self._views.head, self._views.samples
        count, position, blocks = len(samples), self._position, self._blocks
        if not blocks:
            head[BEGAN] = first
        head[RESERVED] = position + count
        head[RESERVED_BLOCKS] = blocks + 1
        at = position & (self._capacity - 1)
        before_end = self._capacity - at
        if count <= before_end:
            ring[at : at + count] = samples
        else:
            ring[at:] = samples[:before_end]
            ring[: count - before_end] = samples[before_end:]
        stamp = self._views.stamps[blocks % self._stamps]
        stamp[POSITION] = position
        stamp[FIRST] = first
        stamp[COUNT] = count
        stamp[HOST_NS] = host_ns
        stamp[REASON] = reason
        self._position = position + count
        self._blocks = blocks + 1
        head[WRITTEN] = self._position
        head[WRITTEN_BLOCKS] = self._blocks  # last: this publishes the block


class RingReader:
    """The ears' end."""

    def __init__(self, path: Path, expected: int | None = None, *, back: bool = False) -> None:
        """Reads from now on, or `back` from the middle of what the ring still holds.

        `expected`: number of the next sample if some were heard before; what was missed since then
        is a gap. Raises BridgeError when there is no ring.
        """
        memory = shared_file.attach(path)
        kind = int.from_bytes(memory[:8], "little") if len(memory) >= HEAD * 8 else 0
        if kind != MAGIC:
            raise BridgeError(
                f"{path} is no audio ring",
                cause="another version of dawbridge made it, or it is damaged",
                remedy="end every dawbridge and start again",
            )
        head = np.frombuffer(memory, np.int64, HEAD)
        self.rate = int(head[RATE])
        self.channels = int(head[CHANNELS])
        self._capacity = int(head[CAPACITY])
        self._stamps = int(head[STAMPS])
        self._views = _Views(memory, self._capacity, self._stamps, self.channels)
        self._block = int(head[WRITTEN_BLOCKS])  # number of the next block to read
        self._expected = expected  # number of the next sample in the stream
        self._behind = False
        if self._expected is None and (last := self.last()):
            self._expected = last.sample
            if back:
                self._go_back()
        self.stamps: list[Stamp] = []  # of the blocks that the last `read` returned

    def last(self) -> Stamp | None:
        """The newest block's stamp, read or not; None: there was none yet."""
        blocks = int(self._views.head[WRITTEN_BLOCKS])
        return _stamp(self._views.stamps[(blocks - 1) % self._stamps]) if blocks else None

    def read(self) -> list[Block]:
        """Everything that came since the last call, copied; joined where nothing is missing.

        Usually one block or none, more where there are gaps.
        """
        self.stamps = []
        while True:
            head = self._views.head
            end = int(head[WRITTEN_BLOCKS])
            if end == self._block:
                return []
            taken = self._copy(end)
            if taken is not None:
                break
            self._catch_up()
        stamps, samples = taken
        self._block = end
        self.stamps = [_stamp(stamp) for stamp in stamps]
        return self._join(stamps, samples)

    def _copy(self, end: int) -> tuple[Words, Samples] | None:
        """The stamps and samples of all blocks before block `end`; None: they are overwritten."""
        head = self._views.head
        if end - self._block > self._stamps:
            return None
        stamps = self._views.stamps[np.arange(self._block, end) % self._stamps]
        if int(head[RESERVED_BLOCKS]) - self._block > self._stamps:
            return None
        start = int(stamps[0, POSITION])
        stop = int(stamps[-1, POSITION] + stamps[-1, COUNT])
        if stop - start > self._capacity:
            return None
        at = start & (self._capacity - 1)
        ring = self._views.samples
        samples = ring[at : at + stop - start].copy()
        if len(samples) < stop - start:
            samples = np.concatenate([samples, ring[: stop - start - len(samples)]])
        if int(head[RESERVED]) - start > self._capacity:
            return None
        return stamps, samples

    def _catch_up(self) -> None:
        """Skips to the middle of what the ring holds, so that the writer is not at our heels."""
        end = int(self._views.head[WRITTEN_BLOCKS])
        oldest = max(self._block, end - self._stamps // 2)
        numbers = np.arange(oldest, end)
        positions = self._views.stamps[numbers % self._stamps, POSITION]
        middle = int(self._views.head[WRITTEN]) - self._capacity // 2
        self._block = oldest + int(np.searchsorted(positions, middle))
        self._behind = True

    def _go_back(self) -> None:
        """To the middle of what the ring holds; nothing is missing before it."""
        self._block = 0
        self._catch_up()
        self._behind = False
        self._expected = int(self._views.stamps[self._block % self._stamps, FIRST])

    def _join(self, stamps: Words, samples: Samples) -> list[Block]:
        blocks = []
        first = stamps[:, FIRST]
        ends = first + stamps[:, COUNT]
        if self._expected is None:
            self._expected = int(self._views.head[BEGAN])
        expected = np.concatenate([[self._expected], ends[:-1]])
        at = stamps[:, POSITION] - stamps[0, POSITION]
        cuts = [0, *(np.flatnonzero(first[1:] != ends[:-1]) + 1).tolist(), len(stamps)]
        for begin, stop in itertools.pairwise(cuts):
            upto = int(at[stop]) if stop < len(stamps) else len(samples)
            gap = max(0, int(first[begin] - expected[begin]))
            reason = ""
            if gap:
                reason = (
                    FELL_BEHIND
                    if self._behind
                    else REASONS[int(stamps[begin, REASON])] or RESTARTED
                )
            self._behind = False
            blocks.append(Block(samples[int(at[begin]) : upto], int(first[begin]), gap, reason))
        self._expected = int(ends[-1])
        return blocks


def _stamp(words: Words) -> Stamp:
    return Stamp(int(words[FIRST] + words[COUNT]), int(words[HOST_NS]))
