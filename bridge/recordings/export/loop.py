"""A region of a recording as a backing track: looped, counted in, at the project's tempo or key."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bridge.errors import BridgeError
from bridge.recordings.export.bars import bars_of
from bridge.recordings.export.rendering import Rendering, loop_body, stretched_passes
from bridge.recordings.export.riff_file import WIDTH, Bits, Mark, WavNotes
from bridge.recordings.export.sound_files import sound_writer
from bridge.recordings.export.sticks import count_in
from bridge.recordings.export.writing import written
from bridge.recordings.facts import Span
from bridge.recordings.grid import Grid
from bridge.recordings.loops import (
    LoopPoints,
    refine_loops,
    score_loops,
)
from bridge.recordings.pieces import read_pieces, sound_rate
from bridge.signal.frames import Array

RANGES: dict[str, tuple[float, float]] = {
    "passes": (1, 10),
    "crossfade_ms": (0, 500),
    "count_in_bars": (0, 2),
    "tempo": (20, 400),
    "semitones": (-12, 12),
}
CALLED = {
    "passes": "The number of loops",
    "crossfade_ms": "The crossfade in milliseconds",
    "count_in_bars": "The count-in in bars",
    "tempo": "The tempo in beats a minute",
    "semitones": "The shift in semitones",
}
SPEEDS = (0.5, 2.0)  # times the own tempo: beyond it no stretcher sounds well
SHORTEST, LONGEST = 0.1, 1800.0  # seconds: of a region; of what is stretched, all passes together
ON_THE_BEAT = 0.1  # beats: a region that lies off by less has a whole number of them
FULL = 0.999  # of full scale: where a peak is brought that would clip
SLOWEST = 4000  # Hz: of a recording; telephones have 8000
MISSING = 0.05  # seconds that a recording may end before a region: lengths are rounded
NEAR = 0.05  # seconds from the start at which a bar line is the start itself
INTO = 0.005  # seconds of the music before the start that come in under the count-in


@dataclass(frozen=True, slots=True)
class LoopOptions:
    """How a loop is made. Raises BridgeError for what is out of range.

    passes         how often the region is played, 1..10
    crossfade_ms   at each seam, at equal power, 0..500
    count_in_bars  bars of sticks before it, 0..2
    tempo          felt beats a minute, 20..400; None: as it was played
    semitones      up or down, -12..12
    bits           of WAV and FLAC: "16", "24" or "float" (FLAC: 24)
    refine         the seam is moved by milliseconds to where it is not heard
    """

    passes: int = 1
    crossfade_ms: float = 10.0
    count_in_bars: int = 0
    tempo: float | None = None
    semitones: float = 0.0
    bits: Bits = "24"
    refine: bool = True

    def __post_init__(self) -> None:
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            whole = name in ("passes", "count_in_bars")
            if value is None and name == "tempo":
                continue
            if not (low <= value <= high) or (whole and not isinstance(value, int)):
                raise BridgeError(
                    f"{CALLED[name]} cannot be {value:g}",
                    cause=f"it is {'a whole number ' if whole else ''}from {low} to {high}",
                    remedy=f"choose one from {low} to {high}",
                )
        if self.bits not in WIDTH:
            raise BridgeError(
                f"bits cannot be {self.bits!r}",
                cause=f"samples are written as {', '.join(WIDTH)}",
                remedy="choose 16, 24 or float",
            )


@dataclass(frozen=True, slots=True)
class ExportedLoop:
    """What was written.

    start, end    seconds of the recording, where it was really cut
    seam          0..1: bridge.recordings.loops
    seconds       of the whole file
    tempo         felt beats a minute in the file; None: no beats are known
    crossfade_ms  shorter than asked where the recording has not that much before the start
    gain_db       0, or how much softer it is so that nothing clips
    """

    path: Path
    start: float
    end: float
    seam: float
    seconds: float
    tempo: float | None
    crossfade_ms: float
    gain_db: float


@dataclass(frozen=True, slots=True)
class _Beats:
    """What of the grid lies in a region: felt beats, and their metre."""

    count: float
    metre: tuple[int, int]
    in_bar: int
    quarters: float  # quarter notes in a felt beat, in the mean
    units: tuple[int, ...]  # of each beat of a usual bar
    bars: tuple[float, ...]  # seconds of the recording where bars begin


def export_loop(
    recording: Path,
    span: Span,
    options: LoopOptions,
    target: Path,
    *,
    grid: Grid | None = None,
    name: str = "",
    overwrite: bool = False,
) -> ExportedLoop:
    """Writes the region as `target`, whose ending says in which format.

    `grid` is that of its take: without one there is no count-in, no tempo and no bar marks.
    Raises BridgeError, each time with what can be done.
    """
    write = sound_writer(target)
    _check(span, options)
    beats = _beats(grid, span) if grid else None
    rate = sound_rate(recording)
    if rate < SLOWEST:
        raise BridgeError(
            f"A recording at {rate} Hz cannot be looped",
            cause="there is no music in so few samples a second",
            remedy=f"export it again at {SLOWEST} Hz or more",
        )
    (points,) = (refine_loops if options.refine else score_loops)(recording, [span])
    speed = _speed(beats, (points.end - points.start) / rate, options)
    body, fade = _one_pass(
        recording, points, round(options.crossfade_ms / 1000 * rate * speed), rate
    )
    length = len(body) / speed  # samples of a pass in the file
    times = options.passes
    if speed != 1.0 or options.semitones:
        fade = round(fade / speed)
        body = stretched_passes(body, rate, times, speed, options.semitones, fade)
        times = 1
    loop = Rendering(_lead(beats, options, length / rate, rate, body), body, times)
    kept = options.bits == "float" and target.suffix.lower() == ".wav"  # values over 1 are kept
    gain = FULL / loop.peak if loop.peak > 1.0 and not kept else 1.0
    notes = _notes(beats, span, options.passes, points, name, loop, length, rate)
    with written(target, overwrite=overwrite) as beside:
        write(beside, loop.louder(gain) if gain < 1.0 else loop, rate, options.bits, notes)
    return ExportedLoop(
        path=target,
        start=points.start / rate,
        end=points.end / rate,
        seam=points.seam,
        seconds=loop.frames / rate,
        tempo=beats.count * 60 * rate / length if beats else None,
        crossfade_ms=1000 * fade / rate,
        gain_db=20 * math.log10(gain),
    )


def _check(span: Span, options: LoopOptions) -> None:
    """Raises BridgeError for a region that is no loop."""
    if not (math.isfinite(span.seconds) and span.start >= 0 and span.seconds >= SHORTEST):
        raise BridgeError(
            f"There is no region from {span.start:g} to {span.end:g} s",
            cause=f"a region lies within the recording and lasts {SHORTEST} s at least",
            remedy="give a start and a later end, in seconds from the recording's beginning",
        )
    if span.seconds > LONGEST:
        raise BridgeError(
            f"A region of {span.seconds / 60:.0f} minutes is too long for a loop",
            cause=f"{LONGEST / 60:.0f} minutes at most are held in memory",
            remedy="choose a shorter one, or cut the recording in an editor",
        )
    if options.crossfade_ms / 1000 > span.seconds / 2:
        raise BridgeError(
            f"{CALLED['crossfade_ms']} cannot be {options.crossfade_ms:g} here",
            cause=f"the region lasts {span.seconds:.2f} s, half of it is the most",
            remedy=f"choose {span.seconds * 500:.0f} ms or less",
        )


def _beats(grid: Grid, span: Span) -> _Beats | None:
    """None: too few beats are known."""
    if len(grid.beats) < 2:
        return None
    first, last = grid.places_at([span.start, span.end])
    count = float(last - first)
    whole = max(1, round(count))
    usual = grid.beats_per_bar
    half = span.seconds / count / 2
    bars = bars_of(grid)
    inside = [bar for bar in bars if span.start - half <= bar.start < span.end - half]
    full = [bar for bar in inside or bars if len(bar.beats) == usual]
    return _Beats(
        count=whole if abs(count - whole) < ON_THE_BEAT else count,
        metre=(grid.counted, grid.unit),
        in_bar=usual,
        quarters=grid.quarters_per_bar / usual,
        units=full[0].units if full else (1,) * usual,
        bars=tuple(bar.start for bar in inside if bar.number),
    )


def _speed(beats: _Beats | None, seconds: float, options: LoopOptions) -> float:
    """How much faster than it was played, in so many seconds: then the length is exact."""
    if beats is None and (options.tempo or options.count_in_bars):
        raise BridgeError(
            f"{'The tempo cannot be set' if options.tempo else 'There is no count-in'} here",
            cause="no beats are known in this region",
            remedy="correct the grid of the take first, or leave tempo and count-in out",
        )
    own = beats.count * 60 / seconds if beats else 0.0
    if options.count_in_bars and own < RANGES["tempo"][0]:
        raise BridgeError(
            "There is no count-in here",
            cause=f"by the grid this region has {own:.1f} beats a minute",
            remedy="correct the grid of the take first, or leave the count-in out",
        )
    speed = options.tempo / own if options.tempo else 1.0
    if not SPEEDS[0] <= speed <= SPEEDS[1]:
        raise BridgeError(
            f"The tempo cannot be {options.tempo} here",
            cause=f"it was played at {own:.1f} BPM, and half to twice of that is possible",
            remedy=f"choose {math.ceil(own * SPEEDS[0])} to {math.floor(own * SPEEDS[1])} BPM; "
            "is the grid at half or double tempo?",
        )
    stretched = speed != 1.0 or options.semitones
    minutes = options.passes * seconds / min(speed, 1.0) / 60
    if stretched and minutes > LONGEST / 60:
        raise BridgeError(
            f"{minutes:.0f} minutes are too long for another tempo or key",
            cause=f"{LONGEST / 60:.0f} minutes of all passes together are held in memory",
            remedy="choose fewer passes; a DAW can loop one for ever",
        )
    return speed


def _one_pass(recording: Path, points: LoopPoints, fade: int, rate: int) -> tuple[Array, int]:
    """The sound of a pass, and how many samples its crossfade really has."""
    fade = min(fade, points.start, (points.end - points.start) // 2)
    (sound,) = read_pieces(recording, [(points.start - fade, points.end)])
    if sound.first + len(sound.samples) < points.end - round(MISSING * rate):
        raise BridgeError(
            f"The region ends at {points.end / rate:.2f} s, but {recording.name} ends before",
            cause="the region was found in another file, or this one was cut",
            remedy="analyse the recording again",
        )
    return loop_body(sound, points.start, points.end, fade), fade


def _lead(
    beats: _Beats | None, options: LoopOptions, seconds: float, rate: int, body: Array
) -> Array:
    """The count-in at the tempo of the pass, which lasts so many seconds. float32 (n, channels)."""
    channels = body.shape[1]
    if beats is None or not options.count_in_bars:
        return np.zeros((0, channels), np.float32)
    bar = seconds / beats.count * beats.in_bar
    within = np.cumsum([0, *beats.units[:-1]]) / sum(beats.units) * bar
    strokes = [number * bar + float(at) for number in range(options.count_in_bars) for at in within]
    ones = [index % len(within) == 0 for index in range(len(strokes))]
    sticks = count_in(strokes, ones, options.count_in_bars * bar, rate)
    lead = np.repeat(sticks[:, None], channels, axis=1)
    into = min(round(INTO * rate), len(lead), len(body))
    # What precedes the start stands at the end of the pass: the music begins without a click.
    lead[-into:] += body[-into:] * np.linspace(0.0, 1.0, into, dtype=np.float32)[:, None]
    return lead


def _notes(
    beats: _Beats | None,
    span: Span,
    passes: int,
    points: LoopPoints,
    name: str,
    loop: Rendering,
    length: float,
    rate: int,
) -> WavNotes:
    lead = len(loop.lead)
    quarters, tempo = 0.0, 0.0
    if beats:
        tempo = beats.count * beats.quarters * 60 * rate / length
        quarters = tempo * loop.frames / rate / 60
    whole = abs(quarters - round(quarters)) < ON_THE_BEAT
    return WavNotes(
        name=name,
        marks=tuple(_marks(beats, span, passes, name, lead, length, rate)),
        loops=((lead, loop.frames - 1),),
        quarters=round(quarters) if whole else 0,
        tempo=tempo,
        metre=beats.metre if beats else (4, 4),
        stamp=max(0, points.start - lead),
    )


def _marks(
    beats: _Beats | None,
    span: Span,
    passes: int,
    name: str,
    lead: int,
    length: float,
    rate: int,
) -> Iterator[Mark]:
    """The count-in, each pass, and in it each bar from the second on."""
    if lead:
        yield Mark(0, "count-in")
    for number in range(passes):
        first = lead + number * length
        yield Mark(round(first), f"{name or 'pass'} {number + 1}")
        bars = beats.bars if beats else ()
        for count, bar in enumerate(bars, 1):
            part = (bar - span.start) / span.seconds
            if part * length > NEAR * rate:
                yield Mark(round(first + part * length), f"bar {count}")
