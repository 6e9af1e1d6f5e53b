"""The library from the command line: which recording is meant, and having it analysed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

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
    from bridge.library.finding import find

    path = Path(text)
    return added(library, path) if _is_file(path) else find(library, text)


def added(library: Library, path: Path) -> Entry:
    """The recording in a file. Where it is known by another name that is said: exports and tables
    have that one. Raises BridgeError.
    """
    from bridge.library.places import clean_name

    entry = library.add(path)
    if entry.name != (clean_name(path.stem) or entry.name):
        _say(f"{path.name} holds the sound that is known as: {entry.name}")
    return entry


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
    from bridge.library.holds import held_by_hand

    said: set[str] = set()

    def waits(why: str) -> None:
        kind = re.sub(
            r"\d+", "", why
        )  # one that comes and goes, or whose share changes, is said once
        if kind not in said:
            said.add(kind)
            _say(waiting_text(why, held_by_hand()))

    return work_through(library, settings, jobs, told, waits=waits, cluster=cluster)


def waiting_text(why: str, by_hand: bool) -> str:
    """Why nothing goes on, and what ends that."""
    ends = (
        "`dawbridge jobs release` lets it go on"
        if by_hand
        else "this waits until that is over, then goes on by itself"
    )
    return f"{why[:1].upper()}{why[1:]}: {ends}."


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
    if failure := job.failure():
        raise failure
    if left_out := job.trouble():
        _say(str(left_out))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _say(text: str) -> None:
    import sys

    print(text, file=sys.stderr)
