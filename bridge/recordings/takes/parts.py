"""What a recording falls into: songs, practice, noodling, count-ins, talk, silence.

Every half second speaks for playing, talk or rest (`evidence`); the likeliest course through them
(`states`) and counting-in (`count_ins`) cut the recording; what is played is looked at again as a
whole (`stretches`); the edges of songs are found to a hundredth of a second (`edges`).
docs/takes.md has the reasons and the figures.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import replace

import numpy as np

from bridge.recordings.facts import Kind, Part
from bridge.recordings.findings import Findings
from bridge.recordings.takes.count_ins import CountIn, find_count_ins
from bridge.recordings.takes.edges import find_edges
from bridge.recordings.takes.evidence import STEP, gather
from bridge.recordings.takes.states import PLAYED, REST, TALK, likeliest, state_odds
from bridge.recordings.takes.stretches import Stretch, band_odds, judged, played, without_noodling
from bridge.signal.frames import Array64
from bridge.signal.paths import Path, runs

SHORT = 75.0  # seconds: who keeps so short a recording of music, of whatever kind, keeps a take
PAUSE = 5.0  # seconds that somebody who plays alone may pause
LEAST = 0.3  # seconds: a shorter rest between two parts is none
TRUST = 0.5  # of the odds: in new rehearsals 22 of 26 songs were right where all of it said 97 %
KINDS: dict[int, Kind] = {PLAYED: "noodle", TALK: "talk", REST: "silence"}


def find_parts(findings: Findings) -> tuple[Part, ...]:
    """Parts that follow each other and fill the recording. None for a recording of no length."""
    if findings.duration <= 0.0:
        return ()
    evidence = gather(findings)
    level = findings.layers["level"]
    count_ins = find_count_ins(level, findings.layers["timbre"])
    odds, band = state_odds(evidence), band_odds(evidence)
    path = likeliest(odds, count_ins)
    stretches = played(path, evidence, band, count_ins)
    pieces = [
        judged(piece, band)
        for stretch in stretches
        for piece in without_noodling(stretch, evidence, band, odds)
    ]
    one = _is_music(path) if findings.duration <= SHORT else _alone(path, pieces)
    if one and pieces:
        pieces = [_one_take(pieces, band)]
    parts = [
        Part(first * STEP, last * STEP, KINDS[state], _sure(odds[first:last], state))
        for first, last, state in runs(path)
    ]
    for each in pieces:
        start, end = each.first * STEP, each.last * STEP
        if each.song > 0.0 or each.band > 0.0:
            # What is left of it outside its edges is the room after the last sound.
            parts = paint(parts, Part(start, end, "silence", 0.7))
            start, end = find_edges(level, evidence, each, count_ins)
        parts = paint(parts, _judged_part(each, start, min(end, findings.duration)))
    parts = _with_count_ins(parts, count_ins)
    return filled(parts, findings.duration)


def _is_music(path: Path) -> bool:
    """Whether there is more to it than talk and a few notes: a third of what is heard."""
    return bool((path == PLAYED).sum() >= 0.5 * (path == TALK).sum())


def _alone(path: Path, pieces: list[Stretch]) -> bool:
    """Whether somebody plays on and on, hardly pausing, though it is no song by its sound."""
    count = len(path)
    songs = sum(each.seconds for each in pieces if each.song > 0.0) / STEP
    longest = max((last - first for first, last, state in runs(path) if state == REST), default=0)
    return bool(
        (path == TALK).sum() < 0.05 * count
        and (path == PLAYED).sum() > 0.75 * count
        and songs < 0.5 * (path == PLAYED).sum()
        and longest * STEP <= PAUSE
    )


def _one_take(pieces: list[Stretch], band: Array64) -> Stretch:
    """From the first to the last that is played."""
    whole = judged(Stretch(pieces[0].first, pieces[-1].last), band)
    return replace(whole, song=max(0.5, whole.song))


def _judged_part(stretch: Stretch, start: float, end: float) -> Part:
    if stretch.song > 0.0:
        return Part(start, end, "song", _probability(TRUST * stretch.song))
    kind: Kind = "practice" if stretch.band > 0.0 else "noodle"
    odds = min(-stretch.song, abs(stretch.band))
    return Part(start, end, kind, _probability(TRUST * odds))


def _probability(odds: float) -> float:
    return round(float(1.0 / (1.0 + np.exp(-odds))), 3)


def _sure(odds: Array64, state: int) -> float:
    """How much likelier a state is than the next, from the mean odds of its frames."""
    mean = odds.mean(axis=0)
    return _probability(float(mean[state] - np.delete(mean, state).max()))


def _with_count_ins(parts: list[Part], count_ins: tuple[CountIn, ...]) -> list[Part]:
    """Counting-in painted up to the start that it counts; strokes within a song are not."""
    songs = [part for part in parts if part.kind == "song"]
    for count_in in count_ins:
        if any(song.start < count_in.start < song.end for song in songs):
            continue
        starts = (song.start for song in songs if song.start > count_in.start)
        start = min(starts, default=count_in.end)
        until = start if abs(start - count_in.end) < count_in.period else count_in.end
        parts = paint(parts, Part(count_in.start, until, "count_in", 0.9))
    return parts


def paint(parts: list[Part], over: Part) -> list[Part]:
    """The parts, which follow each other, with another one over them."""
    first = bisect_right(parts, over.start, key=lambda part: part.end)
    last = bisect_left(parts, over.end, key=lambda part: part.start)
    left = [replace(part, end=min(part.end, over.start)) for part in parts[first:last]]
    right = [replace(part, start=max(part.start, over.end)) for part in parts[first:last]]
    return [
        *parts[:first],
        *(part for part in left if part.seconds > 1e-6),
        over,
        *(part for part in right if part.seconds > 1e-6),
        *parts[last:],
    ]


def filled(parts: list[Part], duration: float) -> tuple[Part, ...]:
    """The parts from 0 to the duration; neighbours of one kind are one, scraps are the next's."""
    joined: list[Part] = []
    start = 0.0
    for part in parts:
        if part.start >= duration or (part.kind != "song" and part.end - start < LEAST):
            continue  # the next begins where this scrap would have
        if joined and joined[-1].kind == part.kind != "song":
            joined[-1] = replace(joined[-1], end=part.end)
        elif part.kind == "song" and joined:
            joined[-1] = replace(joined[-1], end=part.start)
            joined.append(part)
        else:
            joined.append(replace(part, start=start))
        start = joined[-1].end
    if not joined:
        joined = [replace(max(parts, key=lambda part: part.seconds), start=0.0)]
    joined[-1] = replace(joined[-1], end=duration)
    return tuple(joined)
