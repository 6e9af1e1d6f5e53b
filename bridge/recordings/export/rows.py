"""Facts as one list of rows, in the order of time: what tables and label tracks are made from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal

from bridge.recordings.colours import colour_of
from bridge.recordings.export.bars import Bar, bars_of, place
from bridge.recordings.facts import Recording, Take
from bridge.signal.spelling import chord_name

Kind = Literal["takes", "keys", "sections", "riffs", "chords", "beats", "drums"]


@dataclass(frozen=True, slots=True)
class Row:
    """A fact.

    end    seconds; None: it has no length
    bar    and beat: where it begins in its take's grid; None: outside, or there is no grid
    label  as musicians write it
    more   further columns by name
    colour "#rrggbb", or nothing
    """

    kind: Kind
    start: float
    end: float | None
    take: str
    bar: int | None
    beat: float | None
    label: str
    more: Mapping[str, str | float | int | None] = field(default_factory=dict)
    colour: str = ""


def rows_of(recording: Recording, kinds: tuple[Kind, ...]) -> list[Row]:
    """Of these kinds; what begins at the same time in the order of `kinds`."""
    rows = [row for take in recording.takes for row in _of_take(take) if row.kind in kinds]
    if "drums" in kinds:
        rows += _drums(recording)
    return sorted(rows, key=lambda row: (row.start, kinds.index(row.kind)))


def chord_rows(recording: Recording) -> list[Row]:
    """The chords; none lasts beyond where the next begins, and none lasts no time."""
    rows = rows_of(recording, ("chords",))
    found = []
    for row, behind in pairwise([*rows, None]):
        assert row is not None
        end = min(row.end or row.start, behind.start if behind else math.inf)
        if end > max(row.start, 0.0):
            found.append(replace(row, start=max(row.start, 0.0), end=end))
    return found


def section_label(label: str, name: str | None) -> str:
    """ "A", or "A chorus"."""
    return f"{label} {name}" if name else label


def _of_take(take: Take) -> Iterator[Row]:
    bars = bars_of(take.grid)

    def row(
        kind: Kind,
        start: float,
        end: float | None,
        label: str,
        colour: str,
        **more: str | float | int | None,
    ) -> Row:
        bar, beat = place(bars, start) or (None, None)
        return Row(kind, start, end, take.name, bar, beat, label, more, colour)

    yield row(
        "takes", take.start, take.end, take.name, colour_of("take"), confidence=take.confidence
    )
    for key in take.keys:
        yield row("keys", key.start, key.end, key.key, colour_of("key"), confidence=key.confidence)
    for part in take.sections:
        label = section_label(part.label, part.name)
        colour = colour_of("section", part.name or "")
        yield row("sections", part.start, part.end, label, colour, confidence=part.confidence)
    for riff in take.riffs:
        for time in riff.times:
            yield row(
                "riffs",
                time.start,
                time.end,
                riff.name,
                colour_of("riff"),
                id=riff.id,
                bars=riff.bars,
                loop_bars=riff.loop_bars,
                coolness=riff.coolness,
                niceness=riff.niceness,
                seam=riff.seam,
                confidence=riff.confidence,
            )
    for chord in take.chords:
        name = chord_name(chord.label)
        yield row(
            "chords",
            chord.start,
            chord.end,
            name,
            colour_of("chord"),
            confidence=chord.confidence,
            harte=chord.label,
        )
    yield from _beats(bars, take)


def _beats(bars: tuple[Bar, ...], take: Take) -> Iterator[Row]:
    for bar in bars:
        for beat, behind in zip(bar.beats, (*bar.beats[1:], bar.end), strict=True):
            at = place(bars, beat)
            number = round(at[1]) if at else None
            tempo = round(60.0 / (behind - beat), 2)
            yield Row(
                "beats",
                beat,
                None,
                take.name,
                bar.number,
                number,
                f"{bar.number}.{number}",
                {"tempo": tempo},
            )


def _drums(recording: Recording) -> Iterator[Row]:
    grids = [(take, bars_of(take.grid)) for take in recording.takes]
    for hit in recording.hits:
        take, bars = next(
            ((take, bars) for take, bars in grids if take.start <= hit.time < take.end), (None, ())
        )
        bar, beat = place(bars, hit.time) or (None, None)
        more = {"velocity": hit.velocity, "confidence": hit.confidence}
        yield Row("drums", hit.time, None, take.name if take else "", bar, beat, hit.drum, more)
