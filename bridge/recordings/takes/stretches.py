"""Stretches of playing: what belongs together, what is noodling, and what is a song."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bridge.recordings.takes.count_ins import CountIn
from bridge.recordings.takes.evidence import PULSE, STEP, Evidence
from bridge.recordings.takes.states import PLAYED, REST, TALK, bounded
from bridge.signal.frames import Array64
from bridge.signal.paths import Path, best_path, runs

STOP = 2.6  # seconds that a band may stop within a song; longer, and the song has ended
STOPPED = -12.0  # dB under the loudest: a stop is silent, applause is not
GOING = 20.0  # seconds that a song has been going when the band stops and goes on
WORD = 4.0  # seconds of "talk" as loud as the band, with a bass: a voice of the song
SONG = 40.0  # seconds: what is longer is rather a song, what is shorter rather is not
DOUBLING = 3.0  # odds of a song that twice the length adds
NOODLED = 30.0  # odds, together, of noodling that is cut off a song it runs into
CORE = 8.0  # seconds that a band plays at least, for noodling to be told from it
ON_BEAT = 0.35  # pulse of somebody who plays alone with the beat in mind
PAUSES = 3  # frames of rest or talk in noodling between two songs
RATIOS = np.array([0.5, 1.0, 2.0])  # one pulse may be felt in so many ways
SAME = 0.05  # octaves of tempo: a band that drifts keeps within 3.5 %


@dataclass(frozen=True, slots=True)
class Stretch:
    """Played without a rest, frames [first, last); the odds are natural logs.

    band  odds that a band or a drummer keeps a beat, over somebody who noodles
    song  odds that this is a song, over practice and noodling
    """

    first: int
    last: int
    band: float = 0.0
    song: float = 0.0

    @property
    def seconds(self) -> float:
        """How long."""
        return (self.last - self.first) * STEP


def band_odds(evidence: Evidence) -> Array64:
    """Odds of a band, or a drummer, over somebody who noodles, for each frame."""
    return (
        bounded(9.0 - evidence.gaps, 4.0, -1.5, 1.0)
        + bounded(evidence.pulse - 0.28, 0.12, -1.5, 1.5)
        + bounded(evidence.level + 6.0, 4.0, -1.0, 0.5)
    )


def played(
    path: Path, evidence: Evidence, band: Array64, count_ins: tuple[CountIn, ...]
) -> list[Stretch]:
    """What is played without a rest; a stop of a band is no rest, counting-in is the next start."""
    counted = np.zeros(len(path), bool)
    for count_in in count_ins:
        counted[int(count_in.start / STEP) : round(count_in.end / STEP)] = True
    found: list[Stretch] = []
    for first, last, state in runs(path):
        if state != PLAYED:
            continue
        after = Stretch(first, last)
        before = found[-1] if found else None
        if (
            before
            and not counted[before.last : first].any()
            and _goes_on(path, evidence, band, before, after)
        ):
            found[-1] = replace(before, last=last)
        else:
            found.append(after)
    return found


def _goes_on(
    path: Path, evidence: Evidence, band: Array64, before: Stretch, after: Stretch
) -> bool:
    """Whether one song goes on over a gap: the band stops for a moment, or a voice is alone."""
    gap = slice(before.last, after.first)
    states, level = path[gap], float(evidence.level[gap].mean())
    seconds = (after.first - before.last) * STEP
    if (states == TALK).all():
        return seconds <= WORD and level > -6.0 and float(evidence.bass[gap].mean()) > -6.0
    if not (states == REST).all() or seconds > STOP or level > STOPPED or before.seconds < GOING:
        return False
    clear = round(PULSE / 2 / STEP)  # frames beside the gap whose pulse is that of both sides
    if after.last - after.first <= 2 * clear:
        return True  # an ending
    sides = (
        slice(max(before.first, before.last - 4 * clear), before.last - clear),
        slice(after.first + clear, min(after.last, after.first + 4 * clear)),
    )
    bands = [float(band[side].mean()) for side in sides]
    if max(bands) < 0.0:  # somebody alone takes breath
        return min(before.seconds, after.seconds) >= GOING
    periods = [float(np.median(evidence.period[side])) for side in sides]
    return min(bands) > 0.0 and _same_tempo(*periods)


def _same_tempo(one: float, other: float) -> bool:
    """Whether two periods of the pulse can be one tempo."""
    return bool(np.min(np.abs(np.log2(one / other) - np.log2(RATIOS))) < SAME)


def without_noodling(
    stretch: Stretch, evidence: Evidence, band: Array64, states: Array64
) -> list[Stretch]:
    """A song apart from the noodling that it runs into, or that leads from one into the next."""
    whole = slice(stretch.first, stretch.last)
    plays = _band_plays(band[whole], NOODLED / 2.0)
    parts = runs(plays)
    bands = [part for part in parts if part[2] and (part[1] - part[0]) * STEP >= CORE]
    if not bands:
        return [stretch]
    main = max(bands, key=lambda part: part[1] - part[0])
    period, pulse = evidence.period[whole], evidence.pulse[whole]
    tempo = float(np.median(period[main[0] : main[1]]))
    pauses = states[whole, 1:].max(axis=1) > 0.0
    for index, (first, last, is_band) in enumerate(parts):
        alone = slice(first, last)
        # Within a song somebody may well play alone; between songs there are pauses, too. And
        # who plays alone with the song's beat plays its intro.
        inside = 0 < index < len(parts) - 1 and pauses[alone].sum() < PAUSES
        on_beat = float(pulse[alone].mean()) > ON_BEAT
        if not is_band and (
            inside or (on_beat and _same_tempo(float(np.median(period[alone])), tempo))
        ):
            plays[alone] = 1
    return [Stretch(stretch.first + first, stretch.first + last) for first, last, _ in runs(plays)]


def _band_plays(odds: Array64, change: float) -> Path:
    """1 where a band plays, else 0; each change costs so much, and so does a 0 at either end."""
    fits = np.stack([np.zeros(len(odds)), odds], axis=1)
    fits[[0, -1], 0] -= change
    return best_path(fits, change)


def judged(stretch: Stretch, band: Array64) -> Stretch:
    """With its odds."""
    odds = float(band[stretch.first : stretch.last].mean())
    longer = float(np.log2(stretch.seconds / SONG))
    return replace(stretch, band=odds, song=odds + DOUBLING * longer)
