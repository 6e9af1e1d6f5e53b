"""Findings of made-up pieces whose form is known: no sound, only what would be heard of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bridge.recordings.findings import Findings, Rows
from bridge.recordings.grid import Grid
from bridge.signal.notes import NOTES

STEP = 0.05  # seconds of a row of notes or timbre
SILENT = -100.0  # dBFS


@dataclass(frozen=True)
class Music:
    """Bars that are played in a row.

    chords  the root of each bar, as pitch classes; they are major
    band    which instruments play: another number, another spectrum
    level   dBFS
    """

    chords: tuple[int, ...]
    band: int = 0
    level: float = -20.0

    def up(self, semitones: int) -> Music:
        """Transposed."""
        return replace(self, chords=tuple(root + semitones for root in self.chords))


VERSE = Music((0, 9, 5, 7, 0, 9, 2, 7), band=0)
CHORUS = Music((5, 7, 4, 9, 5, 2, 7, 0), band=1, level=-17.0)
BRIDGE = Music((8, 3, 10, 8), band=2, level=-19.0)


def played(
    music: Sequence[Music],
    beat: float = 0.5,
    start: float = 1.0,
    silence: float = 1.0,
    noise: float = 0.1,
    seed: int = 1,
) -> tuple[Findings, Grid, list[float]]:
    """Findings and grid of music in four-four, and where its parts begin and the last ends."""
    chance = np.random.default_rng(seed)
    bars = [(each, root) for each in music for root in each.chords]
    beats = start + beat * np.arange(4 * len(bars))
    end = start + beat * 4 * len(bars)
    times = np.arange(0.0, end + silence, STEP)
    bar = np.floor((times - start) / (4 * beat)).astype(int)
    sounds = (bar >= 0) & (bar < len(bars))
    notes, timbre = np.zeros((len(times), NOTES[1] - NOTES[0] + 1)), np.zeros((len(times), 42))
    level, onsets = np.full(len(times), SILENT), []
    bands = np.random.default_rng(7).normal(0.0, 0.3, (8, 42))  # the same in every piece
    for row in np.flatnonzero(sounds):
        each, root = bars[bar[row]]
        chord = [(root + step) % 12 + octave for octave in (36, 48, 60) for step in (0, 4, 7)]
        notes[row, [note - NOTES[0] for note in chord]] = 1.0
        timbre[row] = bands[each.band]
        level[row] = each.level
        notes[row, -1] = 1.0
    notes[:, :-1] += noise * chance.random((len(times), notes.shape[1] - 1)) * sounds[:, None]
    timbre += noise * chance.normal(size=timbre.shape)
    strength = noise * chance.random((5 * len(times), 3))
    for number, at in enumerate(beats):
        strength[round(at / 0.01), 0 if number % 2 == 0 else 1] = 1.0
        onsets.append((at, 1.0))
    findings = Findings(
        duration=end + silence,
        layers={
            "notes": Rows(notes, 0.0, STEP),
            "timbre": Rows(timbre, 0.0, STEP),
            "level": Rows(level[:, None], 0.0, STEP),
            "strength": Rows(strength, 0.0, 0.01),
        },
        hits=np.zeros((0, 4)),
        onsets=np.array(onsets),
        pitch=np.zeros((0, 3)),
    )
    grid = Grid(tuple(beats.tolist()), tuple(i % 4 + 1 for i in range(len(beats))))
    parts = np.cumsum([0] + [len(each.chords) for each in music]) * 4 * beat + start
    return findings, grid, parts.tolist()
