"""Rows as the answers that the library gives: what was found, with the user's words over it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from bridge.library.entries import Entry, Region, TakeEntry
from bridge.library.tables import (
    CorrectionRow,
    RecordingRow,
    RegionRow,
    RiffRow,
    TakeRow,
)
from bridge.recordings.facts import Kind, Riff, Span, Take, from_json, loop_bars, to_json
from bridge.recordings.grid import Grid


def entry_of(row: RecordingRow, files: Iterable[Path], takes: int, regions: int) -> Entry:
    """A recording as it is listed."""
    return Entry(
        id=row.id,
        name=row.name,
        files=tuple(files),
        duration=row.duration,
        rate=row.rate,
        channels=row.channels,
        format=row.format,
        added=row.added,
        analysed=row.analysed,
        most_riffs=row.most_riffs,
        takes=takes,
        regions=regions,
    )


def region_of(row: RegionRow, riff: RiffRow | None) -> Region:
    """A region as the user has it."""
    said = row.about | row.measured | row.edited
    start, end = float(said.get("start", row.start)), float(said.get("end", row.end))
    times = [Span(float(a), float(b)) for a, b in riff.times] if riff else [Span(start, end)]
    times[riff.best if riff else 0] = Span(start, end)
    return Region(
        id=row.id,
        recording=row.recording_id,
        take=row.take_id,
        origin=row.origin,
        start=start,
        end=end,
        bars=float(said.get("bars", row.bars)),
        loop_bars=int(said.get("loop_bars", row.loop_bars)),
        tempo=said.get("tempo", row.tempo),
        name=said["name"],
        coolness=said["coolness"],
        niceness=said["niceness"],
        chords=tuple(said["chords"]),
        labels=tuple(said.get("labels", ())),
        seam=row.seam,
        confidence=row.confidence,
        salience=riff.salience if riff else 0.0,
        times=tuple(times),
        edited=tuple(sorted(row.edited)),
    )


def riff_of(region: Region, row: RiffRow | None) -> Riff:
    """A region as bridge.recordings has it: what exports and reports read."""
    return Riff(
        id=region.id,
        name=region.name,
        times=region.times,
        best=row.best if row else 0,
        bars=region.bars,
        loop_bars=region.loop_bars,
        repetition=row.repetition if row else 0.0,
        energy=row.energy if row else 0.0,
        salience=region.salience,
        coolness=region.coolness,
        niceness=region.niceness,
        chords=region.chords,
        seam=region.seam,
        confidence=region.confidence,
    )


def take_of(row: TakeRow, riffs: tuple[Riff, ...] = ()) -> Take | None:
    """All that follows from a take's grid. None for talk and silence."""
    if row.facts is None:
        return None
    take = from_json(Take, row.facts | {"riffs": []})
    return replace(take, name=name_of(row), riffs=riffs)


def name_of(row: TakeRow) -> str:
    """What a part is called."""
    found = row.facts["name"] if row.facts else row.kind.replace("_", "-")
    return str(row.edited.get("name", found))


def take_entry_of(
    row: TakeRow, corrections: Iterable[CorrectionRow], riffs: tuple[Riff, ...]
) -> TakeEntry:
    """A part of a recording as it is listed."""
    return TakeEntry(
        id=row.id,
        recording=row.recording_id,
        kind=cast(Kind, row.kind),
        start=row.start,
        end=row.end,
        name=name_of(row),
        tempo=row.tempo,
        metre=row.metre,
        key=row.key,
        tightness=row.tightness,
        corrections=tuple(each.correction for each in corrections if each.undone is None),
        take=take_of(row, riffs),
    )


def facts_of(take: Take) -> dict[str, Any]:
    """What the column `facts` holds."""
    facts: dict[str, Any] = to_json(replace(take, riffs=()))
    del facts["riffs"]
    return facts


def measure(grid: Grid | None, start: float, end: float) -> tuple[float, int, float | None]:
    """(bars, loop_bars, tempo in BPM) of a stretch by a grid; zeros and None without one."""
    if grid is None or len(grid.beats) < 2:
        return 0.0, 0, None
    first, last = grid.places_at([start, end])
    count = float(last - first)
    bars = round(count / grid.beats_per_bar, 2)
    tempo = round(60.0 * count / (end - start), 2) if count > 0 else None
    return bars, loop_bars(round(bars)), tempo
