"""Beats moved from the raster of the decoder to the strokes that carry them."""

from __future__ import annotations

import numpy as np

from bridge.recordings.pulse.beats import Beats
from bridge.signal.frames import Array64

NEAR = 6  # hops to either side of a beat in which its strokes are sought
SCATTER = 3.0  # hops: standard deviation of a stroke around its beat, somewhat wider than played
FAITH = 0.05  # weight of the raster itself: a beat without strokes stays where it is
AROUND = 4  # beats to either side through which a straight line is drawn
ROUNDS = 3
JUMP = 0.06  # relative change of the period over which no line is drawn


def refine(beats: Beats, onsets: Array64) -> Array64:
    """Where the beats are, in hops, float64 (n,). `onsets`: (m, 2), hops ascending and strength."""
    at = beats.hops.astype(np.float64)
    if len(at) < 2:
        return at
    piece = np.concatenate(
        [[0], np.cumsum(np.abs(np.log(beats.period[1:] / beats.period[:-1])) > JUMP)]
    )
    for _ in range(ROUNDS):
        seen, weight = _centroids(at, onsets)
        at = _lines(np.arange(len(at)), seen, weight + FAITH, piece)
    return at


def _centroids(at: Array64, onsets: Array64) -> tuple[Array64, Array64]:
    """Middle of the onsets near each beat, and how much of them there is."""
    place, strength = onsets.T
    weight = np.zeros(len(at))
    moved = np.zeros(len(at))
    first = np.searchsorted(place, at - NEAR)
    last = np.searchsorted(place, at + NEAR)
    for step in range(int((last - first).max(initial=0))):
        index = np.minimum(first + step, len(place) - 1)
        away = place[index] - at
        share = np.where(first + step < last, strength[index], 0.0)
        share = share * np.exp(-0.5 * (away / SCATTER) ** 2)
        weight += share
        moved += share * away
    return at + moved / (weight + 1e-9), weight


def _lines(index: np.ndarray, seen: Array64, weight: Array64, piece: np.ndarray) -> Array64:
    """Each beat on the line through those around it, (beat number, hop), by least squares."""
    near = index[:, None] + np.arange(-AROUND, AROUND + 1)
    inside = (near >= 0) & (near < len(index))
    near = np.clip(near, 0, len(index) - 1)
    share = np.where(inside & (piece[near] == piece[:, None]), weight[near], 0.0)
    share = share * np.exp(-0.5 * (np.arange(-AROUND, AROUND + 1) / (AROUND / 2)) ** 2)
    x = near - index[:, None]
    y = seen[near] - seen[:, None]
    total = share.sum(axis=1)
    mean_x, mean_y = (share * x).sum(axis=1) / total, (share * y).sum(axis=1) / total
    spread = (share * (x - mean_x[:, None]) ** 2).sum(axis=1)
    slope = (share * (x - mean_x[:, None]) * (y - mean_y[:, None])).sum(axis=1) / (spread + 1e-9)
    line: Array64 = seen + np.where(spread > 1e-6, mean_y - slope * mean_x, 0.0)
    return line
