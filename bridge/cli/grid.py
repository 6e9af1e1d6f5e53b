"""`dawbridge grid`: a take's beats and bars, corrected by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bridge.cli.options import Config, Set, settings_for
from bridge.errors import BridgeError

if TYPE_CHECKING:  # the commands that hear live start without any of this
    from bridge.recordings.corrections import Correction


def grid(
    recording: Annotated[str, typer.Argument(help="A file, or a recording in the library.")],
    take: Annotated[str, typer.Option(help="Which take, by its number or name.")] = "1",
    double: Annotated[bool, typer.Option("--double", help="Twice the tempo.")] = False,
    halve: Annotated[bool, typer.Option("--halve", help="Half the tempo.")] = False,
    other: Annotated[
        bool, typer.Option("--other", help="With --halve: keep the other half of the beats.")
    ] = False,
    one: Annotated[
        str | None, typer.Option(help="The beat nearest to this time begins a bar.", metavar="TIME")
    ] = None,
    metre: Annotated[str | None, typer.Option(help="The metre, as in 3/4 or 7/8.")] = None,
    since: Annotated[
        str | None, typer.Option(help="With --metre: from this time on.", metavar="TIME")
    ] = None,
    beats: Annotated[
        Path | None,
        typer.Option(help="A text file with the time of each beat, one a line."),
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take the last correction back.")] = False,
    redo: Annotated[bool, typer.Option("--redo", help="Make it again.")] = False,
    config: Config = None,
    assignments: Set = None,
) -> None:
    """Show or correct the grid of a take: beats, bars, tempo, metre.

    Chords, sections, riffs and exports follow it. Nothing is heard again, and every correction can
    be undone.

    Examples:

      dawbridge grid song.wav                     what it is

      dawbridge grid song.wav --double            the tempo was found at half

      dawbridge grid jam.m4a --take 2 --one 3:12.4

      dawbridge grid song.wav --metre 7/8 --since 1:20

      dawbridge grid song.wav --undo
    """
    from rich.console import Console

    from bridge.cli.kept import analysed, recording_of, take_of
    from bridge.cli.summary import take_summary
    from bridge.library.opening import open_library

    corrections = _corrections(double, halve, other, one, metre, since, beats)
    if len(corrections) + undo + redo > 1:
        raise BridgeError(
            "Several corrections at once are not made",
            cause="their order would matter",
            remedy="give them one after the other",
        )
    settings = settings_for(None, config, assignments).settings
    with open_library(settings) as kept:
        entry = analysed(kept, settings, recording_of(kept, recording))
        found = take_of(kept, entry, take)
        if corrections:
            found = kept.correct(found.id, corrections[0])
        elif undo:
            found = kept.undo(found.id)
        elif redo:
            found = kept.redo(found.id)
        assert found.take is not None
        Console().print(take_summary(found.take, len(found.corrections)))


def _corrections(
    double: bool,
    halve: bool,
    other: bool,
    one: str | None,
    metre: str | None,
    since: str | None,
    beats: Path | None,
) -> list[Correction]:
    from bridge.cli.stretch import seconds_of
    from bridge.recordings.corrections import Double, Halve, SetBeats, SetMetre, TheOne

    if (other and not halve) or (since is not None and metre is None):
        raise BridgeError(
            "--other and --since do nothing alone",
            cause="--other says which beats --halve keeps, --since from where --metre holds",
            remedy="add --halve or --metre, or leave them out",
        )
    found: list[Correction] = []
    if double:
        found.append(Double())
    if halve:
        found.append(Halve(other))
    if one is not None:
        found.append(TheOne(seconds_of(one)))
    if metre is not None:
        counted, unit = _metre(metre)
        found.append(SetMetre(counted, unit, seconds_of(since) if since is not None else None))
    if beats is not None:
        found.append(SetBeats(_times(beats)))
    return found


def _metre(text: str) -> tuple[int, int]:
    counted, slash, unit = text.partition("/")
    if not (slash and counted.isdecimal() and unit.isdecimal()):
        raise BridgeError(
            f"{text!r} is no metre",
            cause="it is not written as two numbers with a / between",
            remedy="write it as 3/4 or 7/8",
        )
    return int(counted), int(unit)


def _times(path: Path) -> tuple[float, ...]:
    """The first number of each line: what Audacity's labels and plain lists have."""
    from bridge.cli.stretch import seconds_of

    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise BridgeError(
            f"{path} cannot be read",
            cause=str(error),
            remedy="give a text file with the time of one beat on each line",
        ) from error
    words = (line.replace(",", " ").split() for line in lines)
    return tuple(seconds_of(line[0]) for line in words if line)
