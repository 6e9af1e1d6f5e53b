"""Findings of a piece whose notes, strokes and grid are known, made without any sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bridge.recordings.findings import Findings, Rows
from bridge.recordings.grid import Grid
from bridge.signal.notes import NOTES

Chord = tuple[int, ...]  # MIDI notes, 28..91
SLOW, FAST = 0.05, 0.01  # seconds of a row


@dataclass(frozen=True)
class Bar:
    """A chord for each beat (the last one goes on), drums for each sixteenth, loudness.

    drums  one letter for each sixteenth: k low, s middle, h high, - nothing; "": none
    """

    chords: tuple[Chord, ...] = ()
    drums: str = "h-h-h-h-h-h-h-h-"
    level: float = -12.0
    melody: int | None = None  # seed of a melody sung over it


def power(root: int, *more: int) -> tuple[Chord, ...]:
    """Bars of a fifth on each root."""
    return tuple((each, each + 7, each + 12) for each in (root, *more))


def piece(
    bars: Sequence[Bar],
    tempo: float = 120.0,
    beats: int = 4,
    start: float = 0.5,
    scatter: float = 0.0,
    seed: int = 1,
) -> tuple[Findings, Grid]:
    """What would be heard of it, and its grid; `scatter` of the strokes in seconds."""
    chance = np.random.default_rng(seed)
    step = 60.0 / tempo
    length = start + len(bars) * beats * step + 1.0
    notes = np.zeros((round(length / SLOW), NOTES[1] - NOTES[0] + 1))
    timbre = np.full((len(notes), 42), -3.0)
    strength = np.zeros((round(length / FAST), 3))
    level = np.full((len(strength), 1), -100.0)
    onsets = []
    for number, bar in enumerate(bars):
        begin = start + number * beats * step
        rows = slice(round(begin / FAST), round((begin + beats * step) / FAST))
        if bar.chords or bar.drums:
            level[rows] = bar.level
        tune = np.random.default_rng(bar.melody)
        for beat in range(beats):
            at = slice(
                round((begin + beat * step) / SLOW), round((begin + (beat + 1) * step) / SLOW)
            )
            if bar.chords:
                chord = bar.chords[min(beat * len(bar.chords) // beats, len(bar.chords) - 1)]
                notes[at, [note - NOTES[0] for note in chord]] = 1.0
                notes[at, -1] = 1.0
                timbre[at, :20] = -1.0
            if bar.melody is not None:
                notes[at, int(tune.integers(67, 80)) - NOTES[0]] = 0.7
                timbre[at, 20:30] = -1.0
        for place, stroke in enumerate(bar.drums[: beats * 4]):
            if stroke != "-":
                hit = begin + place * step / 4 + scatter * chance.standard_normal()
                band = "ksh".index(stroke)
                strength[round(hit / FAST), band] = 1.0
                timbre[round(hit / SLOW), band * 14 : band * 14 + 14] = 0.0
                onsets.append((hit, 1.0))
    notes[:, :-1] += 0.02 * chance.random((len(notes), notes.shape[1] - 1)) * (notes[:, -1:] > 0)
    total = notes[:, :-1].sum(axis=1, keepdims=True)
    notes[:, :-1] /= np.maximum(total, 1e-9)
    timbre += 0.05 * chance.standard_normal(timbre.shape)
    findings = Findings(
        duration=length,
        layers={
            "notes": Rows(notes.astype(np.float32), SLOW / 2, SLOW),
            "timbre": Rows(timbre.astype(np.float32), SLOW / 2, SLOW),
            "strength": Rows(strength.astype(np.float32), 0.0, FAST),
            "level": Rows(level.astype(np.float32), FAST / 2, FAST),
        },
        hits=np.zeros((0, 4)),
        onsets=np.array(sorted(onsets)).reshape(-1, 2),
        pitch=np.zeros((0, 3)),
    )
    count = len(bars) * beats + 1
    grid = Grid(
        beats=tuple(start + number * step for number in range(count)),
        numbers=tuple(number % beats + 1 for number in range(count)),
        counted=beats,
    )
    return findings, grid
