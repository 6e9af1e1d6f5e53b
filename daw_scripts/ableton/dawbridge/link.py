"""The line to the daemon: TCP on this machine, never waiting."""

import contextlib
import errno
import socket

from .wire import Lines

WAITING = (errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY, errno.EINTR, 10035, 10036, 10037)
PATIENCE = 3.0  # seconds until a connection that does not come is given up
PIECE = 1 << 16  # bytes read at once
PIECES = 4  # read in one tick
FULL = 1 << 24  # bytes that may wait for a daemon that does not read


class Link:
    """One connection. Nothing here waits; what goes wrong closes it, and `open` says so."""

    def __init__(self, port, now):
        """Begins to connect to 127.0.0.1. `now`: seconds of the script's clock."""
        self.open = False  # whether lines can go
        self.closed = False
        self._lines = Lines()
        self._out = b""
        self._until = now + PATIENCE
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            self._socket.setblocking(False)
            code = self._socket.connect_ex(("127.0.0.1", port))
        except OSError:
            self.close()
            return
        if code not in WAITING and code != 0:
            self.close()

    def send(self, line):
        """Queues a line; it goes as the daemon reads."""
        if self.closed:
            return
        self._out += line
        if len(self._out) > FULL:
            self.close()

    def pump(self, now):
        """Sends and reads what goes at once. Gives the (verb, values) that came."""
        if self.closed or not (self.open or self._connected(now)):
            return []
        told = []
        try:
            self._write()
            for _ in range(PIECES):
                piece = self._socket.recv(PIECE)
                if not piece:
                    self.close()
                    break
                told += self._lines.push(piece)
                if len(piece) < PIECE:
                    break
        except (BlockingIOError, InterruptedError):
            return told
        except OSError:  # the daemon is gone (Windows: ConnectionResetError at any time)
            self.close()
        return told

    def flush(self):
        """Sends what goes at once."""
        if self.open:
            try:
                self._write()
            except OSError:
                self.close()

    def close(self):
        """Ends it; a last line goes if it goes at once."""
        if not self.closed and self.open:
            with contextlib.suppress(OSError):
                self._write()
        self.open, self.closed, self._out = False, True, b""
        with contextlib.suppress(OSError):
            self._socket.close()

    def _write(self):
        while self._out:
            try:
                self._out = self._out[self._socket.send(self._out[:PIECE]) :]
            except (BlockingIOError, InterruptedError):  # noqa: PERF203
                return

    def _connected(self, now):
        # No select(): it fails in a process with many open files, and Live has many.
        try:
            failed = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if failed == 0:
                self._socket.getpeername()
                if self._socket.getsockname() == self._socket.getpeername():
                    failed = errno.ECONNREFUSED  # it met itself on a port nobody listens at
        except OSError as error:
            code = error.errno
            if code in (errno.ENOTCONN, errno.EINVAL, 10057) and now < self._until:
                return False
            failed = code or 1
        if failed:
            self.close()
            return False
        self.open = True
        with contextlib.suppress(OSError):  # without it lines go a little later
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return True
