"""A chord sheet in plain text: bars in lines of four, a cell for each beat, sections as headings.

| Em  .  .  . | C  .  D  . |
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from bridge.recordings.export.bars import Bar, bars_of
from bridge.recordings.export.material import Material
from bridge.recordings.export.rows import section_label
from bridge.recordings.facts import Chord, Section, Take
from bridge.signal.spelling import chord_name

LINE = 4  # bars in a line
GOES_ON = "."  # the chord of the beat before


def write_sheet(material: Material, out: BinaryIO) -> None:
    """All takes, one after the other."""
    headings = "sections" in material.kinds
    sheets = ["\n".join(_sheet(take, headings)) for take in material.recording.takes]
    out.write(("\n\n\n".join(sheets) + "\n").encode(errors="replace"))


def _sheet(take: Take, headings: bool) -> Iterator[str]:
    yield take.name
    yield _top(take)
    bars = bars_of(take.grid)
    if not bars:
        yield "(no beat was found)"
        return
    cells = _cells(bars, take.chords)
    width = max(len(cell) for bar in cells for cell in bar)
    begins = _headings(bars, take.sections) if headings else {}
    line: list[str] = []
    for index, (bar, beats) in enumerate(zip(bars, cells, strict=True)):
        if line and (len(line) == LINE or index in begins):
            yield f"| {' | '.join(line)} |"
            line = []
        if index in begins:
            yield ""
            yield f"[{begins[index]}]  bar {bar.number}, {_clock(bar.start)}"
        elif index == 0:
            yield ""
        line.append(" ".join(cell.ljust(width) for cell in beats))
    yield f"| {' | '.join(line)} |"


def _top(take: Take) -> str:
    tempo = f"{take.grid.tempo:.1f}" if take.grid.tempo else "unknown"
    tuned = f"   Tuning: {take.tuning_cents:+.0f} cents" if abs(take.tuning_cents) >= 5 else ""
    return f"Key: {take.key or 'unknown'}   Tempo: {tempo}   Metre: {take.grid.metre}{tuned}"


def _clock(seconds: float) -> str:
    return f"{int(seconds // 60)}:{int(seconds % 60):02d}"


def _cells(bars: Sequence[Bar], chords: Sequence[Chord]) -> list[list[str]]:
    """For each bar what stands at its beats: a chord where one begins and on every downbeat."""
    starts = [chord.start for chord in chords]
    cells, before = [], None
    for bar in bars:
        edges = (*bar.beats, bar.end)
        row = []
        for number, (beat, behind) in enumerate(itertools.pairwise(edges)):
            # The chord of most of the beat: it may begin a little before or after its beat.
            index = bisect_right(starts, (beat + behind) / 2) - 1
            inside = index >= 0 and chords[index].end > (beat + behind) / 2
            name = chord_name(chords[index].label) if inside else "N.C."
            row.append(name if number == 0 or name != before else GOES_ON)
            before = name
        cells.append(row)
    return cells


def _headings(bars: Sequence[Bar], sections: Sequence[Section]) -> dict[int, str]:
    """By the bar that begins nearest; two that would share a bar are both named."""
    found: dict[int, list[str]] = {}
    for section in sections:
        nearest = min(range(len(bars)), key=lambda index: abs(bars[index].start - section.start))
        found.setdefault(nearest, []).append(section_label(section.label, section.name))
    return {index: " / ".join(names) for index, names in found.items()}
