"""How large the library is, a copy of it for safety, and what nothing needs any more."""

from __future__ import annotations

import shutil
import stat
import time
from contextlib import suppress
from pathlib import Path

from sqlalchemy import delete, exists, func, select, text

from bridge.errors import NO_ROOM, BridgeError, DiskFull
from bridge.library.database import shown
from bridge.library.entries import Pruned, Size
from bridge.library.library import Library
from bridge.library.places import EXPORTS, OWN, UPLOADS, is_own, path_of
from bridge.library.sounds import bytes_in
from bridge.library.tables import FileRow, JobRow, RecordingRow, RegionRow, TakeRow
from bridge.recordings.analysis import TAKES

DAY = 86400.0
JOBS_KEPT = 30 * DAY  # seconds that an ended job is told of
HALF_KEPT = DAY  # seconds after which what is half written was left by a killed process
FRESH = 3600.0  # seconds in which a folder or a file may be of a recording just being added


def where(library: Library) -> tuple[str, Path]:
    """The database's address, without its password, and the folder of the findings."""
    return shown(library.url), library.folder


def size(library: Library) -> Size:
    """How large it is."""
    with library.database.reading() as session:
        count = {
            table: session.scalar(select(func.count()).select_from(table).where(which)) or 0
            for table, which in (
                (RecordingRow, text("1 = 1")),
                (TakeRow, TakeRow.kind.in_(TAKES)),
                (RegionRow, RegionRow.shown.is_(True)),
                (JobRow, text("1 = 1")),
            )
        }
    return Size(
        database=_database_bytes(library),
        findings=bytes_in(library.shelf.folder),
        recordings=count[RecordingRow],
        takes=count[TakeRow],
        regions=count[RegionRow],
        jobs=count[JobRow],
    )


def backup(library: Library, folder: Path) -> Path:
    """A copy in a new folder that is a library itself: point library.folder to it.

    Sound that only the library has (uploads, what was fetched) is copied with it.
    Jobs may run meanwhile. Killed halfway, the folder does not have its name yet.
    Raises BridgeError where the folder is there already, and for a database of a server.
    """
    if not library.database.is_file:
        raise BridgeError(
            "This library's database is not a file",
            cause=f"it lies on a server: {shown(library.url)}",
            remedy="copy it by the server's own means (pg_dump), and the folder "
            f"{library.folder} with it",
        )
    folder = folder.expanduser().resolve()
    if folder.exists():
        raise BridgeError(
            f"{folder} is there already",
            cause="a backup never writes over another one",
            remedy="name a folder that is not there yet",
        )
    half = folder.with_name(f"{folder.name}.writing")
    try:
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        library.database.copy_to(half / "library.db")
        # After the database: files of a recording added meanwhile are too much, never too few.
        for path in _kept(library):
            target = half / path.relative_to(library.folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):  # deleted meanwhile
                shutil.copy2(path, target)
        half.rename(folder)
    except OSError as error:
        kind = DiskFull if error.errno in NO_ROOM else BridgeError
        raise kind(
            f"The library cannot be copied to {folder}",
            cause=error.strerror or str(error),
            remedy="check that the disk has room and the folder may be written",
        ) from error
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return folder


def prune(library: Library, *, missing: bool = False) -> Pruned:
    """Takes away what nothing needs; `missing`: also recordings none of whose files is there.

    Old jobs, paths of files that are gone (while another one of the same sound is there), folders
    of recordings that were deleted, what killed processes left half written or never added.
    """
    now = time.time()
    before = _database_bytes(library) or 0
    jobs = library.jobs.prune(now - JOBS_KEPT)
    with library.database.writing() as session:
        files = session.scalars(select(FileRow)).all()
        gone = [file for file in files if not path_of(file.path, library.folder).exists()]
        alive = {file.recording_id for file in files if file not in gone}
        loose = [file for file in gone if missing or file.recording_id in alive]
        for file in loose:
            session.delete(file)
        session.flush()
        recordings = 0
        if missing:
            nowhere = ~exists().where(FileRow.recording_id == RecordingRow.id)
            lost = list(session.scalars(select(RecordingRow.id).where(nowhere)))
            for id in lost:
                session.execute(delete(RecordingRow).where(RecordingRow.id == id))
            recordings = len(lost)
    with library.database.reading() as session:
        known = set(session.scalars(select(RecordingRow.id)))
    freed, folders = sweep(library) + _sweep_loose(library), 0
    for recording in library.shelf.recordings():
        place = library.shelf.place(recording)
        if recording not in known and now - place.stat().st_mtime > FRESH:
            freed += library.shelf.drop(recording)
            folders += 1
    library.database.compact()
    freed += max(0, before - (_database_bytes(library) or 0))
    return Pruned(recordings, len(loose), jobs, folders, freed)


def _kept(library: Library) -> list[Path]:
    """Whole files that the library has beside its database: what was heard, and its own sound."""
    with library.database.reading() as session:
        sounds = [
            path_of(file, library.folder)
            for file in session.scalars(select(FileRow.path))
            if is_own(file)
        ]
    heard = [path for path in library.shelf.folder.rglob("[!.]*") if path.is_file()]
    return heard + sounds


def sweep(library: Library) -> int:
    """Deletes what killed processes left half written or half sent; how many bytes.

    Half of a file has a name that begins with a dot (bridge.recordings.export.writing).
    """
    freed = 0
    for place in (library.shelf.folder, library.folder / UPLOADS, library.folder / EXPORTS):
        for path in place.rglob(".*"):
            with suppress(FileNotFoundError):  # written to its end meanwhile
                about = path.stat()
                if stat.S_ISREG(about.st_mode) and about.st_mtime < time.time() - HALF_KEPT:
                    path.unlink()
                    freed += about.st_size
    return freed


def _sweep_loose(library: Library) -> int:
    """Deletes sound that the library brought in and no recording owns; how many bytes.

    Its process was killed between receiving and adding it, or the system kept it from going with
    its recording. The time of change may be that of where it came from: ctime is this disk's.
    """
    found = [
        path
        for place in OWN
        for path in (library.folder / place).rglob("[!.]*")
        if path.is_file() and not path.is_symlink()
    ]
    with library.database.reading() as session:  # after the look: what is added meanwhile is known
        known = {path_of(file, library.folder) for file in session.scalars(select(FileRow.path))}
    freed = 0
    for path in found:
        with suppress(OSError):  # gone meanwhile, or open in another program
            about = path.stat()
            if path not in known and time.time() - max(about.st_mtime, about.st_ctime) > FRESH:
                path.unlink()
                freed += about.st_size
    return freed


def _database_bytes(library: Library) -> int | None:
    path = library.database.path
    if path is None:
        return None
    return sum(
        each.stat().st_size for each in (path, path.with_name(path.name + "-wal")) if each.exists()
    )
