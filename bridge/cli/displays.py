"""How a run is seen: as lines of JSON, on a screen, or in a log."""

from __future__ import annotations

import logging
import os
import stat
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Protocol, Self

from bridge.cli.aside import Aside
from bridge.errors import BridgeError
from bridge.events import Beat, from_json
from bridge.live.lines import LineWriter, standard_output


class Display(Protocol):
    """Where a run is seen. Nothing here waits for whoever reads."""

    on_gone: Callable[[], None]  # is called when nobody reads any more

    def __enter__(self) -> Self:
        """The run begins."""
        ...

    def __exit__(self, *_: object) -> None:
        """It has ended."""
        ...

    def line(self, message: dict[str, Any]) -> None:
        """What a process of ours says: an event, its load, who is connected."""
        ...

    def trouble(self, error: BridgeError) -> None:
        """Something the user should know: what, why, and what to do."""
        ...

    def note(self, text: str) -> None:
        """A hint for people."""
        ...


class JsonLines:
    """Everything as lines of JSON on standard output; trouble goes to standard error."""

    def __init__(self) -> None:
        self.on_gone: Callable[[], None] = lambda: None
        self._writer = LineWriter(standard_output(), "standard output")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()

    def line(self, message: dict[str, Any]) -> None:
        """An event, or a load line."""
        if self._writer.gone:
            self.on_gone()
        self._writer.send(message)

    def trouble(self, error: BridgeError) -> None:
        """Something the user should know: what, why, and what to do."""
        with suppress(OSError):
            print(error, file=sys.stderr, flush=True)

    def note(self, text: str) -> None:
        """A hint for people."""


class LogFile(RotatingFileHandler):
    """A plain file, or nothing at all: a log harms nobody, wherever it cannot be written."""

    def _open(self) -> TextIOWrapper:
        # A pipe that nobody reads would stop us for ever.
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        flags |= getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        file = os.open(self.baseFilename, flags, 0o666)
        if not stat.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            raise OSError(f"{self.baseFilename} is no plain file")
        return os.fdopen(file, "a", encoding=self.encoding)

    def handleError(self, _: logging.LogRecord) -> None:
        """Nothing is said; the next line tries anew."""
        self.close()

    def close(self) -> None:
        """Also where what was written last has no room."""
        with suppress(OSError, ValueError):
            super().close()


class Log:
    """What changes, as lines of a file that never grows beyond bounds."""

    SIZE = 500_000  # bytes; one older file is kept beside it

    def __init__(self, path: Path) -> None:
        self.on_gone: Callable[[], None] = lambda: None
        self._last = ""
        self._log = logging.Logger("background", logging.INFO)  # its own: none of the process's
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._handler: logging.Handler = LogFile(
                path, maxBytes=self.SIZE, backupCount=1, encoding="utf-8", delay=True
            )
        except OSError:  # a data folder that cannot be written is said when the lock is taken
            self._handler = logging.NullHandler()
        self._handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        self._log.addHandler(self._handler)

    def __enter__(self) -> Self:
        self.note("dawbridge starts")
        return self

    def __exit__(self, *_: object) -> None:
        self.note("dawbridge ends")
        self._handler.close()

    def line(self, message: dict[str, Any]) -> None:
        """States, and who is connected."""
        if message.get("event") == "state":
            self.note(f"{message['state']}: {message['reason']}")
        elif "service" in message:
            self.note(f"serves {message['service']['url']}")
        elif "daw" in message:
            self.note(daws_text(message["daw"]))

    def trouble(self, error: BridgeError) -> None:
        """What, why, and what to do; the same again is not written again."""
        if str(error) != self._last:
            self._last = str(error)
            self._log.warning(str(error))

    def note(self, text: str) -> None:
        """A line."""
        self._log.info(text)


class Screen:
    """A calm status line, above it what lasts. Without a terminal a line is printed each bar."""

    REFRESH = 0.1  # seconds between two looks of the status line
    LOG_WIDTH = 120  # characters of a line where there is no terminal

    def __init__(self) -> None:
        self.on_gone: Callable[[], None] = lambda: None
        self._aside = Aside("screen")
        self._console: Any = None
        self._text: Any = None
        self._status: Any = None
        self._live: Any = None
        self._drawn = 0.0
        self._aside.put(self._open)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._aside.put(self._close)
        self._aside.close()

    def line(self, message: dict[str, Any]) -> None:
        """An event moves the status line; some leave a line above it."""
        if "service" in message:
            self.note(f"open {message['service']['url']} in a browser to see it large")
        elif "daw" in message:
            self.note(daws_text(message["daw"]))
        elif "event" in message:
            self._aside.put(lambda: self._show(message))

    def trouble(self, error: BridgeError) -> None:
        """Something the user should know: what, why, and what to do."""
        self._aside.put(lambda: self._print(str(error), "yellow"))

    def note(self, text: str) -> None:
        """A hint."""
        self._aside.put(lambda: self._print(text, "dim"))

    # -- in the screen's own thread

    def _open(self) -> None:
        # rich costs 0.1 s, and meanwhile the ears are starting
        from rich.console import Console
        from rich.live import Live
        from rich.text import Text

        from bridge.sinks.terminal import StatusLine

        self._text = Text
        self._status = StatusLine()
        self._console = Console(highlight=False)
        if self._console.is_terminal:
            self._live = Live(console=self._console, auto_refresh=False, transient=True)
            self._live.start()

    def _close(self) -> None:
        if self._live:
            self._live.stop()

    def _show(self, message: dict[str, Any]) -> None:
        event = from_json(message)
        lasting = self._status.hear(event)
        if lasting:
            self._print(lasting)
        if not self._live:
            if isinstance(event, Beat) and event.number == 1:
                self._print(self._status.text(self.LOG_WIDTH))
            return
        now = time.monotonic()
        if now - self._drawn >= self.REFRESH:
            self._drawn = now
            line = self._text(self._status.text(self._console.width), no_wrap=True)
            self._live.update(line, refresh=True)

    def _print(self, text: str, style: str = "") -> None:
        try:
            self._console.print(text, style=style, markup=False, soft_wrap=True)
        except OSError:
            self.on_gone()


def daws_text(there: list[dict[str, str]]) -> str:
    """Who is connected, in a line."""
    if not there:
        return "no DAW is connected"
    return "connected: " + ", ".join(
        f"{each['daw']} ({each['project']}{', recording' if each['state'] == 'recording' else ''})"
        for each in there
    )
