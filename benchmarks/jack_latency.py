"""From a drum hit to its MIDI note, in frames, on a real JACK server without a sound card.

    python -m benchmarks.jack_latency                     128 frames, 48 kHz
    python -m benchmarks.jack_latency --period 64 --seconds 30

A WAV of hits at known frames is played into our client, another client records the notes with
their frames. The server runs in synchronous mode (-S): it waits for every client, so what is
measured is our own delay and not how busy the machine is. JACK's own blocks of input and output
of a real sound card come on top, the same for every program.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from tests.end_to_end.jack_world import Player, Recorder, drum_hits
from tests.end_to_end.processes import Filter, eventually, settings
from tests.end_to_end.servers import Server, jack_dummy

RATE = 48000
SETTLE = 0.5  # seconds after the last sample in which its note must have come


@dataclass(frozen=True, slots=True)
class Row:
    """A way from hit to note: what is started, and how long a note may take to count as its own."""

    name: str
    start: Callable[[Server, Path], AbstractContextManager[Any]]
    longest: float  # seconds


def trigger(server: Server, folder: Path) -> AbstractContextManager[Any]:
    """The trigger in the audio callback."""
    wanted = settings(source__input="jack", source__connect=("player:out",), trigger__on=True)
    capture = Filter("bridge.live.capture", wanted, folder, server.env)
    capture.wait_for("ring")
    return capture


ROWS = (Row("trigger", trigger, longest=0.05),)


def measure(row: Row, sound: np.ndarray, hits: Sequence[int], period: int) -> tuple[list[int], int]:
    """Frames from each hit to its note, and how many notes belong to no hit."""
    with jack_dummy(RATE, period) as server, tempfile.TemporaryDirectory() as folder:
        player, recorder = Player(server, sound), Recorder(server)
        try:
            with row.start(server, Path(folder)):
                recorder.listen()
                player.play()
                eventually("the end of the WAV", player.done.is_set, len(sound) / RATE + 30)
                time.sleep(SETTLE)
                assert player.begin is not None
                notes = [frame - player.begin for frame in recorder.notes_on()]
        finally:
            player.close()
            recorder.close()
    return pair(notes, hits, round(row.longest * RATE))


def pair(notes: Sequence[int], hits: Sequence[int], longest: int) -> tuple[list[int], int]:
    """Each hit with the first free note at most `longest` frames after it."""
    free = sorted(notes)
    delays = []
    for hit in hits:
        mine = next((note for note in free if 0 <= note - hit <= longest), None)
        if mine is not None:
            free.remove(mine)
            delays.append(mine - hit)
    return delays, len(free)


def line(row: Row, hits: int, delays: Sequence[int], extra: int, period: int) -> str:
    """One row of the table."""
    if not delays:
        return f"| {row.name} | {hits} | {hits} | {extra} | | | |"
    of = np.percentile(delays, [0, 50, 95, 100]).astype(int)
    spread = " / ".join(str(each) for each in of)
    ms = " / ".join(f"{each * 1000 / RATE:.2f}" for each in of)
    blocks = np.ceil(np.array(delays) / period).astype(int)
    counts = ", ".join(f"{n}: {int((blocks == n).sum())}" for n in np.unique(blocks))
    return f"| {row.name} | {hits} | {hits - len(delays)} | {extra} | {spread} | {ms} | {counts} |"


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--period", type=int, default=128, help="frames of a block")
    parser.add_argument("--seconds", type=float, default=20.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "hits.wav"
        made, hits = drum_hits(RATE, arguments.seconds)
        soundfile.write(wav, made, RATE, subtype="FLOAT")
        sound, _ = soundfile.read(wav, dtype="float32")
    print(
        f"{RATE} Hz, {arguments.period} frames ({arguments.period * 1000 / RATE:.2f} ms), jackd -S"
    )
    print()
    print("| way | hits | missed | extra | frames min / median / p95 / max | ms | in blocks |")
    print("|---|---|---|---|---|---|---|")
    for row in ROWS:
        delays, extra = measure(row, sound, hits, arguments.period)
        print(line(row, len(hits), delays, extra, arguments.period), flush=True)


if __name__ == "__main__":
    main()
