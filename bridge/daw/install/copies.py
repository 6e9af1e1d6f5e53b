"""Our files in a folder of a DAW: put in, upgraded, taken out, and nobody else's touched.

A record beside them knows what we wrote. A file that differs from it is the user's work and is kept
as NAME.yours before ours takes its place. Where the record was lost, files are told by their names,
their content and their age.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path, PurePosixPath

from bridge.daw.install.files import check_plain, content_of, remove_half, replace, said
from bridge.errors import BridgeError

RECORD = "dawbridge-installed.json"
OWN = "dawbridge"  # a folder of this name is ours alone


@dataclass(frozen=True, slots=True)
class Record:
    """What we wrote.

    files  sums of what we wrote under each name: two while an upgrade is under way
    made   folders and files that were not there before us, relative to the root
    lost   there is one, but it cannot be read
    """

    version: str = ""
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    made: tuple[str, ...] = ()
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Changes:
    """Names of files, relative to our folder."""

    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()  # the user's, under their new names
    lost: bool = False  # the record could not be read


@dataclass(frozen=True, slots=True)
class Look:
    """How our files stand in a folder."""

    installed: bool
    version: str  # empty: the record of what was written is lost
    current: bool  # just what would be installed now


def put_in(
    root: Path, inside: str, files: Mapping[str, bytes], version: str, also: Iterable[str] = ()
) -> Changes:
    """Makes `root`/`inside` hold these files, and no older ones of ours.

    `also`: files the caller is about to make, relative to the root; they are remembered as made by
    us. Raises BridgeError.
    """
    folder = root / inside
    with said(folder):
        if folder.is_symlink():
            raise BridgeError(
                f"{folder} is a link",
                cause="what is written there would change another folder",
                remedy="remove the link, then install again",
            )
        for name in (*files, RECORD):
            check_plain(folder / name)
        before = _known(root, inside, files)
        made = dict.fromkeys(before.made)
        for name in files:
            for missing in _missing_folders(root, (folder / name).parent):
                made[missing] = None
        made |= dict.fromkeys(also)
        sums = {name: _sum(content) for name, content in files.items()}
        under_way = {name: (each,) for name, each in sums.items()}
        for name, known in before.files.items():
            under_way[name] = (*known, *under_way.get(name, ()))
        folder.mkdir(parents=True, exist_ok=True)
        _write_record(folder, Record(version, under_way, tuple(made)))
        written: list[str] = []
        kept: list[str] = []
        removed: list[str] = []
        for name in sorted(before.files.keys() - files.keys()):
            removed += _remove(folder, name, before.files[name], kept)
        for name, content in files.items():
            path = folder / name
            there = content_of(path)
            if there == content:
                continue
            if there and _sum(there) not in before.files.get(name, ()):  # empty: nobody's work
                kept.append(_keep(folder, name))
            path.parent.mkdir(parents=True, exist_ok=True)
            replace(path, content)
            written.append(name)
        _remove_empty(root, inside, made)
        _write_record(
            folder, Record(version, {name: (each,) for name, each in sums.items()}, tuple(made))
        )
    return Changes(tuple(written), tuple(removed), tuple(kept), before.lost)


def take_out(root: Path, inside: str, files: Mapping[str, bytes]) -> Changes:
    """Removes what we wrote and the folders that we made, unless others' files are in them.

    `files`: what would be installed now, for where the record is lost. Raises BridgeError.
    """
    folder = root / inside
    with said(folder):
        record = _known(root, inside, files)
        removed: list[str] = []
        kept: list[str] = []
        for name, sums in record.files.items():
            removed += _remove(folder, name, sums, kept)
        for name in (*files, RECORD):
            remove_half(folder / name)
        if (folder / RECORD).is_file():
            (folder / RECORD).unlink(missing_ok=True)
        _remove_empty(root, inside, record.made)
    return Changes((), tuple(removed), tuple(kept), record.lost)


def said_of(changes: Changes, folder: Path) -> list[str]:
    """The changes in words, a sentence each."""
    told = []
    if changes.lost:
        told.append(
            f"{folder / RECORD}, which remembers what was written, could not be read: files were "
            "told by their names"
        )
    if changes.written:
        told.append(f"{_counted(changes.written)} written to {folder}")
    elif not changes.removed and not changes.kept:
        told.append(f"{folder} is as it should be")
    if changes.removed:
        told.append(f"{_counted(changes.removed)} removed from {folder}")
    if changes.kept:
        names = ", ".join(changes.kept)
        told.append(f"What you had changed is kept beside the scripts: {names} in {folder}")
    return told


def look(root: Path, inside: str, files: Mapping[str, bytes]) -> Look:
    """Whether these very files are there. Raises OSError."""
    folder = root / inside
    record = read_record(folder)
    same = record.files.keys() == files.keys()
    current = same and all(content_of(folder / name) == files[name] for name in files)
    installed = bool(record.files) or any(content_of(folder / name) is not None for name in files)
    return Look(installed, record.version, current)


def read_record(folder: Path) -> Record:
    """What we wrote there; an empty one where we never did. Raises OSError."""
    content = content_of(folder / RECORD)
    if content is None:
        return Record(lost=(folder / RECORD).exists())
    try:
        told = json.loads(content)
        files = {_inside(name): tuple(map(str, sums)) for name, sums in told["files"].items()}
        return Record(str(told["version"]), files, tuple(map(_inside, told["made"])))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Record(lost=True)


def _known(root: Path, inside: str, files: Mapping[str, bytes]) -> Record:
    """The record, or what one would most likely say that is not there or cannot be read.

    Of names that are ours: what has our content, and what was not touched since the record was
    written. Anything else gets no sum: it is kept as the user's when ours comes or goes.
    """
    folder = root / inside
    record = read_record(folder)
    if record.files:
        return record
    written = (folder / RECORD).stat().st_mtime_ns if record.lost else None
    found: dict[str, tuple[str, ...]] = {}
    for name, content in files.items():
        there = content_of(folder / name)
        if there is None:
            continue
        old = written is not None and (folder / name).stat().st_mtime_ns <= written
        found[name] = (_sum(there),) if there == content or old else ()
    made: dict[str, None] = dict.fromkeys(record.made)
    if any(found.values()):
        parents = {parent for name in found for parent in PurePosixPath(name).parents}
        made |= {f"{inside}/{parent}": None for parent in parents if parent.name}
    if folder.is_dir() and folder.name == OWN:  # also where nothing else was written yet
        made[inside] = None
    return Record(record.version, found, tuple(made), record.lost)


def _remove(folder: Path, name: str, sums: tuple[str, ...], kept: list[str]) -> list[str]:
    path = folder / name
    there = content_of(path)
    remove_half(path)
    if there is None:
        return []
    if there and _sum(there) not in sums:
        kept.append(_keep(folder, name))
        return []
    path.unlink()
    if path.suffix == ".py":  # what Python made of it
        for each in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
            each.unlink(missing_ok=True)
        with suppress(OSError):
            (path.parent / "__pycache__").rmdir()
    return [name]


def _counted(names: tuple[str, ...]) -> str:
    return "One file was" if len(names) == 1 else f"{len(names)} files were"


def _keep(folder: Path, name: str) -> str:
    number = 1
    while (folder / (fresh := f"{name}.yours{number if number > 1 else ''}")).exists():
        number += 1
    (folder / name).replace(folder / fresh)
    return fresh


def _remove_empty(root: Path, inside: str, made: Iterable[str]) -> None:
    """Folders of ours in which nothing is left, innermost first.

    What we made elsewhere are files; a folder that has such a name by now is the user's.
    """
    for name in sorted(made, key=len, reverse=True):
        path = root / name
        ours = f"{inside}/".startswith(f"{name}/") or name.startswith(f"{inside}/")
        if ours and path.is_dir() and not path.is_symlink():
            with suppress(OSError):  # somebody's files are in it
                path.rmdir()


def _missing_folders(root: Path, folder: Path) -> Iterator[str]:
    while folder != root and root in folder.parents:
        if not folder.exists():
            yield folder.relative_to(root).as_posix()
        folder = folder.parent


def _write_record(folder: Path, record: Record) -> None:
    told = {"version": record.version, "files": dict(record.files), "made": list(record.made)}
    replace(folder / RECORD, (json.dumps(told, indent=1) + "\n").encode(), precious=True)


def _inside(name: str) -> str:
    """A name that leads nowhere else. Raises ValueError: the record is none of ours."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or not path.parts:
        raise ValueError(name)
    return name


def _sum(content: bytes) -> str:
    return sha256(content).hexdigest()
