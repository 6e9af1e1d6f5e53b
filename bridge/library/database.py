"""The database: opened, brought up to date, read and written in whole transactions.

SQLite runs in WAL mode: readers never wait, one writer at a time, and a process killed at any
point leaves the last whole transaction. Any other SQLAlchemy URL works as well; PostgreSQL is
tested.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.orm import Session

from bridge.errors import BridgeError, extra
from bridge.library.wording import DatabaseFull, DatabaseTrouble

HEAD = "0001"  # the newest migration; a test holds it to what lies in migrations/versions
PATIENCE = 30.0  # seconds to wait for another process's transaction
FULL = re.compile(r"disk.*full|no space left", re.IGNORECASE)  # SQLite and PostgreSQL say so
# A table or a column is gone, or the file is no database any more: SQLite, then PostgreSQL.
DAMAGED = re.compile(
    r"no such (table|column)|has no column|malformed|not a database"
    r"|(relation|column) .+ does not exist",
    re.IGNORECASE,
)
LOCK = 0x64617762  # PostgreSQL's advisory lock while tables are changed: "dawb"


class Database:
    """Whole transactions on the tables of bridge.library.tables."""

    def __init__(self, url: str) -> None:
        """Opens it; makes or updates its tables. Raises BridgeError with cause and remedy."""
        self.url = url
        try:
            self._engine = _engine(url)
            self._writing = self._engine.execution_options(writing=True)
            self._update()
        except (ArgumentError, NoSuchModuleError, ImportError) as error:
            raise BridgeError(
                f"The library {shown(url)} cannot be opened",
                cause=str(error).splitlines()[0],
                remedy="correct library.url; a PostgreSQL library needs the extra: "
                + extra("postgres"),
            ) from error
        except DBAPIError as error:
            raise BridgeError(
                f"The library {shown(url)} cannot be opened",
                cause=str(error.orig).strip().splitlines()[0],
                remedy="check that it is there, that it may be written and that its disk has room; "
                "a damaged one is replaced by its backup (docs/library.md)",
            ) from error

    @property
    def is_file(self) -> bool:
        """Whether it is SQLite."""
        return self._engine.dialect.name == "sqlite"

    @property
    def path(self) -> Path | None:
        """Where an SQLite database lies. None: in memory, or on a server."""
        name = self._engine.url.database
        return Path(name) if self.is_file and name and name != ":memory:" else None

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One moment of the database, unchanged by writers until the end.

        Raises DatabaseTrouble.
        """
        with self._session(self._engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """All of it is kept, or nothing. Raises DatabaseTrouble."""
        with self._session(self._writing) as session:
            yield session

    @contextmanager
    def _session(self, engine: Engine) -> Iterator[Session]:
        with (
            self._told("reached"),
            Session(engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def _told(self, attempt: str) -> Iterator[None]:
        """What the database cannot do now, in words; what it should not be asked is a bug."""
        try:
            yield
        except DBAPIError as error:
            cause = (str(error.orig).strip() or "it gave no answer").splitlines()[0]
            if DAMAGED.search(cause):
                raise DatabaseTrouble(
                    f"The library {shown(self.url)} cannot be read",
                    cause=f"its database is damaged or from another version: {cause}",
                    remedy="put a backup in its place (docs/library.md), or set library.folder "
                    "to a new folder and analyse the recordings again",
                ) from error
            if isinstance(error, (IntegrityError, ProgrammingError, DataError)):
                raise
            kind = DatabaseFull if FULL.search(cause) else DatabaseTrouble
            raise kind(
                f"The library {shown(self.url)} cannot be {attempt}",
                cause=cause,
                remedy="check that its disk has room, or that its server runs, and try again; "
                "nothing that was kept is lost",
            ) from error

    def copy_to(self, path: Path) -> None:
        """A whole and compact copy of an SQLite database, while others write.

        Raises DatabaseTrouble.
        """
        with self._told(f"copied to {path.parent}"), self._outside() as connection:
            connection.execute(text("VACUUM INTO :path"), {"path": str(path)})

    def compact(self) -> None:
        """Gives room that nothing uses back to the disk. Raises DatabaseTrouble."""
        with self._told("made smaller"), self._outside() as connection:
            connection.execute(text("VACUUM"))
            if self.is_file:
                connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))

    def faults(self) -> list[str]:
        """What SQLite's own check finds wrong; empty: all is well."""
        if not self.is_file:
            return []
        with self._engine.connect() as connection:
            said = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check"))]
            loose = [
                str(tuple(row)) for row in connection.execute(text("PRAGMA foreign_key_check"))
            ]
        return [line for line in said if line != "ok"] + loose

    def close(self) -> None:
        """Lets go of every connection."""
        self._engine.dispose()

    @contextmanager
    def _outside(self) -> Iterator[Connection]:
        """A connection outside any transaction, which VACUUM asks for."""
        chosen = {"outside": True} if self.is_file else {"isolation_level": "AUTOCOMMIT"}
        with self._engine.connect() as connection:
            yield connection.execution_options(**chosen)

    def _update(self) -> None:
        with self._engine.connect() as connection:
            if _version(connection) == HEAD:
                return
        with self._writing.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            version = _version(connection)  # another process may have been quicker
            if version != HEAD:
                migrate(connection)


def migrate(connection: Connection, to: str = "head") -> None:
    """Brings the tables to a version, within the connection's transaction.

    Raises BridgeError where a newer version of this program wrote them.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, to)
    except CommandError as error:
        raise BridgeError(
            "The library cannot be opened by this version",
            cause=str(error),
            remedy="a newer dawbridge wrote it: update this one",
        ) from error


def shown(url: str) -> str:
    """A database's address without its password."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except SQLAlchemyError:
        return "given"


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _engine(url: str) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": PATIENCE})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions begin where we say, tables included
        for line in ("journal_mode = WAL", "foreign_keys = ON", "synchronous = FULL"):
            connection.execute(f"PRAGMA {line}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A reader that became a writer could find that another one wrote meanwhile, and fail.
        options = connection.get_execution_options()
        if not options.get("outside"):
            connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writing") else "BEGIN")

    return engine
