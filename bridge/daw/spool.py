"""Conversations with scripts through growing files in one folder (docs/daw_protocol.md).

Made to be looked at every 5 ms: one `fstat` for each conversation in which nothing was said, one
listing of the folder ten times a second. Neither locks nor watches are used, so it works wherever
a file can be appended to, Windows among them.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from io import FileIO
from pathlib import Path

from bridge.daw.links import Link
from bridge.daw.notices import first_notice, make_meeting_place, remove_notice, write_notice
from bridge.daw.wire import PROTOCOL, Lines, Message, decode, encode, message
from bridge.errors import NO_ROOM

PRESENCE = "daemon"
FULL = 1 << 20  # bytes: a longer file ends with the line `next`
ABANDONED = 12 * 3600.0  # seconds without a line
LISTING = 0.1  # seconds between two looks for newcomers
PATIENCE = 10.0  # seconds in which a newcomer's first line is looked for at each listing
SWEEPING = 60.0  # seconds between two looks at what others left
MOST_READ = 1 << 20  # bytes at a time: a long past is heard in pieces
MOST_WAITING = 8 << 20  # bytes that wait for a full disk; beyond it the far side is given up
MOST_LINKS = 64  # conversations at a time
MOST_LATE = 64  # newcomers without a line that are looked at in a second
MOST_SWEPT = 64  # of what others left, looked at in a second
END = 4096  # bytes at the end of a file, enough for its last line
NEXT = encode(Message("next"))
NAME = re.compile(r"([a-z]{1,32})-([0-9a-f]{16})")
SEGMENT = re.compile(r"(up|down)\.[0-9]{6,9}")
# A link is not followed, and a pipe that somebody laid there makes nobody wait.
NO_TRICKS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class Spool:
    """Where scripts of DAWs without sockets come to: a folder that both sides see."""

    def __init__(
        self, folder: Path, token: str, version: str, now: Callable[[], float] = time.monotonic
    ) -> None:
        """`token`: this daemon's, new at each start; `now`: seconds that never go back.

        Raises BridgeError where the folder cannot be made.
        """
        make_meeting_place(folder)
        self._folder = folder
        self._token = token
        self._version = version
        self._now = now
        self._beat = 0
        self._listed = self._swept = float("-inf")
        self._beaten = now()
        # Since when; without a first line so far. What is older than this daemon was hardly meant
        # for it, and there may be thousands: it has as little haste as who is long without a line.
        self._newcomers = dict.fromkeys(_conversations(folder), float("-inf"))
        self._thorough = True  # newcomers that take long are looked at once a second
        self._links: dict[str, SpoolLink] = {}
        self._others: set[str] = set()  # of other daemons, or over: looked at when sweeping
        self._unswept: list[str] = []  # those of them that were not looked at in this round
        self._closed = False
        # Whether the presence file has this beat.
        self._told = first_notice(folder / PRESENCE, self._presence())

    def arrivals(self) -> list[Link]:
        """Conversations that began with this daemon; the first message of each is its `hello`."""
        now = self._now()
        if self._closed or now - self._listed < LISTING:
            return []
        self._listed = now
        if not self._told:
            self._tell()
        self._list(now)
        turn: list[str] = []
        late: list[str] = []
        for name, since in self._newcomers.items():
            (turn if now - since < PATIENCE else late).append(name)
        if self._thorough:
            turn += late[:MOST_LATE]
        self._thorough = False
        return [link for name in turn if (link := self._look_at(name))]

    def beat(self) -> None:
        """Tells that this daemon lives, gives up what was left, removes what is over."""
        if self._closed:
            return
        self._beat += 1
        self._tell()
        self._thorough = True
        now = self._now()
        # A machine that slept has heard nothing, which is nobody's silence.
        passed, self._beaten = min(now - self._beaten, 5.0), now
        for name, link in list(self._links.items()):
            link.tend(passed)
            if link.gone or link.closed:
                link.close()
                del self._links[name]
                self._others.add(name)
                if link.over:
                    _remove(self._folder / name)
        if now - self._swept >= SWEEPING and not self._unswept:
            self._swept, self._unswept = now, list(self._others)
        self._sweep()

    def close(self) -> None:
        """Ends every conversation from here; the files stay for the next daemon to sweep."""
        self._closed = True
        for link in self._links.values():
            link.close()
        self._newcomers.clear()
        self._links.clear()
        remove_notice(self._folder / PRESENCE, self._token)

    def _presence(self) -> Message:
        return message(
            PRESENCE, protocol=PROTOCOL, version=self._version, token=self._token, beat=self._beat
        )

    def _tell(self) -> None:
        try:
            write_notice(self._folder / PRESENCE, self._presence())
            self._told = True
        except FileNotFoundError:  # somebody removed the whole folder
            self._told = False
            with suppress(OSError):
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:  # a script reads it just now (Windows), or the disk is full
            self._told = False

    def _list(self, now: float) -> None:
        here = _conversations(self._folder)
        self._others &= here
        for name in self._newcomers.keys() - here:
            del self._newcomers[name]
        for name in here - self._newcomers.keys() - self._links.keys() - self._others:
            self._newcomers[name] = now

    def _look_at(self, name: str) -> SpoolLink | None:
        """The conversation, once its first line is there and was meant for this daemon."""
        if len(self._links) >= MOST_LINKS:
            return None
        since = self._newcomers.pop(name)
        reader = Reader(self._folder / name, "up")
        told = reader.read()
        if told and told[0].verb == "hello" and told[0].text("daemon") == self._token:
            link = self._links[name] = SpoolLink(self._folder / name, reader, told)
            return link
        reader.close()
        if told or self._is_left(name):
            self._others.add(name)
        else:
            self._newcomers[name] = since  # at the end, so that all have their turn
        return None

    def _is_left(self, name: str) -> bool:
        """Whether nothing was written there for hours, by the clock of the file system."""
        folder = self._folder / name
        try:
            here = (self._folder / PRESENCE).stat().st_mtime
            files = [each for each in folder.iterdir() if SEGMENT.fullmatch(each.name)]
            last = max(each.lstat().st_mtime for each in [folder, *files])
        except OSError:
            return False
        return here - last > ABANDONED

    def _sweep(self) -> None:
        turn, self._unswept = self._unswept[:MOST_SWEPT], self._unswept[MOST_SWEPT:]
        for name in self._others.intersection(turn):
            if _said_bye(self._folder / name) or self._is_left(name):
                _remove(self._folder / name)


class SpoolLink:
    """One conversation: we read `up`, we write `down`."""

    def __init__(self, folder: Path, reader: Reader, heard: list[Message]) -> None:
        """`heard`: what was read before it was known to be one, `hello` first."""
        self._folder = folder
        self._reader = reader
        self._writer = Writer(folder, "down")
        self._heard = heard
        self._bye = False
        self._silent = 0.0  # seconds
        self.closed = False

    @property
    def over(self) -> bool:
        """Nobody will come back to it: its folder can go."""
        return self._bye or self._silent >= ABANDONED

    @property
    def gone(self) -> bool:
        """It said `bye`, was silent for 12 h, or its files cannot be read or written any more."""
        return self.over or self._reader.gone or self._writer.gone

    def take(self) -> list[Message]:
        """What has come since the last call, up to a `bye`."""
        if self.closed or self._bye:
            return []
        told, self._heard = self._heard or self._reader.read(), []
        if told:
            self._silent = 0.0
            for number, each in enumerate(told):
                if each.verb == "bye":
                    self._bye = True
                    return told[: number + 1]
        return told

    def send(self, messages: Iterable[Message]) -> None:
        """Appends the lines; what a full disk refuses waits for room."""
        if not self.closed:
            self._writer.write(encode(each) for each in messages)

    def tend(self, passed: float) -> None:
        """Once a second: `passed` seconds have gone by since the last time."""
        self._silent += passed
        self._reader.tend()
        self._writer.write(())

    def close(self) -> None:
        """Ends it from here; what was written stays."""
        self.closed = True
        self._reader.close()
        self._writer.close()


class Reader:
    """What the other side writes into STEM.000001 and on, as it grows."""

    def __init__(self, folder: Path, stem: str) -> None:
        self._folder = folder
        self._stem = stem
        self._number = 1
        self._file: FileIO | None = None
        self._at = 0  # bytes of this file that were read
        self._lines = Lines()
        self._later = False  # the next number is there, so this one is complete
        self._finished: list[Path] = []  # read to the end, but not yet let go by the writer
        self.gone = False

    def read(self) -> list[Message]:
        """The messages that are whole now; those of a long past in pieces, one at each call."""
        if self.gone or not (self._file or self._open()):
            return []
        assert self._file is not None
        try:
            state = os.fstat(self._file.fileno())
            if state.st_size < self._at:  # somebody cut it: on from its new end, nothing twice
                self._at = self._file.seek(state.st_size)
                self._lines = Lines()
            if state.st_size == self._at:
                if self._later:
                    self._turn()
                return []
            piece = self._file.read(min(state.st_size - self._at, MOST_READ)) or b""
        except OSError:
            self.gone = True
            return []
        self._at += len(piece)
        told = self._lines.push(piece)
        for number, each in enumerate(told):
            if each.verb == "next":
                self._turn()
                return told[:number]
        return told

    def tend(self) -> None:
        """Once a second: deletes what is finished, and finds out what was lost."""
        self._delete_finished()
        if not _is_there(self._path(self._number) if self._file else self._folder):
            self.gone = True
        self._later = _is_there(self._path(self._number + 1))  # its `next` may have been torn

    def close(self) -> None:
        """Lets the file go."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self._delete_finished()
        self.gone = True

    def _open(self) -> bool:
        path = self._path(self._number)
        try:
            self._file = _opened(path, "rb")
        except OSError:
            if self._later and not _is_there(path):
                self._number, self._later = self._number + 1, False
            return False
        self._at = 0
        self._lines = Lines()
        return True

    def _turn(self) -> None:
        assert self._file is not None
        self._file.close()
        self._file = None
        self._finished.append(self._path(self._number))
        self._number, self._later = self._number + 1, False
        self._delete_finished()

    def _delete_finished(self) -> None:
        left = []
        for path in self._finished:
            try:
                path.unlink(missing_ok=True)
            except OSError:  # Windows: the writer has it open for another moment
                left.append(path)
        self._finished = left

    def _path(self, number: int) -> Path:
        return self._folder / f"{self._stem}.{number:06d}"


class Writer:
    """What we write, whole lines alone, from number to number."""

    def __init__(self, folder: Path, stem: str) -> None:
        self._folder = folder
        self._stem = stem
        self._number = 1
        self._file: FileIO | None = None
        self._size = 0  # bytes of this file, those of `_rest` included
        self._waiting: deque[bytes] = deque()  # lines
        self._bytes = 0  # of `_waiting`
        self._rest = b""  # of a piece that the disk took half of
        self._full = False  # the next number comes after `_rest`
        self.gone = False

    def write(self, lines: Iterable[bytes]) -> None:
        """Appends what waits and these, as far as the disk takes them."""
        if self.gone:
            return
        for line in lines:
            self._waiting.append(line)
            self._bytes += len(line)
        try:
            while self._rest or self._full or self._waiting:
                self._append()
        except OSError as error:
            # No room now may be room later; a folder that is not there is no more.
            self.gone = error.errno not in (*NO_ROOM, errno.EMFILE, errno.ENFILE)
        if self._bytes + len(self._rest) > MOST_WAITING:
            self.gone = True
        if self.gone:
            self.close()

    def close(self) -> None:
        """Lets the file go."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self._waiting.clear()
        self._rest, self._bytes = b"", 0
        self.gone = True

    def _append(self) -> None:
        if not self._rest and self._full:
            assert self._file is not None
            self._file.close()
            self._file, self._full = None, False
            self._number += 1
            return
        file = self._file or self._open()
        if not self._rest:
            pieces = []
            while self._waiting and self._size <= FULL:
                pieces.append(self._waiting.popleft())
                self._size += len(pieces[-1])
                self._bytes -= len(pieces[-1])
            if self._size > FULL:
                pieces.append(NEXT)
                self._full = True
            self._rest = b"".join(pieces)
        taken = file.write(self._rest) or 0
        self._rest = self._rest[taken:]
        if not taken:
            raise OSError(errno.ENOSPC, "nothing was written")

    def _open(self) -> FileIO:
        """The newest of our files: one that a former life left is continued on a new line."""
        ours = [each for each in self._folder.iterdir() if SEGMENT.fullmatch(each.name)]
        numbers = [int(each.suffix[1:]) for each in ours if each.stem == self._stem]
        self._number = max([self._number, *numbers])
        self._size, end = _size_and_end(self._path(self._number))
        if end.endswith(NEXT):
            self._number, self._size = self._number + 1, 0
        elif end and not end.endswith(b"\n"):
            self._rest = b"\n"
        self._file = _opened(self._path(self._number), "ab")
        return self._file

    def _path(self, number: int) -> Path:
        return self._folder / f"{self._stem}.{number:06d}"


def _opened(path: Path, mode: str) -> FileIO:
    """A plain file without a buffer. Raises OSError, also for links, pipes and the like."""
    if not NO_TRICKS and path.is_symlink():
        raise OSError(errno.ELOOP, "a link", str(path))
    file = FileIO(path, mode, opener=lambda name, flags: os.open(name, flags | NO_TRICKS, 0o600))
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "no plain file", str(path))
    return file


def _size_and_end(path: Path) -> tuple[int, bytes]:
    """Bytes of a file and the last of them; nothing where there is none. Raises OSError."""
    try:
        with _opened(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(-min(END, size), os.SEEK_END)
            return size, file.read()
    except FileNotFoundError:
        return 0, b""


def _is_there(path: Path) -> bool:
    try:
        path.lstat()
    except OSError:
        return False
    return True


def _conversations(folder: Path) -> set[str]:
    """Names of the real folders in it that can be one; anything else is passed over."""
    try:
        with os.scandir(folder) as entries:
            return {each.name for each in entries if NAME.fullmatch(each.name) and _is_real(each)}
    except OSError:
        return set()


def _is_real(entry: os.DirEntry[str]) -> bool:
    try:
        if not entry.is_dir(follow_symlinks=False):
            return False
        if os.name != "nt":
            return True
        attributes = getattr(entry.stat(follow_symlinks=False), "st_file_attributes", 0)
    except OSError:
        return False
    return not attributes & 0x400  # a junction: FILE_ATTRIBUTE_REPARSE_POINT


def _said_bye(folder: Path) -> bool:
    """Whether the last whole line of the newest `up` file is `bye`."""
    try:
        ups = [each for each in folder.iterdir() if re.fullmatch(r"up\.[0-9]{6,9}", each.name)]
        newest = max(ups, key=lambda path: int(path.suffix[1:]))
        end = _size_and_end(newest)[1]
    except (OSError, ValueError):  # ValueError: there is none
        return False
    last = end.splitlines()[-1:]
    told = decode(last[0]) if last else None
    return told is not None and told.verb == "bye"


def _remove(folder: Path) -> None:
    """Takes a conversation away, and nothing that is none of it. Tried again while sweeping."""
    with suppress(OSError):
        for each in folder.iterdir():
            if SEGMENT.fullmatch(each.name):
                each.unlink(missing_ok=True)
        folder.rmdir()
