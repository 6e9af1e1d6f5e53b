"""Somebody plays, somebody talks, or neither: the likeliest course of a recording."""

from __future__ import annotations

import numpy as np

from bridge.recordings.takes.count_ins import CountIn
from bridge.recordings.takes.evidence import STEP, Evidence
from bridge.signal.frames import Array64
from bridge.signal.paths import Path, best_path

PLAYED, TALK, REST = range(3)
LASTS = 10.0  # seconds that somebody goes on with the same, about


def state_odds(evidence: Evidence) -> Array64:
    """(frames, 3): natural logs of the odds of each state over PLAYED.

    Each feature adds its distance from the value that speaks for neither side, in units of about
    its spread, and is bounded: none decides alone. The values are measured (docs/takes.md).
    """
    talk, rest = _talk(evidence), _rest(evidence)
    return np.stack([np.zeros(len(rest)), talk, rest], axis=1)


def _rest(evidence: Evidence) -> Array64:
    quiet = (
        bounded(-18.0 - evidence.level, 4.0, -3.0, 3.0)
        + bounded(3.0 - evidence.moving, 1.0, -2.0, 1.5)
        + bounded(0.35 - evidence.tonal, 0.15, -2.0, 1.5)
    )
    # Applause may be loud; it has neither tones nor bass, and no strokes of drums. Music is hardly
    # ever without both, which is why this counts so much.
    applause = (
        2.25 * bounded(0.35 - evidence.tonal, 0.15, -2.0, 1.5)
        + bounded(12.0 - evidence.moving, 4.0, -3.0, 1.0)
        + bounded(-8.0 - evidence.bass, 4.0, -2.0, 1.0)
        - bounded(evidence.pulse - 0.5, 0.1, 0.0, 2.0)
        - bounded(evidence.hits - 2.0, 2.0, 0.0, 2.0)
    )
    # A hum is a tone, but nothing ever begins in it.
    hum = bounded(1.5 - evidence.onsets, 0.5, -3.0, 1.5) + bounded(
        6.0 - evidence.moving, 1.0, -3.0, 1.0
    )
    rest = np.max([quiet, applause, hum], axis=0)
    return np.where(evidence.silent > 0, 6.0, rest)


def _talk(evidence: Evidence) -> Array64:
    glides = bounded(0.46 - evidence.steady, 0.08, -2.5, 2.0)
    # Where next to nothing lies between a bass and the vowels, a keyboard or a flute plays.
    no_bass = bounded(-4.0 - evidence.bass, 4.0, -2.5, 1.0)
    talk: Array64 = (
        np.nan_to_num(glides, nan=-0.3)
        + bounded(evidence.gaps - 9.0, 2.0, -3.0, 0.4)
        + bounded(0.3 - evidence.pulse, 0.1, -1.5, 0.4)
        + np.where(evidence.bass > -26.0, no_bass, 0.0)
        - bounded(evidence.hits - 4.0, 2.0, 0.0, 3.0)
        - 0.2
    )
    return talk


def bounded(value: Array64, scale: float, least: float, most: float) -> Array64:
    """The value in units of `scale`, at least and at most so much."""
    return np.clip(value / scale, least, most)


def likeliest(odds: Array64, count_ins: tuple[CountIn, ...]) -> Path:
    """PLAYED, TALK or REST for each frame (Viterbi); counting-in is no playing."""
    odds = odds.copy()
    for count_in in count_ins:
        odds[round(count_in.start / STEP) : round(count_in.end / STEP)] = (-20.0, -20.0, 0.0)
    return best_path(odds, float(np.log(2.0 * LASTS / STEP)))
