"""What the routes of recordings take and answer, besides the library's own values."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from bridge.library.entries import Entry, Moment, RegionChange, Seconds, Stage, State, Word
from bridge.library.places import clean_name
from bridge.recordings.riffs import MOST

FactFormat = Literal["midi", "csv", "audacity", "json", "chords", "dawproject", "rpp", "marked-wav"]
FactKind = Literal["takes", "keys", "sections", "riffs", "chords", "beats", "drums"]
SoundFormat = Literal["wav", "flac", "ogg", "mp3"]
MOST_COLUMNS = 20_000  # of a waveform: five times the widest screen


class Recording(BaseModel):
    """A recording as it is listed."""

    id: str = Field(description="the hash of its sound: 32 hexadecimal digits")
    name: str
    files: list[str] = Field(description="names of the files that hold it")
    duration: float = Field(description="seconds; 0: not known before it is analysed")
    rate: int = Field(description="Hz")
    channels: int
    format: str = Field(description="of the first file: wav, m4a")
    added: float = Field(description="seconds since 1970")
    analysed: float | None = Field(description="seconds since 1970; null: not yet")
    takes: int = Field(description="how many pieces are played in it")
    regions: int = Field(description="how many regions it has, found and drawn")


class Job(BaseModel):
    """Work on a recording. Moments are seconds since 1970."""

    id: int
    recording: str
    name: str = Field(description="of the recording")
    begin: Stage = Field(description="the stage that it begins with")
    most_riffs: int
    state: State
    stage: str | None = Field(description="that it is in")
    progress: float = Field(description="0..1 of the whole")
    error: dict[str, str] | None = Field(description="what, cause, remedy, where it failed")
    attempts: int
    made: float
    started: float | None
    ended: float | None


class Jobs(BaseModel):
    """The work on recordings."""

    waiting: str | None = Field(description="why no job begins now; null: they need not wait")
    jobs: list[Job] = Field(description="newest first")


class Peaks(BaseModel):
    """A waveform to draw: the least and the greatest sample of each column, all channels."""

    start: float = Field(description="seconds of the recording where the first column begins")
    end: float = Field(description="seconds where the last one ends")
    low: list[float] = Field(description="-1..0 usually, one per column")
    high: list[float] = Field(description="0..1 usually, one per column")


class _Asked(BaseModel):
    """Unknown names are errors: a misspelt one must not be passed over."""

    model_config = ConfigDict(extra="forbid")


class Name(_Asked):
    """Another name."""

    name: Word


class TakeName(_Asked):
    """The user's name for a take; an empty one brings the found name back."""

    name: Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


class ByPath(_Asked):
    """A file on the machine that dawbridge runs on."""

    path: str = Field(
        min_length=1,
        max_length=4096,
        description="whole, or from one of service.folders on",
        examples=["2026-11-19/rehearsal.m4a"],
    )
    name: Word | None = Field(None, description="of the recording; null: the file's")


class Analyze(_Asked):
    """What is to be done."""

    most_riffs: int = Field(MOST, ge=1, le=MOST, description="of each take")
    stage: Stage = Field("decode", description="the stage to begin with; earlier ones are kept")


class Again(_Asked):
    """From which stage on."""

    stage: Stage | None = Field(None, description="null: as the job began")


class NewRegion(RegionChange):
    """A region to draw."""

    start: Seconds
    end: Moment
    name: Word


class LoopAsked(BaseModel):
    """How a loop is made."""

    format: SoundFormat = "wav"
    passes: int = Field(1, ge=1, le=10, description="how often the region is played")
    crossfade_ms: float = Field(
        10.0, ge=0, le=500, allow_inf_nan=False, description="at each seam, at equal power"
    )
    count_in_bars: int = Field(0, ge=0, le=2, description="bars of sticks before it")
    tempo: float | None = Field(
        None, ge=20, le=400, allow_inf_nan=False, description="BPM; left out: as it was played"
    )
    semitones: float = Field(0.0, ge=-12, le=12, allow_inf_nan=False, description="up or down")
    bits: Literal["16", "24", "float"] = Field("24", description="samples of WAV and FLAC")


class SpanLoopAsked(LoopAsked):
    """How a loop of any stretch is made."""

    start: Seconds = Field(description="seconds of the recording")
    end: Moment


def recording_of(entry: Entry) -> Recording:
    """A recording without the folders of this machine."""
    return Recording(
        id=entry.id,
        name=entry.name,
        files=[clean_name(path.name) for path in entry.files],
        duration=entry.duration,
        rate=entry.rate,
        channels=entry.channels,
        format=entry.format,
        added=entry.added,
        analysed=entry.analysed,
        takes=entry.takes,
        regions=entry.regions,
    )
