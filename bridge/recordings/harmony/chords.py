"""The chords of a take, on the beats of its grid: docs/harmony.md tells why each step.

Chord templates are compared with each look at the notes, a beat's comparisons are averaged, and
a Viterbi path runs over the beats (after Mauch & Dixon 2010, who use a Bayesian network).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bridge.recordings.facts import Chord, Key, Span
from bridge.recordings.findings import Findings, Rows
from bridge.recordings.grid import Grid
from bridge.recordings.harmony.raster import Raster, raster_of
from bridge.recordings.harmony.scales import scale
from bridge.recordings.layers.notes import TONAL
from bridge.signal.chroma import CHORD_TONES, PITCH_CLASSES, bass_chroma, harmony_chroma, unit_rows
from bridge.signal.frames import Array64
from bridge.signal.paths import best_path, runs
from bridge.trackers.chords import (
    BASS_WEIGHT,
    FIFTH,
    NOISE,
    NOTHING,
    THIRD,
    UNSURE,
    WEIGHT,
)

SIXTH = (0, 4, 7, 9)  # a major chord with its sixth: named after the triad, told by the bass
KINDS = (*CHORD_TONES.items(), ("maj", SIXTH))
LABELS = (*(f"{root}:{kind}" for kind, _ in KINDS for root in PITCH_CLASSES), "N")
RATE = 20.0 * (WEIGHT + BASS_WEIGHT)  # natural log per second of a perfect fit: 20 looks, as live
DOWNBEAT, BEAT = 10.0, 22.0  # natural log: how much a change must be worth there
OUTSIDE = 12.0  # dearer for each tone of the triad outside the key
HABIT = 3.0  # how far a chord that the piece likes is easier to come back to
RARE, OFTEN, EVEN = 0.005, 0.125, 0.02  # shares of the time between which habits differ; no habit
AT_ONCE = 512  # cells whose looks are compared at once: hours in bounded memory
BESIDE = 1.0  # seconds around cells from which the nearest look is taken where none lies inside


def find_chords(
    findings: Findings, span: Span, grid: Grid, keys: tuple[Key, ...]
) -> tuple[Chord, ...]:
    """Chords that follow each other and fill the span, "N" where there is none.

    A chord begins at a beat; before the first and behind the last one at beats of their tempo.
    """
    raster = raster_of(span, grid)
    fits = chord_fits(findings, raster)
    path = chord_path(fits, raster, outside(keys, raster))
    names = NAMES[path]
    return tuple(
        Chord(
            start=round(float(raster.edges[first]), 4),
            end=round(float(raster.edges[behind]), 4),
            label=LABELS[name],
            confidence=_certain(fits[first:behind], name),
        )
        for first, behind, name in runs(names)
    )


def chord_fits(findings: Findings, raster: Raster) -> Array64:
    """How well each of LABELS explains each cell, (cells, labels): means of cosines, 0..1."""
    notes = findings.layers["notes"]
    return np.concatenate(
        [
            _cell_fits(notes, raster.edges[first : first + AT_ONCE + 1])
            for first in range(0, len(raster), AT_ONCE)
        ]
    )


def chord_path(fits: Array64, raster: Raster, dearer: Array64) -> NDArray[np.int_]:
    """The best of LABELS for each cell, by number: twice, the second time with the piece's habits.

    dearer  (cells, labels): what the key adds to the cost of coming into a chord
    """
    scores = RATE * raster.seconds[:, None] * fits
    change = np.where(raster.numbers == 1, DOWNBEAT, BEAT)[:, None]
    path = best_path(scores, change + dearer)
    share = np.bincount(path, raster.seconds, len(LABELS)) / raster.seconds.sum()
    habit = HABIT * np.log(np.minimum(share + RARE, OFTEN) / EVEN)
    return best_path(scores, change + dearer - habit)


def outside(keys: tuple[Key, ...], raster: Raster) -> Array64:
    """What the keys add to the cost of each chord in each cell, (cells, labels)."""
    dearer = np.zeros((len(raster), len(LABELS)))
    middles = (raster.edges[:-1] + raster.edges[1:]) / 2.0
    for key in keys:
        foreign = np.ones(12)
        foreign[list(scale(key.key))] = 0.0
        inside = (middles >= key.start) & (middles < key.end)
        dearer[inside] = OUTSIDE * (_COUNTED @ foreign)
    return dearer


def _cell_fits(notes: Rows, edges: Array64) -> Array64:
    """The same of the cells between edges."""
    rows = notes.since(edges[0] - BESIDE, edges[-1] + BESIDE)
    if not len(rows.values):
        return np.tile(np.append(np.zeros(len(LABELS) - 1), 1.0), (len(edges) - 1, 1))
    return Rows(_look_fits(rows.values), rows.start, rows.step).means(edges).astype(np.float64)


def _look_fits(rows: NDArray[np.float32]) -> Array64:
    """How well each of LABELS explains each look, (looks, labels); silence is no chord."""
    loudness = np.sqrt(rows[:, :TONAL].astype(np.float64))  # a soft third decides as a loud one
    harmony = unit_rows(harmony_chroma(loudness)) @ _HARMONY.T
    bass = unit_rows(bass_chroma(loudness)) @ _BASS.T
    share = BASS_WEIGHT / (WEIGHT + BASS_WEIGHT)
    nothing = NOTHING + NOISE * (1.0 - rows[:, TONAL])
    fits = np.column_stack([(1.0 - share) * harmony + share * bass, nothing])
    fits[loudness.max(axis=1) == 0.0] = np.append(np.zeros(len(LABELS) - 1), 1.0)
    return fits


def _certain(fits: Array64, chord: int) -> float:
    """How far a chord's triad leads the best other one; 0.5 is a tie."""
    mean = fits.mean(axis=0)
    same = TRIADS[chord] == TRIADS
    lead = float(mean[same].max() - mean[~same].max())
    return round(float(1.0 / (1.0 + np.exp(-lead / UNSURE))), 3)


def _templates() -> tuple[Array64, Array64, Array64]:
    """Of the chords: unit chromas of their tones and of their basses, and the tones that count
    as in or outside a key (of sevenths and sixths the triad: a blues has a seventh on each degree).
    """
    harmony, bass, counted = np.zeros((3, len(LABELS) - 1, 12))
    for kind, (name, tones) in enumerate(KINDS):
        triad = tones if name in ("maj7", "min7") else tones[:3]
        for root in range(12):
            chord = 12 * kind + root
            harmony[chord, [(root + tone) % 12 for tone in tones]] = 1.0
            low = [root, (root + tones[1]) % 12, (root + 7) % 12]
            bass[chord, low] = 1.0, THIRD, FIFTH
            counted[chord, [(root + tone) % 12 for tone in triad]] = 1.0
    return unit_rows(harmony), unit_rows(bass), np.concatenate([counted, np.zeros((1, 12))])


_HARMONY, _BASS, _COUNTED = _templates()
# The first chord of the same name, and which share root and third: (labels,) each. N is last.
NAMES = np.array([LABELS.index(label) for label in LABELS])
TRIADS = np.array([root + 12 * (tones[1] == 3) for _, tones in KINDS for root in range(12)] + [24])
