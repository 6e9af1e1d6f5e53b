"""`dawbridge analyze`: whole recordings, understood and kept."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from bridge.cli.options import Config, Set, settings_for
from bridge.cli.progress import Bar, progress_bar
from bridge.errors import BridgeError

if TYPE_CHECKING:  # the commands that hear live start without any of this
    from bridge.library.entries import Entry
    from bridge.library.jobs import Job
    from bridge.library.library import Library
    from bridge.recordings.facts import Recording
    from bridge.settings import Settings

# Endings that are looked for in folders; a file that is named is tried whatever its ending.
SOUNDS = frozenset(
    f".{ending}"
    for ending in (
        "wav", "wave", "w64", "rf64", "aif", "aiff", "aifc", "caf", "flac", "mp3", "ogg", "oga",
        "opus", "m4a", "mp4", "aac", "alac", "mov", "mkv", "webm", "avi", "wma",
    )
)  # fmt: skip


def analyze(
    inputs: Annotated[
        list[str],
        typer.Argument(help="Recordings: files, folders or addresses.", metavar="FILE"),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object for each recording.")
    ] = False,
    riffs: Annotated[
        int, typer.Option(help="How many riffs of each take are named at most.", min=1, max=24)
    ] = 24,
    again: Annotated[
        str | None,
        typer.Option(
            help="Analyse once more from this stage on: decode, beats, structure, drums, labels.",
            metavar="STAGE",
        ),
    ] = None,
    cluster: Annotated[
        str,
        typer.Option(help="Work on a Dask cluster, tcp://HOST:PORT.", metavar="ADDRESS"),
    ] = "",
    library: Annotated[
        bool,
        typer.Option("--library/--no-library", help="Keep what is found, and skip what is known."),
    ] = True,
    config: Config = None,
    assignments: Set = None,
) -> None:
    """Understand recordings: takes, beats, chords, sections, riffs.

    Tempo, metre, key, drums and pitch as well. What was found is kept: the same sound is not
    analysed twice, a run that was ended goes on where it was.

    Examples:

      dawbridge analyze rehearsal.m4a          a table of takes and riffs

      dawbridge analyze recordings/            every recording in a folder

      dawbridge analyze --json song.wav        everything, as one JSON object

      dawbridge analyze song.wav --again beats
    """
    settings = settings_for(None, config, assignments).settings
    if library:
        _with_library(inputs, settings, as_json, riffs, again, cluster)
    else:
        _without_library(inputs, as_json, riffs)


def _with_library(
    inputs: Sequence[str],
    settings: Settings,
    as_json: bool,
    riffs: int,
    again: str | None,
    cluster: str,
) -> None:
    from bridge.cli.kept import raise_failure, work_through
    from bridge.library.opening import open_library

    with open_library(settings) as kept:
        entries, errors = _entries(kept, inputs)
        many = len(entries) + len(errors) > 1
        if errors and not many:
            raise errors[0]
        todo = [
            kept.jobs.enqueue(entry.id, again or "decode", riffs).id
            for entry in entries
            if again or entry.analysed is None or entry.most_riffs < riffs
        ]
        if todo:
            with progress_bar("analysing") as bar:
                lengths = {entry.id: entry.duration for entry in entries}
                jobs = work_through(
                    kept, settings, todo, lambda now: _show(bar, now, lengths), cluster
                )
            for job in jobs:
                try:
                    raise_failure(job)
                except BridgeError as error:
                    errors.append(error)
        found = [(kept.get(entry.id), kept.analysis(entry.id, whole=as_json)) for entry in entries]
        _tell([(entry, facts) for entry, facts in found if facts], many, as_json)
        if not many and errors:
            raise errors[0]
        for told in errors:
            print(told, file=sys.stderr)
        if errors:
            raise typer.Exit(1)


def _entries(kept: Library, inputs: Iterable[str]) -> tuple[list[Entry], list[BridgeError]]:
    """The recordings that are meant, each once, and what cannot be one."""
    from bridge.cli.kept import added, recording_of

    entries: dict[str, Entry] = {}
    errors = []
    for text in inputs:
        try:
            for path in _files(kept, text):
                try:
                    entry = (
                        added(kept, path) if isinstance(path, Path) else recording_of(kept, path)
                    )
                    entries[entry.id] = entry
                except BridgeError as error:
                    errors.append(error)
        except BridgeError as error:
            errors.append(error)
    return list(entries.values()), errors


def _files(kept: Library, text: str) -> list[Path] | list[str]:
    """The files that are meant; or the text itself, where it may be a name in the library."""
    from bridge.recordings.address import fetch, is_address

    if is_address(text):
        with progress_bar("fetching") as bar:
            return [fetch(text, kept.folder / "fetched", lambda share: bar(share, text))]
    path = Path(text)
    try:
        if path.is_dir():
            found = sounds_in(path)
            if not found:
                raise BridgeError(
                    f"There is no recording in {path}",
                    cause="no file in it, or below it, ends like one (.wav, .mp3, .m4a ...)",
                    remedy="name another folder; a file that is named itself is always tried",
                )
            return found
        return [path] if path.exists() else [text]
    except (OSError, ValueError):  # a name too long, a null byte: no file
        return [text]


def sounds_in(folder: Path) -> list[Path]:
    """Every recording in a folder and those below it, hidden ones left out."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SOUNDS
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    )


def _show(bar: Bar, jobs: Sequence[Job], lengths: dict[str, float]) -> None:
    """Moves the bar: shares of the whole by the length of each recording."""
    whole = sum(max(1.0, lengths[job.recording]) for job in jobs)
    ended = [job for job in jobs if job.state not in ("queued", "running")]
    done = sum(
        max(1.0, lengths[job.recording]) * (1.0 if job in ended else job.progress) for job in jobs
    )
    now = next((job for job in jobs if job.state == "running"), None)
    doing = f"{now.name} ({now.stage or 'begins'})" if now else ""
    count = f"{len(ended)} of {len(jobs)}  " if len(jobs) > 1 else ""
    bar(done / whole, count + doing)


def _tell(found: Sequence[tuple[Entry, Recording]], many: bool, as_json: bool) -> None:
    if as_json:
        from bridge.recordings.report import report

        for _, facts in found:
            json.dump(report(facts), sys.stdout)
            print()
        return
    from rich.console import Console

    from bridge.cli.summary import list_of, summary_of

    if many:
        Console().print(list_of(found))
    else:
        for entry, facts in found:
            Console().print(summary_of(facts, entry.name))


def _without_library(inputs: Sequence[str], as_json: bool, riffs: int) -> None:
    """Hears, prints and forgets: nothing but the core of the program is needed."""
    from bridge.recordings.report import report

    failed = 0
    for text in inputs:
        try:
            recording, damage = _understand(text, riffs)
        except BridgeError as error:
            if len(inputs) == 1:
                raise
            print(error, file=sys.stderr)
            failed += 1
            continue
        if damage:
            print(damage, file=sys.stderr)
        if as_json:
            json.dump(report(recording), sys.stdout)
            print()
        else:
            from rich.console import Console

            from bridge.cli.summary import summary_of

            Console().print(summary_of(recording, text))
    if failed:
        raise typer.Exit(1)


def _understand(text: str, riffs: int) -> tuple[Recording, BridgeError | None]:
    """What there is to know, and what was damaged."""
    from bridge.recordings.address import fetch, is_address
    from bridge.recordings.analysis import understand
    from bridge.recordings.decode import open_recording
    from bridge.recordings.hearing import hear
    from bridge.recordings.seams import with_seams

    with TemporaryDirectory(prefix="dawbridge-") as folder, progress_bar("analysing") as bar:
        path = Path(text)
        if is_address(text):
            path = fetch(text, Path(folder), lambda share: bar(share, "fetching"))
        sound = open_recording(path)
        whole = sound.duration

        def progress(seconds: float) -> None:
            bar(min(1.0, seconds / whole) if whole else 0.0, path.name)

        facts = understand(hear(sound, progress), riffs)
        with suppress(BridgeError):  # damaged there, say
            facts = replace(facts, takes=with_seams(facts.takes, path))
        return facts, sound.damage
