"""What is known of an analysed file, as facts of the project that holds it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bridge.daw.facts import DRUM_TRACK, STROKE, Fact, Note, Role, fact_id
from bridge.daw.tempo_map import Bar, tempo_facts
from bridge.recordings.colours import colour_of
from bridge.recordings.export.bars import bars_of
from bridge.recordings.facts import Recording, Span, Take
from bridge.signal.spelling import chord_name

Want = Literal["sections", "riffs", "chords", "key", "tempo", "drums", "loops"]
ROLE_OF: dict[Want, Role] = {
    "sections": "section", "riffs": "riff", "chords": "chord", "key": "key", "tempo": "tempo",
    "drums": "drums", "loops": "loop",
}  # fmt: skip
WANTS = tuple(ROLE_OF)
LEAST = 0.05  # seconds: less of a fact at the edge of an item is none
MOST_POINTS = 20_000  # of a map
FARTHEST = 1e9  # seconds or positions: thirty years
EDGE = 0.02  # seconds from an item's edge in which nothing is split


class Placement:
    """Where seconds of a file lie in the project: straight lines between points."""

    def __init__(self, file: Sequence[float], positions: Sequence[float]) -> None:
        """Seconds, ascending, and positions of the project, ascending, as many: two at least.

        Raises ValueError for what is no such map.
        """
        self.file = np.asarray(file, np.float64)
        self.positions = np.asarray(positions, np.float64)
        if not 2 <= len(self.file) == len(self.positions) <= MOST_POINTS:
            raise ValueError(f"a map has two points or more, up to {MOST_POINTS}")
        for row in (self.file, self.positions):
            if not np.all(np.abs(row) <= FARTHEST) or not np.all(np.diff(row) > 0):
                raise ValueError("a map ascends, and stays within what a project can hold")

    @classmethod
    def read(cls, text: str) -> Placement:
        """From `file,position;file,position`. Raises ValueError where it is no such map."""
        if text.count(";") >= MOST_POINTS:
            raise ValueError(f"a map has {MOST_POINTS} points at most")
        pairs = [tuple(map(float, each.split(","))) for each in text.split(";")]
        file, positions = zip(*pairs, strict=True)
        return cls(file, positions)

    @property
    def span(self) -> Span:
        """The part of the file that the project plays."""
        return Span(float(self.file[0]), float(self.file[-1]))

    def at(self, seconds: float) -> float:
        """Where this moment of the file lies; what lies outside is held to the edge."""
        return float(np.interp(seconds, self.file, self.positions))

    def cut(self, span: Span) -> tuple[float, float] | None:
        """Where a stretch of the file lies; None: it is not played."""
        whole = self.span
        start, end = max(span.start, whole.start), min(span.end, whole.end)
        if end - start < min(LEAST, span.seconds / 2):
            return None
        return self.at(start), self.at(end)

    def plays(self, seconds: float) -> bool:
        """Whether this moment of the file is played."""
        return bool(self.file[0] <= seconds < self.file[-1])

    @property
    def start(self) -> float:
        """Position of its beginning."""
        return float(self.positions[0])

    @property
    def end(self) -> float:
        """Position of its end."""
        return float(self.positions[-1])


@dataclass(frozen=True, slots=True)
class LoopFile:
    """A riff's loop as a sound file: `quarters` quarter notes at `tempo`, where beats are known."""

    name: str
    span: Span
    path: str
    tempo: float | None
    quarters: float | None


def facts_of(
    recording: Recording,
    placement: Placement,
    want: Collection[Want],
    *,
    group: str,
    notes: Mapping[str, int],
    unit_seconds: float = 1.0,
    track: str = "",
    loops: Sequence[LoopFile] = (),
) -> list[Fact]:
    """The facts of these kinds that lie where the project plays the file.

    The same file in the same place gives the same ids. `notes`: MIDI note by drum;
    `unit_seconds`: seconds of a unit of position; `track`: name of the item's own track.
    """
    facts: list[Fact] = []
    for number, take in enumerate(recording.takes):
        if "sections" in want:
            facts += _sections(take, number, placement, group)
        if "riffs" in want:
            facts += _riffs(take, number, placement, group)
        if "chords" in want:
            facts += _chords(take, number, placement, group, track)
        if "key" in want:
            facts += _keys(take, number, placement, group)
        if "tempo" in want:
            facts += _tempo(take, number, placement, group, unit_seconds)
    if "drums" in want:
        facts += _drums(recording, placement, group, notes, unit_seconds)
    if "loops" in want:
        facts += _loops(loops, placement, group)
    return facts


def splits_of(recording: Recording, placement: Placement) -> list[float]:
    """Positions at which an item is split so that each section is an item of its own."""
    edges = {
        edge for take in recording.takes for section in take.sections
        for edge in (section.start, section.end)
    }  # fmt: skip
    inside = Span(placement.span.start + EDGE, placement.span.end - EDGE)
    kept: list[float] = []
    for edge in sorted(edges):
        if inside.start < edge < inside.end and (not kept or edge - kept[-1] > EDGE):
            kept.append(edge)
    return [placement.at(edge) for edge in kept]


def _sections(take: Take, number: int, placement: Placement, group: str) -> Iterator[Fact]:
    for index, section in enumerate(take.sections):
        where = placement.cut(section)
        if where:
            name = f"{section.name} {section.label}" if section.name else section.label
            yield Fact(
                fact_id("section", group, number, index), "region", "section", where[0], name,
                where[1], group, colour_of("section", section.name or ""),
            )  # fmt: skip


def _riffs(take: Take, number: int, placement: Placement, group: str) -> Iterator[Fact]:
    for riff in take.riffs:
        for index, span in enumerate(riff.times):
            where = placement.cut(span)
            if where:
                yield Fact(
                    fact_id("riff", group, number, riff.id, index), "region", "riff", where[0],
                    riff.name, where[1], group, colour_of("riff"),
                )  # fmt: skip


def _chords(
    take: Take, number: int, placement: Placement, group: str, track: str
) -> Iterator[Fact]:
    for index, chord in enumerate(take.chords):
        where = placement.cut(chord)
        if where and chord.label != "N":
            yield Fact(
                fact_id("chord", group, number, index), "text", "chord", where[0],
                chord_name(chord.label), where[1], group, colour_of("chord"),
                track=f"{track} chords".strip(),
            )  # fmt: skip


def _keys(take: Take, number: int, placement: Placement, group: str) -> Iterator[Fact]:
    for index, key in enumerate(take.keys):
        where = placement.cut(key)
        if where:
            yield Fact(
                fact_id("key", group, number, index), "marker", "key", where[0], key.key,
                group=group, colour=colour_of("key"),
            )  # fmt: skip


def _tempo(
    take: Take, number: int, placement: Placement, group: str, unit_seconds: float
) -> list[Fact]:
    heard = bars_of(take.grid)
    if len(heard) > 1 and sum(heard[-1].units) != sum(heard[-2].units):
        heard = heard[:-1]  # cut off by the end: no metre of the music
    bars = [
        Bar(placement.at(bar.start), placement.at(bar.end), sum(bar.units), take.grid.unit)
        for bar in heard
        if bar.number and placement.plays(bar.start) and bar.end <= placement.span.end
    ]
    return tempo_facts(bars, group, group, number, unit_seconds=unit_seconds)


def _drums(
    recording: Recording,
    placement: Placement,
    group: str,
    notes: Mapping[str, int],
    unit_seconds: float,
) -> Iterator[Fact]:
    at = placement.start
    struck = tuple(
        Note(placement.at(hit.time) - at, STROKE / unit_seconds, notes[hit.drum], hit.velocity)
        for hit in recording.hits
        if hit.drum in notes and placement.plays(hit.time)
    )
    if struck:
        yield Fact(
            fact_id("drums", group), "notes", "drums", at, "drums", placement.end,
            group, track=DRUM_TRACK, notes=struck,
        )  # fmt: skip


def _loops(loops: Sequence[LoopFile], placement: Placement, group: str) -> Iterator[Fact]:
    for index, loop in enumerate(loops):
        where = placement.cut(loop.span)
        if where:
            yield Fact(
                fact_id("loop", group, index, loop.name), "loop", "loop", where[0], loop.name,
                where[1], group, colour_of("riff"), track=loop.name, path=loop.path,
                tempo=loop.tempo, beats=loop.quarters,
            )  # fmt: skip
