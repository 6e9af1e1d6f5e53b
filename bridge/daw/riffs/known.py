"""Riffs that are found again keep their ids, and with them what the user made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

from bridge.daw.facts import Fact
from bridge.daw.riffs.recurrence import SAME, shared


def carried_on(
    known: Sequence[Fact], found: Sequence[Fact], named: Collection[str] = ()
) -> list[Fact]:
    """The regions that were found, those that are known already with the ids they have.

    named  ids of those whose riffs keep their names as well; a riff is what bears one name
    """
    pairs = sorted(
        (
            (alike, new, old)
            for new, fact in enumerate(found)
            for old, before in enumerate(known)
            if (alike := _shared(fact, before)) >= SAME
        ),
        reverse=True,
    )
    same: dict[int, Fact] = {}
    taken: set[int] = set()
    for _, new, old in pairs:
        if new not in same and old not in taken:
            same[new] = known[old]
            taken.add(old)
    called = _names(found, {new: old for new, old in same.items() if old.id in named})
    return [
        replace(
            fact,
            id=same[number].id if number in same else fact.id,
            name=called.get(fact.name, fact.name),
        )
        for number, fact in enumerate(found)
    ]


def _shared(one: Fact, other: Fact) -> float:
    if one.end is None or other.end is None:
        return 0.0
    return shared((one.at, one.end), (other.at, other.end))


def _names(found: Sequence[Fact], same: dict[int, Fact]) -> dict[str, str]:
    """What each riff was called until now: by most of its times, and no two alike."""
    votes: Counter[tuple[str, str]] = Counter()
    for number, before in same.items():
        votes[found[number].name, before.name] += 1
    called: dict[str, str] = {}
    for (name, known), _ in votes.most_common():
        if name not in called and known not in called.values():
            called[name] = known
    for name in sorted({fact.name for fact in found} - called.keys()):
        called[name] = _unlike(name, {*called.values()})
    return called


def _unlike(name: str, others: set[str]) -> str:
    """The name, with a number where another riff bears it already."""
    free, number = name, 2
    while free in others:
        free, number = f"{name} {number}", number + 1
    return free
