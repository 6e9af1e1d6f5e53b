"""Which found again is which known: so that ids, names and edits outlive a new analysis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.recordings.facts import Span
from bridge.recordings.riffs.fingerprint import SIZE, Fingerprint, fingerprint_likeness

ENOUGH = 0.5  # of what either covers is covered by both: more than half is the same stretch
ALIKE = 0.9  # likeness of two fingerprints: then a third of common time is enough ...
ALIKE_ENOUGH = 1 / 3  # ... (a riff that is found twice as long, or with fewer of its times)


@dataclass(frozen=True, slots=True)
class Stretch:
    """What is compared: all times, the best of them, the fingerprint where there is one."""

    times: tuple[Span, ...]
    best: Span
    fingerprint: Fingerprint | None = None


def match(known: Sequence[Sequence[Stretch]], found: Sequence[Stretch]) -> list[int | None]:
    """For each found stretch the index of the known one that it is; each is taken once.

    A known one is any of the stretches that it ever was. The pairs that have most in common come
    first; between equals the earlier ones.
    """
    pairs = []
    for new, fresh in enumerate(found):
        for old, ever in enumerate(known):
            best = max((score for score in (_score(each, fresh) for each in ever)), default=0.0)
            if best > 0.0:
                pairs.append((-best, new, old))
    answer: list[int | None] = [None] * len(found)
    taken: set[int] = set()
    for _, new, old in sorted(pairs):
        if answer[new] is None and old not in taken:
            answer[new] = old
            taken.add(old)
    return answer


def _score(known: Stretch, found: Stretch) -> float:
    """How much two stretches have in common; 0: too little to be the same."""
    times, best = overlap(known.times, found.times), overlap((known.best,), (found.best,))
    common = max(times, best)
    if common < ALIKE_ENOUGH:
        return 0.0
    alike = likeness(known.fingerprint, found.fingerprint)
    if common < ENOUGH and alike < ALIKE:
        return 0.0
    return times + common + 0.5 * alike  # two riffs may share their best time with a longer one


def overlap(one: Sequence[Span], other: Sequence[Span]) -> float:
    """Seconds that both cover by seconds that either covers, 0..1."""
    a, b = _union(one), _union(other)
    both = sum(max(0.0, min(x[1], y[1]) - max(x[0], y[0])) for x in a for y in b)
    either = sum(x[1] - x[0] for x in a) + sum(y[1] - y[0] for y in b) - both
    return both / either if either > 0 else 0.0


def likeness(one: Fingerprint | None, other: Fingerprint | None) -> float:
    """Of two fingerprints, 0..1; 0 where one is missing or of another version's size."""
    if one is None or other is None or not len(one) == len(other) == SIZE:
        return 0.0
    return fingerprint_likeness(one, other)


def _union(spans: Sequence[Span]) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for start, end in sorted((span.start, span.end) for span in spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
