"""What the live process costs: share of a core, memory, threads, handles; over hours, and to start.

    python -m benchmarks.cost                    two hours of stream, as fast as possible
    python -m benchmarks.cost --hours 0.1
    python -m benchmarks.cost --starts 10        only: from start to the first sound understood

The ears run as in a real run, default preset, 48 kHz stereo: OSC, MIDI queue and session file are
written. CPU time is that of the ears' process over the stream's length: it does not depend on what
else the machine does, wall time would.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import soundfile
import soxr

from bridge.demo import SONG
from bridge.settings import Settings
from bridge.sources.file import read_whole
from tests.end_to_end.servers import Server, jack_dummy, pulse_null_sink

TICK = os.sysconf("SC_CLK_TCK")


def figures(pid: int) -> tuple[float, float, int, int]:
    """CPU seconds, resident MB, threads, open handles of a process."""
    stat = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    handles = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return (int(stat[11]) + int(stat[12])) / TICK, pages * 4096 / 1e6, int(stat[17]), handles


def song_at_48k(folder: Path) -> Path:
    """The demo song at 48 kHz."""
    samples, rate = read_whole(SONG)
    path = folder / "song.wav"
    soundfile.write(path, soxr.resample(samples, rate, 48000).astype(np.float32), 48000)
    return path


def long_run(hours: float) -> None:
    """Prints one row per tenth of the run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = Settings.model_validate(
            {
                "source": {"loop": True, "paced": False},
                "recorder": {"folder": str(folder / "sessions")},
            }
        )
        first = {
            "settings": settings.model_dump(mode="json"),
            "folder": name,
            "file": str(song_at_48k(folder)),
        }
        ears = subprocess.Popen(
            [sys.executable, "-m", "bridge.live.ears"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert ears.stdin is not None
        assert ears.stdout is not None
        ears.stdin.write(json.dumps(first).encode() + b"\n")
        ears.stdin.flush()
        print("stream min | CPU of a core | RSS MB | threads | handles | events")
        begin, report, events = None, 0.0, 0
        for line in ears.stdout:
            message = json.loads(line)
            if "event" not in message:
                continue
            events += 1
            stream = message["decided"]
            if begin is None:
                begin = (stream, figures(ears.pid)[0])
            if stream >= report:
                cpu, memory, threads, handles = figures(ears.pid)
                share = (cpu - begin[1]) / max(1e-9, stream - begin[0])
                print(
                    f"{stream / 60:10.1f} | {share:12.1%} | {memory:6.1f} | {threads:7d} | "
                    f"{handles:7d} | {events}",
                    flush=True,
                )
                report += hours * 360
            if stream >= hours * 3600:
                break
        ears.stdin.close()
        ears.stdout.close()
        ears.wait(10)


def starts(count: int) -> None:
    """Prints the time from the command's start to the first sound that was understood."""
    with tempfile.TemporaryDirectory() as name:
        song = song_at_48k(Path(name))
        home = {"XDG_DATA_HOME": name, "XDG_CONFIG_HOME": name}
        print("source | median s | best | worst | starts")
        for source, took in (
            ("file", [one_start(str(song), os.environ | home) for _ in range(count)]),
            ("JACK, 128 frames", with_server(jack_dummy(48000, 128), "jack", home, count)),
            ("PulseAudio monitor", with_server(pulse_null_sink(), "output", home, count)),
        ):
            print(
                f"{source} | {statistics.median(took):.2f} | {min(took):.2f} | {max(took):.2f} "
                f"| {count}"
            )


def with_server(
    server: AbstractContextManager[Server], source: str, home: dict[str, str], count: int
) -> list[float]:
    """Seconds of each start beside a running sound server."""
    with server as running:
        return [one_start(source, running.env | home) for _ in range(count)]


def one_start(source: str, environment: dict[str, str]) -> float:
    """Seconds from the command to its first Level event, 0.1 s of sound being needed for it."""
    start = time.monotonic()
    run = subprocess.Popen(
        [
            sys.executable, "-m", "bridge", "run", "--input", source, "--json",
            "--service-port", "8799",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )  # fmt: skip
    assert run.stdout is not None
    for line in run.stdout:
        if json.loads(line).get("event") == "level":
            break
    took = time.monotonic() - start
    run.terminate()
    run.stdout.close()
    run.wait(10)
    return took


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--starts", type=int)
    options = parser.parse_args()
    if options.starts:
        starts(options.starts)
    else:
        long_run(options.hours)


if __name__ == "__main__":
    main()
