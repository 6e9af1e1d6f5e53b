"""The recordings' API as a program elsewhere uses it: a real server, real jobs, large uploads."""

from __future__ import annotations

import asyncio
import io
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile
import websockets

from tests.end_to_end.processes import eventually
from tests.end_to_end.run import free_port
from tests.sound import beat, chord

pytestmark = pytest.mark.end_to_end
PATIENCE = 120.0  # seconds: a deadline for the analysis of seconds
GIGA = 1_000_000_000


class Server:
    """`dawbridge serve` over a library in a folder."""

    def __init__(self, home: Path, *arguments: str) -> None:
        self.home = home
        self.port = free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bridge", "serve", "--service-port", str(self.port), *arguments],
            stdout=subprocess.PIPE,
            env=os.environ
            | {
                "XDG_DATA_HOME": str(home / "data"),
                "XDG_CONFIG_HOME": str(home / "config"),
                "XDG_RUNTIME_DIR": str(home / "runtime"),
            },
        )
        assert self.process.stdout is not None
        assert b"openapi" in self.process.stdout.readline()
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=PATIENCE)

    def ask(self, method: str, path: str, status: int = 200, **asked: Any) -> Any:
        answer = self.client.request(method, path, **asked)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def memory(self, what: str = "VmHWM") -> float:
        """Megabytes: VmHWM, the most that ever lay in memory; VmRSS, what lies there now."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(what)) / 1000

    def uploads(self) -> list[Path]:
        folder = self.home / "data" / "dawbridge" / "library" / "uploads"
        return sorted(folder.iterdir()) if folder.is_dir() else []

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(15)

    def close(self) -> None:
        self.client.close()
        self.process.kill()
        self.process.wait(15)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path)
    yield running
    running.close()
    shutil.rmtree(tmp_path / "data", ignore_errors=True)


def song() -> bytes:
    """Eight bars at 120 BPM, Am and F by turns, drums, as a WAV."""
    out, _ = beat(bars=8)
    harmony = np.concatenate([chord(name, 4.0) for name in ("A:min", "F:maj") * 2])
    out[22050 : 22050 + len(harmony)] += harmony[: len(out) - 22050]
    file = io.BytesIO()
    soundfile.write(file, out, 44100, format="WAV")
    return file.getvalue()


def long_wav(size: int) -> tuple[dict[str, str], Iterator[bytes]]:
    """Headers and pieces of a WAV of so many bytes, never whole in memory: noise, 16 bits."""
    piece = np.random.default_rng(1).integers(-9000, 9000, 1 << 19, np.int16).tobytes()
    pieces = size // len(piece)
    data = pieces * len(piece)
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF", 36 + data, b"WAVE", b"fmt ", 16, 1, 2, 44100, 176400, 4, 16, b"data", data,
    )  # fmt: skip

    def body() -> Iterator[bytes]:
        yield head
        for _ in range(pieces):
            yield piece

    return {"Content-Length": str(len(head) + data)}, body()


def test_two_gigabytes_come_in_under_200_mb_of_memory(server: Server) -> None:
    if shutil.disk_usage(server.home).free < 4 * GIGA:
        pytest.skip("the disk has no room for it")
    headers, body = long_wav(2 * GIGA)
    began = time.monotonic()
    answer = server.client.post(
        "/recordings", params={"name": "day.wav"}, headers=headers, content=body
    )
    seconds = time.monotonic() - began
    assert answer.status_code == 201, answer.text
    assert answer.json()["duration"] == pytest.approx(11337, abs=10)
    most = server.memory()
    print(f"2 GB in {seconds:.1f} s; the service had {most:.0f} MB at most")
    assert most < 200
    server.ask("DELETE", f"/recordings/{answer.json()['id']}", 204)
    assert server.uploads() == []
