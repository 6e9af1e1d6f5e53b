"""The live process: hears the ring or a file, understands, and says it by OSC and MIDI.

Started by the supervisor as `python -m bridge.live.ears`; what it reads and prints is told in
docs/architecture.md. One loop does everything, so there is nothing to lock: take what has arrived,
understand it, say what is due.
"""

from __future__ import annotations

import gc
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from bridge.clocks import SECOND, HostClock
from bridge.errors import BridgeError
from bridge.events import Event, Gap, to_json
from bridge.live.commands import apply
from bridge.live.condition import Condition
from bridge.live.engine import Engine
from bridge.live.feeds import Feed, FileFeed, RingFeed
from bridge.live.lines import LineWriter, read_lines, standard_input, standard_output
from bridge.live.midi_queue import MIDI_QUEUE, MidiQueue
from bridge.live.outbox import Outbox
from bridge.live.speak import HELPLESS
from bridge.settings import Settings
from bridge.sinks import Sink
from bridge.sources.file import FileSource

AGAIN = 1  # exit status after a signal from outside: start me afresh
COMMANDS_WAITING = 16  # more of them at once come from no hand
LOOK = 0.002  # seconds between two looks for sound: what a beat may be late by

Inbox = queue.Queue[dict[str, Any] | int]  # lines, and at the end an exit status


class Ears:
    """Everything between the sound and what is said of it."""

    def __init__(self, settings: Settings, folder: Path, writer: LineWriter, source: str) -> None:
        """`source`: what is heard, in words, for the session file."""
        self._source = source
        self._settings = settings
        self._writer = writer
        self._midi = MidiQueue.open_or_create(folder / MIDI_QUEUE) if settings.midi.on else None
        self._midi_block = 0
        self._clock = HostClock()
        self._condition = Condition()
        self._feed: Feed | None = None
        self._engine: Engine | None = None
        self._outbox = Outbox(self._sinks(), self._sink_failed)
        self._samples = 0  # of the stream, heard or lost
        self._heard = 0.0  # the same in seconds
        self._last_arrival_ns = time.monotonic_ns()
        self._load = Load()

    def listen_to(self, feed: Feed, *, midi_block: int) -> None:
        """Takes sound from this feed from now on. A stream that goes on is understood further.

        `midi_block`: the feed's process sends the notes, in blocks of so many samples; 0: another.
        """
        before, self._feed = self._feed, feed
        self._midi_block = midi_block
        self._last_arrival_ns = time.monotonic_ns()
        if before:
            before.close()
            if (before.rate, before.channels) == (feed.rate, feed.channels):
                return
        self._clock = HostClock()
        self._engine = Engine(feed.rate, feed.channels, self._settings.trackers.on)

    def obey(self, message: dict[str, Any]) -> None:
        """A line from the supervisor."""
        if "ring" in message:
            ring = message["ring"]
            goes_on = self._feed is not None and self._feed.rate == ring["rate"]
            try:
                feed = RingFeed(Path(ring["path"]), self._samples if goes_on else None)
            except BridgeError:
                return  # an old line: that capture process is gone, the next one tells its ring
            self.listen_to(feed, midi_block=int(ring["midi_block"]))
        elif "state" in message:
            told = message["state"]
            self._put(self._condition.told(told["state"], told["reason"], self._now()))
        elif "command" in message and self._engine:
            command = message["command"]
            if not apply(command, self._engine.trackers, self._now()):
                self._error(
                    BridgeError(
                        f"The command {command!r} is not possible now",
                        cause="no tempo is known yet, or it would leave 54 to 214 BPM, "
                        "or beats are not tracked in this run",
                        remedy="wait for a tempo; add beats to trackers.on; tap with t",
                    )
                )

    def step(self) -> bool:
        """Takes what has arrived and says what is due. False when the sound has ended."""
        if self._feed is None or self._engine is None:
            self._outbox.say(self._now())  # the source may have said how it is
            self._tell_load(time.monotonic_ns())
            return True
        arrivals = self._feed.take(time.monotonic_ns())
        for arrival in arrivals:
            block = arrival.block
            self._samples = block.first + len(block.samples)
            end = self._samples / self._feed.rate
            self._clock.heard(end, arrival.host_ns)
            self._heard = end
            events: list[Event] = list(self._condition.hear(block.samples, end))
            events += self._engine.hear(block)
            self._put(events)
        now_ns = time.monotonic_ns()
        if arrivals:
            self._last_arrival_ns = now_ns
        else:
            waited = (now_ns - self._last_arrival_ns) / SECOND
            self._put(self._condition.wait(waited, self._now()))
        self._outbox.say(self._now())
        self._tell_load(now_ns)
        return not self._feed.ended

    def finish(self) -> None:
        """The sound has ended: says what is left to be said."""
        if self._engine:
            self._put(self._engine.finish())
        self._put(self._condition.told("ended", "the file is over", self._heard))
        self._outbox.say(float("inf"))

    def close(self) -> None:
        """Ends every note, closes every file and port."""
        self._outbox.close()
        if self._feed:
            self._feed.close()
        if self._midi:
            self._midi.close()

    def _tell_load(self, now_ns: int) -> None:
        load = self._load.report(now_ns, self._midi, self._writer)
        if load:
            self._writer.send({"load": load})
            if self._feed is not None and self._feed.paced and self._clock.known:
                host_ns = self._clock.host_ns(self._heard)
                self._writer.send({"clock": {"stream": self._heard, "host_ns": host_ns}})

    def _put(self, events: Iterable[Event]) -> None:
        for event in events:
            if isinstance(event, Gap):
                self._load.gaps += 1
                self._load.lost += event.seconds
            self._outbox.put(event)

    def _now(self) -> float:
        """The stream time that sounds now; as fast as possible, what has been heard."""
        if self._feed is None or not self._feed.paced or not self._clock.known:
            return self._heard
        return self._clock.stream(time.monotonic_ns())

    def _sinks(self) -> list[tuple[str, Sink]]:
        """The sinks that the settings ask for; imported only then."""
        settings = self._settings
        sinks: list[tuple[str, Sink]] = [("supervisor", Reporter(self._writer))]
        if settings.osc.on:
            from bridge.sinks.osc import OscSink

            for target in settings.osc.targets:
                name = f"OSC to {target.host}:{target.port}"
                self._open(sinks, name, partial(OscSink, target, self._wall))
        if settings.midi.on:
            from bridge.sinks.midi import MidiSink

            self._open(sinks, "MIDI", partial(MidiSink, settings.midi, self._post))
        if settings.recorder.on:
            from bridge.sinks.recorder import SessionRecorder

            self._open(
                sinks,
                "session file",
                partial(
                    SessionRecorder,
                    settings.recorder,
                    started=datetime.now().astimezone(),
                    source=self._source,
                ),
            )
        return sinks

    def _open(self, sinks: list[tuple[str, Sink]], name: str, build: Callable[[], Sink]) -> None:
        try:
            sinks.append((name, build()))
        except BridgeError as error:
            self._error(error)
        except (OSError, ValueError, RuntimeError) as error:  # of a path: a NUL, an unknown home
            self._error(
                BridgeError(
                    f"{name} cannot be opened",
                    cause=str(error),
                    remedy="mend that and start again; everything else runs",
                )
            )

    def _sink_failed(self, name: str, error: Exception) -> None:
        self._error(
            BridgeError(
                f"{name} does not work at the moment",
                cause=str(error),
                remedy="it is tried again by itself; everything else goes on",
            )
        )

    def _error(self, error: BridgeError) -> None:
        self._writer.send({"error": error.parts()})

    def _wall(self, stream: float) -> float:
        """Stream seconds to Unix time."""
        ahead = stream - self._now()
        return time.time() + ahead

    def _post(self, due: float, message: bytes) -> None:
        """A MIDI message for its holder, in the holder's unit of time."""
        if self._midi is None:
            return
        if self._midi_block and self._feed:
            # with less than two blocks some notes would miss the cycle in which they are due
            least = 2 * self._midi_block / self._feed.rate
            due += max(0.0, least - self._settings.midi.latency)
            self._midi.post(round(due * self._feed.rate), message)
        elif self._clock.known:
            self._midi.post(self._clock.host_ns(due), message)


class Reporter:
    """Everything that is said goes to the supervisor, too: for the terminal and the service."""

    lead = 0.0

    def __init__(self, writer: LineWriter) -> None:
        self._writer = writer

    def send(self, event: Event) -> None:
        """Queues it; a microsecond is more than anything here is known by."""
        self._writer.send(
            {
                name: round(value, 6) if isinstance(value, float) else value
                for name, value in to_json(event).items()
            }
        )

    def close(self) -> None:
        """The writer is not ours."""


class Load:
    """What the live process costs and loses, told once a second."""

    def __init__(self) -> None:
        self.gaps = 0
        self.lost = 0.0  # seconds
        self._at_ns = time.monotonic_ns()
        self._cpu = time.process_time()

    def report(
        self, now_ns: int, midi: MidiQueue | None, writer: LineWriter
    ) -> dict[str, float] | None:
        """The figures of the last second, or None while it is not over."""
        seconds = (now_ns - self._at_ns) / SECOND
        if seconds < 1.0:
            return None
        cpu = time.process_time()
        share = (cpu - self._cpu) / seconds
        self._at_ns, self._cpu = now_ns, cpu
        return {
            "cpu": round(share, 4),
            "gaps": self.gaps,
            "lost_seconds": round(self.lost, 4),
            "midi_late": midi.late if midi else 0,
            "midi_refused": midi.refused if midi else 0,
            "lines_dropped": writer.dropped,
        }


def main() -> int:
    """Runs until standard input ends, a signal comes, or the file is over. The exit status."""
    writer = LineWriter(standard_output(), "ears")
    lines = read_lines(standard_input())
    first = next(lines, None)
    if first is None:
        return 0
    settings = Settings.model_validate(first["settings"])
    inbox: Inbox = queue.Queue()
    threading.Thread(target=_read, args=(lines, inbox), name="ears reader", daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: inbox.put(AGAIN))
    ears: Ears | None = None
    try:
        source = first.get("file") or settings.source.input
        ears = Ears(settings, Path(first["folder"]), writer, source)
        if "file" in first:
            ears.listen_to(_file_feed(first, settings, writer), midi_block=0)
        return _loop(ears, inbox, paced="file" not in first or settings.source.paced)
    except BridgeError as error:
        writer.send({"error": error.parts()})
        return HELPLESS
    finally:
        if ears:
            ears.close()
        writer.close()


def _file_feed(first: dict[str, Any], settings: Settings, writer: LineWriter) -> FileFeed:
    """The file from its beginning, or, for ears that follow dead ones, from where it is now."""
    source = settings.source
    file = FileSource(Path(first["file"]), loop=source.loop, channels=source.channels)
    start_ns = first["start_ns"]
    if start_ns is None:
        start_ns = time.monotonic_ns()
        writer.send({"playing": {"start_ns": start_ns}})
    return FileFeed(file, paced=source.paced, start_ns=start_ns)


def _loop(ears: Ears, inbox: Inbox, *, paced: bool) -> int:
    gc.collect()
    gc.freeze()  # what exists now stays: a collection need not look at it
    while ears.step():
        # one message a step: whoever floods us with commands must not keep us from hearing
        with suppress(queue.Empty):
            message = inbox.get_nowait()
            if isinstance(message, int):
                return message
            ears.obey(message)
        if paced:
            time.sleep(LOOK)
    ears.finish()
    return 0


def _read(lines: Iterable[dict[str, Any]], inbox: Inbox) -> None:
    for message in lines:
        if "command" not in message or inbox.qsize() < COMMANDS_WAITING:
            inbox.put(message)
    inbox.put(0)  # the supervisor is gone, or ends us


if __name__ == "__main__":
    sys.exit(main())
