"""The formats that facts are written in: a new one is a file with a writer and a line in FORMATS.

A writer makes bytes of a recording and the kinds of facts that are asked for; it does no I/O.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, get_args

from bridge.errors import BridgeError
from bridge.recordings.export.audacity import write_labels
from bridge.recordings.export.chord_sheet import write_sheet
from bridge.recordings.export.midi import write_midi
from bridge.recordings.export.rows import Kind
from bridge.recordings.export.table import write_table
from bridge.recordings.export.view import as_recording, within
from bridge.recordings.export.writing import written
from bridge.recordings.facts import Recording, Riff, Span, Take
from bridge.recordings.report import report

KINDS: tuple[Kind, ...] = get_args(Kind)
Writer = Callable[[Recording, tuple[Kind, ...]], bytes]


def write_report(recording: Recording, _kinds: tuple[Kind, ...]) -> bytes:
    """What `dawbridge analyze --json` prints: always everything."""
    return (json.dumps(report(recording), ensure_ascii=False, indent=1) + "\n").encode()


@dataclass(frozen=True, slots=True)
class Format:
    """How a format is written.

    kinds  what is written when nothing is asked for
    """

    title: str
    suffix: str
    writer: Writer
    kinds: tuple[Kind, ...] = KINDS


FORMATS: dict[str, Format] = {
    "midi": Format("MIDI: tempo map, metre, markers, chords, drums", ".mid", write_midi),
    "csv": Format("CSV: one table for a spreadsheet", ".csv", write_table),
    "audacity": Format(
        "Audacity labels", ".txt", write_labels, ("takes", "sections", "riffs", "chords")
    ),
    "json": Format("JSON: the whole report", ".json", write_report),
    "chords": Format("Chord sheet: plain text by bars", ".txt", write_sheet),
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
) -> None:
    """Writes facts in the format `name` to a file or an open stream.

    `of`: only this stretch, of a riff its best time; `zero`: times count from its start, or from
    the start of the take. Raises BridgeError: an unknown format or kind, a file that is there
    already, a disk that is full.
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
    if span is not None:
        recording = within(recording, span, zero=zero)
    content = chosen.writer(recording, kinds if kinds is not None else chosen.kinds)
    if not isinstance(target, Path):
        target.write(content)
        return
    with written(target, overwrite=overwrite) as beside:
        beside.write_bytes(content)


def format_named(name: str) -> Format:
    """Raises BridgeError for a name not in FORMATS."""
    if name not in FORMATS:
        raise BridgeError(
            f"There is no format {name!r}",
            cause="facts are not written in it",
            remedy=f"choose one of: {', '.join(FORMATS)}",
        )
    return FORMATS[name]
