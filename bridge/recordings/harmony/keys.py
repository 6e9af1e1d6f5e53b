"""The keys of a take: pitch classes and chords against 24 keys, and a path through keys."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bridge.recordings.facts import Key, Span
from bridge.recordings.findings import Findings, Rows
from bridge.recordings.grid import Grid
from bridge.recordings.harmony.chords import LABELS, TRIADS, chord_fits, chord_path
from bridge.recordings.harmony.raster import Raster, raster_of
from bridge.recordings.layers.notes import TONAL
from bridge.signal.chroma import bass_chroma, harmony_chroma
from bridge.signal.frames import Array64
from bridge.signal.paths import best_path, runs
from bridge.trackers.key import BASS, KEYS, PROFILES, SMOOTH

LEAST = 2.0  # seconds of tones under which nothing is said
CHANGE = 12.0  # seconds x fit: how much a new key must be worth at a downbeat
OFF_BAR = 2.0  # more elsewhere
FUNCTION = 1.0  # weight of what the chords mean in a key beside the profiles
ENDS = 0.1  # fit of a key whose tonic chord is the first, or the last: pieces begin and end at home
AT_ONCE = 4096  # looks that are folded at once: hours in bounded memory
UNSURE = 0.05  # lead of a key's mean fit at which three in four are right
# What a chord says for a key: semitones over the tonic and mode (0 major, 1 minor). Tonic first,
# then the chords a cadence is made of, then the other degrees, then what is borrowed.
IN_MAJOR = {
    (0, 0): 1.0, (5, 0): 0.8, (7, 0): 0.8, (9, 1): 0.6, (2, 1): 0.5, (4, 1): 0.4, (10, 0): 0.2,
    (5, 1): 0.1, (7, 1): 0.1, (2, 0): 0.1, (4, 0): 0.1, (9, 0): 0.1,
}  # fmt: skip
IN_MINOR = {
    (0, 1): 1.0, (5, 1): 0.7, (8, 0): 0.7, (10, 0): 0.7, (3, 0): 0.6, (7, 0): 0.5, (7, 1): 0.5,
    (5, 0): 0.2, (2, 1): 0.1,
}  # fmt: skip


def find_keys(findings: Findings, span: Span, grid: Grid) -> tuple[Key, ...]:
    """Keys that follow each other and fill the span; one, unless the music modulates.

    None where nothing is tonal.
    """
    rows = findings.layers["notes"].since(span.start, span.end)
    if float(rows.values[:, TONAL].sum()) * rows.step < LEAST:
        return ()
    raster = raster_of(span, grid)
    fits = _profile_fits(rows, raster) + FUNCTION * _function_fits(findings, raster)
    change = np.where(raster.numbers == 1, CHANGE, CHANGE + OFF_BAR)[:, None]
    path = best_path(raster.seconds[:, None] * fits, change)
    return tuple(
        Key(
            start=round(float(raster.edges[first]), 4),
            end=round(float(raster.edges[behind]), 4),
            key=KEYS[key],
            confidence=_certain(
                np.average(fits[first:behind], axis=0, weights=raster.seconds[first:behind]),
                key,
            ),
        )
        for first, behind, key in runs(path)
    )


def _profile_fits(rows: Rows, raster: Raster) -> Array64:
    """Correlation of the pitch classes about each cell with the keys' profiles, (cells, 24)."""
    tonal = rows.values[:, TONAL, None].astype(np.float64)
    chroma = np.concatenate(
        [
            harmony_chroma(notes) + BASS * bass_chroma(notes)
            for notes in np.array_split(rows.values[:, :TONAL], len(rows.values) // AT_ONCE + 1)
        ]
    )
    chroma *= tonal / np.maximum(chroma.sum(axis=1, keepdims=True), 1e-12)
    middles = (raster.edges[:-1] + raster.edges[1:]) / 2.0
    reach = np.maximum(SMOOTH, raster.seconds) / 2.0
    around = np.stack([middles - reach, middles + reach], axis=1).ravel()
    sums = np.concatenate([np.zeros((1, 13)), np.cumsum(np.hstack([chroma, tonal]), axis=0)])
    at = np.clip(np.round((around - rows.start) / rows.step), 0, len(chroma)).astype(int)
    total = sums[at[1::2]] - sums[at[::2]]
    count = np.maximum(at[1::2] - at[::2], 1)[:, None]
    centred = total[:, :12] - total[:, :12].mean(axis=1, keepdims=True)
    length = np.sqrt(np.square(centred).sum(axis=1, keepdims=True))
    fits: Array64 = centred @ PROFILES.T / np.maximum(length, 1e-12) * (total[:, 12:] / count)
    return fits


def _function_fits(findings: Findings, raster: Raster) -> Array64:
    """What each cell's chord, heard without a key, means in each key, (cells, 24)."""
    free = np.zeros((len(raster), len(LABELS)))
    triads = TRIADS[chord_path(chord_fits(findings, raster), raster, free)]
    fits: Array64 = _FUNCTIONS[triads]
    heard = triads[triads < len(KEYS)]
    for triad in heard[[0, -1]] if len(heard) else ():
        fits[:, triad] += ENDS  # triads are numbered as keys are: C, C# ... then C minor ...
    return fits


def _certain(fits: Array64, key: int) -> float:
    """How far a key leads the best other one; 0.5 is a tie."""
    lead = float(fits[key] - np.delete(fits, key).max())
    return round(float(1.0 / (1.0 + np.exp(-lead / UNSURE))), 3)


def _functions() -> NDArray[np.float64]:
    """(25 triads, 24 keys); the last triad is none."""
    table = np.zeros((len(KEYS) + 1, len(KEYS)))
    for key in range(len(KEYS)):
        minor, tonic = divmod(key, 12)
        for (step, mode), weight in (IN_MINOR if minor else IN_MAJOR).items():
            table[(tonic + step) % 12 + 12 * mode, key] = weight
    return table


_FUNCTIONS = _functions()
