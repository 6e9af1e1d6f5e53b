"""Sound from PulseAudio or PipeWire by `parec`: what the computer plays, bit by bit, or an input.

Facts that shape this file, measured with PulseAudio 16.1: parec's samples are those that were
played, 0 to 5 ms later than through any library; the server buffers for a reader that is late;
when the server dies parec ends with status 1; when a source goes, the server may move its
listeners to another one, such as the microphone, and tells so only to parec.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from typing import Any

import numpy as np

from bridge.errors import BridgeError
from bridge.sources.client import (
    STALL,
    AbsentError,
    Change,
    Device,
    Said,
    StreamCount,
    Target,
    pick,
    rate_for,
)

AGAIN = 0.3  # seconds between looks for a source that is gone
ANSWER = 3.0  # seconds that the server has to answer pactl
READ = 65536  # bytes at most in one go
LINES = 1024  # bytes of what parec says about itself, at most at once
SILENT = 2.0  # seconds of silence after which we look whether the output was changed
LATENCY_MS, PROCESS_MS = 10, 5  # what parec asks of the server


class PulseClient:
    """See `bridge.sources.client.Client`."""

    midi_block = 0

    def __init__(
        self,
        device: Device,
        channels: tuple[int, ...],
        rate: int | None,
        follow_output: bool,
    ) -> None:
        """`follow_output`: goes along when the user chooses another output.

        Raises BridgeError for channels or a rate that cannot be had.
        """
        self._follow_output = follow_output
        self._source = device.name
        self._chosen = pick(channels, device.channels, device.name)
        self._width = max(self._chosen) + 1 if channels else len(self._chosen)
        self.channels = len(self._chosen)
        self.rate = rate_for(rate, device.rate)
        self._count = StreamCount(self.rate)
        self._target: Target | None = None
        self._parec: subprocess.Popen[bytes] | None = None
        self._moved = threading.Event()
        self._loud_ns = 0
        self._say = Said()
        self._again_at = 0.0

    def start(self, target: Target, first: int) -> None:
        """See `Client`."""
        self._target = target
        self._count.start(first, time.monotonic_ns())
        self._run()

    def watch(self) -> Change | None:
        """See `Client`."""
        if self._parec is None:
            return self._take_up_again()
        if self._parec.poll() is not None or self._moved.is_set():
            self._stop()
            return self._say("lost", f"{self._source} is gone")
        now = time.monotonic_ns()
        if self._follow_output and now - self._loud_ns > SILENT * 1e9:
            self._loud_ns = now
            output = next((d.name for d in _known() if d.kind == "output" and d.default), None)
            if output not in (None, self._source):
                self._stop()
                self._source = str(output)
                self._run()
        if self._count.quiet(now) > STALL:
            return self._say("stalled", f"{self._source} has sent nothing for {STALL} s")
        return self._say("listening", f"{self._source} sends sound")

    def close(self) -> None:
        """See `Client`."""
        self._stop()

    def _run(self) -> None:
        self._moved.clear()
        self._count.reopened(time.monotonic_ns())
        # As many channels as the source has where some were chosen: else the server mixes.
        command = [
            "parec", "--raw", "--verbose", f"--device={self._source}", "--format=float32le",
            f"--rate={self.rate}", f"--channels={self._width}", "--no-remix",
            f"--latency-msec={LATENCY_MS}", f"--process-time-msec={PROCESS_MS}",
            "--client-name=dawbridge", "--stream-name=hears",
        ]  # fmt: skip
        self._parec = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=os.environ | {"LC_ALL": "C"},
        )
        self._loud_ns = time.monotonic_ns()
        threading.Thread(target=self._read, args=(self._parec,), name="parec", daemon=True).start()
        threading.Thread(target=self._hear_out, args=(self._parec,), daemon=True).start()

    def _stop(self) -> None:
        parec, self._parec = self._parec, None
        if parec is not None:
            parec.kill()
            parec.wait()

    def _take_up_again(self) -> Change | None:
        if time.monotonic() < self._again_at:
            return None
        self._again_at = time.monotonic() + AGAIN
        if all(device.name != self._source for device in _known()):
            return None
        self._run()
        return self._say("listening", f"{self._source} is back")

    # In threads of their own

    def _read(self, parec: subprocess.Popen[bytes]) -> None:
        assert parec.stdout is not None
        descriptor = parec.stdout.fileno()
        frame = 4 * self._width
        # one buffer for good: a fresh one for each read leaves holes in the heap, and it grows
        buffer = np.zeros(READ // frame * self._width, np.float32)
        pieces = buffer.data.cast("B")
        filled = 0  # bytes of a frame that has not come whole
        while parec is self._parec and (count := os.readv(descriptor, [pieces[filled:]])):
            now = time.monotonic_ns()
            filled += count
            whole = filled // frame * frame
            if whole:
                self._take(buffer[: whole // 4].reshape(-1, self._width), now)
                pieces[: filled - whole] = bytes(pieces[whole:filled])
                filled -= whole

    def _take(self, sound: Any, now: int) -> None:
        target = self._target
        assert target is not None
        if self._width != self.channels:
            sound = sound[:, self._chosen]
        first, reason = self._count.place(len(sound), now)
        if self._follow_output and sound.any():
            self._loud_ns = now
        target.write(sound, first, now, reason)

    def _hear_out(self, parec: subprocess.Popen[bytes]) -> None:
        """Reads what parec says about itself: twenty times a second the time, ended by a return."""
        assert parec.stderr is not None
        descriptor = parec.stderr.fileno()
        rest = b""
        while parec is self._parec and (piece := os.read(descriptor, LINES)):
            *lines, rest = (rest + piece).replace(b"\r", b"\n").split(b"\n")
            for device in filter(None, map(moved_to, lines)):
                if self._follow_output and device.endswith(".monitor"):
                    self._source = device
                elif device != self._source and parec is self._parec:
                    self._moved.set()


def moved_to(line: bytes) -> str | None:
    """The source to which the server moved parec, if that is what the line says."""
    if not line.startswith(b"Stream moved to device "):
        return None
    return line.split()[4].decode(errors="replace")


def sources() -> list[Device]:
    """Inputs and monitors of outputs; none when no server runs or the tools are missing.

    Raises AbsentError when a server runs that does not answer in time.
    """
    if not (shutil.which("pactl") and shutil.which("parec")):
        return []
    environment = os.environ | {"LC_ALL": "C"}
    said = []
    for question in (["info"], ["list", "short", "sources"]):
        try:
            answer = subprocess.run(
                ["pactl", *question],
                capture_output=True,
                timeout=ANSWER,
                env=environment,
                check=True,
            )
        except subprocess.TimeoutExpired as error:
            raise AbsentError(
                "The sound server does not answer",
                cause=f"pactl asked it for {ANSWER:g} s in vain",
                remedy="start PulseAudio or PipeWire again; dawbridge waits for it",
            ) from error
        except (subprocess.SubprocessError, OSError):
            return []
        said.append(answer.stdout.decode(errors="replace"))
    return parse(*said)


def _known() -> list[Device]:
    """The sources, as far as the server tells: none while it does not answer."""
    try:
        return sources()
    except AbsentError:
        return []


def require() -> None:
    """Raises BridgeError without parec and pactl, AbsentError without a server."""
    if not (shutil.which("pactl") and shutil.which("parec")):
        raise BridgeError(
            "parec and pactl are not installed",
            cause="the output is heard through them",
            remedy="install pulseaudio-utils",
        )
    if not sources():
        raise AbsentError(
            "Neither PulseAudio nor PipeWire answers",
            cause="none runs for this user",
            remedy="start one of them; dawbridge waits for it",
        )


def parse(about: str, short: str) -> list[Device]:
    """The sources, from `pactl info` and `pactl list short sources`."""
    facts = dict(line.split(": ", 1) for line in about.splitlines() if ": " in line)
    defaults = {facts.get("Default Sink", "") + ".monitor", facts.get("Default Source", "")}
    found = []
    for line in short.splitlines():
        columns = line.split("\t")
        if len(columns) < 4:
            continue
        name, (_, channels, rate) = columns[1], columns[3].split()
        monitor = name.endswith(".monitor")
        found.append(
            Device(
                None,
                name,
                "output" if monitor else "input",
                int(channels.removesuffix("ch")),
                int(rate.removesuffix("Hz")),
                "pulse",
                name in defaults,
            )
        )
    return found
