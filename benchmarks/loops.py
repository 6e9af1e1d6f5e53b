"""Seams of loops and what a stretched loop loses of its time: the figures of docs/export.md.

    python -m benchmarks.loops                 some two minutes
    python -m benchmarks.loops --most 2        two riffs a song

Spans are the true riffs of `songs` in SHARED/eval: on bar lines, so the cut alone is measured.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from benchmarks.hear import SHARED
from bridge.recordings.export.stretch import stretch
from bridge.recordings.facts import Span
from bridge.recordings.loops import LoopPoints, refine_loops, score_loops, seam_score
from bridge.recordings.pieces import Piece, read_pieces, sound_rate
from bridge.signal.frames import Array, Array64

SPEEDS = (0.7, 0.8, 0.93, 1.08, 1.3, 1.5)
HOP, WINDOW, FLUX = 44, 512, 5  # samples, samples, hops: onsets to the millisecond
AROUND = 0.3  # seconds


def main() -> None:
    """Prints two Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--most", type=int, default=6, help="riffs of a song")
    options = parser.parse_args()
    songs = sorted((options.shared / "eval" / "data" / "songs").glob("*.ogg"))
    _print_seams(songs, options.most)
    _print_stretched(songs)


def _print_seams(songs: list[Path], most: int) -> None:
    ways: dict[str, list[LoopPoints]] = {"on the bar line": [], "zero crossings": [], "refined": []}
    clicks: dict[str, list[bool]] = {name: [] for name in ways}
    moved, longer = [], []
    for song in songs:
        spans = [
            Span(riff["start"], riff["end"])
            for riff in json.loads(song.with_suffix(".json").read_text())["riffs"][:most]
        ]
        rate = sound_rate(song)
        nominal, refined = score_loops(song, spans), refine_loops(song, spans)
        for before, after in zip(nominal, refined, strict=True):
            head, tail = _pieces(song, before, rate)
            crossing = _crossings(head, tail, before, rate)
            for name, points in zip(ways, (before, crossing, after), strict=True):
                ways[name].append(points)
                clicks[name].append(_clicks(head, tail, points, rate))
            moved.append(1000 * abs(after.start - before.start) / rate)
            longer.append(1000 * abs(after.end - after.start - before.end + before.start) / rate)
    print(
        "| cut | loops | seam, median | under 0.3 | with a click |\n| --- | --- | --- | --- | --- |"
    )
    for name, points in ways.items():
        seams = np.array([point.seam for point in points])
        print(
            f"| {name} | {len(seams)} | {np.median(seams):.2f} | {(seams < 0.3).mean():.0%} "
            f"| {np.mean(clicks[name]):.0%} |"
        )
    print(
        f"\nmoved by {np.median(moved):.1f} ms in the median, {max(moved):.1f} at most; "
        f"length off by {np.median(longer):.2f} ms, {max(longer):.1f} at most\n"
    )


def _pieces(song: Path, points: LoopPoints, rate: int) -> tuple[Piece, Piece]:
    wide = round(AROUND * rate)
    head, tail = read_pieces(song, [(at - wide, at + wide) for at in (points.start, points.end)])
    return head, tail


def _crossings(head: Piece, tail: Piece, points: LoopPoints, rate: int) -> LoopPoints:
    """Both points at the nearest rising zero crossing: what most editors do."""
    found = []
    for piece, at in ((head, points.start), (tail, points.end)):
        mono = piece.samples.mean(axis=1)
        rising = np.flatnonzero((mono[:-1] < 0) & (mono[1:] >= 0)) + 1 + piece.first
        found.append(int(rising[np.argmin(abs(rising - at))]) if len(rising) else at)
    return LoopPoints(*found, seam_score(head, tail, *found, rate))


def _clicks(head: Piece, tail: Piece, points: LoopPoints, rate: int) -> bool:
    """Whether the bend at the bare seam is twice the largest within 5 ms on both sides of it."""
    near = round(0.005 * rate)
    played = np.concatenate(
        [tail.cut(points.end - near, points.end), head.cut(points.start, points.start + near)]
    )
    bends = abs(np.diff(played, 2, axis=0)).max(axis=1)
    seam = bends[near - 2 : near].max()
    return bool(seam > 2 * max(bends[: near - 2].max(), bends[near:].max(), 1e-4))


def _print_stretched(songs: list[Path]) -> None:
    print("| speed | onsets off, ms of the music: median | furthest |\n| --- | --- | --- |")
    for speed in SPEEDS:
        off = np.concatenate([_lags(song, speed) for song in songs])
        print(f"| {speed} | {np.median(off):+.1f} | {off[np.argmax(abs(off))]:+.1f} |")


def _lags(song: Path, speed: float) -> Array64:
    """Where the onset strength of a stretched stretch agrees best with the original's, ms."""
    rate = sound_rate(song)
    (piece,) = read_pieces(song, [(20 * rate, 29 * rate)])
    middle = (WINDOW + FLUX * HOP) / 2  # a window is about its middle, at every speed
    own = _strength(piece.samples)
    other = _strength(stretch(piece.samples, rate, speed))
    at = ((np.arange(len(own)) * HOP + middle) / speed - middle) / HOP
    warped = np.interp(at, np.arange(len(other)), other)
    reach, size = 15, 2000
    lags = []
    for first in range(reach, len(own) - size - reach, 1000):
        like = [
            np.corrcoef(own[first : first + size], warped[first + lag : first + lag + size])[0, 1]
            for lag in range(-reach, reach + 1)
        ]
        lags.append((int(np.argmax(like)) - reach) * HOP / rate * 1000)
    return np.array(lags)


def _strength(sound: Array) -> Array64:
    windows = np.lib.stride_tricks.sliding_window_view(sound[:, 0], WINDOW)[::HOP]
    log = np.log1p(50 * abs(np.fft.rfft(windows * np.hanning(WINDOW), axis=1)))
    return np.asarray(np.maximum(0, log[FLUX:] - log[:-FLUX]).sum(axis=1), np.float64)


if __name__ == "__main__":
    main()
