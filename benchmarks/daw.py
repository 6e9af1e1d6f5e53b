"""What the ways to the scripts inside DAWs cost, and how long a line is under way.

    python -m benchmarks.daw                   some 20 seconds
    python -m benchmarks.daw --seconds 2

Both are looked at every 5 ms with two conversations open, as `dawbridge run` does.
"""

from __future__ import annotations

import argparse
import socket
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bridge.daw.links import Link, Meeting
from bridge.daw.spool import Spool
from bridge.daw.tcp import Port
from bridge.daw.wire import Message, encode, message

LOOK = 0.005  # seconds between two looks
TOKEN = "0123456789abcdef"
Write = Callable[[bytes], object]


def main() -> None:
    """Prints a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement")
    options = parser.parse_args()
    print(
        "| way | idle, share of a core | one idle look, µs | line under way, median ms | 99 % ms |"
        "\n| --- | --- | --- | --- | --- |"
    )
    with tempfile.TemporaryDirectory() as name:
        for way in (_spool, _tcp):
            place, links, write = way(Path(name) / way.__name__)
            share = _idle_share(place, links, options.seconds)
            look = _one_look(place, links)
            lags = 1000 * _lags(place, links, write, options.seconds)
            print(
                f"| {way.__name__[1:]} | {share:.2%} | {look * 1e6:.1f} | {np.median(lags):.2f} "
                f"| {np.percentile(lags, 99):.2f} |"
            )
            place.close()


def _spool(folder: Path) -> tuple[Meeting, list[Link], Write]:
    place = Spool(folder, TOKEN, "1")
    for number in range(2):
        script = folder / f"reaper-{number:016x}"
        script.mkdir()
        up = (script / "up.000001").open("ab", buffering=0)
        up.write(encode(message("hello", daemon=TOKEN)))
    return place, _met(place), up.write


def _tcp(folder: Path) -> tuple[Meeting, list[Link], Write]:
    place = Port(folder, TOKEN, "1")
    scripts = [socket.create_connection(("127.0.0.1", place.number)) for _ in range(2)]
    for script in scripts:
        script.sendall(encode(message("hello", daw="live", token=TOKEN)))
    return place, _met(place), scripts[-1].sendall


def _met(place: Meeting) -> list[Link]:
    links: list[Link] = []
    while len(links) < 2:
        links += place.arrivals()
        time.sleep(LOOK)
    for link in links:
        link.take()
    return links


def _look(place: Meeting, links: list[Link]) -> list[Message]:
    place.arrivals()
    return [told for link in links for told in link.take()]


def _idle_share(place: Meeting, links: list[Link], seconds: float) -> float:
    """Share of a core that the loop takes, its sleeping included."""
    begun, busy, beaten = time.perf_counter(), time.process_time(), 0.0
    while time.perf_counter() - begun < seconds:
        if time.perf_counter() - beaten >= 1:
            beaten = time.perf_counter()
            place.beat()
        _look(place, links)
        time.sleep(LOOK)
    return (time.process_time() - busy) / (time.perf_counter() - begun)


def _one_look(place: Meeting, links: list[Link], looks: int = 5000) -> float:
    """Seconds of processor that a look takes when nothing was said, the median."""
    took = []
    for _ in range(looks):
        begun = time.perf_counter()
        _look(place, links)
        took.append(time.perf_counter() - begun)
    return float(np.median(took))


def _lags(place: Meeting, links: list[Link], write: Write, seconds: float) -> np.ndarray:
    """Seconds from writing a line at any time between two looks until it was taken."""
    chance = np.random.default_rng(0)
    lags, ends = [], time.perf_counter() + seconds
    while time.perf_counter() < ends:
        wait = chance.uniform(0, LOOK)
        time.sleep(wait)
        written = time.perf_counter()
        write(encode(message("clock", t=written, at=written, play=True)))
        time.sleep(LOOK - wait)
        while not _look(place, links):
            time.sleep(LOOK)
        lags.append(time.perf_counter() - written)
    return np.array(lags)


if __name__ == "__main__":
    main()
