"""A Reaper project: the sound in its own time, a tempo for each bar, regions, drums, chords.

Only what ReaTeam's "State Chunk Definitions" describe is written; Reaper fills in the rest.
Never opened in Reaper by us: read back by other programs only.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from bridge.errors import BridgeError
from bridge.recordings.export.material import Material
from bridge.recordings.export.plain import decimal, one_line
from bridge.recordings.export.riff_file import WavNotes, stream_wav
from bridge.recordings.export.rows import Row, chord_rows, rows_of
from bridge.recordings.export.ruler import QUARTER
from bridge.recordings.export.sound import Sound, blocks_of
from bridge.recordings.export.strokes import DRUM_CHANNEL, strokes
from bridge.recordings.export.tempo_map import TempoMap, tempo_map
from bridge.recordings.export.writing import written

SAVED = 1_700_000_000  # seconds since 1970: any; Reaper puts its own when it saves
SQUARE = 1  # shape of a tempo point: it holds until the next
SETS_METRE = 1  # flag of a tempo point
REGION = 1  # flag of a marker
# Reaper chooses its decoder by this word, not by what is in the file.
SOURCES = {
    "WAV": "WAVE", "WAVEX": "WAVE", "RF64": "WAVE", "W64": "WAVE", "AIFF": "WAVE",
    "FLAC": "FLAC", "MP3": "MP3", "OGG": "VORBIS",
}  # fmt: skip
MARKED = ("takes", "sections", "riffs", "keys")
NAMESPACE = uuid.UUID("6f0f3c0e-6d0b-5f0e-9f39-0e3a9b1d7c55")  # of our markers' ids
STRETCHED = 3  # text fills its item


def write_rpp(material: Material, out: BinaryIO) -> None:
    """The project. Sound that Reaper may not read is written as WAV beside it.

    Raises BridgeError.
    """
    tempi = tempo_map(material.recording.takes)
    out.write(("\n".join(_project(material, tempi)) + "\n").encode())


def _project(material: Material, tempi: TempoMap) -> Iterator[str]:
    first = tempi.metres[0]
    yield f'<REAPER_PROJECT 0.1 "7.0" {SAVED}'
    if material.sound:
        yield f"  SAMPLERATE {material.sound.rate} 0 0"
    yield f"  TEMPO {decimal(tempi.pace.steps[0].bpm)} {first.upper} {first.lower}"
    yield from _markers(material)
    yield from _tempo_envelope(tempi)
    if material.sound:
        yield from _audio(material, material.sound)
    if "drums" in material.kinds:
        yield from _drums(material, tempi)
    if "chords" in material.kinds:
        yield from _chords(material)
    yield ">"


def _markers(material: Material) -> Iterator[str]:
    """Regions, and a key as a marker; each with a number of its own."""
    kinds = tuple(kind for kind in material.kinds if kind in MARKED)
    for number, row in enumerate(rows_of(material.recording, kinds), 1):
        name = _quoted(_name(row))
        colour = 0x1000000 | int(row.colour.removeprefix("#"), 16)
        id = uuid.uuid5(NAMESPACE, f"{number} {row.kind} {row.start:.6f}")
        rest = f"{colour} 1 B {{{str(id).upper()}}}"
        if row.kind == "keys" or row.end is None:
            yield f"  MARKER {number} {decimal(max(row.start, 0.0))} {name} 0 {rest}"
            continue
        yield f"  MARKER {number} {decimal(max(row.start, 0.0))} {name} {REGION} {rest}"
        yield f'  MARKER {number} {decimal(max(row.end, 0.0))} "" {REGION}'


def _name(row: Row) -> str:
    """Never empty: an empty one ends a region."""
    name = one_line(row.label) or row.kind.removesuffix("s")
    return f"Key: {name}" if row.kind == "keys" else name


def _tempo_envelope(tempi: TempoMap) -> Iterator[str]:
    """A point wherever tempo or metre changes, at the seconds that the points before lead to."""
    points: dict[float, str] = {}
    for tempo in tempi.pace.steps:
        points[tempo.quarter] = f"{decimal(tempo.bpm)} {SQUARE}"
    for metre in tempi.metres:
        points[metre.quarter] = (
            f"{decimal(tempi.pace.bpm(metre.quarter))} {SQUARE} "
            f"{65536 * metre.lower + metre.upper} 0 {SETS_METRE}"
        )
    yield "  <TEMPOENVEX"
    yield "    ACT 1 -1"
    yield "    VIS 1 0 1"
    yield "    DEFSHAPE 1 -1 -1"
    for quarter in sorted(points):
        yield f"    PT {decimal(tempi.seconds(quarter), 12)} {points[quarter]}"
    yield "  >"


def _audio(material: Material, sound: Sound) -> Iterator[str]:
    path, start, kind = sound.path, sound.start, sound.kind
    if kind not in SOURCES:
        path, start, kind = _beside(material, sound), 0.0, "WAV"
    yield "  <TRACK"
    yield f"    NAME {_quoted(material.title or 'Recording')}"
    yield "    <ITEM"
    yield "      POSITION 0"
    yield f"      LENGTH {decimal(sound.seconds)}"
    yield "      LOOP 0"
    yield f"      NAME {_quoted(material.title or path.name)}"
    yield f"      SOFFS {decimal(start)}"
    yield "      PLAYRATE 1 1 0 -1 0 0.0025"
    yield f"      <SOURCE {SOURCES[kind]}"
    yield f"        FILE {_path(path, material.target)}"
    yield "      >"
    yield "    >"
    yield "  >"


def _beside(material: Material, sound: Sound) -> Path:
    """What Reaper may not read, such as M4A without a decoder, as WAV beside the project."""
    if material.target is None:
        raise BridgeError(
            f"Reaper may not read {sound.path.name}",
            cause="a project names its sound, and no file can be written beside it here",
            remedy="export it as dawproject, which holds the sound, or by `dawbridge export`",
        )
    target = material.target.with_name(f"{material.target.stem} - sound.wav")
    with written(target, overwrite=material.overwrite) as beside, beside.open("wb") as out:
        notes = WavNotes(name=one_line(material.title))
        blocks = blocks_of(sound)
        stream_wav(out, blocks, sound.frames, sound.rate, sound.channels, sound.bits, notes)
    return target


def _path(path: Path, project: Path | None) -> str:
    """Relative where the sound lies in the project's folder: then both can be moved together."""
    whole = path.resolve()
    try:
        text = str(whole.relative_to(project.resolve().parent)) if project else str(whole)
    except ValueError:
        text = str(whole)
    try:
        text.encode()
        return _exact(text)
    except (UnicodeEncodeError, ValueError):
        shown = text.encode(errors="replace").decode()
        raise BridgeError(
            f"A Reaper project cannot name {shown}",
            cause="the name holds all three kinds of quotes, a new line, or what is no text",
            remedy="rename the file",
        ) from None


def _drums(material: Material, tempi: TempoMap) -> Iterator[str]:
    """One item over all of it; its ticks count in quarter notes from the beginning."""
    events: list[tuple[int, int, str]] = []
    for stroke in strokes(material.recording.hits, tempi.ticks):
        note = f"{stroke.note:02x}"
        on, off = 0x90 | DRUM_CHANNEL, 0x80 | DRUM_CHANNEL
        events.append((stroke.start, 1, f"{on:02x} {note} {stroke.velocity:02x}"))
        events.append((stroke.end, 0, f"{off:02x} {note} 00"))
    (end,) = tempi.ticks([material.seconds])
    end = max([end, *(tick for tick, _, _ in events)])
    yield "  <TRACK"
    yield '    NAME "Drums"'
    yield "    <ITEM"
    yield "      POSITION 0"
    yield f"      LENGTH {decimal(tempi.seconds(end / QUARTER))}"
    yield "      LOOP 0"
    yield '      NAME "Drums"'
    yield "      SOFFS 0"
    yield "      PLAYRATE 1 1 0 -1 0 0.0025"
    yield "      <SOURCE MIDI"
    yield f"        HASDATA 1 {QUARTER} QN"
    before = 0
    for tick, _, message in sorted(events):
        yield f"        E {tick - before} {message}"
        before = tick
    yield f"        E {end - before} b0 7b 00"
    yield "      >"
    yield "    >"
    yield "  >"


def _chords(material: Material) -> Iterator[str]:
    """Items without sound that show a text."""
    yield "  <TRACK"
    yield '    NAME "Chords"'
    for row in chord_rows(material.recording):
        yield "    <ITEM"
        yield f"      POSITION {decimal(row.start)}"
        yield f"      LENGTH {decimal((row.end or row.start) - row.start)}"
        yield "      LOOP 0"
        yield "      <NOTES"
        yield f"        |{one_line(row.label)}"
        yield "      >"
        yield f"      IMGRESOURCEFLAGS {STRETCHED}"
        yield "    >"
    yield "  >"


def _quoted(text: str) -> str:
    """A name in whichever quotes it does not hold; one that holds all three loses one kind."""
    plain = one_line(text)
    try:
        return _exact(plain)
    except ValueError:
        return f"`{plain.replace('`', chr(39))}`"


def _exact(text: str) -> str:
    """Raises ValueError where no quotes fit, or there is a line's end in it."""
    if text != "".join(text.splitlines()):
        raise ValueError("a line ends in it")
    quote = next((each for each in "\"'`" if each not in text), None)
    if quote is None:
        raise ValueError("every kind of quotes is in it")
    return f"{quote}{text}{quote}"
