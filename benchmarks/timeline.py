"""How far positions of a DAW's transport are off, by simulated clocks.

    python -m benchmarks.timeline [part of a scenario's name]

Each scenario is heard with three seeds and with drifts of +-300 ppm between sound card, script and
this computer. Milliseconds: median, p99 and greatest error `live` (of the moment at which a sample
arrives, from 1 s after each start, seek or change of tempo) and `kept` (every 50 ms, afterwards,
but within 150 ms of such a change); `edge`: greatest distance of a pass's start from the truth.
"""

from __future__ import annotations

import itertools
import sys
from dataclasses import replace

import numpy as np

from tests.daw.transports import Stretch, Transport, hear

DRIFTS = (-300e-6, 0.0, 300e-6)
LONG = Transport((Stretch(3.3, 180.0, 10.0),), 182.0)
SEEKS = Transport(
    (
        Stretch(2.2, 20.0, 0.0), Stretch(20.0, 31.7, 60.0), Stretch(31.7, 50.0, 5.0),
        Stretch(55.0, 80.0, 5.0, recording=False),
    ),
    82.0,
)  # fmt: skip
LOOPS = Transport(
    tuple(Stretch(2.0 + 4 * number, 6.0 + 4 * number, 8.0) for number in range(12)), 51.0
)
ROUND = (8.0, 12.0)
STALLS = ((20.0, 5.0), (41.0, 5.0))
TEMPI = Transport(
    (
        Stretch(2.0, 20.0, 0.0, 2.0), Stretch(20.0, 40.0, 36.0, 140 / 60),
        Stretch(40.0, 60.0, 36.0 + 20 * 140 / 60, 90 / 60),
    ),
    62.0,
)  # fmt: skip
RAMP = Transport(
    (
        Stretch(2.0, 12.0, 0.0, 2.0), Stretch(12.0, 32.0, 20.0, 2.0, ramp=1 / 60),
        Stretch(32.0, 50.0, 20.0 + 40.0 + 400 / 120, 2.0 + 20 / 60),
    ),
    52.0,
)  # fmt: skip
SCENARIOS: dict[str, Transport] = {
    "jitter 15 ms": LONG,
    "positions by blocks of 2048 at 44.1 kHz": replace(LONG, block=2048 / 44100),
    "positions by blocks of 512 at 48 kHz": replace(LONG, block=512 / 48000),
    "seeks": SEEKS,
    "loops of 4 s": LOOPS,
    "loops of 4 s, blocks of 1024": replace(LOOPS, block=1024 / 44100),
    "loops of 4 s, told": replace(LOOPS, loop=ROUND),
    "loops of 4 s, told, blocks of 1024": replace(LOOPS, loop=ROUND, block=1024 / 44100),
    "loops of 4 s, told, a stall of 5 s": replace(LOOPS, loop=ROUND, frozen=((20.0, 5.0),)),
    "loops of 4 s, both sides told at once": replace(LOOPS, prompt=True),
    "seeks, cursor told": replace(SEEKS, cursors=True),
    "seeks, cursor told, blocks of 1024": replace(SEEKS, cursors=True, block=1024 / 44100),
    "seeks, both sides told at once": replace(SEEKS, prompt=True),
    "seeks, both, blocks of 1024": replace(SEEKS, cursors=True, prompt=True, block=1024 / 44100),
    "arrivals stall for 5 s": replace(LONG, stalls=STALLS),
    "the script stalls for 5 s": replace(LONG, frozen=STALLS),
    "play rate 0.5": replace(LONG, stretches=(Stretch(3.3, 180.0, 10.0, 0.5),)),
    "play rate 2": replace(LONG, stretches=(Stretch(3.3, 180.0, 10.0, 2.0),)),
    "tempo 120, 140, 90, in beats": TEMPI,
    "tempo ramp 120 to 140, in beats": RAMP,
}


def main(only: str = "") -> None:
    """Prints a row for each scenario with `only` in its name, stamped and not."""
    head = f"{'ms':44s} {'live':>6s} {'p99':>6s} {'max':>6s} {'kept':>6s} {'p99':>6s} {'max':>6s}"
    print(f"{head} {'edge':>6s}", flush=True)
    for stamped, (name, transport) in itertools.product((True, False), SCENARIOS.items()):
        needs = transport.prompt or (transport.loop and transport.frozen)
        if only not in name or (needs and not stamped):
            continue  # scripts without a stamp cannot tell so, or what they tell decides nothing
        heard = [
            hear(replace(transport, stamped=stamped, drift=drift, script_drift=script), seed=seed)
            for drift, script in itertools.product(DRIFTS, DRIFTS if stamped else (0.0,))
            for seed in (1, 2, 3)
        ]
        figures = []
        for errors in (
            np.concatenate([each.live for each in heard]),
            np.concatenate([each.kept for each in heard]),
        ):
            figures += [float(np.median(errors)), float(np.percentile(errors, 99)), errors.max()]
        figures.append(1000 * max(float(each.edges.max()) for each in heard))
        row = " ".join(f"{figure:6.1f}" for figure in figures)
        print(f"{('stamped: ' if stamped else 'arrivals: ') + name:50s} {row}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
