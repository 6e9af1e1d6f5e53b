"""The library: what was understood of every recording, kept, corrected, found again."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bridge.errors import BridgeError
from bridge.library.database import Database
from bridge.library.entries import Entry, TakeEntry
from bridge.library.jobs import Jobs
from bridge.library.keeping import (
    Fresh,
    corrections_of,
    keep_parts,
    keep_regions,
    keep_take,
    keep_words,
    known_parts,
    regions_of,
    takes_of,
)
from bridge.library.packing import pack_hits, unpack_hits
from bridge.library.places import clean_name, is_own, path_of, readable, stored
from bridge.library.regions import Regions
from bridge.library.regrid import (
    Polish,
    again,
    base_of,
    check_times,
    complete,
    corrected,
    followed,
    found_grid,
    in_force,
    part_of,
    polished_by,
)
from bridge.library.sounds import Measured, Shelf, hash_file, measure_sound
from bridge.library.tables import (
    CorrectionRow,
    FileRow,
    HitsRow,
    RecordingRow,
    RegionRow,
    TakeRow,
)
from bridge.library.views import entry_of, region_of, riff_of, take_entry_of, take_of
from bridge.library.wording import unknown
from bridge.recordings.analysis import ANALYSED, TAKES, follow
from bridge.recordings.corrections import Correction
from bridge.recordings.facts import Hit, Recording, Riff, Span, from_json, to_json
from bridge.recordings.findings import Findings, onsets_of, pitch_of
from bridge.recordings.grid import Grid
from bridge.recordings.riffs import MOST
from bridge.recordings.seams import with_seams
from bridge.settings import LibrarySettings, data_folder

Then = Callable[[Session], None]  # done within the same transaction, or nothing is
Change = tuple[list[dict[str, Any]], Then]  # the corrections then in force, and what to write


class Library:
    """A database and a folder of findings beside it.

    Any number of processes may have it open. Every change is one transaction: killed at any
    point, a library opens again and holds all of it or nothing. Methods raise BridgeError for
    what a user can mend: an unknown id, a file that is no sound.
    """

    def __init__(self, folder: Path, url: str = "") -> None:
        """`url`: a SQLAlchemy URL; empty: library.db in `folder`. Made where it is not there."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BridgeError(
                f"The library's folder {folder} cannot be made",
                cause=error.strerror or str(error),
                remedy="make it writable, or set library.folder to another place",
            ) from error
        self.folder = folder.resolve()
        self.url = url or f"sqlite:///{(self.folder / 'library.db').as_posix()}"
        self.database = Database(self.url)
        self.shelf = Shelf(self.folder / "recordings")
        self.jobs = Jobs(self.database)
        self.regions = Regions(self.database)

    @classmethod
    def open(cls, settings: LibrarySettings | None = None) -> Library:
        """The library of the settings."""
        chosen = settings or LibrarySettings()
        folder = Path(chosen.folder).expanduser() if chosen.folder else data_folder() / "library"
        return cls(folder, chosen.url)

    def close(self) -> None:
        """Lets go of the database."""
        self.database.close()

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- recordings

    def add(
        self, path: Path, name: str | None = None, *, check: Callable[[], None] = lambda: None
    ) -> Entry:
        """The recording that a file holds, new or known: known is the sound, whatever its file.

        `check` is called now and then while a long file is read; what it raises ends that. Raises
        BridgeError where the file cannot be read as sound.
        """
        with suppress(OSError, ValueError):  # `_stat` says it better
            path = path.resolve()
        about = _stat(path)
        known = self._known(path, about)
        if known:
            return known
        digest = hash_file(path, check)
        same = self._by_digest(digest)
        sound = None if same else measure_sound(path)
        for _ in range(2):  # another process may have added it meanwhile
            with suppress(IntegrityError):
                return self._add(path, about, digest, same, sound, name)
        return self._add(path, about, digest, same, sound, name)

    def known(self, path: Path) -> Entry | None:
        """The recording of a file that was added and has not changed since; a look, no more."""
        path = path.resolve()
        with suppress(BridgeError):
            return self._known(path, _stat(path))
        return None

    def by_digest(self, digest: str) -> Entry | None:
        """The recording that a file of these bytes (bridge.library.sounds.new_digest) was."""
        id = self._by_digest(digest)
        return self.get(id) if id else None

    def get(self, recording: str) -> Entry:
        """One recording."""
        return self._entries([self._id(recording)])[0]

    def all(self, text: str = "") -> list[Entry]:
        """Every recording whose name contains the text, newest first."""
        with self.database.reading() as session:
            chosen = select(RecordingRow.id, RecordingRow.name)
            ordered = session.execute(chosen.order_by(RecordingRow.added.desc(), RecordingRow.id))
            ids = [id for id, name in ordered if text.casefold() in name.casefold()]
        return self._entries(ids)

    def rename(self, recording: str, name: str) -> Entry:
        """Gives a recording another name. Raises BridgeError where nothing of it can be read."""
        cleaned = clean_name(name)
        if not cleaned:
            raise BridgeError(
                "A recording cannot be without a name",
                cause="this one has no sign that can be seen",
                remedy="give a name",
            )
        with self.database.writing() as session:
            self._row(session, recording).name = cleaned
        return self.get(recording)

    def file(self, recording: str) -> Path:
        """A file that still holds the recording. Raises BridgeError where none does."""
        with self.database.reading() as session:
            self._row(session, recording)
            rows = _files(session, [recording]).get(recording, [])
        for row in rows:
            path = path_of(row.path, self.folder)
            with suppress(OSError):
                if path.stat().st_size == row.size:
                    return path
        raise BridgeError(
            "The sound of this recording is gone",
            cause="no longer there: "
            + ", ".join(str(path_of(row.path, self.folder)) for row in rows),
            remedy="bring the file back, or add it again where it lies now",
        )

    def folders(self) -> list[str]:
        """Its own folder, and those that files of recordings lie in."""
        with self.database.reading() as session:
            paths = [path_of(text, self.folder) for text in session.scalars(select(FileRow.path))]
        return sorted({str(self.folder), *(str(path.parent) for path in paths)})

    def is_as_added(self, path: Path) -> bool:
        """Whether a file holds what it did when it was added.

        By its size and time of change; by its bytes where only the time is another: a copy that was
        brought back, or a file that was touched.
        """
        about = _stat(path)
        with self.database.reading() as session:
            row = session.get(FileRow, stored(path, self.folder))
        if row is None or row.size != about.st_size:
            return False
        return row.changed == about.st_mtime or row.digest == hash_file(path)

    def delete(self, recording: str) -> None:
        """Forgets all about a recording, the user's work included.

        What the library brought in itself goes as well; files that lie elsewhere are not touched.
        """
        with self.database.writing() as session:
            row = self._row(session, recording)
            files = [file.path for file in _files(session, [recording]).get(recording, [])]
            session.delete(row)
        self.shelf.drop(recording)
        for path in (path_of(file, self.folder) for file in files if is_own(file)):
            with suppress(OSError):  # open in another program, where that keeps it
                path.unlink(missing_ok=True)

    # -- what was understood

    def findings(self, recording: str) -> Findings | None:
        """What was heard of it. None: it must be heard (again)."""
        return self.shelf.findings(recording)

    def keep_findings(self, recording: str, findings: Findings) -> None:
        """Keeps what was heard, whole or not at all."""
        self.shelf.keep(recording, findings)

    def analysis(self, recording: str, whole: bool = False) -> Recording | None:
        """All that is known, the user's corrections and words included. None: not analysed yet.

        Onsets and pitch line lie in the findings: `whole` reads them too.
        """
        with self.database.reading() as session:
            row = self._row(session, recording)
            if row.analysed is None:
                return None
            takes = takes_of(session, recording)
            riffs = _riffs(session, recording)
            hits = session.get(HitsRow, recording)
        facts = Recording(
            duration=row.duration,
            parts=tuple(part_of(take) for take in takes),
            takes=tuple(
                take
                for take in (take_of(each, riffs.get(each.id, ())) for each in takes)
                if take is not None
            ),
            hits=unpack_hits(hits.packed) if hits else (),
        )
        heard = self.findings(recording) if whole else None
        if heard is None:
            return facts
        return replace(facts, onsets=onsets_of(heard), pitch=pitch_of(heard))

    def save_analysis(
        self,
        recording: str,
        facts: Recording,
        findings: Findings,
        *,
        most: int = MOST,
        polish: Polish | None = None,
        then: Then | None = None,
    ) -> None:
        """Keeps an analysis, as one transaction. `facts.takes` stand for the parts ANALYSED.

        What is known already keeps its id: parts, takes and riffs are matched by common time and
        fingerprint. Takes whose grid was corrected follow the corrected grid. What the user drew,
        named, moved or removed stays so. `polish` gives a take better names, or None.
        """
        while True:
            with self.database.reading() as session:
                version = self._row(session, recording).version
                fresh = self._fresh(session, recording, facts, findings, most)
            fresh = self._measured(recording, [polished_by(each, polish) for each in fresh])
            with self.database.writing() as session:
                row = self._row(session, recording)
                if row.version != version:
                    continue  # corrected meanwhile: follow that
                row.version, row.most_riffs, row.analysed = version + 1, most, time.time()
                row.duration = facts.duration
                rows = keep_parts(session, recording, fresh)
                keep_regions(session, recording, list(zip(rows, fresh, strict=True)), row.analysed)
                _keep_hits(session, recording, facts.hits)
                if then:
                    then(session)
                return

    def follow_again(
        self,
        recording: str,
        findings: Findings,
        *,
        words: bool = False,
        polish: Polish | None = None,
        then: Then | None = None,
    ) -> None:
        """Derives everything from the grids as they are. words: only what is a matter of taste."""
        while True:
            with self.database.reading() as session:
                row = self._row(session, recording)
                version, most = row.version, row.most_riffs
                takes = takes_of(session, recording)
            fresh = [polished_by(again(take, findings, most), polish) for take in takes]
            if not words:
                fresh = self._measured(recording, fresh)
            with self.database.writing() as session:
                row = self._row(session, recording)
                if row.version != version:
                    continue
                row.version, row.analysed = version + 1, time.time()
                if words:
                    rows = takes_of(session, recording)
                    keep_words(session, recording, list(zip(rows, fresh, strict=True)))
                else:
                    rows = keep_parts(session, recording, fresh)
                    pairs = list(zip(rows, fresh, strict=True))
                    keep_regions(session, recording, pairs, row.analysed)
                if then:
                    then(session)
                return

    def save_hits(self, recording: str, hits: tuple[Hit, ...]) -> None:
        """Keeps the drum hits alone."""
        with self.database.writing() as session:
            _keep_hits(session, self._row(session, recording).id, hits)

    # -- takes and their grids

    def takes(self, recording: str) -> list[TakeEntry]:
        """Every part of a recording, in order."""
        with self.database.reading() as session:
            self._row(session, recording)
            riffs = _riffs(session, recording)
            return [
                take_entry_of(row, corrections_of(session, row.id), riffs.get(row.id, ()))
                for row in takes_of(session, recording)
            ]

    def take(self, take: str) -> TakeEntry:
        """One part of a recording."""
        with self.database.reading() as session:
            row = _take(session, take)
            riffs = _riffs(session, row.recording_id)
            return take_entry_of(row, corrections_of(session, take), riffs.get(take, ()))

    def tightest(self, region: str | None = None, most: int = 50) -> list[TakeEntry]:
        """Takes of the whole library, the one played most evenly first.

        `region`: those in which this riff is played or practised, in whatever key and tempo.
        """
        kinds = TAKES if region is None else ANALYSED
        chosen = select(TakeRow.id).where(TakeRow.tightness.is_not(None), TakeRow.kind.in_(kinds))
        if region is not None:
            alike = self.regions.like(region, most=10 * most)
            played = {self.regions.get(region).take, *(each.region.take for each in alike)}
            chosen = chosen.where(TakeRow.id.in_([take for take in played if take]))
        with self.database.reading() as session:
            ordered = chosen.order_by(TakeRow.tightness.desc(), TakeRow.id).limit(most)
            ids = list(session.scalars(ordered))
        return [self.take(id) for id in ids]

    def rename_take(self, take: str, name: str) -> TakeEntry:
        """The user's name for a take; an empty one brings the found name back."""
        cleaned = clean_name(name)
        with self.database.writing() as session:
            row = _take(session, take)
            row.edited = {"name": cleaned} if cleaned else {}
        return self.take(take)

    def correct(self, take: str, correction: Correction) -> TakeEntry:
        """Corrects a take's grid; chords, sections and riffs follow. No sound is heard again.

        Raises BridgeError where the grid cannot be corrected so.
        """
        with self.database.reading() as session:
            duration = self._row(session, _take(session, take).recording_id).duration
        check_times(correction, duration)

        def change(rows: list[CorrectionRow]) -> Change:
            said = to_json(correction)
            row = CorrectionRow(take_id=take, correction=said, made=time.time(), undone=None)
            return [*in_force(rows), said], lambda session: session.add(row)

        return self._regrid(take, change)

    def undo(self, take: str) -> TakeEntry:
        """Takes the last correction back. Raises BridgeError where there is none."""

        def change(rows: list[CorrectionRow]) -> Change:
            last = max((row.id for row in rows if row.undone is None), default=None)
            if last is None:
                raise BridgeError(
                    "There is no correction to undo",
                    cause="the grid of this take is as it was found",
                    remedy="correct it first",
                )
            return in_force(rows)[:-1], _mark(last, time.time())

        return self._regrid(take, change)

    def redo(self, take: str) -> TakeEntry:
        """Makes the correction that was undone last again. Raises BridgeError without one."""

        def change(rows: list[CorrectionRow]) -> Change:
            last = max((row.id for row in rows if row.undone is None), default=0)
            undone = min((row.id for row in rows if row.id > last), default=None)
            if undone is None:
                raise BridgeError(
                    "There is no correction to make again",
                    cause="none was undone since the last one was made",
                    remedy="correct the grid anew",
                )
            said = next(row.correction for row in rows if row.id == undone)
            return [*in_force(rows), said], _mark(undone, None)

        return self._regrid(take, change)

    # -- inside

    def _regrid(self, take: str, change: Callable[[list[CorrectionRow]], Change]) -> TakeEntry:
        """Changes the corrections of a take and all that follows from them, or nothing."""
        while True:
            with self.database.reading() as session:
                row = _take(session, take)
                recording = self._row(session, row.recording_id)
                version, most = recording.version, recording.most_riffs
                corrections, write = change(corrections_of(session, take))
            base = base_of(row)
            findings = self.findings(recording.id)
            if findings is None:
                raise BridgeError(
                    "The grid cannot be corrected",
                    cause="what was heard of this recording is not kept any more",
                    remedy="analyse it again from the stage decode, then correct it",
                )
            grid = corrected(base, corrections) if corrections else found_grid(row)
            (fresh,) = self._measured(recording.id, [followed(row, findings, grid, most)])
            with self.database.writing() as session:
                known = self._row(session, recording.id)
                if known.version != version:
                    continue  # changed meanwhile: begin with that
                known.version += 1
                row = _take(session, take)
                write(session)
                row.base = to_json(base) if corrections else None
                keep_take(row, fresh)
                keep_regions(session, recording.id, [(row, fresh)], time.time())
            return self.take(take)

    def _measured(self, recording: str, fresh: list[Fresh]) -> list[Fresh]:
        """With the seam of each riff's loop, where the sound is at hand."""
        takes = [each.take for each in fresh if each.take]
        with suppress(BridgeError):  # the file is gone, or away: a seam is not known then
            takes = list(with_seams(takes, self.file(recording)))
        known = iter(takes)
        return [replace(each, take=next(known)) if each.take else each for each in fresh]

    def _fresh(
        self,
        session: Session,
        recording: str,
        facts: Recording,
        findings: Findings,
        most: int,
    ) -> list[Fresh]:
        """What was found, each part with the take that it was before."""
        rows = takes_of(session, recording)
        by_id = {row.id: row for row in rows}
        takes = {(take.start, take.end): take for take in facts.takes}
        fresh = []
        for part, known in zip(facts.parts, known_parts(rows, facts.parts), strict=True):
            take = takes.get((part.start, part.end))
            found = take.grid if take else None
            row = by_id.get(known) if known else None
            if take and row and row.base:
                said = in_force(corrections_of(session, row.id))
                grid = corrected(from_json(Grid, row.base), said)
                take = follow(findings, take, grid, name=take.name, most=most)
            fresh.append(complete(known, part, found, take, findings))
        return fresh

    def _by_digest(self, digest: str) -> str | None:
        with self.database.reading() as session:
            return session.scalar(select(FileRow.recording_id).where(FileRow.digest == digest))

    def _known(self, path: Path, about: os.stat_result) -> Entry | None:
        with self.database.reading() as session:
            row = session.get(FileRow, stored(path, self.folder))
        if row is None or (row.size, row.changed) != (about.st_size, about.st_mtime):
            return None
        return self.get(row.recording_id)

    def _add(
        self,
        path: Path,
        about: os.stat_result,
        digest: str,
        same: str | None,
        sound: Measured | None,
        name: str | None,
    ) -> Entry:
        with self.database.writing() as session:
            id = sound.id if sound else same
            assert id is not None
            now = time.time()
            if session.get(RecordingRow, id) is None:
                if sound is None:  # it was deleted a moment ago
                    sound = measure_sound(path)
                row = RecordingRow(
                    id=sound.id,
                    name=clean_name(name or "") or clean_name(path.stem) or "recording",
                    duration=sound.duration,
                    rate=sound.rate,
                    channels=sound.channels,
                    format=readable(path.suffix).lstrip(".").lower(),
                    added=now,
                    analysed=None,
                    most_riffs=MOST,
                    version=0,
                )
                session.add(row)
                session.flush()
            place = stored(path, self.folder)
            file = session.get(FileRow, place)
            if file is None:
                file = FileRow(path=place, added=now)
                session.add(file)
            file.recording_id, file.digest = id, digest
            file.size, file.changed = about.st_size, about.st_mtime
        return self.get(id)

    def _entries(self, ids: Sequence[str]) -> list[Entry]:
        with self.database.reading() as session:
            rows = {
                row.id: row
                for some in _some(ids)
                for row in session.scalars(select(RecordingRow).where(RecordingRow.id.in_(some)))
            }
            files = _files(session, ids)
            takes = _counts(session, TakeRow, TakeRow.kind.in_(TAKES))
            regions = _counts(session, RegionRow, RegionRow.shown.is_(True))
        return [
            entry_of(
                rows[id],
                [path_of(file.path, self.folder) for file in files.get(id, [])],
                takes.get(id, 0),
                regions.get(id, 0),
            )
            for id in ids
            if id in rows
        ]

    def _id(self, recording: str) -> str:
        with self.database.reading() as session:
            return self._row(session, recording).id

    def _row(self, session: Session, recording: str) -> RecordingRow:
        row = session.get(RecordingRow, recording)
        if row is None:
            raise unknown("recording", recording)
        return row


def _take(session: Session, take: str) -> TakeRow:
    row = session.get(TakeRow, take)
    if row is None:
        raise unknown("take", take)
    return row


def _stat(path: Path) -> os.stat_result:
    """Of a plain file: a pipe or a device would be read for ever. Raises BridgeError."""
    try:
        about = path.stat()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise BridgeError(
            f"{path} cannot be read",
            cause=getattr(error, "strerror", None) or str(error),
            remedy="check the path and its permissions",
        ) from error
    if not stat.S_ISREG(about.st_mode):
        raise BridgeError(
            f"{path} cannot be read",
            cause="it is no file, but a folder, pipe or device",
            remedy="give the recording itself",
        )
    return about


def _mark(correction: int, undone: float | None) -> Then:
    change = update(CorrectionRow).where(CorrectionRow.id == correction).values(undone=undone)

    def write(session: Session) -> None:
        session.execute(change)

    return write


def _riffs(session: Session, recording: str) -> dict[str, tuple[Riff, ...]]:
    """The riffs of each take, as the user has them."""
    riffs: dict[str, list[Riff]] = {}
    for row, about in regions_of(session, recording):
        if row.take_id and row.shown:
            riffs.setdefault(row.take_id, []).append(riff_of(region_of(row, about), about))
    return {
        take: tuple(sorted(each, key=lambda riff: _order(riff.times[riff.best])))
        for take, each in riffs.items()
    }


def _order(span: Span) -> tuple[float, float]:
    return span.start, span.end


def _keep_hits(session: Session, recording: str, hits: tuple[Hit, ...]) -> None:
    row = session.get(HitsRow, recording)
    if row is None:
        row = HitsRow(recording_id=recording)
        session.add(row)
    row.count, row.packed = len(hits), pack_hits(hits)


def _files(session: Session, ids: Sequence[str]) -> dict[str, list[FileRow]]:
    files: dict[str, list[FileRow]] = {}
    for some in _some(ids):
        chosen = select(FileRow).where(FileRow.recording_id.in_(some)).order_by(FileRow.added)
        for row in session.scalars(chosen):
            files.setdefault(row.recording_id, []).append(row)
    return files


def _counts(
    session: Session, table: type[TakeRow | RegionRow], which: ColumnElement[bool]
) -> dict[str, int]:
    counted = select(table.recording_id, func.count()).where(which).group_by(table.recording_id)
    return {id: count for id, count in session.execute(counted)}


def _some(ids: Sequence[str], most: int = 500) -> Iterator[Sequence[str]]:
    """Few enough at once for any database."""
    for first in range(0, len(ids), most):
        yield ids[first : first + most]
