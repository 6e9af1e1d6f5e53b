"""`dawbridge run` and `dawbridge demo`: hear, understand, say, until stopped."""

from __future__ import annotations

import logging
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Annotated, Any

import typer

from bridge.cli.aside import Aside
from bridge.cli.keys import keys
from bridge.cli.options import Config, Preset, Set, settings_for
from bridge.errors import BridgeError
from bridge.events import Beat, from_json
from bridge.live.commands import COMMANDS, Command
from bridge.live.instance import Instance
from bridge.live.lines import LineWriter, standard_output
from bridge.live.supervisor import Supervisor
from bridge.settings import Loaded, data_folder

KEYS: dict[str, Command] = {"t": "tap", " ": "tap", "2": "double", "/": "halve", "1": "the_one"}
KEYS_HELP = "keys: t tap   2 twice as fast   / half as fast   1 the one is now   q quit"
ENDS = [  # signals: Ctrl-C, kill, a closed terminal, Ctrl-\\
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
    if hasattr(signal, name)  # Windows lacks the last two
]
SOUND_FILES = (".wav", ".aif", ".aiff", ".flac", ".ogg", ".opus", ".mp3", ".caf", ".w64")

AsJson = Annotated[bool, typer.Option("--json", help="Print every event as a line of JSON.")]
Osc = Annotated[
    str | None, typer.Option("--osc", help="Send OSC to HOST:PORT instead of the targets set.")
]
ServicePort = Annotated[int | None, typer.Option(help="Port of WebSocket and web page.")]


def run(
    input: Annotated[
        str | None,
        typer.Option(
            "--input",
            "-i",
            help="A device by number or part of its name, 'output' for what the computer plays, "
            "'jack', 'reastream' (a track of a DAW), or a file.",
        ),
    ] = None,
    channels: Annotated[
        str | None, typer.Option(help="Channels of the device, from 1: 1,2 or 3.")
    ] = None,
    osc: Osc = None,
    service_port: ServicePort = None,
    preset: Preset = None,
    config: Config = None,
    assignments: Set = None,
    as_json: AsJson = False,
    background: Annotated[
        bool,
        typer.Option(
            "--background",
            help="Without a terminal: what happens is written to a log, and it stays even where "
            "there is nothing to hear. So DAWs and the login start it.",
        ),
    ] = False,
) -> None:
    """Hear an interface or the computer's own output until stopped.

    Examples:

      dawbridge run                          the system's default input

      dawbridge run --input output           what the computer plays

      dawbridge run --input Scarlett --channels 3

      dawbridge run --input reastream        a track of a DAW with the plug-in ReaStream on it

      dawbridge run --preset stage_lights --osc 192.168.1.20:8000

      dawbridge run --input song.wav --json
    """
    loaded = settings_for(
        preset,
        config,
        assignments,
        source__input=input,
        source__channels=channels,
        osc__targets=_targets(osc),
        service__port=service_port,
    )
    name = loaded.settings.source.input
    file = Path(name) if is_file(name) else None
    if background:
        log = Log(data_folder() / "background.log")
        try:
            _live(loaded, file, play=False, show=log, stay=True)
        except BridgeError as error:  # nobody sees the terminal
            log.trouble(error)
            raise
    else:
        _live(loaded, file, play=False, show=JsonLines() if as_json else Screen())


def demo(
    osc: Osc = None,
    service_port: ServicePort = None,
    preset: Preset = None,
    config: Config = None,
    assignments: Set = None,
    silent: Annotated[bool, typer.Option("--silent", help="Do not play it aloud.")] = False,
    as_json: AsJson = False,
) -> None:
    """Play the bundled song through the live engine, in real time, and show what is heard.

    Examples:

      dawbridge demo

      dawbridge demo --osc 127.0.0.1:8000    watch it arrive in your own program

      dawbridge demo --preset chords_to_synth
    """
    from bridge.demo import SONG

    loaded = settings_for(
        preset,
        config,
        assignments,
        source__channels=(),  # those of the user's interface are not those of the song
        osc__targets=_targets(osc),
        service__port=service_port,
    )
    _live(loaded, SONG, play=not silent, show=JsonLines() if as_json else Screen())


def is_file(name: str) -> bool:
    """Whether the input names a file rather than a device."""
    if Path(name).suffix.lower() in SOUND_FILES:
        return True
    with suppress(OSError, ValueError):  # a name that no file can have, a folder we may not enter
        return Path(name).is_file()
    return False


def _live(
    loaded: Loaded,
    file: Path | None,
    *,
    play: bool,
    show: Screen | JsonLines | Log,
    stay: bool = False,
) -> None:
    if file is not None:
        from bridge.sources.file import FileSource

        channels = loaded.settings.source.channels
        FileSource(
            file, channels=channels
        ).close()  # a file that cannot be read is said before anything starts
    instance = Instance(data_folder())
    try:
        supervisor = Supervisor(
            loaded.settings,
            on_line=show.line,
            on_trouble=show.trouble,
            file=file,
            play=play,
            stay=stay,
        )
        show.on_gone = supervisor.stop
        for number in ENDS:
            signal.signal(number, lambda *_: supervisor.stop())

        def pressed(key: str) -> None:
            if key in ("q", "\x03"):
                supervisor.stop()
            elif key in KEYS:
                supervisor.command(KEYS[key])
                show.note(f"{COMMANDS[KEYS[key]]}: told by hand")

        with supervisor, keys(pressed) as listening, show:
            if listening:
                show.note(KEYS_HELP)
            supervisor.run()
    finally:
        instance.close()
    if supervisor.failed:
        raise typer.Exit(1)


class JsonLines:
    """Everything as lines of JSON on standard output; trouble goes to standard error."""

    def __init__(self) -> None:
        self.on_gone: Callable[[], None] = lambda: None  # nobody reads any more
        self._writer = LineWriter(standard_output(), "standard output")

    def __enter__(self) -> JsonLines:
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


class Log:
    """What changes, as lines of a file that never grows beyond bounds."""

    SIZE = 500_000  # bytes; one older file is kept beside it

    def __init__(self, path: Path) -> None:
        self.on_gone: Callable[[], None] = lambda: None
        self._last = ""
        self._log = logging.getLogger("dawbridge")
        self._log.setLevel(logging.INFO)
        self._log.propagate = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handler: logging.Handler = RotatingFileHandler(
                path, maxBytes=self.SIZE, backupCount=1, encoding="utf-8", delay=True
            )
        except OSError:  # a data folder that cannot be written is said when the lock is taken
            handler = logging.NullHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        self._log.addHandler(handler)

    def __enter__(self) -> Log:
        self.note("dawbridge starts")
        return self

    def __exit__(self, *_: object) -> None:
        self.note("dawbridge ends")
        for handler in list(self._log.handlers):
            self._log.removeHandler(handler)
            handler.close()

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
        self.on_gone: Callable[[], None] = lambda: None  # nobody reads any more
        self._aside = Aside("screen")
        self._console: Any = None
        self._text: Any = None
        self._status: Any = None
        self._live: Any = None
        self._drawn = 0.0
        self._aside.put(self._open)

    def __enter__(self) -> Screen:
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


def _targets(text: str | None) -> list[dict[str, Any]] | None:
    if text is None:
        return None
    host, colon, port = text.rpartition(":")
    if not colon or not (port.isascii() and port.isdecimal()):
        raise BridgeError(
            f"--osc {text} names no receiver",
            cause="a host and a port are needed, with a colon between them",
            remedy="write --osc 127.0.0.1:8000",
        )
    return [{"host": host.strip("[]"), "port": int(port)}]
