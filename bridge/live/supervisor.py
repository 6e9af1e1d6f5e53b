"""Starts the processes of a run, passes lines between them, brings back what dies and says why."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bridge.errors import BridgeError
from bridge.live.lines import LineWriter, read_lines
from bridge.live.speak import HELPLESS
from bridge.settings import Settings

SHARED_MEMORY = Path("/dev/shm")  # where the system has it; else temporary files, also mapped
PREFIX = "dawbridge-"
STEADY = 10.0  # seconds of life after which a death is a new one, not the same again
WAITS = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)  # seconds before the 1st, 2nd ... restart in a row
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # products of ours are small
PLAYER_WAIT = 4.0  # seconds for a sound output to begin
# Seconds to the start of what must not hold up the ears with its imports on a small machine.
LATER = {"service": 0.8, "daw": 1.2}
HEARD_BY_DAW = ("state", "tempo", "beat", "metre", "key", "chord", "drum", "section")
ANOTHER_TRY = 10.0  # seconds between attempts to hear anything, where the run stays without
HUNG = 8.0  # seconds of silence of a process that should speak each second
FIRST_WORD = 60.0  # seconds to its first: on a slow computer its imports alone take long
GRACE = 2.0  # seconds a process has to release what it holds


@dataclass(slots=True)
class Process:
    """One of ours, living or dead."""

    name: str
    module: str
    popen: subprocess.Popen[bytes] | None = None
    writer: LineWriter | None = None
    last_words: deque[str] = field(default_factory=lambda: deque(maxlen=20))
    last_error: str = ""  # what it said itself of its last trouble
    started: float = 0.0
    deaths: int = 0  # in a row
    again_at: float | None = None  # monotonic seconds of the next start
    readers: list[threading.Thread] = field(default_factory=list)


class Supervisor:
    """A run: its processes live within `with`, `run` passes their lines."""

    def __init__(
        self,
        settings: Settings,
        *,
        on_line: Callable[[dict[str, Any]], None],
        on_trouble: Callable[[BridgeError], None],
        file: Path | None = None,
        play: bool = False,
        stay: bool = False,
    ) -> None:
        """`on_line` gets each event and load line; `file` is heard instead of a device;
        `play`: it is also played on the default output, where there is one; `stay`: a run that
        has nothing to hear with goes on, for what DAWs and pages ask of files, and tries again.
        """
        self._settings = settings.model_dump(mode="json")
        self._file = file
        self._stay = stay
        self._on_line = on_line
        self._on_trouble = on_trouble
        self._inbox: queue.SimpleQueue[tuple[Process | None, int, dict[str, Any] | None]] = (
            queue.SimpleQueue()
        )
        self._ring: dict[str, Any] | None = None
        self._state: dict[str, Any] | None = None  # what was last told of the sound of this ring
        self._latest: dict[str, dict[str, Any]] = {}  # the last line of each topic
        self._folder = make_folder()
        self._ending = False
        self._load_at = 0.0  # monotonic seconds of the last word of the ears
        self._start_ns: int | None = None  # when the first sample of the file sounds
        self.failed = False  # there was nothing to hear with
        self._processes: dict[str, Process] = {}
        if file is None:
            self._add("capture", "bridge.live.capture")
        if play:
            self._add("player", "bridge.live.player")
        self._add("ears", "bridge.live.ears")
        if settings.midi.on and not (file is None and _is_jack(settings.source.input)):
            self._add("midi out", "bridge.live.midi_out")
        if settings.service.on:
            self._add("service", "bridge.service")
        if settings.daw.on:
            self._add("daw", "bridge.daw")

    def _add(self, name: str, module: str) -> None:
        self._processes[name] = Process(name, module)

    def __enter__(self) -> Supervisor:
        """Starts every process."""
        try:
            self._start_all()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Ends every process; nothing of the run stays."""
        self._end()

    def run(self) -> None:
        """Passes lines until `stop` is called or the file is over."""
        while not self._ending:
            self._step()

    def _start_all(self) -> None:
        """What must hear first."""
        for process in self._processes.values():
            if process.name == "ears" and "player" in self._processes:
                # it starts when the player knows when the first sample sounds; a sound server that
                # hangs must not keep it from that for ever
                process.again_at = time.monotonic() + PLAYER_WAIT
                continue
            if process.name in LATER:
                process.again_at = time.monotonic() + LATER[process.name]
                continue
            self._start(process)

    def stop(self) -> None:
        """Asks `run` to end; may be called from a signal handler or another thread."""
        self._ending = True
        self._inbox.put((None, 0, None))

    def command(self, name: str) -> None:
        """A correction by hand, such as 'tap'."""
        self._send("ears", {"command": name})

    # -- one step

    def _step(self) -> None:
        pauses = [p.again_at - time.monotonic() for p in self._processes.values() if p.again_at]
        try:
            process, pid, message = self._inbox.get(timeout=max(0.0, min(pauses, default=1.0)))
        except queue.Empty:
            process = None
        if process is not None and process.popen is not None and process.popen.pid == pid:
            if message is None:
                self._died(process)
            else:
                if "error" in message:
                    process.last_error = f"{message['error']['what']}: {message['error']['cause']}"
                self._route(message)
        now = time.monotonic()
        self._look_after_ears(now)
        for each in self._processes.values():
            if each.again_at is not None and each.again_at <= now and not self._ending:
                self._start(each)

    def _look_after_ears(self, now: float) -> None:
        """Ears tell their load each second; when they do not, they hang, and only an end helps."""
        ears = self._processes["ears"]
        patience = HUNG if self._load_at > ears.started else FIRST_WORD
        if ears.popen is not None and now - max(ears.started, self._load_at) > patience:
            ears.last_words.append(f"nothing was heard of it for {patience:g} s")
            ears.popen.kill()

    def _route(self, message: dict[str, Any]) -> None:
        if "event" in message or "load" in message:
            self._latest[message.get("event", "load")] = message
            self._load_at = time.monotonic()
            self._send("service", message)
            if message.get("event") in HEARD_BY_DAW:
                self._send("daw", message)
            self._on_line(message)
        elif "clock" in message:
            self._latest["clock"] = message
            self._send("daw", message)
        elif "ring" in message:
            self._ring, self._state = message["ring"], None
            self._send("ears", message)
            self._send("daw", message)
        elif "state" in message:
            self._state = message["state"]
            self._send("ears", message)
        elif "command" in message:
            self._send("ears", message)
        elif "playing" in message:
            self._start_ns = message["playing"]["start_ns"]
            if self._processes["ears"].popen is None:
                self._start(self._processes["ears"])
        elif "error" in message:
            error = message["error"]
            self._on_trouble(
                BridgeError(error["what"], cause=error["cause"], remedy=error["remedy"])
            )
        elif "service" in message or "daw" in message or "matched" in message:
            self._on_line(message)

    # -- life and death

    def _start(self, process: Process) -> None:
        process.again_at = None
        process.last_words.clear()
        process.started = time.monotonic()
        try:
            process.popen = self._spawn(process)
        except OSError as error:
            process.again_at = time.monotonic() + WAITS[-1]
            self._on_trouble(
                BridgeError(
                    f"The {process.name} process cannot be started",
                    cause=str(error),
                    remedy=f"it is tried again in {WAITS[-1]:g} s; end other programs until then",
                )
            )
            return
        assert process.popen.stdin is not None
        process.writer = LineWriter(process.popen.stdin, process.name)
        first: dict[str, Any] = {"settings": self._settings, "folder": str(self._folder)}
        if self._file is not None:
            first["file"] = str(self._file)
            first["start_ns"] = self._start_ns
        process.writer.send(first)
        if process.name in ("ears", "daw") and self._ring is not None:
            process.writer.send({"ring": self._ring})
        if process.name == "ears" and self._state is not None:
            process.writer.send({"state": self._state})
        if process.name in LATER:
            for message in self._latest.values():
                process.writer.send(message)  # it starts late, and must know what holds
        process.readers = [
            threading.Thread(
                target=reader,
                args=(process, process.popen),
                name=f"{process.name} reader",
                daemon=True,
            )
            for reader in (self._read_lines, self._read_words)
        ]
        for thread in process.readers:
            thread.start()

    def _spawn(self, process: Process) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", process.module],  # -P: no module from the user's folder
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | ONE_THREAD,
            # Ctrl-C in the terminal reaches us alone; we end the others in order
            start_new_session=os.name == "posix",
        )

    def _read_lines(self, process: Process, popen: subprocess.Popen[bytes]) -> None:
        assert popen.stdout is not None
        for message in read_lines(popen.stdout):
            self._inbox.put((process, popen.pid, message))
        popen.wait()
        self._inbox.put((process, popen.pid, None))

    def _read_words(self, process: Process, popen: subprocess.Popen[bytes]) -> None:
        assert popen.stderr is not None
        for line in popen.stderr:
            process.last_words.append(line.decode(errors="replace").rstrip())

    def _died(self, process: Process) -> None:
        assert process.popen is not None
        status = process.popen.returncode
        process.popen = None
        if process.writer:
            process.writer.close(0)
        if process.name == "ears":
            for holder in ("capture", "midi out"):
                self._send(holder, {"release": True})
            if status == 0 and self._file is not None:
                self._ending = True
                return
        if process.name == "player":
            if self._processes["ears"].popen is None:
                self._start(self._processes["ears"])  # there is no output: it is heard silently
            return
        if process.name == "capture":
            self._ring = None
            reason = f"the capture process ended: {cause_of(status, process.last_words)}"
            if status == HELPLESS and process.last_error:
                reason = process.last_error
            self._state = {"state": "lost", "reason": reason}
            self._send("ears", {"state": self._state})
        if status == HELPLESS:
            if process.name == "capture" and self._stay:
                process.again_at = time.monotonic() + ANOTHER_TRY
            elif process.name in ("capture", "ears"):
                self._ending = self.failed = True  # nothing to hear with; why has been said
            return
        lived = time.monotonic() - process.started
        process.deaths = 1 if lived > STEADY else process.deaths + 1
        wait = WAITS[min(process.deaths, len(WAITS)) - 1]
        process.again_at = time.monotonic() + wait
        soon = f" in {wait:g} s" if wait else ""
        self._on_trouble(
            BridgeError(
                f"The {process.name} process ended unexpectedly",
                cause=cause_of(status, process.last_words),
                remedy=f"it is started again by itself{soon}; "
                "if this repeats, run `dawbridge doctor`",
            )
        )

    def _send(self, name: str, message: dict[str, Any]) -> None:
        process = self._processes.get(name)
        if process is not None and process.popen is not None and process.writer is not None:
            process.writer.send(message)

    def _end(self) -> None:
        """Closes every standard input; a process that does not end by itself is ended."""
        # who speaks before who holds
        order = ["player", "ears", "capture", "midi out", "daw", "service"]
        for name in order:
            if name in self._processes:
                end_process(self._processes[name])
        try:
            self._drain()
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _drain(self) -> None:
        """What was said before the end is still passed on."""
        while True:
            try:
                process, _, message = self._inbox.get_nowait()
            except queue.Empty:
                return
            if process is not None and message is not None and "event" in message:
                self._on_line(message)


def end_process(process: Process) -> None:
    """Closes its standard input, waits, and ends it by force if it must be."""
    if process.writer:
        process.writer.close(0.5)
    if process.popen is not None:
        try:
            process.popen.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.popen.kill()
            process.popen.wait()
    for thread in process.readers:
        thread.join(GRACE)


def cause_of(status: int, last_words: deque[str]) -> str:
    """Why a process ended, in words: its signal or status, and the last line it wrote."""
    words = next((line.strip() for line in reversed(last_words) if line.strip()), "")
    if status >= 0:
        return words or f"it ended with status {status} and no word"
    names = {number.value: number.name for number in signal.Signals}
    how = f"it was ended by the signal {names.get(-status, -status)}"
    return f"{how}; its last words: {words}" if words else how


def make_folder() -> Path:
    """A fresh folder for the run's shared memory; those of killed runs are swept."""
    shared = SHARED_MEMORY.is_dir() and os.access(SHARED_MEMORY, os.W_OK)
    place = SHARED_MEMORY if shared else Path(tempfile.gettempdir())
    for old in place.glob(f"{PREFIX}*"):
        owner = old.name.removeprefix(PREFIX).split("-")[0]
        if owner.isdigit() and not _lives(int(owner)):
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=place))


def _is_jack(wish: str) -> bool:
    from bridge.sources.client import is_jack  # numpy need not hold up the terminal before

    return is_jack(wish)


def _lives(pid: int) -> bool:
    if os.name != "posix":
        return True  # asking would need more than it is worth: temporary files are swept elsewhere
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
