"""Regions: listed, drawn, changed, removed; and riffs found again in other recordings."""

from __future__ import annotations

import time
from collections.abc import Mapping
from secrets import token_hex
from typing import Any

import numpy as np
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from bridge.errors import BridgeError
from bridge.library.database import Database
from bridge.library.entries import Likeness, Region, RegionChange
from bridge.library.keeping import place_drawn, regions_of
from bridge.library.tables import RecordingRow, RegionRow, RiffRow
from bridge.library.views import region_of
from bridge.library.wording import unknown
from bridge.recordings.riffs.fingerprint import SIZE, likenesses

SHORTEST = 0.05  # seconds: less cannot be looped


class Regions:
    """The regions of a library. Raises BridgeError for ids and values that cannot be."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, recording: str | None = None) -> list[Region]:
        """Of one recording in their order, or of all."""
        with self._database.reading() as session:
            if recording is not None:
                _recording(session, recording)
                rows = regions_of(session, recording)
            else:
                chosen = (
                    select(RegionRow, RiffRow)
                    .outerjoin(RiffRow, RiffRow.region_id == RegionRow.id)
                    .order_by(RegionRow.recording_id, RegionRow.start, RegionRow.end, RegionRow.id)
                )
                rows = [(region, riff) for region, riff in session.execute(chosen)]
            return [region_of(region, riff) for region, riff in rows if region.shown]

    def get(self, region: str) -> Region:
        """One region."""
        with self._database.reading() as session:
            return region_of(_region(session, region), session.get(RiffRow, region))

    def create(self, recording: str, start: float, end: float, name: str, **more: Any) -> Region:
        """A region drawn by the user; no analysis touches what is said here.

        `more`: what RegionChange names besides.
        """
        said = _change({"start": start, "end": end, "name": name} | more)
        with self._database.writing() as session:
            _fits(said["start"], said["end"], _recording(session, recording).duration)
            row = RegionRow(
                id=token_hex(6),
                recording_id=recording,
                take_id=None,
                origin="manual",
                start=said.pop("start"),
                end=said.pop("end"),
                bars=0.0,
                loop_bars=0,
                tempo=None,
                seam=None,
                confidence=1.0,
                about={"name": said["name"], "coolness": 0.0, "niceness": 0.0, "chords": []},
                measured={},
                edited=said,
                removed=False,
                shown=True,
                added=time.time(),
            )
            session.add(row)
            session.flush()
            place_drawn(session, recording)
            return region_of(row, None)

    def patch(self, region: str, change: Mapping[str, Any]) -> Region:
        """The user's word for any of a region's values (RegionChange); None takes it back."""
        said = _change(change)
        with self._database.writing() as session:
            row = _region(session, region)
            edited = {name: value for name, value in (row.edited | said).items()}
            taken_back = [name for name, value in change.items() if value is None]
            edited = {name: value for name, value in edited.items() if name not in taken_back}
            duration = _recording(session, row.recording_id).duration
            _fits(edited.get("start", row.start), edited.get("end", row.end), duration)
            row.edited = edited
            place_drawn(session, row.recording_id)
            return region_of(row, session.get(RiffRow, region))

    def delete(self, region: str) -> None:
        """Takes a region away; one that was found is not found again."""
        with self._database.writing() as session:
            row = _region(session, region)
            if row.origin == "auto":
                row.removed, row.shown = True, False
            else:
                session.delete(row)

    def like(self, region: str, most: int = 20, least: float = 0.7) -> list[Likeness]:
        """Riffs of other recordings that are this one, in whatever key and tempo, likest first."""
        with self._database.reading() as session:
            own = _region(session, region)
            riff = session.get(RiffRow, region)
            if riff is None or riff.fingerprint is None:
                raise BridgeError(
                    f"{region_of(own, None).name} cannot be looked for",
                    cause="only what comes again in its own recording is known by a fingerprint",
                    remedy="choose a region that was found, not one that was drawn",
                )
            chosen = (
                select(RiffRow.region_id, RiffRow.fingerprint)
                .join(RegionRow, RegionRow.id == RiffRow.region_id)
                .where(RegionRow.recording_id != own.recording_id, RegionRow.shown)
            )
            others = [
                (id, print)
                for id, print in session.execute(chosen)
                if print is not None and len(print) == len(riff.fingerprint) == 4 * SIZE
            ]
            if not others:
                return []
            prints = np.frombuffer(b"".join(print for _, print in others), "<f4")
            alike = likenesses(np.frombuffer(riff.fingerprint, "<f4"), prints.reshape(-1, SIZE))
            ranked = [index for index in np.argsort(-alike)[:most] if alike[index] >= least]
            return [
                Likeness(
                    region_of(
                        _region(session, others[index][0]), session.get(RiffRow, others[index][0])
                    ),
                    round(float(alike[index]), 4),
                )
                for index in ranked
            ]


def _change(values: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return RegionChange.model_validate(dict(values)).model_dump(exclude_none=True)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise BridgeError(
            f"A region's {name} cannot be {str(first['input'])[:80]!r}",
            cause=first["msg"],
            remedy=f"a region has: {', '.join(RegionChange.model_fields)}",
        ) from error


def _fits(start: float, end: float, duration: float) -> None:
    if not 0 <= start <= end - SHORTEST or end > duration + 1e-3:
        raise BridgeError(
            f"A region from {start:g} s to {end:g} s cannot be",
            cause=f"the recording lasts {duration:.3f} s, and a region {SHORTEST:g} s at least",
            remedy="choose a start before the end, both inside the recording",
        )


def _region(session: Session, region: str) -> RegionRow:
    row = session.get(RegionRow, region)
    if row is None or not row.shown:
        raise unknown("region", region)
    return row


def _recording(session: Session, recording: str) -> RecordingRow:
    row = session.get(RecordingRow, recording)
    if row is None:
        raise unknown("recording", recording)
    return row
