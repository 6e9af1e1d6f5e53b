"""What of a recording is exported: one take of it, or a stretch that may begin at zero."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from bridge.recordings.facts import Part, Recording, Span, Take
from bridge.recordings.grid import Grid

S = TypeVar("S", bound=Span)
EARLY = 0.05  # seconds: a stroke this much before a stretch is the player's way of its first beat


def as_recording(facts: Recording | Take) -> Recording:
    """A take as a recording of that take alone; its times stay."""
    if isinstance(facts, Recording):
        return facts
    return Recording(duration=facts.end, parts=(), takes=(facts,))


def within(recording: Recording, span: Span, *, zero: bool = False) -> Recording:
    """What lies in a stretch, cut at its ends. zero: times count from where it begins."""
    by = span.start if zero else 0.0
    takes = tuple(_take(take, span, by) for take in recording.takes if _meets(take, span))
    return Recording(
        duration=span.seconds if zero else min(span.end, recording.duration),
        parts=tuple(_cut(recording.parts, span, by)),
        takes=takes,
        hits=tuple(
            replace(hit, time=max(hit.time - by, 0.0))
            for hit in recording.hits
            if span.start - EARLY <= hit.time < span.end - EARLY
        ),
        onsets=tuple(time - by for time in recording.onsets if span.start <= time < span.end),
        pitch=tuple(
            replace(tone, time=tone.time - by)
            for tone in recording.pitch
            if span.start <= tone.time < span.end
        ),
    )


def _take(take: Take, span: Span, by: float) -> Take:
    return replace(
        take,
        start=max(take.start, span.start) - by,
        end=min(take.end, span.end) - by,
        grid=_grid(take.grid, span, by),
        keys=tuple(_cut(take.keys, span, by)),
        chords=tuple(_cut(take.chords, span, by)),
        sections=tuple(_cut(take.sections, span, by)),
        riffs=tuple(
            replace(riff, times=times, best=min(riff.best, len(times) - 1))
            for riff in take.riffs
            if (times := tuple(_cut(riff.times, span, by)))
        ),
    )


def _grid(grid: Grid, span: Span, by: float) -> Grid:
    """Beats of the stretch. One that begins on a beat begins with it, though it be cut early."""
    rows = [
        (max(beat - by, 0.0) if by else beat, number)
        for beat, number in zip(grid.beats, grid.numbers, strict=True)
        if span.start - EARLY / 2 <= beat < span.end - EARLY / 2
    ]
    return replace(
        grid,
        beats=tuple(beat for beat, _ in rows),
        numbers=tuple(number for _, number in rows),
    )


def _meets(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _cut(facts: Iterable[S], span: Span, by: float) -> Iterable[S]:
    for fact in facts:
        start, end = max(fact.start, span.start), min(fact.end, span.end)
        # A neighbour that reaches in by less than a beat's uncertainty is not meant.
        if end - start > min(EARLY, fact.seconds / 2) or (isinstance(fact, Part) and end > start):
            yield replace(fact, start=start - by, end=end - by)
