"""Our files in a folder of a DAW: put in, upgraded, taken out, and nobody else's touched.

A record beside them knows what we wrote. A file that differs from it is the user's work and is kept
as NAME.yours before ours takes its place.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path, PurePosixPath

from bridge.errors import BridgeError

RECORD = "dawbridge-installed.json"


@dataclass(frozen=True, slots=True)
class Record:
    """What we wrote.

    files  sums of what we wrote under each name: two while an upgrade is under way
    made   folders and files that were not there before us, relative to the root
    """

    version: str = ""
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    made: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """Names of files, relative to our folder."""

    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()  # the user's, under their new names


@dataclass(frozen=True, slots=True)
class Look:
    """How our files stand in a folder."""

    installed: bool
    version: str
    current: bool  # just what would be installed now


def put_in(
    root: Path, inside: str, files: Mapping[str, bytes], version: str, also: Iterable[str] = ()
) -> Changes:
    """Makes `root`/`inside` hold these files, and no older ones of ours.

    `also`: files the caller is about to write, relative to the root; those that are not there yet
    are remembered as made by us. Raises BridgeError.
    """
    folder = root / inside
    with _said(folder):
        if folder.is_symlink():
            raise BridgeError(
                f"{folder} is a link",
                cause="what is written there would change another folder",
                remedy="remove the link, then install again",
            )
        before = read_record(folder)
        made = dict.fromkeys(before.made)
        for name in files:
            for missing in _missing_folders(root, (folder / name).parent):
                made[missing] = None
        made |= dict.fromkeys(name for name in also if not (root / name).exists())
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
            there = _read(path)
            if there == content:
                continue
            if there is not None and _sum(there) not in before.files.get(name, ()):
                kept.append(_keep(folder, name))
            path.parent.mkdir(parents=True, exist_ok=True)
            replace(path, content)
            written.append(name)
        _remove_empty(root, made)
        _write_record(
            folder, Record(version, {name: (each,) for name, each in sums.items()}, tuple(made))
        )
    return Changes(tuple(written), tuple(removed), tuple(kept))


def take_out(root: Path, inside: str) -> Changes:
    """Removes what we wrote and the folders that we made, unless others' files are in them."""
    folder = root / inside
    with _said(folder):
        record = read_record(folder)
        removed: list[str] = []
        kept: list[str] = []
        for name, sums in record.files.items():
            removed += _remove(folder, name, sums, kept)
        (folder / RECORD).unlink(missing_ok=True)
        _remove_empty(root, record.made)
    return Changes((), tuple(removed), tuple(kept))


def said_of(changes: Changes, folder: Path) -> list[str]:
    """The changes in words, a sentence each."""
    told = []
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
    """Whether these very files are there."""
    folder = root / inside
    record = read_record(folder)
    same = record.files.keys() == files.keys()
    current = same and all(_read(folder / name) == content for name, content in files.items())
    return Look(bool(record.files), record.version, current)


def read_record(folder: Path) -> Record:
    """What we wrote there; an empty one where we never did, or where it cannot be read."""
    try:
        told = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        files = {_inside(name): tuple(map(str, sums)) for name, sums in told["files"].items()}
        return Record(str(told["version"]), files, tuple(map(_inside, told["made"])))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Record()


def replace(path: Path, content: bytes, *, precious: bool = False) -> None:
    """Writes it whole or not at all; links are followed, permissions stay. Raises OSError.

    `precious`: also where the power fails at this moment.
    """
    path = path.resolve()
    fresh = path.with_name(f".{path.name}.dawbridge")
    try:
        with fresh.open("wb") as file:
            file.write(content)
            if precious:
                file.flush()
                os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, fresh)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


@contextmanager
def _said(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BridgeError(
            f"{error.filename or folder} cannot be changed",
            cause=error.strerror or str(error),
            remedy="make it writable and close the DAW, then try again; "
            "--folder names another place",
        ) from error


def _remove(folder: Path, name: str, sums: tuple[str, ...], kept: list[str]) -> list[str]:
    path = folder / name
    there = _read(path)
    if there is None:
        return []
    if _sum(there) not in sums:
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


def _remove_empty(root: Path, made: Iterable[str]) -> None:
    """Folders of ours in which nothing is left, innermost first."""
    for name in sorted(made, key=len, reverse=True):
        path = root / name
        if path.is_dir() and not path.is_symlink():
            with suppress(OSError):  # somebody's files are in it
                path.rmdir()


def _missing_folders(root: Path, folder: Path) -> Iterator[str]:
    while folder != root and root in folder.parents:
        if not folder.exists():
            yield folder.relative_to(root).as_posix()
        folder = folder.parent


def _write_record(folder: Path, record: Record) -> None:
    told = {"version": record.version, "files": dict(record.files), "made": list(record.made)}
    replace(folder / RECORD, (json.dumps(told, indent=1) + "\n").encode())


def _inside(name: str) -> str:
    """A name that leads nowhere else. Raises ValueError: the record is none of ours."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or not path.parts:
        raise ValueError(name)
    return name


def _sum(content: bytes) -> str:
    return sha256(content).hexdigest()


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
