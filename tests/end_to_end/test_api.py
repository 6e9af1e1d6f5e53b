"""The recordings' API as a program elsewhere uses it: a real server, real jobs, large uploads."""

from __future__ import annotations

import asyncio
import io
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import schemathesis
import soundfile
import websockets
from schemathesis import GenerationMode

from bridge.library.library import Library
from bridge.settings import Settings
from tests.end_to_end.processes import Filter, eventually
from tests.end_to_end.run import free_port
from tests.service.described import try_out
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
            stderr=(home / "words").open("wb"),
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

    def words(self) -> str:
        """What it wrote to standard error."""
        return (self.home / "words").read_text()

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
    path = f"/recordings/{answer.json()['id']}"
    with server.client.stream("GET", f"{path}/audio") as sound:
        assert sum(map(len, sound.iter_raw())) == int(headers["Content-Length"])
    assert server.memory() < 200
    server.ask("DELETE", path, 204)
    assert server.uploads() == []


def test_from_a_recording_to_a_loop_and_a_corrected_grid(server: Server) -> None:
    recording = server.ask(
        "POST", "/recordings", 201, params={"name": "monday.wav"}, content=song()
    )["id"]
    heard = asyncio.run(analyse(server, recording))
    assert heard[-1] == {"recording": recording, "change": "analysed"}
    told = [each["job"] for each in heard if "job" in each]
    assert {"queued", "running", "done"} >= {job["state"] for job in told} >= {"done"}
    assert [job["progress"] for job in told] == sorted(job["progress"] for job in told)

    takes = server.ask("GET", f"/recordings/{recording}/takes")
    take = next(each for each in takes if each["kind"] == "song")
    assert take["tempo"] == pytest.approx(120, abs=0.5)
    riff = server.ask("GET", f"/recordings/{recording}/regions")[0]
    answer = server.client.get(f"/regions/{riff['id']}/loop", params={"passes": 2})
    assert answer.status_code == 200, answer.text
    with soundfile.SoundFile(io.BytesIO(answer.content)) as loop:
        seconds = loop.frames / loop.samplerate
    assert seconds == pytest.approx(2 * (riff["end"] - riff["start"]), abs=0.05)

    path = f"/takes/{take['id']}"
    double = server.ask("POST", f"{path}/corrections", json={"kind": "double"})
    assert double["tempo"] == pytest.approx(240, abs=1)
    assert server.ask("POST", f"{path}/undo")["tempo"] == take["tempo"]
    again = server.ask("GET", f"/recordings/{recording}/regions")
    assert riff["id"] in [each["id"] for each in again]
    assert len(server.ask("GET", f"/recordings/{recording}/peaks")["low"]) == 1000
    server.ask("DELETE", f"/recordings/{recording}", 204)
    assert server.uploads() == []
    assert server.end() == 0


async def analyse(server: Server, recording: str) -> list[dict[str, Any]]:
    """Has it analysed; all that is told until it is done."""
    said: list[dict[str, Any]] = []
    async with (
        asyncio.timeout(PATIENCE),
        websockets.connect(f"ws://127.0.0.1:{server.port}/recordings/events") as events,
    ):
        assert "hello" in json.loads(await events.recv())
        await asyncio.to_thread(
            server.ask, "POST", f"/recordings/{recording}/analyze", 202, json={}
        )
        while not said or "change" not in said[-1]:
            said.append(json.loads(await events.recv()))
    return said


def test_an_upload_that_breaks_off_leaves_nothing(server: Server) -> None:
    headers, body = long_wav(40_000_000)
    with socket.create_connection(("127.0.0.1", server.port)) as half:
        half.sendall(
            b"POST /recordings?name=half.wav HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Length: " + headers["Content-Length"].encode() + b"\r\n\r\n"
        )
        for _, piece in zip(range(20), body, strict=False):
            half.sendall(piece)
        eventually("it begins", server.uploads)
    eventually("nothing is left", lambda: not server.uploads())
    assert server.ask("GET", "/recordings") == []
    assert server.end() == 0
    assert server.words() == ""


def test_a_service_that_is_killed_takes_its_jobs_up_again(tmp_path: Path) -> None:
    first = Server(tmp_path)
    id = first.ask("POST", "/recordings", 201, params={"name": "a.wav"}, content=song())["id"]
    job = first.ask("POST", f"/recordings/{id}/analyze", 202, json={})["id"]
    first.close()
    second = Server(tmp_path)
    try:
        eventually(
            "the job is done",
            lambda: second.ask("GET", f"/jobs/{job}")["state"] == "done",
            PATIENCE,
        )
        assert second.ask("GET", f"/recordings/{id}")["analysed"] is not None
    finally:
        second.close()


def test_the_end_does_not_wait_for_jobs_and_they_are_queued_again(tmp_path: Path) -> None:
    port = free_port()
    chosen = Settings(service={"port": port}, library={"folder": str(tmp_path / "library")})
    headers, body = long_wav(100_000_000)
    with Filter("bridge.service", chosen, tmp_path) as service:
        service.wait_for("service")
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
            posted = client.post("/recordings?name=x.wav", headers=headers, content=body)
            job = client.post(f"/recordings/{posted.json()['id']}/analyze", json={}).json()["id"]
            eventually(
                "it is being heard",
                lambda: client.get(f"/jobs/{job}").json()["progress"] > 0,
                PATIENCE,
            )
        began = time.monotonic()
        assert service.end() == 0
        took = time.monotonic() - began
    print(f"ended in {took:.1f} s")
    assert "Traceback" not in service.words()
    with Library(tmp_path / "library") as library:
        assert library.jobs.get(job).state == "queued"


def test_ten_states_a_second_go_on_while_much_comes_in(tmp_path: Path) -> None:
    port = free_port()
    library = {"folder": str(tmp_path / "library")}
    chosen = Settings(service={"port": port}, library=library)
    with Filter("bridge.service", chosen, tmp_path) as service:
        service.wait_for("service")

        async def listen() -> tuple[list[float], httpx.Response]:
            headers, body = long_wav(300_000_000)

            async def pieces() -> AsyncIterator[bytes]:
                for piece in body:
                    yield piece

            times = []
            async with (
                asyncio.timeout(PATIENCE),
                websockets.connect(f"ws://127.0.0.1:{port}/events") as events,
                httpx.AsyncClient(timeout=PATIENCE) as client,
            ):
                upload = asyncio.create_task(
                    client.post(
                        f"http://127.0.0.1:{port}/recordings?name=x.wav",
                        headers=headers,
                        content=pieces(),
                    )
                )
                while not upload.done():
                    await events.recv()
                    times.append(time.monotonic())
            return times, upload.result()

        times, answer = asyncio.run(listen())
        assert answer.status_code == 201, answer.text
        waits = np.diff(times)
        print(f"{len(times)} states in {times[-1] - times[0]:.1f} s, the longest wait", waits.max())
        assert len(times) >= 10
        assert np.median(waits) < 0.15
        assert np.quantile(waits, 0.95) < 0.5


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_route_answers_as_it_is_described(server: Server, mode: GenerationMode) -> None:
    recording = server.ask(
        "POST", "/recordings", 201, params={"name": "monday.wav"}, content=song()
    )["id"]
    asyncio.run(analyse(server, recording))
    takes = server.ask("GET", f"/recordings/{recording}/takes")
    there = {
        "recording": recording,
        "take": next(each["id"] for each in takes if each["kind"] == "song"),
        "region": server.ask("GET", f"/recordings/{recording}/regions")[0]["id"],
        "job": 1,
    }
    schema = schemathesis.openapi.from_url(f"http://127.0.0.1:{server.port}/openapi.json")
    answers = try_out(schema, mode, there, examples=40)
    counts: Counter[int] = Counter()
    for (_, status), count in answers.items():
        counts[status] += count
    print(f"{mode.value}: {len({label for label, _ in answers})} operations, {dict(counts)}")
    assert not [label for label, status in answers if status >= 500]
    assert sum(counts.values()) > 300
