"""The formats that facts are written in: a new one is a file with a writer and a line in FORMATS.

A writer writes the bytes of what it is given to an open file, from its beginning to its end.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, get_args

from bridge.errors import BridgeError
from bridge.recordings.export.audacity import write_labels
from bridge.recordings.export.chord_sheet import write_sheet
from bridge.recordings.export.dawproject import write_dawproject
from bridge.recordings.export.marked_wav import write_marked_wav
from bridge.recordings.export.material import FactsWriter, Material
from bridge.recordings.export.midi import write_midi
from bridge.recordings.export.reaper import write_rpp
from bridge.recordings.export.rows import Kind
from bridge.recordings.export.sound import part_of, sound_of
from bridge.recordings.export.table import write_table
from bridge.recordings.export.view import as_recording, within
from bridge.recordings.export.writing import written
from bridge.recordings.facts import Recording, Riff, Span, Take
from bridge.recordings.report import report

KINDS: tuple[Kind, ...] = get_args(Kind)


def write_report(material: Material, out: BinaryIO) -> None:
    """What `dawbridge analyze --json` prints: always everything."""
    text = json.dumps(report(material.recording), ensure_ascii=False, indent=1) + "\n"
    out.write(text.encode(errors="replace"))


@dataclass(frozen=True, slots=True)
class Format:
    """How a format is written.

    kinds  what is written when nothing is asked for
    sound  the file has to do with the sound too
    """

    title: str
    suffix: str
    writer: FactsWriter
    kinds: tuple[Kind, ...] = KINDS
    sound: bool = False


FORMATS: dict[str, Format] = {
    "midi": Format("MIDI: tempo map, metre, markers, chords, drums", ".mid", write_midi),
    "csv": Format("CSV: one table for a spreadsheet", ".csv", write_table),
    "audacity": Format(
        "Audacity labels", ".txt", write_labels, ("takes", "sections", "riffs", "chords")
    ),
    "json": Format("JSON: the whole report", ".json", write_report),
    "chords": Format("Chord sheet: plain text by bars", ".txt", write_sheet),
    "dawproject": Format(
        "DAWproject: Bitwig, Studio One, Cubase", ".dawproject", write_dawproject, sound=True
    ),
    "rpp": Format("Reaper project", ".rpp", write_rpp, sound=True),
    "marked-wav": Format(
        "WAV with cue points and regions",
        ".wav",
        write_marked_wav,
        ("takes", "sections", "riffs"),
        sound=True,
    ),
}


def export_facts(
    facts: Recording | Take,
    name: str,
    target: Path | BinaryIO,
    *,
    kinds: tuple[Kind, ...] | None = None,
    of: Span | Riff | None = None,
    zero: bool = False,
    overwrite: bool = False,
    sound: Path | None = None,
    title: str = "",
    include_audio: bool = True,
    alone: bool = False,
) -> None:
    """Writes facts in the format `name` to a file or an open stream.

    `of`: only this stretch, of a riff its best time; `zero`: times count from its start, or from
    the start of the take; `sound`: the file that the facts are of; `include_audio`: a DAWproject
    holds it; `alone`: nothing may be written beside the file. Raises BridgeError: an unknown format
    or kind, a file that is there already, a disk that is full, sound that is missing.
    """
    chosen = format_named(name)
    unknown = [kind for kind in kinds or () if kind not in KINDS]
    if unknown:
        raise BridgeError(
            f"There are no facts of the kind {unknown[0]!r}",
            cause="it is not one that can be exported",
            remedy=f"choose from: {', '.join(KINDS)}",
        )
    span = of.times[of.best] if isinstance(of, Riff) else of
    if span is None and zero and isinstance(facts, Take):
        span = facts
    recording = as_recording(facts)
    heard = sound_of(sound, recording.duration) if sound is not None and chosen.sound else None
    if span is not None:
        recording = within(recording, span, zero=zero)
        if zero and heard is not None:
            heard = part_of(heard, span)
    path = target if isinstance(target, Path) else None
    material = Material(
        recording,
        kinds if kinds is not None else chosen.kinds,
        heard,
        title,
        None if alone else path,
        path.parent if path else None,
        include_audio,
        overwrite,
    )
    if not isinstance(target, Path):
        chosen.writer(material, target)
        return
    with written(target, overwrite=overwrite) as beside, beside.open("wb") as out:
        chosen.writer(material, out)


def format_named(name: str) -> Format:
    """Raises BridgeError for a name not in FORMATS."""
    if name not in FORMATS:
        raise BridgeError(
            f"There is no format {name!r}",
            cause="facts are not written in it",
            remedy=f"choose one of: {', '.join(FORMATS)}",
        )
    return FORMATS[name]
