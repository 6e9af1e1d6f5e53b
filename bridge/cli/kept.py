"""The library from the command line: which recording is meant, and having it analysed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bridge.errors import BridgeError

if TYPE_CHECKING:  # the commands that hear live start without any of this
    from bridge.library.entries import Entry, TakeEntry
    from bridge.library.foreground import Told
    from bridge.library.jobs import Job
    from bridge.library.library import Library
    from bridge.settings import Settings


def recording_of(library: Library, text: str) -> Entry:
    """The recording that is meant: a file, the beginning of an id, or a name.

    Raises BridgeError where there is none, or more than one.
    """
    path = Path(text)
    if _is_file(path):
        return library.add(path)
    entries = library.all()
    name = text.casefold()
    for matches in (
        [entry for entry in entries if entry.id.startswith(name) and len(name) >= 4],
        [entry for entry in entries if entry.name.casefold() == name],
        [entry for entry in entries if f"{entry.name}.{entry.format}".casefold() == name],
        [entry for entry in entries if name in entry.name.casefold()],
    ):
        if len(matches) == 1:
            return matches[0]
        if matches:
            names = ", ".join(
                f"{entry.name}.{entry.format} ({entry.id[:8]})" for entry in matches[:5]
            )
            raise BridgeError(
                f"{text!r} may be {len(matches)} recordings",
                cause=f"they are {names}{' ...' if len(matches) > 5 else ''}",
                remedy="give the whole name, or the letters and digits in brackets",
            )
    raise BridgeError(
        f"There is no recording {text!r}",
        cause="it is neither a file nor a recording in the library",
        remedy="check the spelling; `dawbridge library list` shows what is kept",
    )


def take_of(library: Library, entry: Entry, text: str) -> TakeEntry:
    """The take with this number or name. Raises BridgeError."""
    from bridge.cli.stretch import place_of

    takes = [take for take in library.takes(entry.id) if take.take is not None]
    return takes[place_of(text, [take.name for take in takes])]


def work_through(
    library: Library, settings: Settings, jobs: Sequence[int], told: Told, cluster: str = ""
) -> list[Job]:
    """Runs these jobs to their end, and gives them. Ctrl-C queues what is not done again."""
    from bridge.library.foreground import work_through

    return work_through(
        library,
        settings,
        jobs,
        told,
        waits=lambda why: _say(f"Waiting: {why}"),
        cluster=cluster,
    )


def analysed(library: Library, settings: Settings, entry: Entry) -> Entry:
    """The recording, analysed now if it was not yet. Raises BridgeError where that fails."""
    from bridge.cli.progress import progress_bar

    if entry.analysed is None:
        job = library.jobs.enqueue(entry.id).id
        with progress_bar("analysing") as bar:
            (done,) = work_through(
                library, settings, [job], lambda now: bar(now[0].progress, entry.name)
            )
        raise_failure(done)
    return library.get(entry.id)


def raise_failure(job: Job) -> None:
    """Raises what a job failed of, in its own words; what a done one left out is only told."""
    if job.error:
        error = BridgeError(job.error["what"], cause=job.error["cause"], remedy=job.error["remedy"])
        if job.state == "failed":
            raise error
        _say(str(error))
    if job.state == "cancelled":
        raise BridgeError(
            f"The analysis of {job.name} was cancelled",
            cause="`dawbridge jobs cancel` or the API ended it",
            remedy="the same command does it again",
        )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _say(text: str) -> None:
    import sys

    print(text, file=sys.stderr)
