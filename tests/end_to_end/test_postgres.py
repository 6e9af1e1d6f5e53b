"""Every test of the library, with its database in a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.end_to_end
PATIENCE = 60.0  # seconds


def program(name: str) -> str:
    """Debian keeps the server's own programs out of the way."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    found = shutil.which(name, path=os.pathsep.join([*map(str, places), os.environ["PATH"]]))
    assert found, f"{name} is not installed: apt-get install postgresql"
    return found


def as_postgres(*command: str) -> None:
    """The server refuses to run as root."""
    before = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run([*before, *command], check=True, timeout=PATIENCE, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address as SQLAlchemy writes it."""
    folder = Path("/tmp") / f"dawbridge-postgres-{os.getpid()}"
    folder.mkdir()
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    at = str(folder / "data")
    as_postgres(program("initdb"), "-D", at, "-A", "trust", "-U", "music", "-E", "UTF8")
    options = f"-p {port} -k {folder} -h 127.0.0.1 -c fsync=off"
    as_postgres(program("pg_ctl"), "-D", at, "-w", "-l", f"{at}/log", "-o", options, "start")
    try:
        yield f"postgresql+psycopg://music@127.0.0.1:{port}/postgres"
    finally:
        as_postgres(program("pg_ctl"), "-D", at, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def test_the_library_in_postgresql(server: str) -> None:
    folder = Path(__file__).parent.parent / "library"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)],
        env=os.environ | {"LIBRARY_TEST_URL": server},
        cwd=folder.parent.parent,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert " passed" in done.stdout or "100%" in done.stdout
