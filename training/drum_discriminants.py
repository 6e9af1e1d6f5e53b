"""Fits the table of linear discriminants by which the live drums are told apart.

    python -m training.drum_discriminants                     about 10 minutes on two cores
    python -m training.drum_discriminants --items 60 --out /tmp/table.py

Reads SHARED/training (../shared unless --shared says otherwise); needs fluidsynth and the FluidR3
sound font. Strokes are found and described by the live tracker's own code, so the table fits what
it will see. The fit is logistic regression with a ridge, one for each drum.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from bridge.events import DRUMS
from bridge.signal.frames import Framer
from bridge.trackers.drums import DELAY
from bridge.trackers.strokes import LOW_BANDS, PAIRS, Strokes
from training.drum_items import RATE, Hit, Material, item, read

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "bridge" / "trackers" / "drum_discriminants.py"
NEAR = 0.025  # seconds: a stroke so near a hit is that hit
INAUDIBLE = 20  # velocity under which a hit is neither right nor wrong
RIDGE = 100.0
PARTS = (
    ("RISE", PAIRS), ("SHAPE", PAIRS), ("ADDED", PAIRS),
    ("LOW_RISE", LOW_BANDS), ("LOW_SHAPE", LOW_BANDS),
)  # fmt: skip
HEAD = '''"""Linear discriminants of the five drums: what `training/drum_discriminants.py` found.

Rows are kick, snare, toms, hihat, cymbals; columns are bands (bridge/trackers/strokes.py). A value
is the log odds that one decade of magnitude in that band adds. Credits for the sounds they were
fitted on: NOTICE.
"""

# fmt: off
'''

_material: Material | None = None  # read once per process, by _start


def _start(shared: Path, folder: Path) -> None:
    global _material
    _material = read(shared, folder)


def examples(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features of the strokes in one item, which drums they are, and which of that counts."""
    assert _material is not None
    sound, hits = item(_material, seed)
    frames = Framer(RATE, 1).push(sound[:, None])
    assert frames is not None
    found = list(Strokes().find(frames))
    features = np.array([features for _, features, _ in found], np.float32)
    times = np.array([frames.time(row) - DELAY for row, _, _ in found])
    return features, *_labelled(times, hits)


def _labelled(times: np.ndarray, hits: Sequence[Hit]) -> tuple[np.ndarray, np.ndarray]:
    label = np.zeros((len(times), len(DRUMS)), np.float32)
    counts = np.ones_like(label)
    for hit in hits if len(times) else ():
        stroke = int(np.abs(times - hit.time).argmin())
        if abs(times[stroke] - hit.time) < NEAR:
            if hit.velocity >= INAUDIBLE:
                label[stroke, hit.drum] = counts[stroke, hit.drum] = 1.0
            elif not label[stroke, hit.drum]:
                counts[stroke, hit.drum] = 0.0
    return label, counts


def fit(features: np.ndarray, label: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Weights and, last, bias, by Newton's method; features have mean 0 and spread 1."""
    rows = np.concatenate([features, np.ones((len(features), 1), np.float32)], axis=1)
    ridge = np.diag([RIDGE] * features.shape[1] + [1e-3]).astype(np.float32)
    weights = np.zeros(rows.shape[1], np.float32)
    for _ in range(7):
        likely = 1.0 / (1.0 + np.exp(-np.clip(rows @ weights, -12, 12)))
        slope = rows.T @ (counts * (likely - label)) + ridge @ weights
        bend = np.maximum(counts * likely * (1.0 - likely), 1e-4)
        curve = (rows * bend[:, None]).T @ rows + ridge
        weights -= np.linalg.solve(curve.astype(float), slope.astype(float)).astype(np.float32)
    return weights


def table(weights: np.ndarray, bias: np.ndarray) -> str:
    """The module: weights (drums, features), bias (drums,)."""
    text, first = HEAD, 0
    for name, size in PARTS:
        text += f"{name} = (\n"
        for row in weights[:, first : first + size]:
            values = [f"{value:.2f}" for value in row]
            lines = [", ".join(values[i : i + 10]) for i in range(0, size, 10)]
            text += "    (" + ",\n     ".join(lines) + "),\n"
        text += ")\n"
        first += size
    return text + "BIAS = (" + ", ".join(f"{value:.2f}" for value in bias) + ")\n# fmt: on\n"


def main() -> None:
    """Make items, fit, write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--items", type=int, default=700, help="of 14 s each")
    parser.add_argument("--out", type=Path, default=TABLE)
    parser.add_argument("--songs", type=Path, help="folder to keep the rendered songs in")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as name:
        folder = options.songs or Path(name)
        read(options.shared, folder)  # renders the songs before the processes share them
        start = (options.shared, folder)
        with ProcessPoolExecutor(2, initializer=_start, initargs=start) as pool:
            made = list(pool.map(examples, range(options.items), chunksize=4))
    made = [example for example in made if len(example[0])]
    features, label, counts = (np.concatenate(part) for part in zip(*made, strict=True))
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
    even = (features - mean) / spread
    found = np.array([fit(even, label[:, d], counts[:, d]) for d in range(len(DRUMS))])
    weights = found[:, :-1] / spread
    options.out.write_text(table(weights, found[:, -1] - weights @ mean))
    print(f"{len(features)} strokes, hits {label.sum(axis=0).astype(int).tolist()}: {options.out}")


if __name__ == "__main__":
    main()
