"""From findings to all that is known of a recording; and what follows a corrected grid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bridge.recordings.facts import Part, Recording, Span, Take
from bridge.recordings.findings import Findings, hits_of, onsets_of, pitch_of
from bridge.recordings.grid import Grid
from bridge.recordings.harmony import find_chords, find_keys, find_tuning
from bridge.recordings.pulse import find_grid
from bridge.recordings.riffs import MOST, find_riffs
from bridge.recordings.structure import find_sections
from bridge.recordings.takes import find_parts
from bridge.recordings.taste import guess_genre

TAKES = ("song",)  # kinds of parts that are a piece played as a whole
ANALYSED = (*TAKES, "practice")  # kinds that get a grid of their own: practice holds riffs too
NAMES = {"song": "Take", "practice": "Practice"}


def understand(findings: Findings, most_riffs: int = MOST) -> Recording:
    """A whole recording, each of its takes with a grid of its own."""
    parts = find_parts(findings)
    played = [part for part in parts if part.kind in ANALYSED]
    return Recording(
        duration=findings.duration,
        parts=parts,
        takes=tuple(
            follow(findings, part, find_grid(findings, part), name=name, most=most_riffs)
            for name, part in zip(_names(played), played, strict=True)
        ),
        hits=hits_of(findings),
        onsets=onsets_of(findings),
        pitch=pitch_of(findings),
    )


def _names(parts: Sequence[Part]) -> Iterator[str]:
    """Take 1, Practice 1, Take 2 ..."""
    numbers = dict.fromkeys(ANALYSED, 0)
    for part in parts:
        numbers[part.kind] += 1
        yield f"{NAMES[part.kind]} {numbers[part.kind]}"


def follow(
    findings: Findings, part: Part | Take, grid: Grid, *, name: str, most: int = MOST
) -> Take:
    """All that follows from a take's grid. No sound is heard again."""
    span = Span(part.start, part.end)
    keys = find_keys(findings, span, grid)
    chords = find_chords(findings, span, grid, keys)
    sections = find_sections(findings, span, grid)
    riffs = find_riffs(findings, span, grid, chords, keys, sections, most)
    main = max(keys, key=lambda key: key.seconds, default=None)
    return Take(
        start=part.start,
        end=part.end,
        name=name,
        grid=grid,
        tuning_cents=find_tuning(findings, span),
        key=main.key if main else None,
        keys=keys,
        chords=chords,
        sections=sections,
        riffs=riffs,
        genre=guess_genre(findings, span, grid),
        confidence=part.confidence,
        kind=part.kind,
    )
