"""Conversations with Ableton Live over TCP on this machine (docs/decisions/0006-...).

The daemon listens, so nothing is bound inside Live. Nothing here ever waits: sockets do not
block, and a script that reads nothing is given up once too much waits for it.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from hmac import compare_digest
from pathlib import Path

from bridge.daw.links import Link
from bridge.daw.notices import first_notice, make_meeting_place, remove_notice, write_notice
from bridge.daw.wire import PROTOCOL, Lines, Message, encode, message
from bridge.errors import BridgeError

NOTICE = "port"
HERE = "127.0.0.1"
PATIENCE = 5.0  # seconds until `hello` must have come
ACCEPTING = 0.05  # seconds between two looks for newcomers
LONGEST_HELLO = 1 << 16  # bytes before the first line is whole
MOST_READ = 1 << 20  # bytes at a time
MOST_WAITING = 8 << 20  # bytes that wait for a script that does not read
MOST_NEWCOMERS = 16
MOST_LINKS = 32


class Port:
    """Where Lives come to."""

    def __init__(
        self, folder: Path, token: str, version: str, now: Callable[[], float] = time.monotonic
    ) -> None:
        """Listens at a free port and tells it in `folder`/port, readable by the user alone.

        `token`: whoever can read that file knows it; `now`: seconds that never go back. Raises
        BridgeError where neither is possible.
        """
        make_meeting_place(folder)
        self._token = token
        self._now = now
        self._looked = float("-inf")
        self._newcomers: list[_Newcomer] = []
        self._links: list[TcpLink] = []
        self._closed = False
        self._path = folder / NOTICE
        self._listener = _listening()
        self.number: int = self._listener.getsockname()[1]
        self._notice = message(
            NOTICE, protocol=PROTOCOL, port=self.number, token=token, version=version
        )
        try:
            self._told = first_notice(self._path, self._notice)
        except BridgeError:
            self._listener.close()
            raise

    def arrivals(self) -> list[Link]:
        """Scripts that said `hello` with the token; it is their first message."""
        now = self._now()
        if self._closed or now - self._looked < ACCEPTING:
            return []
        self._looked = now
        if not self._told:
            self._tell()
        self._accept(now)
        arrived: list[TcpLink] = []
        waiting = []
        for newcomer in self._newcomers:
            told = newcomer.link.take()
            if told:
                if self._knows(told[0]):
                    newcomer.link.heard = told
                    arrived.append(newcomer.link)
                else:
                    newcomer.refuse()
            elif newcomer.is_hopeless(now):
                newcomer.link.close()
            else:
                waiting.append(newcomer)
        self._newcomers = waiting
        self._links += arrived
        return list(arrived)

    def beat(self) -> None:
        """Says `beat` to all, and tells the port again where its file was removed."""
        if self._closed:
            return
        self._links = [link for link in self._links if not link.gone]
        for link in self._links:
            link.send([Message("beat")])
        if not self._told or not self._path.exists():
            self._tell()

    def close(self) -> None:
        """Frees the port and closes every connection."""
        self._closed = True
        remove_notice(self._path, self._token)
        self._listener.close()
        for link in [*self._links, *(newcomer.link for newcomer in self._newcomers)]:
            link.close()
        self._links, self._newcomers = [], []

    def _tell(self) -> None:
        self._told = False
        with suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_notice(self._path, self._notice)
            self._told = True

    def _accept(self, now: float) -> None:
        for _ in range(MOST_NEWCOMERS):
            try:
                connection, _ = self._listener.accept()
            except OSError:  # nobody is there, has left again, or no file handle is free
                return
            # A script that finds no place comes back a little later.
            self._links = [link for link in self._links if not link.gone]
            if len(self._newcomers) >= MOST_NEWCOMERS or len(self._links) >= MOST_LINKS:
                connection.close()
                continue
            try:
                link = TcpLink(connection)
            except OSError:
                connection.close()
                continue
            self._newcomers.append(_Newcomer(link, now))

    def _knows(self, told: Message) -> bool:
        said = told.text("token").encode("utf-8", "replace")
        return told.verb == "hello" and compare_digest(said, self._token.encode())


class TcpLink:
    """One connection: lines both ways."""

    def __init__(self, connection: socket.socket) -> None:
        """Raises OSError where the connection has gone already."""
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pending = 0  # bytes of a line that is not whole yet, at least
        self.heard: list[Message] = []  # read already, to be taken first
        self._connection = connection
        self._lines = Lines()
        self._out = bytearray()
        self._ended = False  # the other side has closed
        self._deaf = False  # nothing arrives there; what it said before may still be read
        self.closed = False

    @property
    def gone(self) -> bool:
        """The connection has ended, or the script read nothing for too long."""
        return self.closed or self._ended

    def take(self) -> list[Message]:
        """What has come since the last call."""
        told, self.heard = self.heard, []
        self._flush()
        read = 0
        while not self.gone and read < MOST_READ:
            try:
                piece = self._connection.recv(1 << 16)
            except (BlockingIOError, InterruptedError):
                break
            except OSError:  # reset, timed out, the network went
                self._ended = True
                break
            if not piece:
                self._ended = True
                break
            read += len(piece)
            heard = self._lines.push(piece)
            self.pending = 0 if heard else self.pending + len(piece)
            told += heard
        return told

    def send(self, messages: Iterable[Message]) -> None:
        """Says it, now or as soon as the script reads."""
        if self.gone or self._deaf:
            return
        for each in messages:
            self._out += encode(each)
        self._flush()
        if len(self._out) > MOST_WAITING:
            self.close()

    def close(self) -> None:
        """Ends it from here. Twice is harmless."""
        self.closed = True
        self._connection.close()
        self._out.clear()

    def _flush(self) -> None:
        while self._out and not self.gone:
            try:
                sent = self._connection.send(self._out[: 1 << 18])
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                self._deaf = True
                self._out.clear()
                return
            del self._out[:sent]


class _Newcomer:
    """A connection that has not said `hello` yet."""

    __slots__ = ("link", "since")

    def __init__(self, link: TcpLink, since: float) -> None:
        self.link = link
        self.since = since  # seconds

    def is_hopeless(self, now: float) -> bool:
        """It has left, has been silent for too long, or says something else."""
        late = now - self.since >= PATIENCE
        return late or self.link.gone or self.link.pending > LONGEST_HELLO

    def refuse(self) -> None:
        """Says why, as far as it is heard, and closes."""
        self.link.send(
            [
                message(
                    "refuse",
                    why="dawbridge was started anew while this script was looking for it",
                    remedy="it is looked for again; if this stays, run: dawbridge doctor",
                )
            ]
        )
        self.link.close()


def _listening() -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows lets others take the port otherwise
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        listener.bind((HERE, 0))
        listener.listen(MOST_NEWCOMERS)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise BridgeError(
            "No port could be opened for Live",
            cause=error.strerror or str(error),
            remedy="allow dawbridge to listen on 127.0.0.1 (a firewall or a sandbox forbids it)",
        ) from error
    return listener
