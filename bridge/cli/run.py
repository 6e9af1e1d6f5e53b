"""`dawbridge run` and `dawbridge demo`: hear, understand, say, until stopped."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from bridge.cli.background import at_a_terminal, detach, starting
from bridge.cli.displays import Display, JsonLines, Log, Screen
from bridge.cli.keys import keys
from bridge.cli.options import Config, Preset, Set, settings_for
from bridge.daw.notices import forget_failure, tell_failure
from bridge.errors import BridgeError
from bridge.live.commands import COMMANDS, Command
from bridge.live.instance import Instance
from bridge.live.supervisor import Supervisor
from bridge.settings import DawSettings, Loaded, data_folder, daw_folder

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
            help="Gives the terminal back and outlives it: what happens is written to a log, and "
            "it stays even where there is nothing to hear. So DAWs and the login start it.",
        ),
    ] = False,
) -> None:
    """Hear an interface or the computer's own output until stopped.

    Examples:

      dawbridge run                          the system's default input

      dawbridge run --input output           what the computer plays

      dawbridge run --input Scarlett --channels 3

      dawbridge run --input reastream        a DAW's track, with ReaStream on it

      dawbridge run --preset stage_lights --osc 192.168.1.20:8000

      dawbridge run --input song.wav --json
    """

    def settings() -> Loaded:
        return settings_for(
            preset,
            config,
            assignments,
            source__input=input,
            source__channels=channels,
            osc__targets=_targets(osc),
            service__port=service_port,
        )

    if background:
        _unseen(settings)
    else:
        loaded = settings()
        _live(loaded, _file(loaded), play=False, show=JsonLines() if as_json else Screen())


def demo(
    osc: Osc = None,
    service_port: ServicePort = None,
    preset: Preset = None,
    config: Config = None,
    assignments: Set = None,
    silent: Annotated[bool, typer.Option("--silent", help="Do not play it aloud.")] = False,
    as_json: AsJson = False,
) -> None:
    """Play the bundled song in real time and show what is heard of it.

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


def _file(loaded: Loaded) -> Path | None:
    name = loaded.settings.source.input
    return Path(name) if is_file(name) else None


def _unseen(settings: Callable[[], Loaded]) -> None:
    """Without a terminal: whatever prevents it stands in the log, and where DAWs look for it."""
    path = data_folder() / "background.log"
    if at_a_terminal():
        raise typer.Exit(detach(path))
    log = Log(path)
    meeting_place = daw_folder(DawSettings())
    with starting(path) as started:
        try:
            loaded = settings()
            meeting_place = daw_folder(loaded.settings.daw)

            def runs() -> None:
                forget_failure(meeting_place)
                started(f"what happens stands in {path}, and `dawbridge stop` ends it.")

            _live(loaded, _file(loaded), play=False, show=log, stay=True, runs=runs)
        except BridgeError as error:  # nobody sees the terminal
            log.trouble(error)
            tell_failure(meeting_place, error)
            raise


def _live(
    loaded: Loaded,
    file: Path | None,
    *,
    play: bool,
    show: Display,
    stay: bool = False,
    runs: Callable[[], None] = lambda: None,
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
            runs()
            if listening:
                show.note(KEYS_HELP)
            supervisor.run()
    finally:
        instance.close()
    if supervisor.failed:
        raise typer.Exit(1)


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
