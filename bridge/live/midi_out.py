"""The process that holds the virtual MIDI port, where JACK's callback does not send the notes.

Started by the supervisor as `python -m bridge.live.midi_out`; its lines are in
docs/architecture.md. Times in its queue are nanoseconds of the monotonic clock. It sleeps until
the next message is due; a datagram tells it that one was posted.
"""

from __future__ import annotations

import gc
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from bridge.errors import BridgeError
from bridge.live.lines import read_lines, standard_input
from bridge.live.midi_ports import Port, open_port
from bridge.live.midi_queue import MIDI_QUEUE, MidiQueue
from bridge.live.midi_wiring import keep_connections
from bridge.live.speak import HELPLESS, leave, say, say_error

CONNECTIONS = "midi-connections.json"  # its file in the run's folder
LOOK = 0.25  # seconds between looks without being woken, should a datagram be lost
LAST = 0.05  # seconds: on JACK rtmidi sends a cycle later, and not at all once it is closed
LATE = 2_000_000  # ns: less is how a computer is, more counts as late
AGAIN = 0.5  # seconds between attempts to reach a server that is gone

Orders = SimpleQueue[dict[str, Any] | None]  # lines of standard input; None: it ended


def main() -> int:
    """Runs until standard input ends. The exit status."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's; the supervisor ends us
    lines = read_lines(standard_input())
    first = next(lines, None)
    if first is None:
        return 0
    name, folder = first["settings"]["midi"]["port"], Path(first["folder"])
    orders: Orders = SimpleQueue()
    threading.Thread(target=_read, args=(lines, orders), name="standard input", daemon=True).start()
    try:
        port = _open(name, orders, patient=(folder / CONNECTIONS).exists())
        if port is None:
            return 0
        queue = MidiQueue.open_or_create(folder / MIDI_QUEUE)
    except BridgeError as error:
        say_error(error)
        return HELPLESS
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.winmm.timeBeginPeriod(1)  # else waits end on a grid of 15.6 ms
    # before the queue is taken: the notes a killed process left end where they are heard
    keep_connections(name, folder / CONNECTIONS, _server_gone)
    sender = Sender(port, queue)
    signal.signal(signal.SIGTERM, lambda *_: sender.end())
    threading.Thread(target=_obey, args=(orders, sender), name="orders", daemon=True).start()
    say({"midi": {"port": name}})
    try:
        sender.run()
    finally:
        port.close_port()
    return 0


def _open(name: str, orders: Orders, patient: bool) -> Port | None:
    """The port; `patient`: it was there before in this run, so its server is waited for.

    None: standard input ended meanwhile. Raises BridgeError where there is no MIDI.
    """
    waiting = False
    while True:
        try:
            return open_port(name)
        except BridgeError as error:
            if not patient:
                raise
            if not waiting:
                say_error(error)
                waiting = True
        with suppress(Empty):
            if orders.get(timeout=AGAIN) is None:
                return None


def _server_gone() -> None:
    """Nothing can be sent any more; who holds the port when the server is back ends the notes."""
    print("the JACK server is gone", file=sys.stderr)
    leave(1)


class Sender:
    """Takes the queue and sends each message when it is due."""

    def __init__(self, port: Port, queue: MidiQueue) -> None:
        self._port = port
        self._queue = queue
        self._ending = False
        self._bell = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._bell.bind(("127.0.0.1", 0))
        self._bell.setblocking(False)
        self._address = self._bell.getsockname()
        queue.take()
        queue.wake_at(self._address[1])

    def run(self) -> None:
        """Until `end`; the last thing sent ends every note."""
        gc.collect()
        gc.freeze()
        gc.disable()
        while not self._ending:
            self._send_due()
            self._wait()
        self._queue.release()
        if self._queue.sounding():
            self._send_due()
            time.sleep(LAST)
        self._send_due()  # the table of sounding notes forgets with the next look
        self._queue.wake_at(0)  # the bell closes with the process: others may still ring it

    def release(self) -> None:
        """Ends every note that sounds; from any thread."""
        self._queue.release()
        self._ring()

    def end(self) -> None:
        """Makes `run` return; from any thread or a signal handler."""
        self._ending = True
        self._ring()

    def _ring(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ringer:
            ringer.sendto(b"\0", self._address)

    def _send_due(self) -> None:
        now = time.monotonic_ns()
        for _, message in self._queue.due_before(now + 1, now - LATE):
            self._port.send_message(message)

    def _wait(self) -> None:
        due = self._queue.next_due()
        seconds = LOOK if due is None else min(LOOK, (due - time.monotonic_ns()) / 1e9)
        if seconds > 0 and select.select([self._bell], [], [], seconds)[0]:
            self._drain()

    def _drain(self) -> None:
        try:
            while True:
                self._bell.recv(16)
        except BlockingIOError:
            return


def _read(lines: Iterator[dict[str, Any]], orders: Orders) -> None:
    for message in lines:
        orders.put(message)
    orders.put(None)


def _obey(orders: Orders, sender: Sender) -> None:
    while (message := orders.get()) is not None:
        if message.get("release"):
            sender.release()
    sender.end()


if __name__ == "__main__":
    leave(main())
