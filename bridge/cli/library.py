"""`dawbridge library`: what is kept, where, how large, and how to part with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bridge.cli.options import Config, Set, settings_for
from bridge.errors import BridgeError

if TYPE_CHECKING:  # the commands that hear live start without any of this
    from bridge.library.entries import Entry
    from bridge.library.library import Library
    from bridge.recordings.facts import Riff

library = typer.Typer(
    name="library",
    help="What is kept of recordings: list, find riffs, name, back up.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
Recording = Annotated[str, typer.Argument(help="A file, a name, or the beginning of an id.")]


@contextmanager
def _library(config: Path | None, assignments: list[str] | None) -> Iterator[Library]:
    from bridge.library.opening import open_library

    with open_library(settings_for(None, config, assignments).settings) as kept:
        yield kept


@library.command("list")
def list_(
    text: Annotated[str, typer.Argument(help="Only names with this in them.")] = "",
    as_json: AsJson = False,
    config: Config = None,
    assignments: Set = None,
) -> None:
    """List the recordings that are kept.

    Examples:

      dawbridge library list

      dawbridge library list rehearsal --json
    """
    from bridge.cli.summary import clock, titles_of

    with _library(config, assignments) as kept:
        entries = kept.all(text)
    if as_json:
        for entry in entries:
            print(
                json.dumps(
                    {
                        "id": entry.id,
                        "name": entry.name,
                        "files": [str(path) for path in entry.files],
                        "duration": entry.duration,
                        "analysed": entry.analysed,
                        "takes": entry.takes,
                        "regions": entry.regions,
                    }
                )
            )
        return
    if not entries:
        print("Nothing is kept yet. `dawbridge analyze FILE` begins.")
        return
    titles = titles_of(entries)
    width = max(map(len, titles))
    for entry, title in zip(entries, titles, strict=True):
        takes = "1 take " if entry.takes == 1 else f"{entry.takes} takes"
        state = f"{takes}  {entry.regions} riffs" if entry.analysed else "not analysed"
        day = datetime.fromtimestamp(entry.added).strftime("%Y-%m-%d")
        print(f"{entry.id[:8]}  {day}  {title:<{width}}  {clock(entry.duration):>8}  {state}")


@library.command()
def where(config: Config = None, assignments: Set = None) -> None:
    """Tell where the library lies and how large it is.

    Examples:

      dawbridge library where
    """
    from bridge.library.upkeep import size
    from bridge.library.upkeep import where as place

    with _library(config, assignments) as kept:
        url, folder = place(kept)
        found = size(kept)
    print(f"database    {url}")
    print(f"folder      {folder}")
    if found.database is not None:
        print(f"database    {_mega(found.database)}")
    print(f"findings    {_mega(found.findings)}")
    print(f"recordings  {found.recordings}")
    print(f"takes       {found.takes}")
    print(f"riffs       {found.regions}")


@library.command()
def backup(
    folder: Annotated[Path, typer.Argument(help="A folder that is not there yet.")],
    config: Config = None,
    assignments: Set = None,
) -> None:
    """Copy the library into a new folder, which is a library itself.

    Uploaded and fetched sound is copied as well, your own files are not.

    Examples:

      dawbridge library backup /media/stick/dawbridge-2026-11

      dawbridge library list --set library.folder=/media/stick/dawbridge-2026-11
    """
    from bridge.library import upkeep

    with _library(config, assignments) as kept:
        print(upkeep.backup(kept, folder))


@library.command()
def prune(
    missing: Annotated[
        bool,
        typer.Option("--missing", help="Forget recordings whose files are gone as well."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: Config = None,
    assignments: Set = None,
) -> None:
    """Take away what nothing needs any more.

    Old jobs, findings of deleted recordings, half-written files.

    Examples:

      dawbridge library prune

      dawbridge library prune --missing
    """
    from bridge.library import upkeep

    with _library(config, assignments) as kept:
        lost = [] if not missing else [entry.name for entry in kept.all() if not _lies(entry)]
        if lost:
            print("No file is left of: " + ", ".join(lost))
            print("What you named, drew and corrected in them would be gone as well.")
            if not yes and not typer.confirm("Forget them?"):
                raise typer.Exit(1)
        done = upkeep.prune(kept, missing=missing)
    print(
        f"{done.recordings} recordings, {done.files} paths, {done.jobs} jobs, "
        f"{done.folders} folders: {_mega(done.bytes)}"
    )


@library.command()
def delete(
    recording: Recording,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: Config = None,
    assignments: Set = None,
) -> None:
    """Forget all about a recording, your names and regions too.

    Your own files are not touched; what was uploaded or fetched goes with it.

    Examples:

      dawbridge library delete "Monday rehearsal"
    """
    from bridge.cli.kept import recording_of

    with _library(config, assignments) as kept:
        entry = recording_of(kept, recording)
        if not yes and not typer.confirm(f"Forget all about {entry.name}?"):
            raise typer.Exit(1)
        kept.delete(entry.id)
    print(f"{entry.name} is forgotten" + ("; its file is where it was" if _lies(entry) else ""))


@library.command()
def rename(
    recording: Recording,
    name: Annotated[str, typer.Argument(help="Its new name.")],
    config: Config = None,
    assignments: Set = None,
) -> None:
    """Give a recording another name; its file keeps its own.

    Examples:

      dawbridge library rename rehearsal_0412 "Monday rehearsal"
    """
    from bridge.cli.kept import recording_of

    with _library(config, assignments) as kept:
        print(kept.rename(recording_of(kept, recording).id, name).name)


@library.command()
def like(
    recording: Recording,
    riff: Annotated[str, typer.Option(help="Which riff, by its number or name.")] = "1",
    take: Annotated[str | None, typer.Option(help="Of which take, by its number or name.")] = None,
    config: Config = None,
    assignments: Set = None,
) -> None:
    """Find a riff in other recordings, in whatever key and tempo.

    Examples:

      dawbridge library like "Monday rehearsal" --take 2 --riff 1
    """
    from bridge.cli.summary import clock

    with _library(config, assignments) as kept:
        wanted = _wanted(kept, recording, take, riff)
        found = kept.regions.like(wanted.id)
        print(f"{wanted.name}:" if found else f"{wanted.name} is in no other recording")
        takes = {take.id: take for hit in found for take in kept.takes(hit.region.recording)}
        for hit in found:
            region = hit.region
            played = takes.get(region.take or "")
            tight = f"  tightness {played.tightness:.2f}" if played and played.tightness else ""
            tempo = f"  {region.tempo:.0f} BPM" if region.tempo else ""
            print(
                f"  {hit.likeness:.2f}  {kept.get(region.recording).name}  "
                f"{clock(region.start)}  {region.name}{tempo}{tight}"
            )


@library.command()
def tightest(
    recording: Annotated[
        str, typer.Argument(help="With --riff: a file, a name, or the beginning of an id.")
    ] = "",
    riff: Annotated[str | None, typer.Option(help="Only takes with this riff in them.")] = None,
    take: Annotated[str | None, typer.Option(help="Of which take, by its number or name.")] = None,
    config: Config = None,
    assignments: Set = None,
) -> None:
    """Rank takes by how tightly they were played, the tightest first.

    Examples:

      dawbridge library tightest

      dawbridge library tightest "Monday rehearsal" --take 2 --riff 1
    """
    from bridge.cli.summary import clock

    if bool(recording) != (riff is not None):
        raise BridgeError(
            "A riff is named by its recording and its number",
            cause="one of the two is missing",
            remedy="give both, as in: dawbridge library tightest song --riff 1; or neither",
        )
    with _library(config, assignments) as kept:
        region = _wanted(kept, recording, take, riff).id if riff is not None else None
        ranked = kept.tightest(region)
        for each in ranked:
            tempo = f"  {each.tempo:.0f} BPM" if each.tempo else ""
            name = kept.get(each.recording).name
            print(f"  {each.tightness or 0:.2f}  {name}  {each.name}  {clock(each.start)}{tempo}")
    if not ranked:
        print("No takes are known yet. `dawbridge analyze FILE` begins.")


def _wanted(kept: Library, recording: str, take: str | None, riff: str) -> Riff:
    """The riff that is meant. Raises BridgeError."""
    from bridge.cli.kept import recording_of
    from bridge.cli.stretch import Asked, riff_of

    entry = recording_of(kept, recording)
    facts = kept.analysis(entry.id)
    if facts is None:
        raise BridgeError(
            f"{entry.name} is not analysed yet",
            cause="its riffs are not known",
            remedy=f"dawbridge analyze {entry.id[:8]}",
        )
    return riff_of(facts, Asked(take=take, riff=riff))


def _lies(entry: Entry) -> bool:
    """Whether a file of it is there."""
    return any(path.exists() for path in entry.files)


def _mega(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
