"""Numbers for sound that comes in packets without numbers: what was lost, and how long ago."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass

from bridge.sources.client import (
    LOST_PACKETS,
    NO_REASON,
    SENDER_STOOD,
    STALL,
    elapsed,
)

LIMIT = 0.02  # seconds: what the clock must miss before sound counts as lost
WINDOW = 250_000_000  # ns: several blocks of any host; the clock is asked once in it
DRIFT = 2e-4  # what two good clocks differ by, and twice that
CALM = 60 * 10**9  # ns after a loss in which no drift is granted
KNOWN = 16  # blocks after which a host's usual block is known
REMEMBERED = 32  # blocks
SURE = 0.75  # share of blocks that must be as long as usual


class Blocks:
    """Finds lost packets from how a host's blocks are split.

    A block that does not fit is split into full packets and a shorter one, block after block in
    the same way: what is missing in the pattern was lost. Where blocks fit, or vary, nothing is
    found; that is left to the clock.
    """

    def __init__(self) -> None:
        self._full = 0  # samples of a full packet: the most that came
        self._sum = 0  # samples of this block so far
        self._past: deque[int] = deque(maxlen=REMEMBERED)
        self._owed = 0  # samples that the last block missed

    def push(self, count: int) -> int:
        """Samples lost before the packet of so many; below 0: so many that seemed lost came late.

        It is told with the packet that ends a block.
        """
        if count > self._full:
            self._full, self._sum = count, 0
            self._past.clear()
        self._sum += count
        if count == self._full:
            return 0
        block, self._sum = self._sum, 0
        owed, self._owed = self._owed, 0
        usual = self._usual()
        self._past.append(block)
        if usual is None or block == usual:
            return 0
        if owed and block == usual + owed:
            return -owed
        missing = -block % usual
        whole = missing % self._full == 0 or (missing - usual) % self._full == 0
        if not whole or block > 3 * usual:
            return 0  # the host's blocks are others now
        self._owed = missing
        return missing

    def _usual(self) -> int | None:
        if len(self._past) < KNOWN:
            return None
        ((length, times),) = Counter(self._past).most_common(1)
        return length if times >= SURE * len(self._past) else None


class Pace:
    """Finds lost sound by the clock, however it is split.

    Of each window the best lead of the stream over the clock counts: packets are late, never early.
    It may sink as two clocks drift apart; beyond `LIMIT` sound is missing. For a while after a loss
    no drift is granted: what is lost slowly would pass for it. A host that renders ahead and stops
    doing so looks like a loss; when it is ahead again, what was added is taken back.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._best: float | None = None
        self._lead = 0.0
        self._until: int | None = None
        self._added = 0  # samples that were found missing
        self._calm_ns = 0

    def disturb(self, now_ns: int) -> None:
        """Something was lost now."""
        self._calm_ns = now_ns + CALM

    def missing(self, end: int, now_ns: int) -> int:
        """Samples found missing, usually 0, when the stream has `end` of them; below 0: too many
        were.
        """
        lead = end - now_ns * self._rate / 1e9
        if self._until is None:
            self._until, self._lead = now_ns + WINDOW, lead
            return 0
        if now_ns < self._until:
            self._lead = max(self._lead, lead)
            return 0
        found, self._until = 0, now_ns + WINDOW
        best = self._lead
        limit = LIMIT * self._rate
        if self._best is not None and best > self._best + limit and self._added:
            found = -min(self._added, round(best - self._best))
            self._added += found
            self._best = best + found
        elif self._best is None or best > self._best:
            self._best = best
        elif self._best - best > limit:
            found = round(self._best - best)
            self._added += found
            self.disturb(now_ns)
        elif now_ns >= self._calm_ns:
            self._best -= min(self._best - best, DRIFT * self._rate * WINDOW / 1e9)
        self._lead = lead + found
        return found


@dataclass(frozen=True, slots=True)
class Place:
    """Where a packet belongs.

    first   number of its first sample that is written
    drop    samples of it that are left out, because their place is taken
    hole    samples missing before it
    reason  why they are
    """

    first: int
    drop: int = 0
    hole: int = 0
    reason: int = NO_REASON


class PacketCount:
    """Numbers the samples of packets that have no numbers, lost ones included."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._blocks, self._pace = Blocks(), Pace(rate)
        self._end = 0
        self._last_ns = 0
        self._fresh = True
        self._taken = 0  # samples still to be left out
        self.lost = 0  # samples
        self.late = 0  # packets that came in another order

    def start(self, first: int, now_ns: int) -> None:
        """The stream's next sample is number `first`, and would have been there by now."""
        self._end, self._last_ns, self._fresh = first, now_ns, True

    def quiet(self, now_ns: int) -> float:
        """Seconds without a packet."""
        return (now_ns - self._last_ns) / 1e9

    def place(self, count: int, now_ns: int) -> Place:
        """Where a packet of so many samples belongs whose last one is there now."""
        stood = self._fresh or self.quiet(now_ns) > STALL
        if stood:
            hole = max(0, elapsed(now_ns - self._last_ns, self._rate) - count)
            hole = hole if self._end or not self._fresh else 0
            self._blocks, self._pace = Blocks(), Pace(self._rate)
            self._taken, self._fresh = 0, False
            reason = SENDER_STOOD
        else:
            hole = self._blocks.push(count)
            reason = LOST_PACKETS
            self.late += hole < 0
            if hole:
                self._pace.disturb(now_ns)
            if not hole and not self._taken:
                hole = self._pace.missing(self._end + count, now_ns)
            self.lost += hole
            self._taken += max(0, -hole)
            hole = max(0, hole)
        drop = min(self._taken, count)
        self._taken -= drop
        first = self._end + hole
        self._end = first + count - drop
        self._last_ns = now_ns
        return Place(first, drop, hole, reason if hole else NO_REASON)
