"""The difference between the facts of a journal and what a project holds; the user's edits win.

What the user moved or renamed is seen by comparing it with how it was after it was applied. The
`rev` that a project's store keeps remembers it from then on, since the next `put` of the same
fact applies the user's values and so makes them those "as it was". A rev is `kind-hash` or
`kind-hash-letters`: the hash of all that the journal wants, and what belongs to the user:

    n  the name
    s  the start stays where the user put it; the end follows the journal
    e  the end stays; the start follows the journal
    w  the whole was moved: the start stays, the length follows the journal
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2s

from bridge.daw.facts import KINDS, Fact, put
from bridge.daw.wire import Message, message

SAME = 1e-6  # of the unit: a position that differs by no more was not moved
TOGETHER = 1e-3  # of the unit: start and end moved alike, each rounded by the DAW
# What stands for a kind where a project cannot hold it.
INSTEAD: Mapping[str, str] = {"text": "marker", "region": "marker"}


@dataclass(frozen=True, slots=True)
class Held:
    """A fact as a project holds it, and how it was right after it was applied (`was_`)."""

    id: str
    rev: str
    at: float | None
    end: float | None = None
    name: str = ""
    was_at: float | None = None
    was_end: float | None = None
    was_name: str = ""
    gone: bool = False  # the user deleted it


def held_of(told: Message) -> Held:
    """What a `have` says."""
    return Held(
        told.text("id"),
        told.text("rev"),
        told.number("at"),
        told.number("end"),
        told.text("name"),
        told.number("was_at"),
        told.number("was_end"),
        told.text("was_name"),
        told.flag("gone"),
    )


def applied(told: Message) -> Held:
    """What a project holds after a `put`."""
    at, end, name = told.number("at"), told.number("end"), told.text("name")
    return Held(told.text("id"), told.text("rev"), at, end, name, at, end, name)


def crossed(edited: Held, put: Held) -> Held:
    """What a project holds when a `put` went over what the user edited just before it arrived.

    `edited`: as the edit was told, before the `put`. The result wants another `put`, in which
    both stand: what the user edited now, and what the first one said (with earlier edits).
    """
    if edited.gone or edited.rev == put.rev:
        return edited
    at, end = put.at, put.end
    start, last = _moved(edited.at, edited.was_at), _moved(edited.end, edited.was_end)
    if start:
        at = edited.at
    if last and put.end is not None:
        end = edited.end
        whole = start and _shift(edited) <= TOGETHER and "e" not in _letters(put.rev)
        if whole and at is not None and put.at is not None:
            end = at + (put.end - put.at)
    if at is not None and end is not None and end <= at:
        at, end = edited.at, edited.end
    renamed = edited.name != edited.was_name
    name = edited.name if renamed else put.name
    rev = f"{_kind(put.rev)}-0-{_letters(put.rev)}{'n' * renamed}"
    return Held(put.id, rev, at, end, name, put.at, put.end, put.name)


def rev_of(fact: Fact) -> str:
    """Names this state of it: its kind and a short hash of all that is put."""
    return _rev(put(fact))


def _rev(told: Message) -> str:
    values = "\0".join(f"{name}\1{value}" for name, value in sorted(told.values.items()))
    digest = blake2s(values.encode("utf-8", "replace"), digest_size=6).hexdigest()
    return f"{told.text('kind')}-{digest}"


def fitting(fact: Fact, can: Collection[str]) -> Fact | None:
    """The fact as a project can hold it; None: not at all."""
    if fact.kind in can:
        return fact
    if INSTEAD.get(fact.kind) == "marker" and "marker" in can:
        return replace(fact, kind="marker", end=None, track="")
    return None


def edits(held: Held) -> str:
    """Letters of what belongs to the user; empty: it is as it was applied."""
    kept = _letters(held.rev)
    name = "n" if "n" in kept or held.name != held.was_name else ""
    start, end = _moved(held.at, held.was_at), _moved(held.end, held.was_end)
    whole = start and (held.end is None or held.was_end is None)
    if start and end:
        whole = _shift(held) <= TOGETHER
    now = "w" if whole else "s" * start + "e" * end
    extent = {letter for letter in kept if letter in "sew"} | set(now)
    if len(extent) > 1:  # both ends were set, one after the other
        extent = {"s", "e"}
    if held.end is None and extent:
        extent = {"w"} if held.at is not None and extent != {"e"} else set()
    return name + "".join(sorted(extent))


@dataclass(frozen=True, slots=True)
class Step:
    """What makes one fact be as it should: messages that stay together, and their place in a row.

    place   what is forgotten, what is dropped, the tempo map, everything else; position; id.
            The tempo map is laid first: what is placed afterwards lands on it.
    """

    place: tuple[int, float, str]
    messages: tuple[Message, ...]


def step(
    fact: Fact | None, held: Held | None, can: Collection[str], *, dropped: bool, asked: bool
) -> Step | None:
    """What one id needs, by what the journal wants and what the project holds; None: nothing.

    Nothing is dropped but what the journal says was `dropped`: a project may come from another
    computer. Where the user's edits stand against it, what goes is left to them (`forget`).
    `asked`: the user wants no edit of it kept, because it is restored or removed. What has become
    another kind is dropped and put, one right after the other.
    """
    if fact is None:
        return _going(held, asked) if held is not None and dropped else None
    fit = fitting(fact, can)
    return None if fit is None else _coming(fit, held, can, asked)


def difference(
    facts: Mapping[str, Fact],
    held: Mapping[str, Held],
    can: Collection[str],
    *,
    dropped: Collection[str],
    asked: Collection[str] = (),
) -> list[Message]:
    """What a project needs to hold the facts: the messages of every `step`, in their order."""
    steps = [
        step(facts.get(id), held.get(id), can, dropped=id in dropped, asked=id in asked)
        for id in facts.keys() | held.keys()
    ]
    row = sorted((each for each in steps if each is not None), key=lambda each: each.place)
    return [told for each in row for told in each.messages]


def _going(held: Held, asked: bool) -> Step:
    left = held.gone or (edits(held) and not asked)
    return Step(
        (0 if left else 1, 0.0, held.id), (message("forget" if left else "drop", id=held.id),)
    )


def _coming(fact: Fact, held: Held | None, can: Collection[str], asked: bool) -> Step | None:
    told = put(fact)
    wanted, letters = _rev(told), ""
    before: tuple[Message, ...] = ()
    if held is not None:
        mine, kind = edits(held), _kind(held.rev)
        if (held.gone and not asked) or (kind in KINDS and kind not in can):
            return None
        if wanted == _plain(held.rev) and not held.gone and not (asked and mine):
            return None
        if kind in KINDS and kind != fact.kind and not held.gone:
            before = (message("drop", id=fact.id),)
        fact, letters = _merged(fact, held, "" if asked else mine)
        told = put(fact)
    named = f"{wanted}-{letters}" if letters else wanted
    place = (2 if fact.kind == "tempo" else 3, fact.at, fact.id)
    return Step(place, (*before, Message("put", {**told.values, "rev": named})))


def _merged(fact: Fact, held: Held, letters: str) -> tuple[Fact, str]:
    """The fact with what belongs to the user, and the letters that still mean something."""
    name = held.name if "n" in letters else fact.name
    at, end = fact.at, fact.end
    if held.at is None:
        letters = "".join(letter for letter in letters if letter == "n")
    elif "s" in letters or "w" in letters:
        at = held.at
    if end is not None and fact.end is not None:
        if "e" in letters and held.end is not None:
            end = held.end
        elif "w" in letters:
            end = at + (fact.end - fact.at)
        if end <= at and fact.end > fact.at:  # what the journal says now ends before it begins
            at, end = _as_held(held, at, fact.end - fact.at)
    return replace(fact, name=name, at=at, end=end), letters


def _as_held(held: Held, at: float, length: float) -> tuple[float, float]:
    if held.at is not None and held.end is not None and held.end > held.at:
        return held.at, held.end
    return at, at + length


def _moved(now: float | None, was: float | None) -> bool:
    return now is not None and was is not None and abs(now - was) > SAME


def _shift(held: Held) -> float:
    """By how much the length was changed."""
    assert held.at is not None and held.was_at is not None
    assert held.end is not None and held.was_end is not None
    return abs((held.end - held.at) - (held.was_end - held.was_at))


def _kind(rev: str) -> str:
    return rev.partition("-")[0]


def _plain(rev: str) -> str:
    return "-".join(rev.split("-")[:2])


def _letters(rev: str) -> str:
    parts = rev.split("-")
    return "".join(letter for letter in "nesw" if letter in parts[2]) if len(parts) == 3 else ""
