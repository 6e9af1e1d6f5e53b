"""The tables. A change here needs a migration in bridge/library/migrations/versions.

Structural facts stand in columns, subjective ones in JSON (`about`); what the user said stands
apart from what was found (`edited`, `removed`, corrections), so a new analysis cannot touch it.
Times of music are seconds from the recording's first sample, moments are seconds since 1970.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Double, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Facts = dict[str, Any]
ACTIVE = "state IN ('queued', 'running')"


class Base(DeclarativeBase):
    """What all tables share."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        Facts: JSON(none_as_null=True),
        list[Any]: JSON(none_as_null=True),
        float: Double,
        bytes: LargeBinary,
        str: String,
    }


class RecordingRow(Base):
    """A sound, whatever files it lies in. Its id is the hash of its sound."""

    __tablename__ = "recordings"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    duration: Mapped[float]
    rate: Mapped[int]  # Hz
    channels: Mapped[int]
    format: Mapped[str]  # of the first file: "wav", "m4a"
    added: Mapped[float]
    analysed: Mapped[float | None]
    most_riffs: Mapped[int]  # of a take, as it was asked for last
    version: Mapped[int] = mapped_column(default=0)  # counts what changes its takes


class FileRow(Base):
    """Where a recording lies. Size and time of change tell whether it is still the same file."""

    __tablename__ = "files"

    path: Mapped[str] = mapped_column(primary_key=True)  # as bridge.library.places has it
    recording_id: Mapped[str] = mapped_column(
        ForeignKey("recordings.id", ondelete="CASCADE"), index=True
    )
    size: Mapped[int] = mapped_column(BigInteger)  # bytes
    changed: Mapped[float]
    digest: Mapped[str] = mapped_column(index=True)  # of its bytes
    added: Mapped[float]


class TakeRow(Base):
    """A part of a recording; what is played as a piece has a grid and what follows from it."""

    __tablename__ = "takes"

    id: Mapped[str] = mapped_column(primary_key=True)
    recording_id: Mapped[str] = mapped_column(
        ForeignKey("recordings.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str]
    start: Mapped[float]
    end: Mapped[float]
    confidence: Mapped[float]
    tempo: Mapped[float | None]  # BPM
    metre: Mapped[str | None]
    key: Mapped[str | None]
    tightness: Mapped[float | None]
    found: Mapped[Facts | None]  # the grid as it was found last
    base: Mapped[Facts | None]  # the grid that the corrections begin with; None: there are none
    facts: Mapped[Facts | None]  # the Take, its riffs left out: they are regions
    edited: Mapped[Facts] = mapped_column(default=dict)


class CorrectionRow(Base):
    """A correction of a take's grid; those undone stay in the history."""

    __tablename__ = "corrections"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    take_id: Mapped[str] = mapped_column(ForeignKey("takes.id", ondelete="CASCADE"), index=True)
    correction: Mapped[Facts]
    made: Mapped[float]
    undone: Mapped[float | None]


class RegionRow(Base):
    """A stretch worth keeping: found (the best time of a riff) or drawn by the user."""

    __tablename__ = "regions"

    id: Mapped[str] = mapped_column(primary_key=True)
    recording_id: Mapped[str] = mapped_column(
        ForeignKey("recordings.id", ondelete="CASCADE"), index=True
    )
    take_id: Mapped[str | None] = mapped_column(
        ForeignKey("takes.id", ondelete="SET NULL"), index=True
    )
    origin: Mapped[str]  # "auto" or "manual"
    start: Mapped[float]
    end: Mapped[float]
    bars: Mapped[float]
    loop_bars: Mapped[int]
    tempo: Mapped[float | None]  # BPM
    seam: Mapped[float | None]  # None: not measured on the sound yet
    confidence: Mapped[float]
    about: Mapped[Facts]  # name, coolness, niceness, chords
    measured: Mapped[Facts] = mapped_column(default=dict)  # bars, tempo of what the user drew
    edited: Mapped[Facts] = mapped_column(default=dict)  # the user's words for any of these
    removed: Mapped[bool] = mapped_column(default=False)  # by the user: not to be found again
    shown: Mapped[bool] = mapped_column(default=True)  # not removed, and found by the last analysis
    added: Mapped[float]


class RiffRow(Base):
    """A region that comes again: all its times, and what it is known by in other recordings."""

    __tablename__ = "riffs"

    region_id: Mapped[str] = mapped_column(
        ForeignKey("regions.id", ondelete="CASCADE"), primary_key=True
    )
    times: Mapped[list[Any]]  # [[start, end], ...] ascending
    best: Mapped[int]
    seen: Mapped[list[Any]]  # [times, best] as other grids had it: an undone one finds it by them
    repetition: Mapped[float]
    energy: Mapped[float]
    salience: Mapped[float]
    fingerprint: Mapped[bytes | None]  # float32, little-endian


class HitsRow(Base):
    """The drum hits of a recording, packed (bridge.library.packing)."""

    __tablename__ = "hits"

    recording_id: Mapped[str] = mapped_column(
        ForeignKey("recordings.id", ondelete="CASCADE"), primary_key=True
    )
    count: Mapped[int]
    packed: Mapped[bytes]


class JobRow(Base):
    """Work to do, being done, or done."""

    __tablename__ = "jobs"
    __table_args__ = (
        # One analysis of a recording at a time: two would write the same rows.
        Index(
            "one_active_job",
            "recording_id",
            unique=True,
            sqlite_where=text(ACTIVE),
            postgresql_where=text(ACTIVE),
        ),
        Index("jobs_by_state", "state", "id"),
        {"sqlite_autoincrement": True},  # the number of a job that is gone means no other
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    recording_id: Mapped[str] = mapped_column(ForeignKey("recordings.id", ondelete="CASCADE"))
    begin: Mapped[str]  # the stage that it begins with
    options: Mapped[Facts]
    state: Mapped[str]  # queued, running, done, failed, cancelled
    stage: Mapped[str | None]  # that it is in
    kept: Mapped[str | None]  # the last stage whose result an attempt has kept
    progress: Mapped[float] = mapped_column(default=0.0)  # 0..1
    error: Mapped[Facts | None]  # what, cause, remedy
    attempts: Mapped[int] = mapped_column(default=0)
    owner: Mapped[str | None]  # host:process of the runner
    heartbeat: Mapped[float | None]  # of the owner
    run: Mapped[str | None]  # names the attempt: what an older one writes late is refused
    made: Mapped[float]
    started: Mapped[float | None]
    ended: Mapped[float | None]
