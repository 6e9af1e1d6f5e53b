"""What device clients have in common: where they write, what they say, how they count lost sound.

A client lives in the capture process: its callback copies a block to a `Target` and leaves. It
never names what it writes to, so it knows nothing of rings and queues.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from bridge.errors import BridgeError
from bridge.signal.frames import RATES

if TYPE_CHECKING:  # events.py takes 10 ms that the capture process need not spend
    from bridge.events import EngineState

Samples = NDArray[np.float32]
Kind = Literal["input", "output", "jack"]  # output: what the computer plays, as an input
Way = Literal["portaudio", "pulse", "wasapi", "jack"]

# Why samples were lost, by number: a callback writes the number, a reader says the words.
NO_REASON, LOST_CYCLES, DEVICE_GONE, LOST_PACKETS, SENDER_STOOD = range(5)
REASONS = (
    "",
    "the computer was too busy to take every block of sound",
    "the device was gone",
    "packets were lost on the way",
    "the DAW sent nothing",
)

REASTREAM = "reastream"
STALL = 0.5  # seconds without a block
FALLBACK_RATE = 48000  # Hz: asked of a device that runs at a rate we cannot analyse
LIMIT = 0.05  # seconds: what a clock may fall behind before sound counts as lost
WINDOW = 10**9  # ns: delivery is compared from second to second


class Target(Protocol):
    """Where sound goes: the ring."""

    def write(self, samples: Samples, first: int, host_ns: int, reason: int = NO_REASON) -> None:
        """Takes a block in no time: no waiting, no allocation.

        samples  float32 (n, channels), valid during the call only
        first    number of its first sample in the stream; what was lost before it is counted
        host_ns  monotonic clock when its last sample was there
        reason   why there is a gap before it, if there is one
        """
        ...


class Notes(Protocol):
    """Where timed MIDI comes from: the queue."""

    def due_before(self, end: int, begin: int) -> list[tuple[int, bytes]]:
        """Messages due before `end`, in time order; those due before `begin` are late."""
        ...

    def mark(self, message: bytes) -> None:
        """Remembers that a message which did not come from the queue is being sent."""
        ...

    def take(self) -> None:
        """This process sends from now on; notes that an earlier one left are ended first."""
        ...


@dataclass(frozen=True, slots=True)
class Device:
    """Something that can be heard."""

    number: int | None  # what `--input` takes; None: by name only
    name: str
    kind: Kind
    channels: int
    rate: int  # Hz, what it runs at
    way: Way = "portaudio"
    default: bool = False  # of its kind


@dataclass(frozen=True, slots=True)
class Change:
    """How the client is, and why.

    trouble  what goes wrong though sound comes: the state is as it was
    """

    state: EngineState
    reason: str
    trouble: BridgeError | None = None


class Client(Protocol):
    """Sound from a device."""

    rate: int
    channels: int
    midi_block: int  # it sends the notes itself, in blocks of so many samples; 0: it does not

    def start(self, target: Target, first: int) -> None:
        """Sound flows to `target`, its first sample being number `first`."""
        ...

    def watch(self) -> Change | None:
        """To be called about ten times a second: looks after the device, tells what changed, or
        what goes wrong though sound comes. Raises RestartError where it can only begin anew.
        """
        ...

    def close(self) -> None:
        """Lets go of the device; may be called more than once."""
        ...


class Said:
    """The last thing that was said, so that each change is told once."""

    def __init__(self) -> None:
        self._state: EngineState = "listening"

    def __call__(self, state: EngineState, reason: str) -> Change | None:
        """The change, if it is one."""
        if state == self._state:
            return None
        self._state = state
        return Change(state, reason)


class AbsentError(BridgeError):
    """What is needed is not there now, but may come: waiting can mend it."""


class RestartError(BridgeError):
    """The device came back different: only a fresh capture process can take it."""


class SteadyClock:
    """Finds sound that went missing without a word, by the computer's clock.

    A sound system that buffers delivers late and then in a burst, which loses nothing. So the
    best lead of the stream over the clock within a second is compared with that of the second
    before: clocks drift by parts in ten thousand, anything beyond `LIMIT` was lost.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._best: float | None = None  # samples ahead of the clock, last whole window
        self._lead: float | None = None  # the same, this window
        self._until = 0  # ns: end of this window

    def lost(self, end: int, host_ns: int) -> int:
        """Samples found missing, usually 0, when the stream has `end` samples at `host_ns`."""
        lead = end - host_ns * self._rate / 1e9
        found = 0
        if self._lead is None:
            self._until = host_ns + WINDOW
            self._lead = lead
        elif host_ns < self._until:
            self._lead = max(self._lead, lead)
        else:
            best, self._lead, self._until = self._lead, lead, host_ns + WINDOW
            if self._best is not None and best < self._best - LIMIT * self._rate:
                found = round(self._best - best)
                best += found
                self._lead += found
            self._best = best
        return found

    def restart(self) -> None:
        """Forgets what was: the device was opened again."""
        self._best = self._lead = None


class StreamCount:
    """Numbers the samples of a device that does not number them itself, lost ones included."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._steady = SteadyClock(rate)
        self._fresh = True  # the next block is the first since the device was opened
        self._end = 0
        self._last_ns = 0
        self._opened_ns = 0

    def quiet(self, now_ns: int) -> float:
        """Seconds without a block, counted from when the device was opened at the earliest."""
        return (now_ns - max(self._last_ns, self._opened_ns)) / 1e9

    def start(self, first: int, now_ns: int) -> None:
        """The stream's next sample is number `first`, and would have been there by now."""
        self._end, self._last_ns = first, now_ns

    def reopened(self, now_ns: int) -> None:
        """The device was opened again: what passed since its last block was lost."""
        self._fresh = True
        self._opened_ns = now_ns
        self._steady.restart()

    def place(self, count: int, now_ns: int, lost: int = 0) -> tuple[int, int]:
        """Number of the first of `count` samples whose last one is there now, and why there is a
        gap before it, if there is one. `lost`: samples that the device itself says it lost.
        """
        reason = LOST_CYCLES
        if self._fresh:
            self._fresh = False
            lost = max(0, elapsed(now_ns - self._last_ns, self._rate) - count) if self._end else 0
            reason = DEVICE_GONE
        elif not lost:
            lost = self._steady.lost(self._end + count, now_ns)
        first = self._end + lost
        self._end = first + count
        self._last_ns = now_ns
        return first, reason if lost else NO_REASON


def is_jack(wish: str) -> bool:
    """Whether source.input means JACK: 'jack' or 'jack:SERVER'."""
    return wish == "jack" or wish.startswith("jack:")


def is_reastream(wish: str) -> bool:
    """Whether source.input means ReaStream: 'reastream', 'reastream:NAME[@ADDRESS[:PORT]]'."""
    return wish == REASTREAM or wish.startswith(f"{REASTREAM}:")


def elapsed(ns: int, rate: int) -> int:
    """Nanoseconds as samples."""
    return max(0, ns * rate // 1_000_000_000)


def rate_for(wish: int | None, native: int) -> int:
    """The rate to ask for: the user's wish, else the device's own, else one we can analyse.

    Raises BridgeError for a wish that cannot be analysed.
    """
    rate = wish or (native if native in RATES else FALLBACK_RATE)
    if rate not in RATES:
        raise BridgeError(
            f"A rate of {rate} Hz cannot be analysed",
            cause=f"only {', '.join(map(str, RATES))} Hz can",
            remedy="set source.rate to one of these, or leave it empty",
        )
    return rate


def pick(channels: tuple[int, ...], of: int, name: str) -> tuple[int, ...]:
    """Indices from 0 of the channels asked for, counted from 1; none asked for: the first two.

    Raises BridgeError for one that the device does not have.
    """
    chosen = tuple(channel - 1 for channel in channels) or tuple(range(min(2, of)))
    if any(not 0 <= index < of for index in chosen):
        raise BridgeError(
            f"{name} has no channel {max(channels)}"
            if min(channels) > 0
            else "There is no channel 0",
            cause=f"it has channels 1 to {of}",
            remedy="set source.channels to some of these",
        )
    return chosen
