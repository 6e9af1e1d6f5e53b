"""Which beats begin a bar, and how many there are in it: Viterbi over metres and places.

The metres and what their beats are like are the live tracker's (bridge.trackers.bars) and some
more; here the whole take speaks before anything is decided, and likeness is asked at all
multiples of a bar instead of one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.recordings.pulse.impressions import Impressions
from bridge.signal.frames import Array64
from bridge.signal.paths import traced
from bridge.trackers.bars import MOST

SLIP = 1e-4  # probability per beat that a bar ends before its time
CHANGE = 1e-5  # probability per bar that the metre is another from now on
REPEATS = 2.0  # nats per beat and unit of likeness between beats whole bars apart
LAGS = range(2, 17)  # beats: four bars of four, the usual phrase
PHRASES = (1, 2, 4, 8)  # bars: phrases double
AROUND = 32  # beats over which likeness is averaged: eight bars
FOR_EIGHTHS = (
    0.3  # nats per beat for 6/8 where all three eighths are played, against it in shuffles
)
STRAIGHT = 1.0  # nats per beat against 6/8 where beats are not divided in three
LEAST = np.array([0.03, 0.1, 0.1, 0.1])  # added to the spreads: beats all alike say nothing
# Expected height of a feature in spreads, by place: harmony, low and middle strokes, snare drum.
# Whatever is strong marks the one, but for the snare drum, which now and then plays the three.
ONE = (1.3, 0.6, 0.3, -0.8)
BACK = (-0.45, -0.4, 0.2, 0.5)
OTHER = (-0.45, -0.3, 0.0, 0.3)
MIDDLE = (0.1, 0.3, -0.5, -0.1)
# In a bar of two the harmony does not change on every one, and what comes back is as far below
# the mean as the one is above it.
FIRST_OF_TWO, LAST_OF_TWO = (0.7, 0.7, -0.1, -0.65), (-0.7, -0.7, 0.1, 0.65)
Profile = tuple[tuple[float, float, float, float], ...]


@dataclass(frozen=True, slots=True)
class Metre:
    """A metre that is considered."""

    beats: int  # as felt
    counted: tuple[int, int]  # the time signature
    prior: float  # log, per beat: how much likelier it must be to be believed
    profile: Profile  # what is expected of each beat, in spreads
    thirds: bool = False  # only where beats are divided in three


METRES = (
    Metre(4, (4, 4), 0.0, (ONE, BACK, MIDDLE, BACK)),
    Metre(3, (3, 4), -0.05, (ONE, OTHER, OTHER)),
    Metre(2, (6, 8), 0.0, (FIRST_OF_TWO, LAST_OF_TWO), thirds=True),
    Metre(2, (2, 4), -0.5, (FIRST_OF_TWO, LAST_OF_TWO)),
    Metre(5, (5, 4), -0.05, (ONE, OTHER, OTHER, MIDDLE, OTHER)),
    Metre(7, (7, 8), -0.05, (ONE, OTHER, MIDDLE, OTHER, MIDDLE, OTHER, OTHER)),
)


@dataclass(frozen=True, slots=True)
class Bars:
    """Numbers of the beats, the usual metre and how sure it is.

    numbers   int (n,), 1 begins a bar
    counted   the time signature of most of the take
    sure      0..1: mean probability of the places that were chosen
    score     log likelihood: how well the beats make bars, 0 where they make none
    """

    numbers: NDArray[np.int_]
    counted: tuple[int, int]
    sure: float
    score: float


def decode_bars(heard: Impressions, thirds: Array64) -> Bars:
    """The bars of at least two beats. `thirds`, (n,) 0..1: how far beats are divided in three."""
    bar = np.concatenate([np.full(each.beats, i) for i, each in enumerate(METRES)])
    place = np.concatenate([np.arange(each.beats) for each in METRES])
    fit = fits(heard, thirds, bar)
    moves = _moves(bar, place)
    path, score = _viterbi(fit, moves, -np.log(np.array([each.beats for each in METRES]))[bar])
    beats = np.bincount(bar[path], minlength=len(METRES))
    sure = _posterior(fit, moves)[np.arange(len(path)), path].mean()
    return Bars(place[path] + 1, METRES[int(beats.argmax())].counted, float(sure), score)


def fits(heard: Impressions, thirds: Array64, bar: NDArray[np.int_]) -> Array64:
    """Log likelihood of each beat in each state, (n, states)."""
    harmony = 0.5 * (heard.harmony + heard.context)
    features = np.stack([harmony, heard.low, heard.middle, heard.snare], axis=1)
    variance = features.var(axis=0)
    height = np.clip((features - features.mean(axis=0)) / np.sqrt(variance + LEAST**2), -MOST, MOST)
    # what hardly differs from beat to beat says nothing, nor does the harmony of drums alone
    says = np.tile(variance / (variance + LEAST**2), (len(height), 1))
    says[:, 0] *= heard.tonal
    height[:, 0] *= heard.tonal
    profile = np.concatenate([np.array(each.profile) for each in METRES])
    fit = height @ profile.T - 0.5 * says @ (profile**2).T
    fit += REPEATS * repeats(heard.sounds)[:, bar]
    for index, each in enumerate(METRES):
        fit[:, bar == index] += each.prior
        if each.thirds:
            fit[:, bar == index] += FOR_EIGHTHS * (2 * thirds * heard.thirds - 1)[:, None]
            fit[:, bar == index] -= STRAIGHT * (1 - thirds)[:, None]
    return np.asarray(fit, np.float64)


def repeats(sounds: Array64) -> Array64:
    """How alike beats are that lie whole bars apart, against all lags; (n, metres)."""
    away = sounds - sounds.mean(axis=0)
    away /= np.linalg.norm(away, axis=1, keepdims=True) + 1e-9
    alike = np.zeros((len(away), len(LAGS)))
    for column, lag in enumerate(LAGS):
        if lag < len(away):
            same = (away[lag:] * away[:-lag]).sum(axis=1)
            alike[lag:, column] += 0.5 * same
            alike[:-lag, column] += 0.5 * same
    kernel = np.hanning(2 * AROUND + 3)[1:-1]
    weight = np.convolve(np.ones(len(away)), kernel)[AROUND : AROUND + len(away)]
    alike = np.stack(
        [np.convolve(each, kernel)[AROUND : AROUND + len(away)] / weight for each in alike.T], 1
    )
    usual = alike.mean(axis=1)
    columns = [
        [each.beats * bars - LAGS[0] for bars in PHRASES if each.beats * bars in LAGS]
        for each in METRES
    ]
    return np.stack([alike[:, chosen].mean(axis=1) - usual for chosen in columns], axis=1)


def _moves(bar: NDArray[np.int_], place: NDArray[np.int_]) -> Array64:
    """Log probability from state to state."""
    beats = np.array([each.beats for each in METRES])
    moves = np.zeros((len(bar), len(bar)))
    for start, (metre, at) in enumerate(zip(bar, place, strict=True)):
        first = (bar == metre) & (place == 0)
        if at == beats[metre] - 1:
            moves[start, place == 0] = CHANGE
            moves[start, first] = 1 - CHANGE * len(METRES)
        else:
            moves[start, start + 1] = 1 - SLIP
            moves[start, first] += SLIP
    with np.errstate(divide="ignore"):
        logs: Array64 = np.log(moves)
    return logs


def _viterbi(fit: Array64, moves: Array64, start: Array64) -> tuple[NDArray[np.int_], float]:
    score = start + fit[0]
    back = np.zeros(fit.shape, int)
    for row in range(1, len(fit)):
        options = score[:, None] + moves
        back[row] = options.argmax(axis=0)
        score = options.max(axis=0) + fit[row]
    return traced(back, int(score.argmax())), float(score.max())


def _posterior(fit: Array64, moves: Array64) -> Array64:
    """Probability of every state at every beat, (n, states): forward and backward."""
    chance, seen = np.exp(moves), np.exp(fit - fit.max(axis=1, keepdims=True))
    forward, backward = seen.copy(), np.ones_like(seen)
    for row in range(1, len(fit)):
        forward[row] *= forward[row - 1] @ chance
        forward[row] /= forward[row].sum() + math.ulp(1.0)
    for row in range(len(fit) - 2, -1, -1):
        backward[row] = chance @ (backward[row + 1] * seen[row + 1])
        backward[row] /= backward[row].sum() + math.ulp(1.0)
    both = forward * backward
    probability: Array64 = both / (both.sum(axis=1, keepdims=True) + math.ulp(1.0))
    return probability
