"""A Standard MIDI File whose bars are those of the music: a tempo for each beat, where needed.

Time 0 of the file is time 0 of the recording. What comes before the first downbeat fills an
offset: first a bar of what is left over, then whole bars, so that the downbeat is a downbeat.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

from bridge.errors import BridgeError
from bridge.recordings.export.bars import Bar, bars_of
from bridge.recordings.export.rows import Kind, section_label
from bridge.recordings.facts import Recording, Take
from bridge.recordings.grid import Grid
from bridge.signal.frames import Array64
from bridge.signal.spelling import LETTERS, chord_name, chord_notes, pitch_class

QUARTER = 960  # ticks: 0.5 ms at 120 BPM, so that the feel of a drummer is kept
DRIFT = 2e-4  # seconds that a tempo may be off before a new one is written
SLOWEST = 0xFFFFFF  # microseconds a quarter note: all that three bytes hold
PLAIN_TEMPO = 500_000  # microseconds a quarter note: 120 BPM, where nothing is known
AT_ZERO = 1e-3  # seconds: a beat so near to the beginning begins the file
CHORD_VELOCITY = 72
DRUM_CHANNEL = 9  # counted from 0: General MIDI's channel 10
DRUM_NOTES = {"kick": 36, "snare": 38, "toms": 47, "hihat": 42, "cymbals": 49}  # General MIDI 1
STROKE = QUARTER // 16  # ticks: a drum sounds as long as it wants
MAJOR = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")  # key signatures
MINOR = ("Cm", "C#m", "Dm", "Ebm", "Em", "Fm", "F#m", "Gm", "G#m", "Am", "Bbm", "Bm")


@dataclass
class Timeline:
    """Ticks and seconds that belong together, and the metre from tick to tick."""

    times: list[float] = field(default_factory=lambda: [0.0])
    ticks: list[int] = field(default_factory=lambda: [0])
    metres: list[tuple[int, int, int]] = field(default_factory=list)  # tick, upper, lower number

    def reach(self, time: float, tick: int) -> None:
        """A time after the last one, or the very same."""
        if tick > self.ticks[-1]:
            self.times.append(time)
            self.ticks.append(tick)

    def metre(self, tick: int, upper: int, lower: int) -> None:
        """From this tick on."""
        if not self.metres or self.metres[-1][1:] != (upper, lower):
            self.metres.append((tick, upper, lower))

    def tempi(self) -> list[tuple[int, int]]:
        """(tick, microseconds a quarter note): rounding does not add up over the beats."""
        tempi: list[tuple[int, int]] = []
        at, tempo = 0.0, 0
        spans = itertools.pairwise(zip(self.times, self.ticks, strict=True))
        for (_, tick), (behind, next_tick) in spans:
            quarters = (next_tick - tick) / QUARTER
            if not tempo or abs(at + tempo * 1e-6 * quarters - behind) > DRIFT:
                tempo = min(max(1, round((behind - at) / quarters * 1e6)), SLOWEST)
                tempi.append((tick, tempo))
            at += tempo * 1e-6 * quarters
        return tempi or [(0, PLAIN_TEMPO)]

    def at(self, times: Sequence[float]) -> list[int]:
        """The nearest ticks; behind the last beat its tempo goes on."""
        tempi = self.tempi()
        starts = np.array([tick for tick, _ in tempi])
        slopes = np.array([tempo for _, tempo in tempi]) * 1e-6 / QUARTER
        seconds = np.concatenate([[0.0], np.cumsum(np.diff(starts) * slopes[:-1])])
        asked: Array64 = np.asarray(times, np.float64)
        part = np.clip(np.searchsorted(seconds, asked, "right") - 1, 0, len(starts) - 1)
        ticks = starts[part] + (asked - seconds[part]) / slopes[part]
        return [max(0, int(tick)) for tick in np.rint(ticks)]


def write_midi(recording: Recording, kinds: tuple[Kind, ...]) -> bytes:
    """Tempo, metre, key and markers; a track of chords; a track of drums.

    Raises BridgeError without mido.
    """
    mido = _mido()
    line = timeline(recording.takes)
    tracks = [_conductor(mido, line, recording, kinds)]
    if "chords" in kinds:
        tracks.append(_chords(mido, line, recording))
    if "drums" in kinds:
        tracks.append(_drums(mido, line, recording))
    song = mido.MidiFile(type=1, ticks_per_beat=QUARTER, charset="utf-8")
    song.tracks.extend(tracks)
    out = io.BytesIO()
    song.save(file=out)
    return out.getvalue()


def timeline(takes: Sequence[Take]) -> Timeline:
    """Where the beats of all takes lie in ticks, in the order of time."""
    line = Timeline()
    grids = [(take.grid, bars) for take in takes if (bars := bars_of(take.grid))]
    for index, (grid, bars) in enumerate(grids):
        _lead(line, grid, bars)
        _play(line, grid, bars, last=index == len(grids) - 1)
    return line


def _lead(line: Timeline, grid: Grid, bars: Sequence[Bar]) -> None:
    """From where the line ends to the first beat: an offset of a fitting number of bars."""
    note = 4 * QUARTER // grid.unit  # ticks of a unit
    whole = next((bar for bar in bars if sum(bar.units) == grid.counted), bars[0])
    unit = (whole.end - whole.start) / sum(whole.units)  # seconds
    gap = bars[0].start - line.times[-1]
    upbeat = sum(bars[0].units) if bars[0].number == 0 else 0
    start = line.ticks[-1]
    if gap < AT_ZERO:
        if len(line.times) > 1 and bars[0].start > line.times[-2]:
            line.times[-1] = bars[0].start  # the last beat before ends where this one begins
        if upbeat:
            line.metre(start, upbeat, grid.unit)
        return
    units = round(gap / unit)
    if not units:  # less than half a unit: a bar of a few sixteenths or less
        step = QUARTER // 8
        count = max(1, round(gap / (unit * step / note)))
        line.metre(start, count, 32)
        line.reach(bars[0].start, start + count * step)
        if upbeat:
            line.metre(line.ticks[-1], upbeat, grid.unit)
        return
    left = (units + upbeat) % grid.counted
    if left:
        line.metre(start, left, grid.unit)
    if units + upbeat >= grid.counted:
        line.metre(start + left * note, grid.counted, grid.unit)
    line.reach(bars[0].start, start + units * note)


def _play(line: Timeline, grid: Grid, bars: Sequence[Bar], *, last: bool) -> None:
    note = 4 * QUARTER // grid.unit
    for bar in bars:
        tick = line.ticks[-1]
        unfinished = bar is bars[-1] and sum(bar.units) < grid.counted and last
        if bar.number:
            line.metre(tick, grid.counted if unfinished else sum(bar.units), grid.unit)
        for units, behind in zip(bar.units, (*bar.beats[1:], bar.end), strict=True):
            tick += units * note
            line.reach(behind, tick)


def _conductor(
    mido: ModuleType, line: Timeline, recording: Recording, kinds: tuple[Kind, ...]
) -> Any:
    metas = [(tick, mido.MetaMessage("set_tempo", tempo=tempo)) for tick, tempo in line.tempi()]
    metas += [
        (tick, mido.MetaMessage("time_signature", numerator=upper, denominator=lower))
        for tick, upper, lower in line.metres
    ]
    said = sorted(_markers(recording, kinds))
    metas += [
        (tick, mido.MetaMessage("marker", text=_text(text)))
        for tick, (_, text) in zip(line.at([time for time, _ in said]), said, strict=True)
    ]
    keys = [key for take in recording.takes for key in take.keys if "keys" in kinds]
    for tick, key in zip(line.at([key.start for key in keys]), keys, strict=True):
        signature = _signature(key.key)
        if signature:
            metas.append((tick, mido.MetaMessage("key_signature", key=signature)))
    return _track(mido, "dawbridge", [(tick, 0, message) for tick, message in metas])


def _markers(recording: Recording, kinds: tuple[Kind, ...]) -> Iterator[tuple[float, str]]:
    for take in recording.takes:
        if "takes" in kinds and len(recording.takes) > 1:
            yield take.start, take.name
        if "sections" in kinds:
            yield from (
                (part.start, section_label(part.label, part.name)) for part in take.sections
            )
        if "riffs" in kinds:
            yield from ((time.start, riff.name) for riff in take.riffs for time in riff.times)


def _chords(mido: ModuleType, line: Timeline, recording: Recording) -> Any:
    chords = [chord for take in recording.takes for chord in take.chords]
    starts = line.at([chord.start for chord in chords])
    ends = line.at([chord.end for chord in chords])
    events: list[tuple[int, int, Any]] = [(0, 0, mido.Message("program_change", program=0))]
    for chord, start, end in zip(chords, starts, ends, strict=True):
        events.append((start, 1, mido.MetaMessage("text", text=_text(chord_name(chord.label)))))
        for note in chord_notes(chord.label):
            on = mido.Message("note_on", note=note, velocity=CHORD_VELOCITY)
            events.append((start, 2, on))
            events.append((max(end, start + 1), 0, mido.Message("note_off", note=note)))
    return _track(mido, "Chords", events)


def _drums(mido: ModuleType, line: Timeline, recording: Recording) -> Any:
    events: list[tuple[int, int, Any]] = []
    for drum in dict.fromkeys(hit.drum for hit in recording.hits):
        hits = sorted((hit for hit in recording.hits if hit.drum == drum), key=lambda hit: hit.time)
        note = {"channel": DRUM_CHANNEL, "note": DRUM_NOTES[drum]}
        ticks = line.at([hit.time for hit in hits])
        for hit, tick, behind in zip(hits, ticks, [*ticks[1:], ticks[-1] + STROKE], strict=True):
            if tick == behind:
                continue  # two strokes of one drum in one tick are one
            velocity = min(max(hit.velocity, 1), 127)
            events.append((tick, 2, mido.Message("note_on", velocity=velocity, **note)))
            events.append((min(tick + STROKE, behind), 0, mido.Message("note_off", **note)))
    return _track(mido, "Drums", events)


def _track(mido: ModuleType, name: str, events: list[tuple[int, int, Any]]) -> Any:
    """Events at ticks, in an order within the tick, to a track of differences."""
    track = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
    before = 0
    for tick, _, message in sorted(events, key=lambda event: event[:2]):
        track.append(message.copy(time=tick - before))
        before = tick
    return track


def _signature(key: str) -> str | None:
    """ "E minor" as MIDI names it: "Em"; None: no such key."""
    root, _, mode = key.partition(" ")
    if root[:1] not in LETTERS or mode not in ("major", "minor"):
        return None
    return (MAJOR if mode == "major" else MINOR)[pitch_class(root)]


def _text(text: str) -> str:
    return text.encode(errors="replace").decode()


def _mido() -> ModuleType:
    try:
        import mido
    except ImportError as error:
        raise BridgeError(
            "MIDI files cannot be written here",
            cause="mido is not installed",
            remedy="install the extra `files`: pip install 'dawbridge[files]'",
        ) from error
    module: ModuleType = mido
    return module
