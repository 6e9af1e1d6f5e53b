"""What a recording falls into: songs, practice, noodling, count-ins, talk, silence.

Every half second speaks for playing, talk or rest (bridge.recordings.evidence); the likeliest
path through them cuts the recording; what is played is looked at again as a whole; and the edges
of songs are found to a hundredth of a second. docs/takes.md has the reasons and the figures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bridge.recordings.count_ins import CountIn, find_count_ins
from bridge.recordings.evidence import PULSE, STEP, Evidence, gather
from bridge.recordings.facts import Kind, Part
from bridge.recordings.findings import Findings, Rows
from bridge.signal.frames import Array64

PLAYED, TALK, REST = range(3)
LASTS = 10.0  # seconds that somebody goes on with the same, about
STOP = 2.6  # seconds that a band may stop within a song; longer, and the song has ended
WORD = 4.0  # seconds of "talk" without a pause around it that is rather a voice of the song
SHORT = 75.0  # seconds: a recording no longer than this that is mostly played is one take
SONG = 40.0  # seconds: what is longer is rather a song, what is shorter rather is not
NOODLED = 30.0  # odds, together, of noodling that is cut off a song it runs into
CORE = 8.0  # seconds that a band plays at least, for noodling to be told from it
GOING = 20.0  # seconds that a song has been going when the band stops and goes on
ON_BEAT = 0.35  # pulse of somebody who plays alone with the beat in mind
PAUSES = 3  # frames of rest or talk in noodling between two songs
RATIOS = np.array([0.5, 2.0 / 3.0, 1.0, 1.5, 2.0])  # one pulse may be felt in so many ways
BACK = 5.0  # seconds before the end of what is played in which the music may have ended
FADED = 20.0  # dB under the music: it has ended
LOW = 0.6  # seconds that it stays so
LATE = 0.3  # of a period that the first beat may come early or late
KINDS: dict[int, Kind] = {PLAYED: "noodle", TALK: "talk", REST: "silence"}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Played without a rest, frames [first, last); the odds are natural logs.

    band  odds that a whole band, or a drummer, keeps a beat rather than that somebody noodles
    song  odds that this is a song
    """

    first: int
    last: int
    band: float = 0.0
    song: float = 0.0

    @property
    def seconds(self) -> float:
        """How long."""
        return (self.last - self.first) * STEP


def find_parts(findings: Findings) -> tuple[Part, ...]:
    """Parts that follow each other and fill the recording."""
    if findings.duration <= 0.0:
        return ()
    evidence = gather(findings)
    level = findings.layers["level"]
    count_ins = find_count_ins(level, findings.layers["timbre"])
    path = label(evidence, count_ins)
    stretches = played(path, evidence, count_ins)
    if findings.duration <= SHORT and mostly_played(path) and stretches:
        stretches = [one_take(evidence, stretches)]
    else:
        pieces = [piece for each in stretches for piece in without_noodling(evidence, each)]
        stretches = [judged(evidence, each) for each in pieces]
    painted = [
        Part(first * STEP, last * STEP, KINDS[state], _share(evidence, first, last, state))
        for first, last, state in _runs(path)
    ]
    for each in stretches:
        kind: Kind = "song" if each.song > 0 else "practice" if each.band > 0 else "noodle"
        confidence = 1.0 / (1.0 + np.exp(-abs(each.song)))
        start, end = each.first * STEP, each.last * STEP
        if kind == "song":
            painted = paint(painted, Part(start, end, "silence", 0.5))
            start, end = edges(level, evidence, each, count_ins)
        painted = paint(painted, Part(start, end, kind, round(float(confidence), 3)))
    songs = [part for part in painted if part.kind == "song"]
    for count_in in count_ins:
        inside = any(song.start < count_in.start and count_in.end < song.end for song in songs)
        until = min(
            (song.start for song in songs if song.end > count_in.end > song.start - 1.0),
            default=count_in.end,
        )
        if not inside:
            painted = paint(painted, Part(count_in.start, until, "count_in", 0.9))
    return filled(painted, findings.duration)


def label(evidence: Evidence, count_ins: tuple[CountIn, ...]) -> NDArray[np.int64]:
    """PLAYED, TALK or REST for each frame: the likeliest path (Viterbi)."""
    odds = _odds(evidence)
    for count_in in count_ins:
        odds[round(count_in.start / STEP) : round(count_in.end / STEP)] = (-20.0, -20.0, 0.0)
    change = np.full((3, 3), -np.log(2.0 * LASTS / STEP))
    np.fill_diagonal(change, 0.0)
    back = np.zeros(odds.shape, int)
    score = odds[0]
    states = np.arange(3)
    for frame in range(1, len(odds)):
        options = score + change  # to (rows) from (columns)
        back[frame] = options.argmax(axis=1)
        score = options[states, back[frame]] + odds[frame]
    path = np.zeros(len(odds), np.int64)
    path[-1] = int(score.argmax())
    for frame in range(len(odds) - 1, 0, -1):
        path[frame - 1] = back[frame, path[frame]]
    return path


def _odds(evidence: Evidence) -> Array64:
    """(frames, 3): logs of the odds against PLAYED, by feature, each bounded."""
    quiet = _bounded(-evidence.level - 18.0, 4.0, -3.0, 3.0)
    still = _bounded(3.0 - evidence.moving, 1.0, -2.0, 1.5)
    toneless = _bounded(0.35 - evidence.tonal, 0.15, -2.0, 1.5)
    # A crowd or a fan may be loud; it has no tones, and no gaps between strokes either.
    crowd = (
        1.5 * toneless
        + _bounded(6.0 - evidence.moving, 1.0, -3.0, 1.0)
        - _bounded(evidence.pulse - 0.5, 0.1, 0.0, 3.0)
    )
    rest = np.maximum(quiet + still + toneless, crowd)
    # A hum is a tone, but nothing ever begins in it.
    hum = _bounded(1.5 - evidence.onsets, 0.5, -3.0, 1.5) + _bounded(
        6.0 - evidence.moving, 1.0, -3.0, 1.0
    )
    rest = np.maximum(rest, hum)
    rest[evidence.silent > 0] = 6.0
    glides = np.nan_to_num(_bounded(0.46 - evidence.steady, 0.08, -2.5, 2.0), nan=-0.3)
    talk = (
        glides
        + _bounded(evidence.gaps - 9.0, 2.0, -3.0, 0.4)
        + _bounded(0.3 - evidence.pulse, 0.1, -1.5, 0.4)
        + np.where(evidence.bass > -26.0, _bounded(-4.0 - evidence.bass, 4.0, -2.5, 1.0), 0.0)
        - _bounded(evidence.hits - 4.0, 2.0, 0.0, 3.0)
        - 0.2
    )
    return np.stack([np.zeros(len(rest)), talk, rest], axis=1)


def _bounded(value: Array64, scale: float, least: float, most: float) -> Array64:
    return np.clip(value / scale, least, most)


def _runs(path: NDArray[np.int64]) -> list[tuple[int, int, int]]:
    """(first, last + 1, state) of each run."""
    cuts = [0, *(np.flatnonzero(np.diff(path)) + 1).tolist(), len(path)]
    return [(a, b, int(path[a])) for a, b in pairwise(cuts)]


def _share(evidence: Evidence, first: int, last: int, state: int) -> float:
    """How sure a state is against the next best, from the mean odds of its frames."""
    odds = _odds(evidence)[first:last].mean(axis=0)
    others = max(float(odds[other]) for other in range(3) if other != state)
    return round(float(1.0 / (1.0 + np.exp(others - odds[state]))), 3)


def played(
    path: NDArray[np.int64], evidence: Evidence, count_ins: tuple[CountIn, ...]
) -> list[Stretch]:
    """What is played without a rest; a stop of a band is no rest."""
    counted = np.zeros(len(path), bool)
    for count_in in count_ins:
        counted[int(count_in.start / STEP) : round(count_in.end / STEP)] = True
    found: list[Stretch] = []
    for first, last, state in _runs(path):
        if state != PLAYED:
            continue
        if found:
            gap = slice(found[-1].last, first)
            after = Stretch(first, last)
            if not counted[gap].any() and _one(path[gap], evidence, found[-1], after):
                found[-1] = replace(found[-1], last=last)
                continue
        found.append(Stretch(first, last))
    return found


def _one(states: NDArray[np.int64], evidence: Evidence, before: Stretch, after: Stretch) -> bool:
    """Whether a song goes on over a gap: the band stops at once, or a voice is alone for a word."""
    gap = slice(before.last, after.first)
    seconds = (after.first - before.last) * STEP
    if (states == TALK).all():
        loud = float(evidence.level[gap].mean()) > -6.0 and float(evidence.bass[gap].mean()) > -6.0
        return seconds <= WORD and loud
    if not (states == REST).all() or seconds > STOP or before.seconds < GOING:
        return False
    # The pulse within half its window of the gap is that of both sides.
    clear = round(PULSE / 2 / STEP)
    sides = (
        slice(max(before.first, before.last - 4 * clear), before.last - clear),
        slice(after.first + clear, min(after.last, after.first + 4 * clear)),
    )
    if after.last - after.first <= 2 * clear:
        return bool(evidence.level[gap].mean() < -15.0)
    odds = _band(evidence)
    if min(float(odds[side].mean()) for side in sides) < 0.0:
        return False
    periods = [float(np.median(evidence.period[side])) for side in sides]
    return _same_beat(*periods)


def _band(evidence: Evidence) -> Array64:
    """Odds of a band, or a drummer, over somebody who noodles, for each frame."""
    return (
        _bounded(9.0 - evidence.gaps, 4.0, -1.5, 1.0)
        + _bounded(evidence.pulse - 0.28, 0.12, -1.5, 1.5)
        + _bounded(evidence.level + 6.0, 4.0, -1.0, 0.5)
    )


def without_noodling(evidence: Evidence, stretch: Stretch) -> list[Stretch]:
    """A song apart from the noodling that it runs into, or that leads from one into the next."""
    odds = _band(evidence)[stretch.first : stretch.last]
    state = _two_states(odds, NOODLED / 2.0)
    others = _odds(evidence)[stretch.first : stretch.last, 1:].max(axis=1) > 0.0
    runs = _runs(state)
    if not any(band and (last - first) * STEP >= CORE for first, last, band in runs):
        return [stretch]
    main = max((run for run in runs if run[2]), key=lambda run: run[1] - run[0])
    beat = float(np.median(evidence.period[stretch.first + main[0] : stretch.first + main[1]]))
    for index, (first, last, band) in enumerate(runs):
        alone = slice(stretch.first + first, stretch.first + last)
        inside = 0 < index < len(runs) - 1
        # Within a song somebody may well play alone; between songs there are pauses, too. And
        # whoever plays alone on the song's beat plays its intro.
        if not band and (
            (inside and others[first:last].sum() < PAUSES)
            or (
                float(evidence.pulse[alone].mean()) > ON_BEAT
                and _same_beat(float(np.median(evidence.period[alone])), beat)
            )
        ):
            state[first:last] = 1
    return [Stretch(stretch.first + first, stretch.first + last) for first, last, _ in _runs(state)]


def _same_beat(one: float, other: float) -> bool:
    """Whether two periods can be one tempo."""
    return bool(np.min(np.abs(np.log2(one / other) - np.log2(RATIOS))) < 0.05)


def _two_states(odds: Array64, change: float) -> NDArray[np.int64]:
    """1 where the odds are for it, 0 where against; each change costs so much, and 0 at an end."""
    score = np.array([-change, 0.0])
    back = np.zeros((len(odds), 2), int)
    for frame, value in enumerate(odds.tolist()):
        for state in range(2):
            stays = score[state] >= score[1 - state] - change
            back[frame, state] = state if stays else 1 - state
        score = np.maximum(score, score[::-1] - change)
        score[1] += value
    path = np.zeros(len(odds), np.int64)
    path[-1] = int(score[1] >= score[0] - change)
    for frame in range(len(odds) - 1, 0, -1):
        path[frame - 1] = back[frame, path[frame]]
    return path


def judged(evidence: Evidence, stretch: Stretch) -> Stretch:
    """With its odds."""
    band = float(_band(evidence)[stretch.first : stretch.last].mean())
    return replace(stretch, band=band, song=band + 3.0 * float(np.log2(stretch.seconds / SONG)))


def mostly_played(path: NDArray[np.int64]) -> bool:
    """Whether there is more to it than talk with a few notes: a third of what is heard."""
    return bool((path == PLAYED).sum() >= 0.5 * (path == TALK).sum())


def one_take(evidence: Evidence, stretches: list[Stretch]) -> Stretch:
    """From the first to the last that is played: what somebody cut out and called a file."""
    whole = judged(evidence, Stretch(stretches[0].first, stretches[-1].last))
    return replace(whole, song=max(0.5, whole.song))


def edges(
    level: Rows, evidence: Evidence, song: Stretch, count_ins: tuple[CountIn, ...]
) -> tuple[float, float]:
    """Seconds where a song begins and where its music ends, from the level of each 10 ms."""
    values = np.asarray(level.values[:, 0], np.float64)
    tail = slice(max(song.first, song.last - 20), song.last)
    dry = float(np.median(evidence.gaps[tail])) > 9.0
    return _start(values, level, song, count_ins), _end(values, level, song, dry)


def _start(values: Array64, level: Rows, song: Stretch, count_ins: tuple[CountIn, ...]) -> float:
    """Where the level rises most; after counting-in, near the beat that was counted."""
    coarse = song.first * STEP
    first, last, reach = coarse - 1.5, coarse + 1.5, 0.4
    for count_in in count_ins:
        if abs(count_in.end - coarse) < max(1.5, 1.5 * count_in.period):
            first = count_in.end - LATE * count_in.period
            last = count_in.end + LATE * count_in.period
            reach = 0.1
    width = round(reach / level.step)
    if first < 0.0:
        if values[:10].max() > np.percentile(values[:500], 75.0) - FADED:
            return 0.0  # the recording begins within the music
        values = np.concatenate([np.full(width, values[0]), values])
        level = replace(level, start=level.start - width * level.step)
    a = max(width, round((first - level.start) / level.step))
    b = min(len(values) - width, round((last - level.start) / level.step))
    if b - a < 1:
        return max(0.0, coarse)
    # Under 40 dB below the loudest, differences are those of silences.
    floored = np.maximum(values, values[a - width : b + width].max() - 40.0)
    total = np.concatenate([[0.0], np.cumsum(floored)])
    places = np.arange(a, b)
    rise = total[places + width] - 2.0 * total[places] + total[places - width]
    # The first stroke of those that rise much, not the strongest.
    high = np.flatnonzero(rise > 0.7 * rise.max())
    rise = rise[: high[0] + round(0.1 / level.step)]
    return float(max(0.0, level.start + level.step * (places[rise.argmax()] - 0.5)))


def _end(values: Array64, level: Rows, song: Stretch, dry: bool) -> float:
    """Where the level first falls and stays low, looked for around the last seconds."""
    coarse = min(song.last * STEP, level.start + level.step * len(values))
    a = max(0, round((max(coarse - BACK, song.first * STEP) - level.start) / level.step))
    b = min(len(values), round((coarse + 1.5 - level.start) / level.step))
    whole = values[max(0, a - round(10.0 / level.step)) : a + 1]
    loud = float(np.median(whole))
    floor = float(np.percentile(values[a:b], 10.0)) + 4.0
    low = values[a:b] < max(loud - FADED, min(floor, loud - FADED / 2.0))
    if dry:  # pauses are part of it: the last sound counts, not the first pause
        heard = np.flatnonzero(~low[: max(1, round((coarse - level.start) / level.step) - a)])
        return float(level.start + level.step * (a + heard[-1] + 1)) if len(heard) else coarse
    width = round(LOW / level.step)
    if len(low) < width:
        return coarse
    share = np.convolve(low, np.ones(width), "valid") / width
    places = np.flatnonzero((share > 0.95) & low[: len(share)])
    if len(places) == 0:
        return coarse
    return float(level.start + level.step * (a + places[0]))


def paint(parts: list[Part], over: Part) -> list[Part]:
    """The parts with another one over them."""
    left = [replace(part, end=min(part.end, over.start)) for part in parts]
    right = [replace(part, start=max(part.start, over.end)) for part in parts]
    kept = [part for part in (*left, *right) if part.end - part.start > 1e-6]
    return sorted([*kept, over], key=lambda part: part.start)


def filled(parts: list[Part], duration: float) -> tuple[Part, ...]:
    """The parts up to the end of the recording; neighbours of one kind are one."""
    joined: list[Part] = []
    for part in parts:
        if part.start >= duration:
            continue
        if joined and joined[-1].kind == part.kind and part.kind != "song":
            joined[-1] = replace(joined[-1], end=part.end)
        else:
            joined.append(part)
    joined[-1] = replace(joined[-1], end=duration)
    return tuple(joined)
