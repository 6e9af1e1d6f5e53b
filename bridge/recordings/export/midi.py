"""A Standard MIDI File whose bars are those of the music: a tempo for each beat, where needed.

Time 0 of the file is time 0 of the recording.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from types import ModuleType
from typing import Any, BinaryIO

from bridge.errors import BridgeError, extra
from bridge.recordings.export.material import Material
from bridge.recordings.export.plain import one_line
from bridge.recordings.export.rows import Kind, section_label
from bridge.recordings.export.ruler import DRIFT, QUARTER, Ruler, ruler_of, ticks_at
from bridge.recordings.export.strokes import DRUM_CHANNEL, strokes
from bridge.recordings.facts import Recording
from bridge.recordings.tempo import Tempi, fitted, in_whole_microseconds
from bridge.signal.spelling import LETTERS, chord_name, chord_notes, pitch_class

CHORD_VELOCITY = 72
MAJOR = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")  # key signatures
MINOR = ("Cm", "C#m", "Dm", "Ebm", "Em", "Fm", "F#m", "Gm", "G#m", "Am", "Bbm", "Bm")


def write_midi(material: Material, out: BinaryIO) -> None:
    """Tempo, metre, key and markers; a track of chords; a track of drums.

    Raises BridgeError without mido.
    """
    mido = _mido()
    recording, kinds = material.recording, material.kinds
    ruler = ruler_of(recording.takes)
    tempi = fitted(ruler.quarters, ruler.times, within=DRIFT, rounded=in_whole_microseconds)
    tracks = [_conductor(mido, ruler, tempi, recording, kinds)]
    if "chords" in kinds:
        tracks.append(_chords(mido, tempi, recording))
    if "drums" in kinds:
        tracks.append(_drums(mido, tempi, recording))
    song = mido.MidiFile(type=1, ticks_per_beat=QUARTER, charset="utf-8")
    song.tracks.extend(tracks)
    song.save(file=out)


def _conductor(
    mido: ModuleType, ruler: Ruler, tempi: Tempi, recording: Recording, kinds: tuple[Kind, ...]
) -> Any:
    metas = [
        (round(step.quarter * QUARTER), mido.MetaMessage("set_tempo", tempo=round(60e6 / step.bpm)))
        for step in tempi.steps
    ]
    metas += [
        (tick, mido.MetaMessage("time_signature", numerator=upper, denominator=lower))
        for tick, upper, lower in ruler.metres
    ]
    said = sorted(_markers(recording, kinds))
    metas += [
        (tick, mido.MetaMessage("marker", text=one_line(text)))
        for tick, (_, text) in zip(ticks_at(tempi, [time for time, _ in said]), said, strict=True)
    ]
    keys = [key for take in recording.takes for key in take.keys if "keys" in kinds]
    for tick, key in zip(ticks_at(tempi, [key.start for key in keys]), keys, strict=True):
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


def _chords(mido: ModuleType, tempi: Tempi, recording: Recording) -> Any:
    chords = [chord for take in recording.takes for chord in take.chords]
    starts = ticks_at(tempi, [chord.start for chord in chords])
    ends = ticks_at(tempi, [chord.end for chord in chords])
    events: list[tuple[int, int, Any]] = [(0, 0, mido.Message("program_change", program=0))]
    for chord, start, end in zip(chords, starts, ends, strict=True):
        events.append((start, 1, mido.MetaMessage("text", text=one_line(chord_name(chord.label)))))
        for note in chord_notes(chord.label):
            on = mido.Message("note_on", note=note, velocity=CHORD_VELOCITY)
            events.append((start, 2, on))
            events.append((max(end, start + 1), 0, mido.Message("note_off", note=note)))
    return _track(mido, "Chords", events)


def _drums(mido: ModuleType, tempi: Tempi, recording: Recording) -> Any:
    events: list[tuple[int, int, Any]] = []
    for stroke in strokes(recording.hits, partial(ticks_at, tempi)):
        note = {"channel": DRUM_CHANNEL, "note": stroke.note}
        on = mido.Message("note_on", velocity=stroke.velocity, **note)
        events.append((stroke.start, 2, on))
        events.append((stroke.end, 0, mido.Message("note_off", **note)))
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


def _mido() -> ModuleType:
    try:
        import mido
    except ImportError as error:
        raise BridgeError(
            "MIDI files cannot be written here",
            cause="mido is not installed",
            remedy=extra("files"),
        ) from error
    module: ModuleType = mido
    return module
