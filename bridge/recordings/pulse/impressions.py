"""What each beat of a take is like: the evidence for where bars begin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridge.events import DRUMS
from bridge.recordings.findings import Findings, Rows
from bridge.recordings.layers.notes import TONAL
from bridge.signal.chroma import unit_rows
from bridge.signal.frames import Array64
from bridge.signal.notes import NOTES

EARLY, LATE = 0.05, 0.05  # seconds around a beat in which its strokes are sought
QUARTERS = 4  # parts of a beat in which its strokes are counted
THIRD = 0.12  # of a beat: what is counted as on a third; a half beat is further from it
NEIGHBOURS = 16  # beats to either side over which that is counted
BASS = 52 - NOTES[0]  # notes under E3 are the bass: folded apart


@dataclass(frozen=True, slots=True)
class Impressions:
    """One row for each beat.

    harmony  (n,) 0..1: how much other notes sound after it than before it
    context  (n,) likewise, two beats before and after
    tonal    (n,) 0..1: how much of the sound of these beats is tones, not noise or drums
    low      (n,) strokes under 130 Hz on it; likewise middle (to 2 kHz)
    snare    (n,) 1 where a snare drum is heard on it, else 0
    thirds   (n,) 0..1: 1 where the first third of beats is played half as much as the beats or more
    sounds   (n, d) notes and rhythm of the beat that it begins, length 1
    """

    harmony: Array64
    context: Array64
    tonal: Array64
    low: Array64
    middle: Array64
    snare: Array64
    thirds: Array64
    sounds: Array64


def impressions(findings: Findings, beats: Array64) -> Impressions:
    """Of beats in seconds, at least two."""
    edges = np.append(beats, 2 * beats[-1] - beats[-2])
    notes = findings.layers["notes"].means(edges).astype(np.float64)
    classes = _classes(notes[:, :TONAL])
    strokes = findings.layers["strength"]
    on_beat = _around(strokes, beats)
    parts = np.linspace(0, 1, QUARTERS + 1)[:-1]
    period = np.diff(edges)
    rhythm = np.stack(
        [strokes.sums(at - period / 8, at + period / 8) for at in beats + np.outer(parts, period)],
        1,
    ).reshape(len(beats), -1)
    sounds = np.concatenate([unit_rows(classes), unit_rows(rhythm)], axis=1)
    return Impressions(
        harmony=_change(classes, 1),
        context=_change(classes, 2),
        tonal=notes[:, TONAL],
        low=on_beat[:, 0],
        middle=on_beat[:, 1],
        snare=_hit(findings.hits, beats),
        thirds=_thirds(strokes, beats, period),
        sounds=sounds / np.sqrt(2.0),
    )


def _classes(notes: Array64) -> Array64:
    """Pitch classes of the bass and of what is above it, (n, 24)."""
    folded = np.zeros((len(notes), 24))
    pitch = np.arange(NOTES[0], NOTES[1])
    part = np.where(np.arange(TONAL) < BASS, 0, 12) + pitch % 12
    for index, column in enumerate(part):
        folded[:, column] += notes[:, index]
    return folded


def _sides(rows: Array64, width: int) -> tuple[Array64, Array64]:
    """Mean of the `width` rows before each and of the `width` from it on."""
    sums = np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0)])
    index = np.arange(len(rows))
    low, high = np.maximum(index - width, 0), np.minimum(index + width, len(rows))
    before = (sums[index] - sums[low]) / np.maximum(index - low, 1)[:, None]
    after = (sums[high] - sums[index]) / (high - index)[:, None]
    return before, after


def _change(rows: Array64, width: int) -> Array64:
    before, after = _sides(rows, width)
    change = 1.0 - (unit_rows(before) * unit_rows(after)).sum(axis=1)
    change[0] = change[1:].mean() if len(change) > 1 else 0.0
    return np.asarray(change, np.float64)


def _around(strokes: Rows, beats: Array64) -> Array64:
    return strokes.sums(beats - EARLY, beats + LATE)


def _hit(hits: Array64, beats: Array64) -> Array64:
    at = hits[hits[:, 1] == DRUMS.index("snare"), 0]
    found = np.searchsorted(at, beats + LATE) > np.searchsorted(at, beats - EARLY)
    return found.astype(np.float64)


def _thirds(strokes: Rows, beats: Array64, period: Array64) -> Array64:
    """A shuffle leaves the first third out; 6/8 often plays it."""
    width = THIRD * period
    beat, first = (
        strokes.sums(at - width / 2, at + width / 2).sum(axis=1)
        for at in (beats, beats + period / 3)
    )
    kernel = np.ones(2 * NEIGHBOURS + 1)
    around = slice(NEIGHBOURS, NEIGHBOURS + len(beats))
    beat, first = (np.convolve(part, kernel)[around] for part in (beat, first))
    played: Array64 = np.minimum(1.0, 2.0 * first / (beat + 1e-9))
    return played
