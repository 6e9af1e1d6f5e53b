"""A guess at the genre: thresholds over a few signs. docs/taste.md has them as a table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridge.events import DRUMS
from bridge.recordings.facts import Span
from bridge.recordings.findings import Findings
from bridge.recordings.grid import Grid
from bridge.recordings.layers.notes import TONAL

SILENT = -3.0  # log10 magnitude of the loudest band: below it nothing is played
FILLED = 1.0  # log10 magnitude below the loudest band: 20 dB
AROUND = 1 / 16  # of a beat to either side: an onset there is on a division
FEWEST = 16  # beats under which nothing is guessed


@dataclass(frozen=True, slots=True)
class Signs:
    """What the guess is made from.

    tempo       BPM
    jitter      deviation of the beats' lengths from each other, share of their mean
    kick, snare, hats
                strokes a beat; hats: hi-hat and cymbals
    onsets      a beat
    sixteenths, swing
                share of the onsets on the second and fourth sixteenth, on the last triplet
    fullness    share of the mel bands within 20 dB of the loudest: distorted guitars fill them
    tonalness   0..1, how much tones stand out
    dynamics    dB between loud and soft moments
    """

    tempo: float
    jitter: float
    kick: float
    snare: float
    hats: float
    onsets: float
    sixteenths: float
    swing: float
    fullness: float
    tonalness: float
    dynamics: float


def guess_genre(findings: Findings, span: Span, grid: Grid) -> str:
    """metal, funk, rock, alt rock, ballad, electronic, acoustic, jazz or unknown."""
    signs = read_signs(findings, span, grid)
    return genre_of(signs) if signs else "unknown"


def genre_of(signs: Signs) -> str:
    """The first genre whose signs are all there."""
    beaten = signs.kick + signs.snare
    full = signs.fullness >= 0.36
    fits = {
        "metal": full and signs.tonalness < 0.76 and beaten >= 0.5,
        "funk": signs.sixteenths >= 0.35 and beaten >= 1.5 and 80.0 <= signs.tempo <= 130.0,
        "electronic": 0.85 <= signs.kick <= 1.3
        and 110.0 <= signs.tempo <= 150.0
        and signs.jitter <= 0.003
        and signs.swing < 0.2
        and not full,
        "jazz": signs.swing >= 0.3 and signs.kick < 0.6 and signs.snare < 0.6 and not full,
        "ballad": signs.tempo <= 88.0
        and beaten <= 1.2
        and signs.onsets <= 1.6
        and signs.tonalness >= 0.95,
        "acoustic": signs.hats < 0.2 and signs.fullness < 0.26 and signs.tonalness >= 0.9,
        "alt rock": full and beaten >= 0.5 and signs.dynamics >= 9.0,
        "rock": full and beaten >= 0.5,
    }
    return next((genre for genre, fitting in fits.items() if fitting), "unknown")


def read_signs(findings: Findings, span: Span, grid: Grid) -> Signs | None:
    """None: too few beats, or silence."""
    here = findings.between(span.start, span.end)
    beats = np.array([beat for beat in grid.beats if span.start <= beat <= span.end])
    timbre = here.layers["timbre"].values.astype(np.float64)
    top = timbre.max(axis=1, initial=-np.inf)
    played, top = timbre[top > SILENT], top[top > SILENT]
    if len(beats) < FEWEST or not len(played):
        return None
    lengths = np.diff(beats)
    strokes = np.bincount(here.hits[:, 1].astype(int), minlength=len(DRUMS)) / len(beats)
    drum = dict(zip(DRUMS, strokes.tolist(), strict=True))
    onsets = here.onsets[(here.onsets[:, 0] >= beats[0]) & (here.onsets[:, 0] < beats[-1])]
    place = np.interp(onsets[:, 0], beats, np.arange(len(beats))) % 1.0
    weight = np.maximum(onsets[:, 1], 0.0) / max(float(np.maximum(onsets[:, 1], 0.0).sum()), 1e-9)

    def at(division: float) -> float:
        return float(weight[np.abs(place - division) < AROUND].sum())

    level = here.layers["level"].values[:, 0].astype(np.float64)
    loud = float(np.percentile(level, 95))
    level = level[level > loud - 30.0]
    return Signs(
        tempo=60.0 / float(np.median(lengths)),
        jitter=float(lengths.std() / lengths.mean()),
        kick=drum["kick"],
        snare=drum["snare"],
        hats=drum["hihat"] + drum["cymbals"],
        onsets=len(onsets) / len(beats),
        sixteenths=at(0.25) + at(0.75),
        swing=at(2 / 3),
        fullness=float((played > top[:, None] - FILLED).mean()),
        tonalness=float(here.layers["notes"].values[:, TONAL].astype(np.float64).mean()),
        dynamics=float(np.percentile(level, 95) - np.percentile(level, 10)),
    )
