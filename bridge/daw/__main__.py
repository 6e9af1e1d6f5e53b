"""The DAW bridge's process: lines of JSON in, conversations with the scripts inside DAWs.

Started by the supervisor as `python -m bridge.daw`; its lines are in docs/architecture.md. One
loop does everything; analyses and matching run in threads beside it.
"""

from __future__ import annotations

import queue
import secrets
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from bridge import __version__
from bridge.daw.exact import Matcher
from bridge.daw.hub import Hub
from bridge.daw.links import Meeting
from bridge.daw.notices import make_meeting_place
from bridge.daw.osc_requests import OscRequests
from bridge.daw.riffs.finder import RiffFinder
from bridge.daw.spool import Spool
from bridge.daw.tcp import Port
from bridge.errors import BridgeError
from bridge.live.instance import Instance
from bridge.live.lines import LineWriter, read_lines, standard_input, standard_output
from bridge.live.speak import HELPLESS
from bridge.settings import Settings, daw_folder
from bridge.sinks.drum_maps import load_drum_map

LOOK = 0.005  # seconds between two looks while a script is there: what its clock is read by
MEANWHILE = 8  # lines that are kept while another holds the folder: the newest ring is one
ANOTHER_TRY = 2.0  # seconds between two looks whether the folder is free
IDLE = 0.1  # while none is

Inbox = queue.SimpleQueue[dict[str, Any] | None]  # None: standard input ended


def main() -> int:
    """Runs until standard input ends or a signal comes. The exit status."""
    writer = LineWriter(standard_output(), "daw")
    lines = read_lines(standard_input())
    first = next(lines, None)
    if first is None:
        return 0
    inbox: Inbox = queue.SimpleQueue()
    threading.Thread(target=_read, args=(lines, inbox), name="daw reader", daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: inbox.put(None))
    try:
        return _run(first, inbox, writer)
    except BridgeError as error:
        writer.send({"error": error.parts()})
        return HELPLESS
    finally:
        writer.close()


def _run(first: dict[str, Any], inbox: Inbox, writer: LineWriter) -> int:
    settings = Settings.model_validate(first["settings"])
    folder = daw_folder(settings.daw)
    make_meeting_place(folder)
    meanwhile: list[dict[str, Any]] = []
    lock = _alone(folder, inbox, writer, meanwhile)
    if lock is None:
        return 0
    token = secrets.token_hex(8)
    meetings: list[Meeting] = [Spool(folder, token, __version__)]
    try:
        meetings.append(Port(folder, token, __version__))
    except BridgeError as error:
        writer.send({"error": error.parts()})  # Reaper and Ardour need no port
    file = Path(first["file"]) if "file" in first else None
    hub = Hub(
        settings,
        folder,
        meetings,
        run=token,
        version=__version__,
        notes=_notes(settings, writer),
        say=writer.send,
        matcher=Matcher(
            folder / "tapes",
            file,
            lambda error: writer.send({"error": error.parts()}),
            loop=settings.source.loop,
        ),
        riffs=RiffFinder(file, loop=settings.source.loop),
    )
    requests = _requests(settings, hub, writer)
    try:
        for line in meanwhile:
            hub.hear(line)
        while True:
            with suppress(queue.Empty):
                told = inbox.get(timeout=LOOK if hub.busy else IDLE)
                while told is not None:
                    hub.hear(told)
                    if inbox.empty():
                        break
                    told = inbox.get()
                if told is None:
                    return 0
            if requests:
                requests.look()
            hub.step(time.monotonic_ns())
    finally:
        if requests:
            requests.close()
        hub.close()
        lock.close()


def _alone(
    folder: Path, inbox: Inbox, writer: LineWriter, meanwhile: list[dict[str, Any]]
) -> Instance | None:
    """Waits until no other dawbridge meets DAWs in this folder. None: standard input ended.

    Lines that come `meanwhile` are kept, but for events, which are over then.
    """
    told = False
    while True:
        try:
            return Instance(folder)
        except BridgeError as error:
            if not told:
                told = True
                taken = BridgeError(
                    f"Another dawbridge meets DAWs in {folder}",
                    cause=error.cause,
                    remedy="end one of the two, or give this one another daw.folder; "
                    "until then it speaks with no DAW",
                )
                writer.send({"error": taken.parts()})
        until = time.monotonic() + ANOTHER_TRY
        while (left := until - time.monotonic()) > 0:
            with suppress(queue.Empty):
                line = inbox.get(timeout=left)
                if line is None:
                    return None
                if "event" not in line:
                    meanwhile[:] = [*meanwhile[-MEANWHILE:], line]


def _notes(settings: Settings, writer: LineWriter) -> dict[str, int]:
    """MIDI note by drum."""
    try:
        return dict(load_drum_map(settings.midi.drum_map).notes)
    except BridgeError as error:
        writer.send({"error": error.parts()})
        return dict(load_drum_map("general_midi").notes)


def _requests(settings: Settings, hub: Hub, writer: LineWriter) -> OscRequests | None:
    if not settings.daw.osc_port:
        return None

    try:
        return OscRequests(
            settings.daw.osc_port, clips=hub.ask_clips, command=hub.command, version=__version__
        )
    except BridgeError as error:
        writer.send({"error": error.parts()})
        return None


def _read(lines: Iterator[dict[str, Any]], inbox: Inbox) -> None:
    for line in lines:
        inbox.put(line)
    inbox.put(None)


if __name__ == "__main__":
    sys.exit(main())
