"""What a section is in the song: intro, verse, chorus, bridge, break, outro; None if it is unclear.

Names follow from the order of the letters and from loudness. Music that does not alternate (AABA,
a blues, a tune) has no verse and no chorus, and gets no such name.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridge.signal.frames import Array64

DROP = 4.0  # dB below both neighbours: a break
LOUDER = 3.0  # dB by which what comes first may be louder than a chorus
MOST = 0.5  # share of a song that is verse and chorus
SHORT = 0.75  # of the same music's length elsewhere, or of the median: short enough for an intro


def name_sections(
    families: Sequence[str], seconds: Array64, level: Array64
) -> tuple[str | None, ...]:
    """A name or None for each section.

    families  the letter of each section, where a transposed repeat has that of the first
    seconds   how long each lasts
    level     dBFS of each
    """
    count = len(families)
    names: list[str | None] = [None] * count
    if count < 3:
        return tuple(names)
    opening = _is_opening(families, seconds, level)
    ending = _is_ending(families, seconds, level, opening)
    inside = range(int(opening), count - int(ending))
    pair = _verse_and_chorus(
        [families[at] for at in inside], seconds[list(inside)], level[list(inside)]
    )
    for at in inside:
        if pair and families[at] in pair:
            names[at] = "verse" if families[at] == pair[0] else "chorus"
        elif pair and 0 < at < count - 1 and families.count(families[at]) == 1:
            names[at] = "bridge" if pair[1] in families[:at] else None
        if 0 < at < count - 1 and level[at] < min(level[at - 1], level[at + 1]) - DROP:
            names[at] = "break"
    if opening:
        names[0] = "intro"
    if ending:
        names[-1] = "outro"
    return tuple(names)


def _is_opening(families: Sequence[str], seconds: Array64, level: Array64) -> bool:
    """Shorter than the same music later (or than all else), or clearly softer."""
    short = seconds[0] < SHORT * _usual_length(families, seconds, 0)
    soft = level[0] < float(np.median(level[1:])) - DROP
    return bool(short or soft)


def _is_ending(families: Sequence[str], seconds: Array64, level: Array64, opening: bool) -> bool:
    """The music of the intro again, or something new and short, or soft."""
    short = seconds[-1] < SHORT * _usual_length(families, seconds, len(families) - 1)
    soft = level[-1] < float(np.median(level[:-1])) - DROP
    alone = families.count(families[-1]) == 1
    again = opening and families[-1] == families[0]
    return bool((again and short) or (alone and (short or soft)) or (soft and short))


def _usual_length(families: Sequence[str], seconds: Array64, at: int) -> float:
    """Seconds: the longest of the same music elsewhere; where there is none, the median of all."""
    same = [
        length
        for other, length in enumerate(seconds)
        if other != at and families[other] == families[at]
    ]
    return float(max(same) if same else np.median(seconds))


def _verse_and_chorus(
    families: Sequence[str], seconds: Array64, level: Array64
) -> tuple[str, str] | None:
    """The two families that take turns; the chorus is the louder unless it would come first.

    None: no two families come back after something else, or they are not most of the music, as
    where several songs follow each other.
    """
    places: dict[str, list[int]] = {}
    for at, family in enumerate(families):
        if at == 0 or families[at - 1] != family:
            places.setdefault(family, []).append(at)
    back = [family for family, starts in places.items() if len(starts) > 1]
    if len(back) < 2:
        return None
    loudness = {
        family: float(np.mean([level[at] for at, name in enumerate(families) if name == family]))
        for family in back
    }
    verse = back[0]
    chorus = max(back[1:], key=lambda family: loudness[family])
    theirs = np.array([family in (verse, chorus) for family in families])
    most = seconds[theirs].sum() > MOST * seconds.sum()
    return (verse, chorus) if most and loudness[verse] < loudness[chorus] + LOUDER else None
