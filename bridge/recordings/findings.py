"""What was heard of a recording: raw, never changed, enough to derive everything from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.events import DRUMS
from bridge.recordings.facts import Hit, Tone
from bridge.signal.frames import HOP_SECONDS, Array, Array64

FORMAT = 1  # of the file; another one is heard again


@dataclass(frozen=True, slots=True)
class Rows:
    """A layer over a stretch of time: row i is about `start + i * step` seconds.

    values  float16 or float32 (n, columns)
    """

    values: NDArray[Any]
    start: float
    step: float

    def between(self, start: float, end: float) -> Array:
        """float32 copies of the rows about start <= time < end."""
        return np.asarray(self.values[self._index(start) : self._index(end)], np.float32)

    def since(self, start: float, end: float) -> Rows:
        """The same as Rows."""
        first = self._index(start)
        rows = np.asarray(self.values[first : self._index(end)], np.float32)
        return Rows(rows, self.start + first * self.step, self.step)

    def means(self, edges: Array64) -> Array:
        """float32 (len(edges) - 1, columns): the mean from each edge to the next, in seconds.

        A stretch shorter than a row takes the row that lies nearest.
        """
        at = (np.asarray(edges, np.float64) - self.start) / self.step
        first = np.clip(np.ceil(at[:-1] - 1e-6), 0, len(self.values) - 1).astype(int)
        last = np.clip(np.ceil(at[1:] - 1e-6), first + 1, len(self.values)).astype(int)
        sums = np.cumsum(self.values, axis=0, dtype=np.float64)
        sums = np.concatenate([np.zeros((1, sums.shape[1])), sums])
        means = (sums[last] - sums[first]) / (last - first)[:, None]
        return np.asarray(means, np.float32)

    def sums(self, starts: Array64, ends: Array64) -> Array64:
        """float64 (stretches, columns): the sum over each stretch, its ends at the nearest rows."""
        first, last = (
            np.clip(np.round((at - self.start) / self.step), 0, len(self.values)).astype(int)
            for at in (starts, ends)
        )
        sums = np.cumsum(self.values, axis=0, dtype=np.float64)
        sums = np.concatenate([np.zeros((1, sums.shape[1])), sums])
        return np.asarray(sums[np.maximum(last, first)] - sums[first], np.float64)

    def times(self) -> Array64:
        """Seconds each row is about."""
        return np.asarray(self.start + np.arange(len(self.values)) * self.step, np.float64)

    def _index(self, time: float) -> int:
        return int(np.clip(np.ceil((time - self.start) / self.step - 1e-6), 0, len(self.values)))


@dataclass(frozen=True, slots=True)
class Findings:
    """Rows of each layer (bridge.recordings.layers), and what the live trackers said.

    hits    float64 (n, 4): seconds, number in bridge.events.DRUMS, velocity, confidence
    onsets  float64 (n, 2): seconds, strength
    pitch   float64 (n, 3): seconds, Hz (0: no tone), confidence
    """

    duration: float
    layers: Mapping[str, Rows]
    hits: Array64
    onsets: Array64
    pitch: Array64

    def between(self, start: float, end: float) -> Findings:
        """What was heard from `start` to `end`; times stay those of the recording."""
        return Findings(
            duration=self.duration,
            layers={name: rows.since(start, end) for name, rows in self.layers.items()},
            hits=_between(self.hits, start, end),
            onsets=_between(self.onsets, start, end),
            pitch=_between(self.pitch, start, end),
        )

    def cut(self, start: float, end: float) -> Findings:
        """The same as a recording of its own, whose second 0 is `start`."""
        part = self.between(start, end)
        return Findings(
            duration=end - start,
            layers={
                name: Rows(rows.values, rows.start - start, rows.step)
                for name, rows in part.layers.items()
            },
            hits=_later(part.hits, -start),
            onsets=_later(part.onsets, -start),
            pitch=_later(part.pitch, -start),
        )

    def save(self, path: Path) -> None:
        """As a compressed .npz, some 0.3 MB a minute."""
        arrays: dict[str, Any] = {
            f"layer {name}": rows.values.astype(np.float16) for name, rows in self.layers.items()
        }
        arrays |= {
            f"place {name}": np.array([rows.start, rows.step]) for name, rows in self.layers.items()
        }
        with path.open("wb") as file:
            np.savez_compressed(
                file,
                format=FORMAT,
                duration=self.duration,
                hits=self.hits,
                onsets=self.onsets,
                pitch=self.pitch,
                **arrays,
            )

    @classmethod
    def load(cls, path: Path) -> Findings | None:
        """What `save` wrote. None: by another version of this program."""
        with np.load(path) as kept:
            if int(kept["format"]) != FORMAT:
                return None
            names = [name[6:] for name in kept.files if name.startswith("layer ")]
            layers = {
                name: Rows(kept[f"layer {name}"], *map(float, kept[f"place {name}"]))
                for name in names
            }
            return cls(
                duration=float(kept["duration"]),
                layers=layers,
                hits=kept["hits"],
                onsets=kept["onsets"],
                pitch=kept["pitch"],
            )


def _between(events: Array64, start: float, end: float) -> Array64:
    return events[(events[:, 0] >= start) & (events[:, 0] < end)]


def _later(events: Array64, seconds: float) -> Array64:
    moved = events.copy()
    moved[:, 0] += seconds
    return moved


def rows_of(pieces: list[Array], columns: int, every: int, late: float) -> Rows:
    """Rows of a layer from what it gave batch by batch, kept as float16."""
    values = np.concatenate([np.zeros((0, columns), np.float16), *pieces])
    step = every * HOP_SECONDS
    return Rows(values, step - late, step)


def hits_of(findings: Findings) -> tuple[Hit, ...]:
    """The drum hits."""
    return tuple(
        Hit(round(at, 4), DRUMS[int(drum)], int(velocity), round(confidence, 3))
        for at, drum, velocity, confidence in findings.hits.tolist()
    )


def onsets_of(findings: Findings) -> tuple[float, ...]:
    """The onsets, in seconds."""
    return tuple(round(at, 4) for at, _ in findings.onsets.tolist())


def pitch_of(findings: Findings) -> tuple[Tone, ...]:
    """The pitch line."""
    return tuple(
        Tone(round(at, 4), round(hz, 2), round(confidence, 3))
        for at, hz, confidence in findings.pitch.tolist()
    )
