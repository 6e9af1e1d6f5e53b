"""From a drum hit to its MIDI note, in frames, on a real JACK server without a sound card.

    python -m benchmarks.jack_latency                     128 frames, 48 kHz
    python -m benchmarks.jack_latency --period 64

Two ways are measured: the trigger in the audio callback, on hits at known frames, and the whole
way through ring, drum tracker and MIDI queue, on the kicks and snares of the demo song. The server
runs in synchronous mode (-S): it waits for every client, so what is measured is our own delay and
not how busy the machine is. A sound card's own blocks of input and output come on top, the same
for every program.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soxr

from bridge.demo import SONG
from bridge.sources.file import read_whole
from bridge.trackers.drums import LOOK_AHEAD
from tests.end_to_end.jack_world import Player, Recorder, drum_hits, world
from tests.end_to_end.processes import Filter, eventually, settings
from tests.end_to_end.run import Run
from tests.end_to_end.servers import jack_dummy

RATE = 48000
SECONDS = 20.0  # of hits for the trigger
SETTLE = 0.5  # seconds after the last sample in which its note must have come
KICK, SNARE = 36, 38  # General MIDI
LONGEST = 0.15  # seconds: a note that comes later belongs to another hit
EARLIEST = 0.02  # seconds: the truth of a song is the written note, its sound may begin before
BLOCKS_OUT = 2  # blocks of output latency that are configured


def play(player: Player, recorder: Recorder, sound: np.ndarray) -> list[tuple[int, int]]:
    """Plays everything; (frame, note) of every note that began, counted from the first sample."""
    recorder.listen()
    player.play()
    eventually("the end of the sound", player.done.is_set, len(sound) / RATE + 60)
    time.sleep(SETTLE)
    assert player.begin is not None
    return [
        (frame - player.begin, message[1])
        for frame, message in recorder.heard
        if message[0] & 0xF0 == 0x90
    ]


def trigger(period: int) -> tuple[list[int], int, int]:
    """Delays in frames, hits, and notes that belong to none, of the trigger in the callback."""
    sound, hits = drum_hits(RATE, SECONDS)
    wanted = settings(source__input="jack", source__connect=("player:out",), trigger__on=True)
    with (
        jack_dummy(RATE, period) as server,
        tempfile.TemporaryDirectory() as folder,
        world(server, sound) as (player, recorder),
        Filter("bridge.live.capture", wanted, Path(folder), server.env) as capture,
    ):
        capture.wait_for("ring")
        notes = play(player, recorder, sound)
    delays, extra = pair([frame for frame, _ in notes], hits)
    return delays, len(hits), extra


def tracker(period: int) -> tuple[list[int], int, int]:
    """The same of the whole way through the drum tracker, on the demo song's kicks and snares."""
    samples, rate = read_whole(SONG)
    sound = soxr.resample(samples.mean(axis=1), rate, RATE).astype(np.float32)
    truth = json.loads(SONG.with_suffix(".json").read_text())["drums"]
    delays: list[int] = []
    hits = extra = 0
    with (
        jack_dummy(RATE, period) as server,
        tempfile.TemporaryDirectory() as folder,
        world(server, sound) as (player, recorder),
        Run(
            Path(folder), server.env, "--input", "jack", "--set", "source.connect=player:out",
            "--set", f"midi.latency={BLOCKS_OUT * period / RATE}",
        ) as run,
    ):  # fmt: skip
        run.wait_for_state("listening")
        notes = play(player, recorder, sound)
        run.stop()
    for name, note in (("kick", KICK), ("snare", SNARE)):
        written = [round(hit["time"] * RATE) for hit in truth if hit["class"] == name]
        mine, more = pair([frame for frame, number in notes if number == note], written)
        delays += mine
        hits += len(written)
        extra += more
    return delays, hits, extra


def pair(notes: Sequence[int], hits: Sequence[int]) -> tuple[list[int], int]:
    """Each hit with the first free note after it; delays, and how many notes were left over."""
    free = sorted(notes)
    delays = []
    early, late = round(EARLIEST * RATE), round(LONGEST * RATE)
    for hit in hits:
        mine = next((note for note in free if -early <= note - hit <= late), None)
        if mine is not None:
            free.remove(mine)
            delays.append(mine - hit)
    return delays, len(free)


def line(name: str, found: tuple[list[int], int, int], bound: float, period: int) -> str:
    """One row of the table; `bound` in frames."""
    delays, hits, extra = found
    of = np.percentile(delays, [0, 5, 50, 95, 100]).astype(int)
    spread = " / ".join(str(each) for each in of)
    ms = " / ".join(f"{each * 1000 / RATE:.1f}" for each in of)
    within = np.mean(np.array(delays) <= bound)
    return (
        f"| {name} | {hits} | {hits - len(delays)} | {extra} | {spread} | {ms} "
        f"| {bound:.0f} ({bound / period:.1f} blocks) | {within:.1%} |"
    )


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--period", type=int, default=128, help="frames of a block")
    period = parser.parse_args().period
    print(f"{RATE} Hz, {period} frames ({period * 1000 / RATE:.2f} ms), jackd -S\n")
    print(
        "| way | hits | missed | extra | frames min / p5 / median / p95 / max | ms | bound, frames "
        "| within |"
    )
    print("|---|---|---|---|---|---|---|---|")
    print(line("trigger", trigger(period), 2 * period, period), flush=True)
    bound = LOOK_AHEAD * RATE + BLOCKS_OUT * period
    print(line("drum tracker", tracker(period), bound, period), flush=True)


if __name__ == "__main__":
    main()
