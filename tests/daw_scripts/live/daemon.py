"""The other end of the line, plain: a TCP server that a test reads and speaks through."""

import socket
from pathlib import Path


class Daemon:
    """Listens on this machine and writes `port`, as docs/daw_protocol.md says."""

    def __init__(self, wire, folder, protocol=1):
        """`wire`: a module with encode(verb, **values) and Lines."""
        self.wire = wire
        self.folder = Path(folder)
        self.heard = []
        self.links = []
        self.beats = True
        self._lines = {}
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(5)
        self._listener.setblocking(False)
        port = self._listener.getsockname()[1]
        (self.folder / "port").write_bytes(
            wire.encode("port", protocol=protocol, port=port, token="secret", version="9")
        )
        self.batches = 0
        self.count = 0

    def pump(self):
        """Accepts and reads what is there; `welcome` follows `hello`, and now and then a beat."""
        self.count += 1
        try:
            link, _ = self._listener.accept()
            link.setblocking(False)
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.links.append(link)
            self._lines[link] = self.wire.Lines()
        except BlockingIOError:
            pass
        for link in list(self.links):
            try:
                piece = link.recv(1 << 16)
            except BlockingIOError:
                continue
            except OSError:
                piece = b""
            if not piece:
                self.links.remove(link)
                link.close()
                continue
            for verb, values in self._lines[link].push(piece):
                self.heard.append((verb, values))
                if verb == "hello":
                    self.answer(link, values)
        if self.beats and self.count % 100 == 0:
            self.say("beat")

    def answer(self, link, values):
        """What a daemon says to `hello`."""
        self.raw(link, self.wire.encode("welcome", protocol=1, version="9", daemon="secret"))

    def raw(self, link, line):
        link.setblocking(True)
        link.sendall(line)
        link.setblocking(False)

    def say(self, verb, **values):
        for link in self.links:
            self.raw(link, self.wire.encode(verb, **values))

    def batch(self, lines, project=None):
        """Lines as (verb, values), as one batch. Gives its number."""
        self.batches += 1
        told = [self.wire.encode("batch", batch=self.batches, count=len(lines), title="dawbridge")]
        told += [self.wire.encode(verb, **values) for verb, values in lines]
        for link in self.links:
            self.raw(link, b"".join(told))
        return str(self.batches)

    def told(self, verb):
        """The values of every line of this verb that came."""
        return [values for each, values in self.heard if each == verb]

    def close(self):
        for link in self.links:
            link.close()
        self.links = []
        self._listener.close()
        port = self.folder / "port"
        if port.exists():
            port.unlink()
