"""Music goes into the daemon's half, marks come out in Reaper: both for real, on one clock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lupa import lua53, lua54

from bridge.clocks import SECOND
from bridge.daw.exact import Matcher
from bridge.daw.hub import Hub
from bridge.daw.riffs.finder import RiffFinder
from bridge.daw.spool import Spool
from bridge.events import Event, Key, Section, to_json
from bridge.settings import Settings
from tests.daw_scripts.reaper import TICK
from tests.daw_scripts.reaper_world import World

EARLIER = 700.0  # seconds by which Reaper's clock and the stream's differ


class Studio:
    """Reaper with our scripts, the daemon's hub, and music that both hear."""

    def __init__(self, folder: Path, lua, version: str) -> None:
        self.world = World(folder, lua, version)
        self.reaper = self.world.reaper
        self.now = self.reaper.time - EARLIER  # of the stream
        settings = Settings.model_validate(
            {"library": {"folder": str(folder / "library")}, "daw": {"riffs": False}}
        )
        self.hub = Hub(
            settings,
            self.world.root,
            [Spool(self.world.root, "d" * 16, "1.0", now=lambda: self.now)],
            run="d" * 16,
            version="1.0",
            notes={},
            say=lambda line: None,
            matcher=Matcher(folder / "tapes", None, print),
            riffs=RiffFinder(None),
        )

    def run(self, seconds: float, *, busy: bool = False) -> None:
        """`busy`: a dialog is open in Reaper, which plays on."""
        for _ in range(round(seconds / TICK)):
            self.reaper.advance(busy=busy)
            self.now = self.reaper.time - EARLIER
            ns = round((self.now + 50) * SECOND)
            self.hub.hear({"clock": {"stream": self.now, "host_ns": ns}})
            self.hub.step(ns)

    def hear(self, event: Event) -> None:
        self.hub.hear(to_json(event))

    def section(self, name: str, at: float, number: int) -> None:
        self.hear(Section(at=at, decided=self.now, name=name, number=number, confidence=0.8))


@pytest.fixture(
    params=[(lua53, "6.71"), (lua54, "7.20"), (lua54, "7.78")], ids=["6.71", "7.20", "7.78"]
)
def studio(request, tmp_path) -> Iterator[Studio]:
    studio = Studio(tmp_path, *request.param)
    studio.world.listen()
    studio.run(4)
    yield studio
    studio.hub.close()
    assert studio.reaper.mistakes == []
    assert studio.reaper.console == ""
    assert studio.reaper.boxes == []


def test_sections_stand_where_they_were_played(studio) -> None:
    began = studio.now
    studio.reaper.record(at=100.0)
    studio.section("verse", began + 0.5, 1)
    studio.run(15)
    studio.section("chorus-like", began + 10.25, 2)
    studio.run(10)
    studio.reaper.stop("/songs/take.wav")
    studio.run(10)
    [(verse, start, end), (chorus, middle, last)] = [
        mark for mark in studio.world.marks if mark[2] is not None
    ]
    assert (verse, chorus) == ("verse", "chorus")
    assert start == pytest.approx(100.5, abs=0.01)
    assert (end, middle) == (pytest.approx(110.25, abs=0.01),) * 2
    assert last == pytest.approx(125.0, abs=0.1)


def test_a_dialog_while_recording_and_a_jump_while_playing_shift_nothing(studio) -> None:
    began = studio.now
    studio.reaper.record(at=20.0)
    studio.run(5)
    studio.run(10, busy=True)
    studio.section("verse", began + 9.0, 1)
    studio.run(8)
    studio.reaper.stop()
    studio.run(10)
    studio.reaper.ext["dawbridge", "while"] = "play"
    studio.run(2)
    studio.reaper.play(at=200.0)
    studio.run(5)
    studio.reaper.seek(300.0)
    jumped = studio.now
    studio.run(5)
    studio.hear(Key(at=jumped + 2.0, decided=studio.now, key="A minor", confidence=0.9))
    studio.section("chorus-like", jumped + 3.0, 2)
    studio.run(8)
    verses = [at for name, at, _ in studio.world.marks if name == "verse"]
    choruses = [at for name, at, _ in studio.world.marks if name == "chorus"]
    assert verses[0] == pytest.approx(29.0, abs=0.02)
    assert choruses == [pytest.approx(303.0, abs=0.02)]


def test_a_song_heard_again_after_everything_was_started_anew_is_not_doubled(studio) -> None:
    began = studio.now
    studio.reaper.record(at=0.0)
    studio.section("verse", began + 0.5, 1)
    studio.run(15)
    studio.reaper.stop()
    studio.run(5)
    marks = studio.world.marks
    assert len(marks) == 1
    [script] = studio.reaper.scripts
    script.end()
    studio.run(2)
    studio.world.listen()
    studio.run(5)
    assert studio.world.marks == marks
    studio.reaper.project.undo()
    studio.run(5)
    studio.reaper.project.redo()
    studio.run(5)
    assert [name for name, _, _ in studio.world.marks] == ["verse"]
