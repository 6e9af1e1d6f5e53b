"""What an analysis writes: takes and regions found again keep their ids and the user's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.library.matching import Stretch, match, overlap
from bridge.library.packing import pack_fingerprint, unpack_fingerprint
from bridge.library.tables import CorrectionRow, RegionRow, RiffRow, TakeRow
from bridge.library.views import facts_of, measure
from bridge.recordings.analysis import ANALYSED
from bridge.recordings.facts import Part, Riff, Span, Take, from_json, to_json
from bridge.recordings.grid import Grid
from bridge.recordings.riffs.fingerprint import Fingerprint

SEEN = 16  # stretches that a region was before: more corrections than that are not undone


@dataclass(frozen=True, slots=True)
class Fresh:
    """A part as it was found, and what follows from its grid.

    known         the id of the take that it was before; None: it is new
    found         its grid as found, without the user's corrections; None: it has none
    take          what follows from its grid, corrections included
    fingerprints  one of each of take.riffs
    polished      its names come from a language model
    """

    known: str | None
    part: Part
    found: Grid | None
    take: Take | None
    fingerprints: tuple[Fingerprint, ...]
    tightness: float | None
    polished: bool = False


def takes_of(session: Session, recording: str) -> list[TakeRow]:
    """Its parts, in order."""
    chosen = select(TakeRow).where(TakeRow.recording_id == recording)
    return list(session.scalars(chosen.order_by(TakeRow.start, TakeRow.id)))


def corrections_of(session: Session, take: str) -> list[CorrectionRow]:
    """Every correction of a take that was ever made, oldest first."""
    chosen = select(CorrectionRow).where(CorrectionRow.take_id == take)
    return list(session.scalars(chosen.order_by(CorrectionRow.id)))


def regions_of(session: Session, recording: str) -> list[tuple[RegionRow, RiffRow | None]]:
    """Its regions, those not shown included, in order."""
    chosen = (
        select(RegionRow, RiffRow)
        .outerjoin(RiffRow, RiffRow.region_id == RegionRow.id)
        .where(RegionRow.recording_id == recording)
        .order_by(RegionRow.start, RegionRow.end, RegionRow.id)
    )
    return [(region, riff) for region, riff in session.execute(chosen)]


def known_parts(rows: Sequence[TakeRow], parts: Sequence[Part]) -> list[str | None]:
    """Which known part each found one is: by common time, and kind (all with a grid are one)."""
    known: list[str | None] = [None] * len(parts)
    for kind in {_group(part.kind) for part in parts}:
        before = [row for row in rows if _group(row.kind) == kind]
        places = [index for index, part in enumerate(parts) if _group(part.kind) == kind]
        matched = match(
            [(_stretch(_span(row)),) for row in before],
            [_stretch(Span(parts[index].start, parts[index].end)) for index in places],
        )
        for index, old in zip(places, matched, strict=True):
            known[index] = None if old is None else before[old].id
    return known


def keep_parts(session: Session, recording: str, fresh: Sequence[Fresh]) -> list[TakeRow]:
    """Writes every part; the row of each. Those not found again go, unless the user worked there.

    A take that was corrected or named stays: a new analysis takes nothing of the user's away.
    """
    rows = {row.id: row for row in takes_of(session, recording)}
    kept = []
    for each in fresh:
        row = rows.pop(each.known, None) if each.known else None
        if row is None:
            row = TakeRow(id=token_hex(6), recording_id=recording, edited={})
            session.add(row)
        keep_take(row, each)
        kept.append(row)
    session.flush()
    for row in rows.values():
        if not row.edited and row.base is None:
            session.delete(row)
    session.flush()
    return kept


def keep_take(row: TakeRow, fresh: Fresh) -> None:
    """Writes one part; its name by the user and its corrections stay."""
    part, take = fresh.part, fresh.take
    row.kind, row.start, row.end, row.confidence = part.kind, part.start, part.end, part.confidence
    tempo = take.grid.tempo if take else None
    row.tempo = round(tempo, 2) if tempo else None
    row.metre = take.grid.metre if take and take.grid.beats else None
    row.key = take.key if take else None
    row.tightness = fresh.tightness
    row.found = to_json(fresh.found) if fresh.found else None
    row.facts = facts_of(take) if take else None


def keep_regions(
    session: Session, recording: str, fresh: Sequence[tuple[TakeRow, Fresh]], now: float
) -> None:
    """Writes the regions of these takes; what follows from the grid follows in drawn ones too."""
    ids = {row.id for row, _ in fresh}
    rows = sorted(regions_of(session, recording), key=lambda row: not row[0].shown)
    known = [
        (region, riff)
        for region, riff in rows
        if region.origin == "auto"
        and riff is not None
        and (region.take_id is None or region.take_id in ids)
    ]
    found = [
        (row, each, riff, fingerprint)
        for row, each in fresh
        if each.take
        for riff, fingerprint in zip(each.take.riffs, each.fingerprints, strict=True)
    ]
    matched = match(
        [
            [
                _ever(times, best, unpack_fingerprint(riff.fingerprint))
                for times, best in ([riff.times, riff.best], *riff.seen)
            ]
            for _, riff in known
        ],
        [
            Stretch(riff.times, riff.times[riff.best], fingerprint)
            for _, _, riff, fingerprint in found
        ],
    )
    new: list[tuple[RegionRow, RiffRow]] = []
    for (row, each, riff, fingerprint), old in zip(found, matched, strict=True):
        if old is None:
            region = RegionRow(id=token_hex(6), recording_id=recording, origin="auto", added=now)
            region.measured, region.edited, region.removed = {}, {}, False
            about = RiffRow(region_id=region.id, seen=[])
            new.append((region, about))
        else:
            region, about = known[old]
        _keep_region(region, row, each, riff)
        region.shown = not region.removed
        times = [[time.start, time.end] for time in riff.times]
        if old is not None and [times, riff.best] != [about.times, about.best]:
            others = [each for each in about.seen if each != [times, riff.best]]
            about.seen = [[about.times, about.best], *others][:SEEN]
        about.times, about.best = times, riff.best
        about.salience = riff.salience
        about.repetition, about.energy = riff.repetition, riff.energy
        about.fingerprint = pack_fingerprint(fingerprint)
    session.add_all(region for region, _ in new)
    session.flush()
    session.add_all(about for _, about in new)
    for index, (region, _) in enumerate(known):
        if index not in matched and not region.edited:
            region.shown = False  # not deleted: an undone correction brings it back, id and all
    session.flush()
    place_drawn(session, recording)


def keep_words(session: Session, recording: str, fresh: Sequence[tuple[TakeRow, Fresh]]) -> None:
    """Writes what is a matter of taste, of takes and regions that stand; all else stays."""
    by_take = {row.id: [] for row, _ in fresh}  # type: dict[str, list[tuple[RegionRow, RiffRow]]]
    for region, about in regions_of(session, recording):
        if about is not None and region.shown and region.take_id in by_take:
            by_take[region.take_id].append((region, about))
    for row, each in fresh:
        if each.take is None or row.facts is None:
            continue
        row.facts = row.facts | {"genre": each.take.genre, "name": each.take.name}
        known = by_take[row.id]
        matched = match(
            [(_ever(riff.times, riff.best, None),) for _, riff in known],
            [Stretch(riff.times, riff.times[riff.best]) for riff in each.take.riffs],
        )
        for riff, old in zip(each.take.riffs, matched, strict=True):
            if old is not None:
                known[old][0].about = _about(riff, each.polished)


def place_drawn(session: Session, recording: str) -> None:
    """Regions the user drew or moved: the take they lie in, their bars and tempo by its grid."""
    takes = [row for row in takes_of(session, recording) if row.facts]
    for region, _ in regions_of(session, recording):
        moved = {"start", "end"} & region.edited.keys()
        if region.origin == "auto" and not moved:
            region.measured = {}
            continue
        start = region.edited.get("start", region.start)
        end = region.edited.get("end", region.end)
        here = (Span(start, end),)
        home = max(takes, key=lambda take: overlap((_span(take),), here), default=None)
        if home is None or home.facts is None or overlap((_span(home),), here) == 0:
            home, grid = None, None
        else:
            grid = from_json(Grid, home.facts["grid"])
        if region.origin == "manual":
            region.take_id = home.id if home else None
        bars, loop_bars, tempo = measure(grid, start, end)
        region.measured = {"bars": bars, "loop_bars": loop_bars, "tempo": tempo}
    session.flush()


def _group(kind: str) -> str:
    return "take" if kind in ANALYSED else kind


def _span(take: TakeRow) -> Span:
    return Span(take.start, take.end)


def _keep_region(region: RegionRow, row: TakeRow, fresh: Fresh, riff: Riff) -> None:
    assert fresh.take is not None
    best = riff.times[riff.best]
    region.take_id = row.id
    region.start, region.end = best.start, best.end
    region.bars, region.loop_bars = riff.bars, riff.loop_bars
    region.tempo = measure(fresh.take.grid, best.start, best.end)[2]
    region.seam, region.confidence = riff.seam, riff.confidence
    before, after = region.about or {}, _about(riff, fresh.polished)
    if before.get("polished") and not fresh.polished:  # a corrected grid asks no model again
        after |= {"name": before["name"], "polished": True}
    region.about = after


def _about(riff: Riff, polished: bool) -> dict[str, Any]:
    return {
        "polished": polished,
        "name": riff.name,
        "coolness": riff.coolness,
        "niceness": riff.niceness,
        "chords": list(riff.chords),
    }


def _ever(times: list[Any], best: int, fingerprint: Fingerprint | None) -> Stretch:
    spans = tuple(Span(*time) for time in times)
    return Stretch(spans, spans[best], fingerprint)


def _stretch(span: Span) -> Stretch:
    return Stretch((span,), span)
