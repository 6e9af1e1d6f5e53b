"""The queue of timed MIDI: the ears post (due, message), the holder of the port takes.

One poster, one taker, in shared memory, without locks. Times are samples of the stream where JACK
sends, nanoseconds of the monotonic clock where a virtual port does; the queue does not care.

Which notes sound is kept beside it, so that a note always ends: the taker ends them all when the
ears die, a new taker ends those that a killed one left, and a note-off that found the queue full
makes the taker end its whole channel.
"""

from __future__ import annotations

import mmap
import socket
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bridge.errors import BridgeError
from bridge.live import shared_file

MAGIC = 0x444157424D51_02  # "DAWBMQ" and the version of this layout
MIDI_QUEUE = "midi"  # its file in the run's folder
SLOTS = 2048  # messages that can wait; a drum roll with its note-offs fills 60 a second
CHANNELS, NOTES = 16, 128
# Words of 8 bytes at the file's beginning; each is written by one side only.
KIND, POSTED, REFUSED = 0, 1, 2  # the poster's
TAKEN, LATE, WAKE_PORT = 8, 9, 10  # the taker's
ASKED, DONE = 16, 32  # per channel: how often the poster asked to end it, how often it was done
HEAD = 48
SLOT = 2  # words: due, message
SIZE = (HEAD + SLOTS * SLOT) * 8 + CHANNELS * NOTES

NOTE_OFF, NOTE_ON = 0x80, 0x90


class MidiQueue:
    """Both ends of the queue; a process uses one of them."""

    def __init__(self, memory: mmap.mmap, path: Path) -> None:
        """Use `open` or `open_or_create`."""
        self.path = path
        self._words: NDArray[np.int64] = np.frombuffer(memory, np.int64, HEAD + SLOTS * SLOT)
        if self._words[KIND] != MAGIC:
            raise BridgeError(
                f"{path} is no MIDI queue",
                cause="another version of dawbridge made it, or it is damaged",
                remedy="end every dawbridge and start again",
            )
        self._sounding: NDArray[np.uint8] = np.frombuffer(
            memory, np.uint8, CHANNELS * NOTES, self._words.nbytes
        ).reshape(CHANNELS, NOTES)
        self._waiting: list[tuple[int, int, bytes]] = []  # the taker's: due, order, message
        self._ended: list[bytes] = []  # note-offs handed out, still to be forgotten
        # Each asks to end all and to begin none posted before this number. Threads add to it while
        # the taker takes from it, so that no request is lost.
        self._releases: deque[int] = deque()
        self._waker: socket.socket | None = None

    @classmethod
    def open(cls, path: Path) -> MidiQueue:
        """Raises BridgeError when there is none."""
        return cls(shared_file.attach(path), path)

    @classmethod
    def open_or_create(cls, path: Path) -> MidiQueue:
        """Whoever comes first makes it."""
        if path.exists():
            return cls.open(path)
        return cls(shared_file.create_once(path, SIZE, MAGIC.to_bytes(8, "little")), path)

    # The poster's side

    def post(self, due: int, message: bytes) -> bool:
        """Queues a message of 1 to 3 bytes, in any order of time. False: no room, it is lost.

        A note-off is never lost: without room the taker ends all notes of its channel at once.
        """
        words = self._words
        posted = int(words[POSTED])
        if posted - int(words[TAKEN]) >= SLOTS:
            words[REFUSED] += 1
            if is_note_off(message):
                words[ASKED + (message[0] & 15)] += 1
                self._wake()
            return False
        slot = HEAD + posted % SLOTS * SLOT
        words[slot] = due
        words[slot + 1] = int.from_bytes(message, "little") | len(message) << 24
        words[POSTED] = posted + 1  # last: this publishes the message
        self._wake()
        return True

    def _wake(self) -> None:
        """A taker that sleeps told its UDP port; JACK's needs no waking."""
        port = int(self._words[WAKE_PORT])
        if port:
            if self._waker is None:
                self._waker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                self._waker.setblocking(False)
            try:
                self._waker.sendto(b"\0", ("127.0.0.1", port))
            except OSError:
                return  # the taker looks by itself, a little later

    # The taker's side

    def take(self) -> None:
        """From now on this process sends: what sounds or waits from before is ended or dropped."""
        self._words[WAKE_PORT] = 0
        self.release()

    def release(self) -> None:
        """Ends every note that sounds, and begins none that was posted before; takes effect with
        the next `due_before`. From any thread of the taker.
        """
        self._releases.append(int(self._words[POSTED]))

    def wake_at(self, port: int) -> None:
        """A datagram to this UDP port of 127.0.0.1 tells that something was posted."""
        self._words[WAKE_PORT] = port

    def due_before(self, end: int, begin: int) -> list[tuple[int, bytes]]:
        """Messages due before `end`, in order of time, to be sent now without fail.

        Those due before `begin` are late and counted. Notes count as sounding from here on; a
        note-off counts as sent when this is called again, so a taker killed in between leaves
        a note too many in the table rather than one too few.
        """
        for message in self._ended:
            self._sounding[message[0] & 15, message[1] & 127] = 0
        self._ended.clear()
        # Read before the messages are fetched: a note-on posted before the request is then here.
        asked = self._words[ASKED : ASKED + CHANNELS].copy()
        before: int | None = None
        while self._releases:
            before = max(before or 0, self._releases.popleft())
        self._fetch()
        due = list(self._released(asked, before, begin))
        if self._waiting and self._waiting[0][0] < end:
            count = sum(entry[0] < end for entry in self._waiting)
            for at, _, message in self._waiting[:count]:
                if at < begin:
                    self._words[LATE] += 1
                self.mark(message)
                due.append((at, message))
            del self._waiting[:count]
        return due

    def next_due(self) -> int | None:
        """When the next message that was fetched is due; None: none waits."""
        return self._waiting[0][0] if self._waiting else None

    def mark(self, message: bytes) -> None:
        """Enters a message that is about to be sent into the table of sounding notes."""
        if is_note_off(message):
            self._ended.append(message)
        elif message[0] & 0xF0 == NOTE_ON and len(message) == 3:
            self._ended = [off for off in self._ended if not _same_note(off, message)]
            self._sounding[message[0] & 15, message[1] & 127] = message[2]

    def sounding(self) -> list[tuple[int, int]]:
        """(channel from 0, note) of every note that sounds, as far as anybody knows."""
        now = self._sounding.copy()  # numpy refuses to count what another changes meanwhile
        return [(int(channel), int(note)) for channel, note in np.argwhere(now)]

    @property
    def late(self) -> int:
        """Messages that were due before they could be sent."""
        return int(self._words[LATE])

    @property
    def refused(self) -> int:
        """Messages that found no room."""
        return int(self._words[REFUSED])

    def close(self) -> None:
        """Lets go of the waking socket; the file goes with the folder."""
        if self._waker is not None:
            self._waker.close()
            self._waker = None

    def _fetch(self) -> None:
        words = self._words
        taken, posted = int(words[TAKEN]), int(words[POSTED])
        if taken == posted:
            return
        for number in range(taken, posted):
            slot = HEAD + number % SLOTS * SLOT
            packed = int(words[slot + 1])
            message = (packed & 0xFFFFFF).to_bytes(3, "little")[: packed >> 24]
            self._waiting.append((int(words[slot]), number, message))
        self._waiting.sort()
        words[TAKEN] = posted

    def _released(
        self, asked: NDArray[np.int64], before: int | None, at: int
    ) -> Iterator[tuple[int, bytes]]:
        """Note-offs that end whole channels where asked for; waiting note-ons are dropped."""
        done = self._words[DONE : DONE + CHANNELS]
        if before is None:
            if (asked == done).all():
                return
            channels = np.flatnonzero(asked != done).tolist()
        else:
            channels = list(range(CHANNELS))
        done[:] = asked
        self._waiting = [
            entry
            for entry in self._waiting
            if not _is_note_on(entry[2], channels) or (before is not None and entry[1] >= before)
        ]
        for channel, note in self.sounding():
            if channel in channels:
                off = bytes((NOTE_OFF | channel, note, 0))
                self.mark(off)
                yield at, off


def is_note_off(message: bytes) -> bool:
    """A note-off, or a note-on of velocity 0, which means the same."""
    kind = message[0] & 0xF0
    return len(message) == 3 and (kind == NOTE_OFF or (kind == NOTE_ON and message[2] == 0))


def _is_note_on(message: bytes, channels: list[int]) -> bool:
    return message[0] & 0xF0 == NOTE_ON and message[0] & 15 in channels and not is_note_off(message)


def _same_note(off: bytes, on: bytes) -> bool:
    return off[0] & 15 == on[0] & 15 and off[1] == on[1]
