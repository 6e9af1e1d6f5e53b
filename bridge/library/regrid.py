"""A part once more: by a corrected grid, by the one it has, with better names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

from bridge.errors import BridgeError
from bridge.library.keeping import Fresh
from bridge.library.tables import CorrectionRow, TakeRow
from bridge.library.views import name_of
from bridge.recordings.analysis import follow
from bridge.recordings.corrections import Correction, SetBeats, correct, correction_of
from bridge.recordings.facts import Kind, Part, Take, from_json
from bridge.recordings.findings import Findings
from bridge.recordings.grid import Grid
from bridge.recordings.riffs.fingerprint import fingerprint
from bridge.recordings.taste.tightness import tightness

GRACE = 5.0  # seconds before and after a recording: a slow bar, counted on
Polish = Callable[[Take], Take | None]  # a take with better names; None: it has none


def in_force(rows: Sequence[CorrectionRow]) -> list[dict[str, Any]]:
    """The corrections that were not undone, as plain values, oldest first."""
    return [row.correction for row in rows if row.undone is None]


def corrected(base: Grid, corrections: Sequence[dict[str, Any]]) -> Grid:
    """The grid with these corrections. Raises BridgeError where it cannot be corrected so."""
    return correct(base, map(correction_of, corrections))


def check_times(correction: Correction, duration: float) -> None:
    """Raises BridgeError for beats outside a recording of so many seconds; 0: not known."""
    if not isinstance(correction, SetBeats) or duration <= 0:
        return
    outside = [beat for beat in correction.beats if not -GRACE <= beat <= duration + GRACE]
    if outside:
        raise BridgeError(
            f"There can be no beat at {outside[0]:g} s",
            cause=f"the recording lasts {duration:.3f} s",
            remedy="give beats that lie inside the recording",
        )


def found_grid(row: TakeRow) -> Grid:
    """The grid as it was found last. Raises BridgeError where there is none."""
    if row.found is None:
        raise BridgeError(
            f"{name_of(row)} has no grid",
            cause="only what is played as a piece has beats and bars",
            remedy="choose a take",
        )
    return from_json(Grid, row.found)


def base_of(row: TakeRow) -> Grid:
    """The grid that corrections begin with: it stays while some hold, whatever is found later."""
    return from_json(Grid, row.base) if row.base else found_grid(row)


def followed(row: TakeRow, findings: Findings, grid: Grid, most: int) -> Fresh:
    """A take once more, by this grid."""
    part = part_of(row)
    assert row.facts is not None
    take = follow(findings, part, grid, name=row.facts["name"], most=most)
    found = from_json(Grid, row.found) if row.found else None
    return complete(row.id, part, found, take, findings)


def again(row: TakeRow, findings: Findings, most: int) -> Fresh:
    """A part once more, by the grid it has."""
    if row.facts is None:
        return complete(row.id, part_of(row), None, None, findings)
    return followed(row, findings, from_json(Grid, row.facts["grid"]), most)


def complete(
    known: str | None, part: Part, found: Grid | None, take: Take | None, findings: Findings
) -> Fresh:
    """A part with what is measured of its take: fingerprints of its riffs, tightness."""
    if take is None:
        return Fresh(known, part, found, None, (), None)
    prints = tuple(fingerprint(findings, riff.times[riff.best], take.grid) for riff in take.riffs)
    return Fresh(known, part, found, take, prints, tightness(findings, take, take.grid))


def polished_by(fresh: Fresh, polish: Polish | None) -> Fresh:
    """The same with better names, where `polish` has some."""
    named = polish(fresh.take) if polish and fresh.take else None
    return replace(fresh, take=named, polished=True) if named else fresh


def part_of(row: TakeRow) -> Part:
    """A take as a part of its recording."""
    return Part(row.start, row.end, cast(Kind, row.kind), row.confidence)
