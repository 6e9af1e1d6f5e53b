"""A script in a DAW, with the files of the real spool folder and the real clock."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from pathlib import Path

from bridge.daw.notices import read_notice
from bridge.daw.wire import Lines, encode
from tests.daw.script import Project, Script
from tests.end_to_end.processes import eventually


class SpoolScript(Script):
    """Rolls, stops and applies what it is told whenever it is pumped, like a deferred script."""

    def __init__(self, folder: Path, project: Project | None = None, **hello: str) -> None:
        self.folder = folder
        self._rolling: tuple[float, float, bool] | None = None  # since, at, recording
        self._down = Lines()
        self._read = 0
        self._clocked = 0.0
        self.daemon = self.presence()
        self.conversation = folder / f"reaper-{secrets.token_hex(8)}"
        self.conversation.mkdir()
        token = self.conversation.name.split("-")[1]
        super().__init__(project, daemon=self.daemon, **(hello | {"token": token}))

    def presence(self) -> str:
        """The token of the daemon that is there."""
        eventually("a daemon", lambda: read_notice(self.folder / "daemon") is not None)
        told = read_notice(self.folder / "daemon")
        assert told is not None
        return told.text("token")

    def roll(self, at: float, *, record: bool = True) -> None:
        self._rolling = time.monotonic(), at, record
        self._clocked = 0.0

    def goes_on(self, other: SpoolScript) -> None:
        """The same transport, told by another script."""
        self._rolling = other._rolling

    def stand(self) -> None:
        self._rolling = None
        self._clocked = 0.0

    def position(self) -> float:
        since, at, _ = self._rolling or (0.0, 0.0, False)
        return at + time.monotonic() - since if self._rolling else 0.0

    def pump(self) -> None:
        now = time.monotonic()
        if now - self._clocked >= (0.1 if self._rolling else 1.0):
            self._clocked = now
            recording = self._rolling is not None and self._rolling[2]
            at = self.position()
            self.clock(at, play=self._rolling is not None, record=recording, t=now + 1e4)
        with (self.conversation / "up.000001").open("ab") as up:
            up.write(b"".join(map(encode, self.take())))
        down = self.conversation / "down.000001"
        if down.exists():
            with down.open("rb") as file:
                file.seek(self._read)
                piece = file.read()
            self._read += len(piece)
            self.send(self._down.push(piece))

    def pump_until(self, done: Callable[[], object], seconds: float) -> None:
        """Until it is so; fails when it is not after so many seconds."""
        until = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < until, self.told[-5:]
            self.pump()
            time.sleep(0.03)

    def pump_for(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.pump()
            time.sleep(0.03)
