"""The tables' history, whole transactions, and several processes at once."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

import bridge.library
from bridge.errors import BridgeError
from bridge.library.database import HEAD, Database, migrate
from bridge.library.library import Library
from bridge.library.tables import Base
from bridge.library.wording import DatabaseFull, DatabaseTrouble

MIGRATIONS = Path(bridge.library.__file__).parent / "migrations"


def test_the_newest_migration_is_the_one_that_is_expected() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_the_migrations_make_the_tables_as_they_are_declared() -> None:
    with create_engine("sqlite://").connect() as connection:
        migrate(connection)
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_a_library_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    with Library(tmp_path) as library, library.database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(BridgeError, match="this version") as caught:
        Library(tmp_path)
    assert "update" in caught.value.remedy


def test_many_who_open_a_new_library_at_once_all_can(tmp_path: Path) -> None:
    opened: list[Library] = []
    threads = [threading.Thread(target=lambda: opened.append(Library(tmp_path))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 4
    for library in opened:
        assert library.database.faults() == []
        library.close()


def test_a_transaction_is_whole_or_not_at_all(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{(tmp_path / 'x.db').as_posix()}")
    insert = text("INSERT INTO hits (recording_id, count, packed) VALUES ('none', 0, x'00')")
    with pytest.raises(Exception, match="FOREIGN KEY"), database.writing() as session:
        session.execute(insert)
    with pytest.raises(RuntimeError), database.writing() as session:
        session.execute(text("DELETE FROM alembic_version"))
        raise RuntimeError
    with database.reading() as session:
        assert session.scalar(text("SELECT version_num FROM alembic_version")) == HEAD
        assert session.scalar(text("PRAGMA journal_mode")) == "wal"
    database.close()


def test_a_full_disk_is_said_and_what_was_kept_stays(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{(tmp_path / 'x.db').as_posix()}")
    with database.reading() as session:
        pages = session.scalar(text("PRAGMA page_count"))
    with pytest.raises(DatabaseFull) as caught, database.writing() as session:
        session.execute(text(f"PRAGMA max_page_count = {pages}"))
        session.execute(text("CREATE TABLE large AS SELECT randomblob(100000)"))
    assert "full" in caught.value.cause
    assert database.faults() == []
    database.close()


@pytest.mark.parametrize("harm", ["DROP TABLE hits", "ALTER TABLE jobs RENAME COLUMN run TO ran"])
def test_a_damaged_database_is_not_taken_for_one_that_is_away(tmp_path: Path, harm: str) -> None:
    with Library(tmp_path / "library") as library:
        with library.database.writing() as session:
            session.execute(text(harm))
        told = pytest.raises(DatabaseTrouble, match="cannot be read")
        with told as caught, library.database.reading() as session:
            session.execute(text("SELECT hits.count, jobs.run FROM hits, jobs"))
    assert "damaged" in caught.value.cause
    assert "backup" in caught.value.remedy
