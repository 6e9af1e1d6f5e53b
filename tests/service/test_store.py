"""The library as the service holds it: late, and without what a client need not see."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from bridge.errors import BridgeError, DiskFull
from bridge.library.holds import LiveHold, held
from bridge.library.wording import DatabaseTrouble
from bridge.service.app import create_app
from bridge.service.audience import Audience
from bridge.service.refusals import names_only, refused, said
from bridge.service.store import Store
from bridge.settings import LibrarySettings, ServiceSettings
from tests.service.desk import HERE, Desk

DEADLINE = 60.0  # seconds for what takes one
EVENTS = "ws://127.0.0.1:8765/recordings/events"


def test_the_live_part_starts_without_the_library() -> None:
    code = (
        "import sys, bridge.service.__main__ as main\n"
        "from bridge.settings import LibrarySettings, ServiceSettings\n"
        "app = main.create_app(ServiceSettings(), None, print, main.Store(LibrarySettings()))\n"
        "app.openapi()\n"
        "heavy = ('sqlalchemy', 'alembic', 'av', 'scipy', 'soundfile')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_without_the_extra_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [*sys.modules]:
        if name.startswith(("sqlalchemy", "bridge.library.")) and name != "bridge.library.entries":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    desk = Desk(tmp_path / "library")
    for method, path in (("GET", "/recordings"), ("POST", "/recordings"), ("GET", "/jobs")):
        error = desk.ask(method, path, 501)
        assert error["cause"] == "sqlalchemy is not installed"
        assert ".[files]" in error["remedy"]
    with desk.client.websocket_connect(EVENTS) as socket:
        assert ".[files]" in socket.receive_json()["error"]["remedy"]
    assert desk.get("/health")["state"] == "starting"


def test_another_method_is_told_which_there_are(desk: Desk) -> None:
    for path, allowed in (
        ("/takes/0123456789ab", "GET, PATCH"),
        ("/regions/0123456789ab", "DELETE, GET, PATCH"),
        ("/recordings", "GET, POST"),
        ("/now", "GET"),
    ):
        answer = desk.client.put(path)
        assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


def test_a_library_that_cannot_be_opened_is_said_without_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    desk = Desk(tmp_path / "file" / "library")
    desk.get("/recordings", 503)


def test_without_a_store_there_are_no_recordings() -> None:
    app = create_app(ServiceSettings(), Audience(), lambda _: None)
    client = TestClient(app, base_url=HERE)
    assert client.get("/recordings").status_code == 404
    assert client.get("/now").status_code == 200


def test_jobs_that_were_left_over_are_taken_up_when_it_opens(known: Desk) -> None:
    (entry,) = known.get("/recordings")
    library = known.store.library()
    job = library.jobs.enqueue(entry["id"], "labels")
    again = Desk(known.folder)
    with again.client, again.client.websocket_connect(EVENTS) as socket:
        while socket.receive_json() != {"recording": entry["id"], "change": "analysed"}:
            pass
    again = Desk(known.folder)
    assert again.get(f"/jobs/{job.id}")["state"] == "done"
    again.close()


def test_what_killed_services_left_is_swept_away(tmp_path: Path) -> None:
    folder = tmp_path / "library" / "uploads"
    folder.mkdir(parents=True)
    for name, age in ((".old", 2e5), (".new", 0), ("kept.wav", 2e5)):
        (folder / name).write_bytes(b"x")
        moment = (folder / name).stat().st_mtime - age
        os.utime(folder / name, (moment, moment))
    store = Store(LibrarySettings(folder=str(tmp_path / "library")))
    store.library()
    store.close()
    assert sorted(path.name for path in folder.iterdir()) == [".new", "kept.wav"]


def test_jobs_wait_when_the_live_process_is_short_of_time(tmp_path: Path) -> None:
    audience = Audience(on_load=LiveHold(tmp_path).hear)
    audience.hear({"load": {"cpu": 0.2, "gaps": 1}})
    assert held(tmp_path) is None
    audience.hear({"load": {"cpu": 0.2, "gaps": 2}})
    assert "gaps" in (held(tmp_path) or "")
    audience.hear({"load": {"cpu": "much"}})
    audience.hear({"load": 3})


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("/home/me/My songs/take 1.wav cannot be read", "take 1.wav cannot be read"),
        ("no longer there: /a/b.wav, /c/d e.flac", "no longer there: b.wav, d e.flac"),
        (r"C:\Users\me\song.wav is no sound", "song.wav is no sound"),
        ("'/tmp/x/y.wav' is there already", "'y.wav' is there already"),
        ("give a metre such as 3/4, 6/8 or 7/8", "give a metre such as 3/4, 6/8 or 7/8"),
        ("AC/DC live at either/or", "AC/DC live at either/or"),
        ("use http://127.0.0.1:80/now or so", "use http://127.0.0.1:80/now or so"),
        ("start `dask scheduler` (docs/jobs.md)", "start `dask scheduler` (docs/jobs.md)"),
    ],
)
def test_paths_are_told_by_their_names_alone(said: str, told: str) -> None:
    assert names_only(said) == told


@pytest.mark.parametrize("folder", ["/a (b)/c, d", '/it\'s: "here"', r"C:\me\new (1)"])
def test_folders_that_are_known_are_told_whatever_signs_they_hold(folder: str) -> None:
    sign = "\\" if "\\" in folder else "/"
    folders = [folder, f"{folder}{sign}more (2)", "/"]
    told = f"no longer there: {folder}{sign}x (1).wav, {folder}{sign}more (2){sign}y.wav"
    assert names_only(told, folders) == "no longer there: x (1).wav, y.wav"
    assert names_only(f"sqlite:///{folder}{sign}library.db", folders) == "sqlite:///library.db"


@pytest.mark.parametrize("name", ["a (b)", "it's: here, or", "c|d"])
def test_no_answer_tells_a_folder_whatever_signs_it_holds(
    tmp_path: Path, song: Path, name: str
) -> None:
    root, outside = tmp_path / name / "secret (1)", tmp_path / name / "private, too"
    outside.mkdir(parents=True)
    (outside / "song.wav").write_bytes(song.read_bytes())
    desk = Desk(root / "library", folders=(str(outside),))
    id = desk.ask("POST", "/files", 201, json={"path": "song.wav"})["id"]
    (outside / "song.wav").unlink()
    error = desk.get(f"/recordings/{id}/audio", 410)
    assert error["cause"] == "no longer there: song.wav"
    job = desk.ask("POST", f"/recordings/{id}/analyze", 202, json={})["id"]
    until = time.monotonic() + DEADLINE
    while (state := desk.get(f"/jobs/{job}"))["state"] != "failed":
        assert time.monotonic() < until
    assert state["error"]["cause"] == "no longer there: song.wav"
    listed = desk.get("/jobs")["jobs"]
    assert [each["error"] for each in listed] == [state["error"]]
    with desk.store.library().database.writing() as session:
        session.execute(text("DROP TABLE hits"))
        session.execute(text("ALTER TABLE takes RENAME TO taken"))
    error = desk.get("/recordings", 503)
    assert "private" not in str(error)
    assert "secret" not in str(error)
    desk.close()


@pytest.mark.parametrize("kind", [BridgeError, DiskFull, DatabaseTrouble])
def test_an_error_passes_whole_from_one_process_to_another(kind: type[BridgeError]) -> None:
    error = kind("It cannot be", cause="so", remedy="try again")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.parts()) == (kind, error.parts())


@pytest.mark.parametrize(
    ("kind", "status"), [(BridgeError, 404), (DiskFull, 507), (DatabaseTrouble, 503)]
)
def test_a_library_that_is_away_is_not_one_that_has_no_such_thing(
    kind: type[BridgeError], status: int
) -> None:
    with pytest.raises(BridgeError) as told, refused(404):
        raise kind("It cannot be", cause="so", remedy="try again")
    assert said(told.value).status_code == status
