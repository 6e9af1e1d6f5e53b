"""The journal of a project: its facts with stable ids, kept as an append-only file of JSON lines.

A line is `{"put": {a fact's fields}}` or `{"drop": "id"}`; the first one names the project. A
torn line is passed over, what a newer version wrote besides stays in the file. What was dropped
stays known as dropped: a project that still holds it is told so, while one that holds what this
journal never knew (it was worked on at another computer) keeps it.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import stat
from collections.abc import Callable, Iterable, Mapping, Set
from contextlib import suppress
from dataclasses import MISSING, fields
from hashlib import blake2s
from itertools import takewhile
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bridge.daw.facts import Fact, Note
from bridge.errors import NO_ROOM, BridgeError, DiskFull

LONGEST = 1 << 28  # bytes: more is no journal
SPARE = 1000  # lines beyond what is held, before a file is written anew
REMEMBERED = 50_000  # of what was dropped: more than years of one project
DEFAULTS = {
    each.name: None if each.default is MISSING else each.default  # None: has to be told
    for each in fields(Fact)
}
JSON = json.JSONEncoder(separators=(",", ":"))

# Windows would turn line feeds into two signs.
# Nor do we wait for a pipe, or follow a link, that somebody laid there.
NO_TRICKS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0) | NO_TRICKS
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)

log = logging.getLogger(__name__)


class Journal:
    """What one project should hold; every change is in the file when a call returns.

    Where it cannot be written (a full disk), the facts stay in memory, `error` says why, `tell`
    is told once, and the missing lines follow with a later change as soon as there is room.
    """

    def __init__(
        self, path: Path, project: str, title: str, *, tell: Callable[[BridgeError], None]
    ) -> None:
        self.project = project
        self.title = title
        self.error: BridgeError | None = None
        self.edition = 0  # grows with every change
        self._path = path
        self._tell = tell
        self._facts: dict[str, Fact] = {}
        self._dropped: dict[str, None] = {}  # a set that keeps its order: the oldest go first
        self._changed: dict[str, int] = {}  # edition in which an id changed last, in that order
        self._file: int | None = None
        self._whole = True  # the file ends with a whole line
        self._unwritten: list[bytes] = []
        self._patience = 0  # changes to come before the disk is tried again
        self._wait = 1
        self._read()

    @property
    def facts(self) -> Mapping[str, Fact]:
        """As they are now, by id; read only."""
        return MappingProxyType(self._facts)

    @property
    def dropped(self) -> Set[str]:
        """Ids that were told to go and did not come back."""
        return self._dropped.keys()

    def put(self, *facts: Fact) -> None:
        """Keeps them. What is known as it is writes nothing. Raises ValueError for no position."""
        changed = self._new(facts)
        for fact in changed:
            self._facts[fact.id] = fact
            self._dropped.pop(fact.id, None)
        self._append({fact.id: _line(put=_told(fact)) for fact in changed})

    def replace(self, old: Iterable[str], *facts: Fact) -> None:
        """These facts come, and of the old ids those go that are not among them.

        Raises ValueError, and changes nothing, for what has no position.
        """
        self._new(facts)
        coming = {fact.id for fact in facts}
        self.drop(*[id for id in old if id not in coming])
        self.put(*facts)

    def _new(self, facts: Iterable[Fact]) -> list[Fact]:
        """Those that are not known as they are, the last of each id. Raises ValueError."""
        last = {fact.id: fact for fact in facts}
        changed = [fact for fact in last.values() if self._facts.get(fact.id) != fact]
        for fact in changed:
            if not _sound(fact):
                raise ValueError(f"no fact of a project: {fact}")
        return changed

    def drop(self, *ids: str) -> None:
        """Takes them out. An id that was never known is remembered as dropped as well."""
        going = [id for id in dict.fromkeys(ids) if id not in self._dropped]
        for id in going:
            self._facts.pop(id, None)
            self._dropped[id] = None
        self._append({id: _line(drop=id) for id in going})

    def changed_since(self, edition: int) -> list[str]:
        """Ids that were put or dropped after that edition."""
        newest_first = reversed(self._changed.items())
        return [id for id, _ in takewhile(lambda change: change[1] > edition, newest_first)]

    def group(self, name: str) -> list[Fact]:
        """Those of one group, by position."""
        return sorted(
            (fact for fact in self._facts.values() if fact.group == name),
            key=lambda fact: (fact.at, fact.id),
        )

    def close(self) -> None:
        """Writes what waits, and lets go of the file. Twice is harmless."""
        if self._unwritten:
            self._patience = 0
            self._append({})
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _append(self, lines: Mapping[str, bytes]) -> None:
        """Writes the lines, each the change of an id, and whatever still waits."""
        if lines:
            self.edition += 1
        for id in lines:
            self._changed.pop(id, None)
            self._changed[id] = self.edition
        self._unwritten += lines.values()
        if not self._unwritten:
            return
        if self._patience > 0:
            self._patience -= 1
            return
        try:
            self._write(b"".join(self._unwritten))
        except OSError as error:
            self._patience, self._wait = self._wait, min(2 * self._wait, 256)
            self._fail(error, "written", "what is new is forgotten when dawbridge ends")
            return
        self._unwritten.clear()
        self._wait, self.error = 1, None

    def _write(self, piece: bytes) -> None:
        """All of it, or OSError; a piece written in part is said again later, which is harmless."""
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self._path, APPEND, 0o600)
            if os.fstat(self._file).st_size == 0:
                piece = self._header() + piece
        if not self._whole:
            piece = b"\n" + piece
        while piece:
            written = os.write(self._file, piece)
            self._whole = piece[:written].endswith(b"\n")
            piece = piece[written:]

    def _read(self) -> None:
        """What the file holds; one that holds far more lines than facts is written anew."""
        try:
            about = self._path.lstat()
            if not stat.S_ISREG(about.st_mode) or about.st_size > LONGEST:
                raise OSError(errno.EINVAL, "it is no plain file, or much too long")
            told = self._path.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            self._fail(error, "read", "it begins anew, and what was known is not put again")
            return
        self._whole = not told or told.endswith(b"\n")
        lines = told.splitlines()
        # Lines of a newer version hold what this one cannot say again.
        ours = sum(map(self._take, lines)) == len(lines)
        while len(self._dropped) > REMEMBERED:
            del self._dropped[next(iter(self._dropped))]
        if ours and len(lines) > SPARE + 2 * (len(self._facts) + len(self._dropped)):
            self._compact()

    def _take(self, line: bytes) -> bool:
        """Applies a line; False: it is of a newer version."""
        try:
            told = json.loads(line)
        except (ValueError, RecursionError):
            return True  # torn: nothing is lost with it
        if not isinstance(told, dict):
            return True
        if isinstance(id := told.get("drop"), str):
            self._facts.pop(id, None)
            self._dropped[id] = None
            return True
        if isinstance(values := told.get("put"), dict):
            fact = _fact(values)
            if fact is not None:
                self._facts[fact.id] = fact
                self._dropped.pop(fact.id, None)
            return fact is not None and values.keys() <= DEFAULTS.keys()
        if isinstance(told.get("journal"), int):
            self.title = self.title or str(told.get("title", ""))
            return bool(told["journal"] <= 1)
        return False

    def _compact(self) -> None:
        beside = self._path.with_name(f"{self._path.name}.tmp")
        try:
            beside.unlink(missing_ok=True)
            with os.fdopen(os.open(beside, NEW, 0o600), "wb") as file:
                file.write(self._header())
                file.writelines(_line(drop=id) for id in self._dropped)
                file.writelines(_line(put=_told(fact)) for fact in self._facts.values())
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._path)
            self._whole = True
        except OSError as error:  # the long file does as well
            log.info("the journal %s stays long: %s", self._path, error)
            with suppress(OSError):
                beside.unlink(missing_ok=True)

    def _header(self) -> bytes:
        return _line(journal=1, project=self.project, title=self.title)

    def _fail(self, error: OSError, verb: str, meaning: str) -> None:
        first = self.error is None
        kind = DiskFull if error.errno in NO_ROOM else BridgeError
        self.error = kind(
            f"What dawbridge knows of the project {self.title or self.project!r} cannot be {verb}:"
            f" {meaning}",
            cause=f"{self._path}: {error.strerror or error}",
            remedy="make room on the disk, or make the folder readable and writable",
        )
        if first:
            self._tell(self.error)


class Journals:
    """The journals of all projects: the folder `daw/journals`, one file each."""

    def __init__(self, folder: Path, *, tell: Callable[[BridgeError], None] | None = None) -> None:
        """`tell`: is told once, in words, when a journal cannot be kept; else the log is."""
        self._folder = folder
        self._tell = tell or (lambda error: log.warning("%s", error))
        self._open: dict[str, Journal] = {}

    def open(self, project: str, title: str = "") -> Journal:
        """The one journal of a project, however often it is asked for.

        `project` is whatever a script said: it names the file through a hash alone.
        """
        journal = self._open.get(project)
        if journal is None:
            name = blake2s(project.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
            path = self._folder / f"{name}.jsonl"
            journal = self._open[project] = Journal(path, project, title, tell=self._tell)
        journal.title = title or journal.title
        return journal

    def heard(self, project: str) -> Journal:
        """What was heard in a project and waits until somebody asks for it."""
        return self.open(f"{project} heard")

    def close(self) -> None:
        """Closes all of them. Twice is harmless."""
        for journal in self._open.values():
            journal.close()
        self._open.clear()


def _line(**told: object) -> bytes:
    return JSON.encode(told).encode() + b"\n"


def _told(fact: Fact) -> dict[str, Any]:
    """Its fields without those that are as always; a note as a list."""
    told: dict[str, Any] = {}
    for name, usual in DEFAULTS.items():
        value = getattr(fact, name)
        if value != usual:
            told[name] = value
    if fact.notes:
        told["notes"] = [[n.at, n.length, n.pitch, n.velocity, n.channel] for n in fact.notes]
    return told


def _fact(values: Mapping[str, Any]) -> Fact | None:
    """The inverse; None: it is none, or says what this version does not understand."""
    known = {name: value for name, value in values.items() if name in DEFAULTS}
    try:
        known["notes"] = tuple(Note(*note) for note in known.get("notes", ()))
        fact = Fact(**known)
    except TypeError:
        return None
    return fact if _sound(fact) else None


def _sound(fact: Fact) -> bool:
    """Whether every field is what it says, and every number is one."""
    numbers = [fact.at, fact.offset, fact.num, fact.den]
    numbers += [n for n in (fact.end, fact.bpm, fact.tempo, fact.beats) if n is not None]
    for note in fact.notes:
        numbers += (note.at, note.length, note.pitch, note.velocity, note.channel)
    texts = (
        fact.id, fact.kind, fact.role, fact.name, fact.group, fact.colour, fact.track, fact.path
    )  # fmt: skip
    return bool(fact.id) and all(map(_is_text, texts)) and all(map(_is_number, numbers))


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) < 1e300
