"""`dawbridge export`: a loop as sound, or the facts for another program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bridge.cli.options import Config, Set, settings_for
from bridge.cli.stretch import Asked, Stretch, stretch_of
from bridge.errors import BridgeError

if TYPE_CHECKING:  # the commands that hear live start without any of this
    from bridge.library.entries import Entry
    from bridge.recordings.facts import Recording
    from bridge.settings import Settings

Bits = Literal["16", "24", "float"]
SOUND = ("wav", "flac", "mp3", "ogg")


def export(
    recording: Annotated[str, typer.Argument(help="A file, or a recording in the library.")],
    target: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The file to write. Its ending says the format."),
    ] = None,
    as_: Annotated[
        str,
        typer.Option(
            "--as",
            help="wav, flac, mp3, ogg; midi, csv, audacity, chords, json; dawproject, rpp, "
            "marked-wav.",
        ),
    ] = "",
    take: Annotated[str | None, typer.Option(help="Only this take, by its number or name.")] = None,
    riff: Annotated[str | None, typer.Option(help="A riff, by its number or name.")] = None,
    section: Annotated[str | None, typer.Option(help="A section, by its letter or name.")] = None,
    chorus: Annotated[bool, typer.Option("--chorus", help="What most likely is the chorus.")] = (
        False
    ),
    start: Annotated[str | None, typer.Option("--from", help="From here, as in 1:23.5.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="To here.")] = None,
    loops: Annotated[int, typer.Option(help="How often it is played, 1 to 10.")] = 1,
    crossfade: Annotated[float, typer.Option(help="At each seam, 0 to 500 milliseconds.")] = 10.0,
    count_in: Annotated[int, typer.Option(help="Bars of sticks before it, 0 to 2.")] = 0,
    tempo: Annotated[float | None, typer.Option(help="Played at so many beats a minute.")] = None,
    semitones: Annotated[float, typer.Option(help="Played in another key, -12 to 12.")] = 0.0,
    bits: Annotated[Bits, typer.Option(help="Samples of WAV and FLAC.")] = "24",
    zero: Annotated[
        bool, typer.Option("--zero", help="Times of facts count from the stretch's beginning.")
    ] = False,
    include_audio: Annotated[
        bool,
        typer.Option(
            "--include-audio/--no-include-audio",
            help="A dawproject holds the sound, or names its file.",
        ),
    ] = True,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Write over a file that is there.")
    ] = False,
    config: Config = None,
    assignments: Set = None,
) -> None:
    """Write a looped backing track, or what is known as a file.

    Of the whole recording, or of the riff, section or stretch that is named. A recording that is
    not known yet is analysed first.

    Examples:

      dawbridge export rehearsal.m4a --take 2 --riff 1 --loops 4 -o riff.wav

      dawbridge export song.mp3 --chorus --loops 8 --tempo 110 --count-in 1

      dawbridge export song.wav --from 0:41 --to 0:56 --semitones -2 -o a.flac

      dawbridge export song.wav --as midi          tempo, markers, chords, drums

      dawbridge export song.wav --as chords        a chord sheet

      dawbridge export song.wav --as dawproject    for Bitwig, Cubase

      dawbridge export song.wav --as rpp           a Reaper project

      dawbridge export song.wav --as marked-wav    with cue points, regions
    """
    settings = settings_for(None, config, assignments).settings
    asked = Asked(take, riff, section, chorus, start, end)
    if target and str(target) == "-":
        raise BridgeError(
            "An export is not written to the terminal",
            cause="-o - names no file",
            remedy="give the name of a file",
        )
    format_ = _format(as_, target)
    entry, path, facts, stretch = _look_up(recording, settings, asked)
    place = target or Path(f"{_file_name(entry.name, stretch.name, format_)}{_ending(format_)}")
    if any(_same(place, file) for file in entry.files):
        raise BridgeError(
            f"{place} is the recording itself",
            cause="an export never writes over the sound that it is made of",
            remedy="choose another name with -o",
        )
    if format_ in SOUND:
        from bridge.recordings.export.loop import LoopOptions, export_loop

        options = LoopOptions(loops, crossfade, count_in, tempo, semitones, bits)
        made = export_loop(
            path,
            stretch.span,
            options,
            place,
            grid=stretch.take.grid if stretch.take else None,
            name=stretch.name or entry.name,
            overwrite=overwrite,
        )
        speed = f", {made.tempo:.1f} BPM" if made.tempo else ""
        softer = f", {-made.gain_db:.1f} dB softer so that nothing clips" if made.gain_db else ""
        print(f"{made.path}  {made.seconds:.1f} s{speed}, seam {made.seam:.2f}{softer}")
        return
    from bridge.recordings.export import export_facts

    if (loops, count_in, tempo, semitones) != (1, 0, None, 0.0):
        raise BridgeError(
            f"{format_} cannot be looped, counted in or played at another tempo",
            cause="it is what is known of the recording, as it was played",
            remedy="leave --loops, --count-in, --tempo and --semitones out, or write a wav",
        )
    export_facts(
        facts,
        format_,
        place,
        of=None if asked.is_nothing() else stretch.span,
        zero=zero,
        overwrite=overwrite,
        sound=path,
        title=f"{entry.name} - {stretch.name}" if zero and stretch.name else entry.name,
        include_audio=include_audio,
    )
    print(place)


def _look_up(text: str, settings: Settings, asked: Asked) -> tuple[Entry, Path, Recording, Stretch]:
    from bridge.cli.kept import analysed, recording_of
    from bridge.library.opening import open_library

    with open_library(settings) as kept:
        entry = analysed(kept, settings, recording_of(kept, text))
        facts = kept.analysis(entry.id)
        assert facts is not None
        stretch = stretch_of(facts, kept.findings(entry.id) if asked.chorus else None, asked)
        return entry, kept.file(entry.id), facts, stretch


def _format(as_: str, target: Path | None) -> str:
    """What is written, by --as or by the target's ending."""
    from bridge.recordings.export import FORMATS

    endings = {each.suffix: name for name, each in reversed(FORMATS.items())}
    endings |= {f".{name}": name for name in SOUND}
    suffix = target.suffix.lower() if target else ""
    chosen = as_.lower() or endings.get(suffix, suffix.lstrip(".")) or "wav"
    if chosen not in SOUND and chosen not in FORMATS:
        raise BridgeError(
            f"There is no format {chosen!r}",
            cause="neither sound nor facts are written in it",
            remedy=f"choose one of: {', '.join((*SOUND, *FORMATS))}",
        )
    if target and suffix not in ("", _ending(chosen)):
        raise BridgeError(
            f"{target} would not be what its name says",
            cause=f"--as {chosen} is written into files that end with {_ending(chosen)}",
            remedy=f"call it {target.with_suffix(_ending(chosen)).name}, or leave --as out",
        )
    return chosen


def _same(place: Path, file: Path) -> bool:
    try:
        return place.samefile(file)
    except OSError:  # one of them is not there, or cannot be: whoever writes it says so
        return False


def _ending(format_: str) -> str:
    from bridge.recordings.export import FORMATS

    return f".{format_}" if format_ in SOUND else FORMATS[format_].suffix


def _file_name(recording: str, stretch: str, format_: str) -> str:
    from bridge.recordings.export import FORMATS
    from bridge.recordings.export.writing import safe_name

    whole = f"{recording} - {stretch}" if stretch else recording
    if format_ == "chords":  # labels are a text file of the same name
        return safe_name(f"{whole} - chords")
    # A WAV of a WAV: the recording keeps its name.
    beside = format_ in FORMATS and FORMATS[format_].suffix.lstrip(".") in SOUND
    return safe_name(f"{whole} - marked" if beside else whole)
