"""Where it lies, how large it is, a copy, and what nothing needs any more."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest
from sqlalchemy import update

from bridge.errors import BridgeError
from bridge.library.database import shown
from bridge.library.library import Library
from bridge.library.tables import JobRow
from bridge.library.upkeep import backup, prune, size, where
from bridge.recordings.findings import Findings
from tests.library.conftest import SERVER
from tests.library.found import HOOK, VERSE, analysis

FILE = pytest.mark.skipif(bool(SERVER), reason="a server's database is measured and copied there")


def test_a_password_is_never_shown(library: Library) -> None:
    assert where(library) == (shown(library.url), library.folder)
    assert "secret" not in shown("postgresql+psycopg://me:secret@host/music")


@FILE
def test_the_size_counts_what_there_is(
    library: Library, recording: str, findings: Findings
) -> None:
    library.save_analysis(recording, analysis(findings, VERSE, HOOK), findings)
    library.regions.delete(library.regions.all(recording)[0].id)
    library.jobs.enqueue(recording)
    about = size(library)
    assert (about.recordings, about.takes, about.regions, about.jobs) == (1, 1, 1, 1)
    assert about.findings == (library.shelf.place(recording) / "findings.npz").stat().st_size
    assert about.database is not None
    assert about.database > 10000


@FILE
def test_a_backup_is_a_library(
    library: Library, recording: str, findings: Findings, tmp_path: Path
) -> None:
    library.save_analysis(recording, analysis(findings, VERSE), findings)
    folder = backup(library, tmp_path / "backup")
    before = library.analysis(recording, whole=True)
    library.delete(recording)
    with Library(folder) as copy:
        assert copy.analysis(recording, whole=True) == before
        assert copy.database.faults() == []


@FILE
@pytest.mark.parametrize("place", ["uploads", "fetched"])
def test_a_backup_has_the_sound_that_only_the_library_has(
    library: Library, wav: Path, tmp_path: Path, place: str
) -> None:
    own = library.folder / place / "song.wav"
    own.parent.mkdir()
    shutil.copy(wav, own)
    (own.parent / ".half").write_bytes(b"x")
    entry = library.add(own)
    folder = backup(library, tmp_path / "backup")
    library.delete(entry.id)
    assert not own.exists()
    with Library(folder) as copy:
        assert copy.file(entry.id) == folder / place / "song.wav"
        assert copy.file(entry.id).read_bytes() == wav.read_bytes()
        assert copy.known(folder / place / "song.wav") == copy.get(entry.id)
    assert [path.name for path in (folder / place).iterdir()] == ["song.wav"]


@FILE
def test_a_backup_leaves_the_users_own_files_where_they_are(
    library: Library, wav: Path, tmp_path: Path
) -> None:
    beside = library.folder / "mine.wav"  # the folder may be one that the user has music in
    shutil.copy(wav, beside)
    library.add(beside)
    id = library.add(wav).id
    folder = backup(library, tmp_path / "backup")
    library.delete(id)
    assert beside.exists()
    assert wav.exists()
    with Library(folder) as copy:
        assert copy.get(id).files == (beside, wav)


@FILE
@pytest.mark.skipif(os.name != "posix", reason="a limit of this process stands for a full disk")
def test_a_backup_that_finds_no_room_says_so_and_leaves_nothing(
    library: Library, recording: str, tmp_path: Path
) -> None:
    import resource
    import signal

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, before[1]))
        with pytest.raises(BridgeError, match="cannot be copied") as told:
            backup(library, tmp_path / "backup")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert "room" in told.value.remedy
    assert sorted(path.name for path in tmp_path.iterdir()) == ["library", "song.wav"]


@FILE
def test_a_backup_never_writes_over_another(library: Library, tmp_path: Path) -> None:
    backup(library, tmp_path / "backup")
    with pytest.raises(BridgeError, match="already"):
        backup(library, tmp_path / "backup")


def test_pruning_takes_what_nothing_needs_and_nothing_else(
    library: Library, recording: str, findings: Findings, wav: Path
) -> None:
    library.save_analysis(recording, analysis(findings, VERSE), findings)
    copy = wav.with_name("copy.wav")
    shutil.copy(wav, copy)
    library.add(copy)
    copy.unlink()
    job = library.jobs.enqueue(recording)
    library.jobs.cancel(job.id)
    with library.database.writing() as session:
        session.execute(update(JobRow).values(ended=time.time() - 40 * 86400))
    old = time.time() - 2 * 86400
    orphan = library.shelf.folder / ("0" * 32)
    orphan.mkdir()
    (orphan / "findings.npz").write_bytes(b"x" * 1000)
    half = library.shelf.place(recording) / ".findings.0123.npz"
    half.write_bytes(b"x" * 500)
    for path in (orphan, half):
        os.utime(path, (old, old))
    before = library.analysis(recording, whole=True)
    pruned = prune(library)
    assert (pruned.recordings, pruned.files, pruned.jobs, pruned.folders) == (0, 1, 1, 1)
    assert pruned.bytes >= 1500
    assert not orphan.exists()
    assert not half.exists()
    assert library.get(recording).files == (wav,)
    assert library.analysis(recording, whole=True) == before
    assert prune(library).folders == 0


def test_recordings_without_a_file_go_only_when_told_to(
    library: Library, recording: str, wav: Path
) -> None:
    wav.unlink()
    assert prune(library).recordings == 0
    assert library.get(recording).files == (wav,)
    assert prune(library, missing=True).recordings == 1
    assert library.all() == []


@pytest.mark.parametrize("place", ["uploads", "fetched"])
def test_pruning_takes_sound_that_was_brought_in_and_never_added(
    library: Library, wav: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, loose, mine = (
        library.folder / place / "song.wav",
        library.folder / place / "killed.wav",
        library.folder / "mine.wav",
    )
    own.parent.mkdir()
    for path in (own, loose, mine):
        shutil.copy(wav, path)
        os.utime(path, (1e9, 1e9))  # as its source had it: not when it came here
    entry = library.add(own)
    prune(library)
    assert loose.exists()  # it may be just being added
    monkeypatch.setattr("bridge.library.upkeep.FRESH", -1.0)
    assert prune(library).bytes >= wav.stat().st_size
    assert not loose.exists()
    assert mine.exists()
    assert library.file(entry.id) == own
