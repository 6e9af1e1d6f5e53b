"""The daemon's side of all conversations, with scripts in memory and a clock that is told."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest

from bridge.clocks import SECOND
from bridge.daw.alignment import Alignment
from bridge.daw.exact import Exact, Matcher, Recorded
from bridge.daw.hub import Hub
from bridge.daw.riffs.finder import RiffFinder
from bridge.events import Beat, DrumHit, Event, Key, Metre, Section, State, Tempo, to_json
from bridge.settings import Settings
from tests.daw.script import Project, Script

START = 1_000 * SECOND  # of the monotonic clock, when the stream began


class Waiting:
    """Where scripts come to."""

    def __init__(self) -> None:
        self.scripts: list[Script] = []

    def arrivals(self) -> list[Script]:
        arrived, self.scripts = self.scripts, []
        return arrived

    def beat(self) -> None:
        pass

    def close(self) -> None:
        pass


class World:
    """A hub, the music that it hears, and the time."""

    def __init__(self, folder: Path, finder: object = None, **settings) -> None:
        self.folder = folder
        self.finder = finder or RiffFinder(None)
        self.said: list[dict] = []
        self.now = 0.0  # stream seconds
        self.settings = Settings.model_validate(
            {"library": {"folder": str(folder / "library")}, "daw": {"riffs": False} | settings}
        )
        self.waiting = Waiting()
        self.hub = self._hub("run-1")

    def _hub(self, run: str) -> Hub:
        return Hub(
            self.settings, self.folder / "daw", [self.waiting], run=run, version="0.1",
            notes={"kick": 36, "snare": 38}, say=self.said.append,
            matcher=Matcher(self.folder / "tapes", None, print),
            riffs=self.finder,
        )  # fmt: skip

    def restart(self) -> None:
        """The daemon dies and comes again."""
        self.hub.close()
        self.hub = self._hub("run-2")

    def join(self, script: Script) -> Script:
        self.waiting.scripts.append(script)
        self.pass_by(0.5)
        return script

    def pass_by(self, seconds: float, *scripts: Script, at: float | None = None, **how) -> None:
        """Time goes on; the transports of `scripts` roll from `at` on, or stand."""
        begun = self.now
        while self.now < begun + seconds - 1e-9:
            self.now += 0.05
            ns = START + round(self.now * SECOND)
            for script in scripts:
                if at is None:
                    script.clock(0.0, play=False, record=False, t=self.now + 5)
                else:
                    script.clock(at + self.now - begun, t=self.now + 5, **how)
            self.hub.hear({"clock": {"stream": self.now, "host_ns": ns}})
            self.hub.step(ns)

    def hear(self, event: Event) -> None:
        self.hub.hear(to_json(event))

    def section(self, name: str, at: float, number: int = 1) -> None:
        self.hear(Section(at=at, decided=self.now, name=name, number=number, confidence=0.8))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.hub.close()
    shutil.rmtree(tmp_path, ignore_errors=True)


def song(world: World, *scripts: Script, at: float = 100.0, first: str = "verse", **how) -> None:
    """Thirty seconds: a section, another after fifteen seconds, and standing at the end."""
    begun = world.now
    world.section(first, begun - 3.0)
    world.pass_by(20.0, *scripts, at=at, **how)
    world.section("chorus-like", begun + 15.0, 2)
    world.pass_by(10.0, *scripts, at=at + 20.0, **how)
    world.pass_by(10.0, *scripts)


def test_sections_become_regions_where_they_were_recorded(world: World) -> None:
    script = world.join(Script())
    world.pass_by(5.0, script)
    song(world, script)
    verse, chorus = script.of("section")
    assert (verse.kind, verse.name, chorus.name) == ("region", "verse", "chorus")
    assert verse.at == pytest.approx(100.0, abs=0.06)  # where the transport started
    assert (verse.end, chorus.at) == (pytest.approx(115.0, abs=0.01),) * 2
    assert chorus.end == pytest.approx(130.0, abs=0.06)


def test_nothing_is_put_while_the_transport_stands_or_only_plays(world: World) -> None:
    script = world.join(Script())
    world.section("verse", 1.0)
    world.pass_by(20.0, script)
    song(world, script, record=False)
    assert script.batches == []


def test_who_wants_marks_while_playing_gets_them(world: World) -> None:
    script = world.join(Script(**{"while": "play"}))
    song(world, script, record=False)
    assert len(script.of("section")) == 2


def test_a_stretch_recorded_again_says_its_marks_anew(world: World) -> None:
    script = world.join(Script())
    song(world, script)
    song(world, script, first="intro")
    song(world, script, first="intro")
    assert [thing.name for thing in script.of("section")] == ["intro", "chorus"]


def test_a_name_that_the_user_gave_stays_when_it_is_recorded_again(world: World) -> None:
    script = world.join(Script())
    song(world, script)
    (id, thing) = next((i, t) for i, t in script.project.things.items() if t.name == "chorus")
    thing.name = "REFRAIN"
    script.say("edit", id=id, name="REFRAIN", at=thing.at, end=thing.end)
    song(world, script)
    assert [thing.name for thing in script.of("section")] == ["verse", "REFRAIN"]


def test_what_the_user_deleted_stays_deleted_until_it_is_asked_for(world: World) -> None:
    script = world.join(Script())
    song(world, script)
    id = next(i for i, t in script.project.things.items() if t.name == "chorus")
    del script.project.things[id]
    script.say("gone", id=id)
    world.pass_by(5.0, script)
    assert [thing.name for thing in script.of("section")] == ["verse"]
    script.say("ask", what="restore", job="1")
    world.pass_by(1.0, script)
    assert [thing.name for thing in script.of("section")] == ["verse", "chorus"]


def test_a_restarted_daemon_says_all_again_and_doubles_nothing(world: World) -> None:
    script = world.join(Script())
    song(world, script)
    before = dict(script.project.things)
    world.restart()
    again = world.join(Script(script.project))
    world.pass_by(3.0, again)
    assert again.batches == []
    assert again.project.things == before


def test_a_project_that_was_not_saved_gets_everything_again(world: World) -> None:
    script = world.join(Script())
    song(world, script)
    script.say("bye")
    world.pass_by(1.5)
    reopened = world.join(Script(Project(script.project.id)))
    assert len(reopened.of("section")) == 2


def test_a_copy_of_a_project_begins_with_what_it_holds_and_goes_its_own_way(world: World) -> None:
    script = world.join(Script())
    song(world, script)
    copy = Project("copy", dict(script.project.things), dict(script.project.store))
    gone = next(id for id, thing in copy.things.items() if thing.name == "chorus")
    del copy.things[gone], copy.store[gone]  # it was saved before that was put
    other = world.join(Script(copy, **{"from": script.project.id}))
    world.pass_by(3.0, other)
    assert [thing.name for thing in other.of("section")] == ["verse"]
    other.say("ask", what="remove", job="1")
    world.pass_by(3.0, other)
    assert (other.project.things, len(script.of("section"))) == ({}, 2)


def test_two_daws_each_get_their_own(world: World) -> None:
    one, other = world.join(Script()), world.join(Script(Project("project-2")))
    world.pass_by(1.0, one, other)
    song(world, one)
    assert len(one.of("section")) == 2
    assert other.batches == []


def test_a_second_script_on_one_project_is_refused_while_the_first_lives(world: World) -> None:
    one = world.join(Script())
    world.pass_by(1.0, one)
    other = world.join(Script(one.project))
    assert other.answers("refuse")
    one.stalled = True
    world.pass_by(8.0)
    third = world.join(Script(one.project))
    assert third.answers("welcome")


def test_a_dialog_that_stops_the_daw_for_a_while_loses_nothing(world: World) -> None:
    script = world.join(Script())
    begun = world.now
    world.section("verse", begun + 0.5)
    world.pass_by(20.0, script, at=100.0)
    script.stalled = True
    world.section("chorus-like", begun + 22.0, 2)
    world.pass_by(60.0)
    script.awake()
    world.pass_by(5.0, script, at=180.0)
    world.pass_by(12.0, script)
    assert [t.name for t in script.of("section")] == ["verse", "chorus"]
    assert script.of("section")[1].at == pytest.approx(122.0, abs=0.02)


def test_drums_and_tempo_map_wait_until_somebody_asks(world: World) -> None:
    script = world.join(Script())
    world.hear(Metre(at=0.0, decided=0.0, beats=4, unit=4, confidence=0.9))
    world.pass_by(2.0, script)
    begun = world.now
    for beat in range(40):
        at = begun + 0.5 + beat * 0.5
        world.pass_by(0.5, script, at=50.0 + beat * 0.5)
        world.hear(Beat(at=at, decided=at, number=beat % 4 + 1, bar=1, tempo=120.0, confidence=0.9))
        world.hear(DrumHit(at=at, decided=at, drum="kick", velocity=100, confidence=0.9))
    world.pass_by(12.0, script)
    assert not script.of("drums")
    script.say("ask", what="drums", job="d")
    script.say("ask", what="tempo_map", job="t")
    world.pass_by(1.0, script)
    (drums,) = script.of("drums")
    assert drums.fields["notes"].count(";") >= 38
    assert drums.at == pytest.approx(50.5, abs=0.02)
    (point,) = script.of("tempo")
    assert float(point.fields["bpm"]) == pytest.approx(120.0, abs=0.2)
    assert point.at == pytest.approx(50.5, abs=0.02)
    assert [told.text("ok") for told in script.answers("result")] == ["1", "1"]


def test_key_and_tempo_are_marks_when_they_are_sure(world: World) -> None:
    script = world.join(Script())
    world.pass_by(1.0, script)
    world.hear(Key(at=world.now, decided=world.now, key="E minor", confidence=0.9))
    for bpm, sure in ((99.0, 0.2), (90.0, 0.9), (96.0, 0.9), (96.9, 0.9), (120.0, 0.9)):
        world.pass_by(5.0, script, at=world.now)
        world.hear(
            Tempo(
                at=world.now,
                decided=world.now,
                bpm=bpm,
                confidence=sure,
                other=None,
                coasting=False,
            )
        )
    world.pass_by(12.0, script)
    # the first guess was mended soon after
    assert [thing.name for thing in script.of("tempo")] == ["96 BPM", "120 BPM"]
    assert [thing.name for thing in script.of("key")] == ["E minor"]


def test_how_it_is_is_said_once_until_it_changes(world: World) -> None:
    script = world.join(Script())
    world.hear(State(at=0.0, decided=0.0, state="silent", reason="nothing over -60 dBFS"))
    world.pass_by(5.0, script)
    (said,) = script.answers("state")[-1:]
    assert (said.text("state"), said.text("text")) == (
        "silent", "dawbridge hears nothing: nothing over -60 dBFS",
    )  # fmt: skip
    assert len(script.answers("state")) <= 2


def test_commands_reach_the_ears_and_wrong_ones_are_answered(world: World) -> None:
    script = world.join(Script())
    script.say("ask", what="command", name="tap", job="1")
    script.say("ask", what="command", name="explode", job="2")
    script.say("ask", what="fly", job="3")
    script.say("ask", what="analyze", job="4", path="/x.wav", map="1,1", want="riffs")
    world.pass_by(0.5, script)
    assert {"command": "tap"} in world.said
    assert [(t.text("job"), t.text("ok")) for t in script.answers("result")] == [
        ("2", "0"), ("3", "0"), ("4", "0"),
    ]  # fmt: skip


def test_everything_of_ours_can_be_taken_out(world: World) -> None:
    script = world.join(Script())
    song(world, script)
    script.say("ask", what="remove", job="1")
    world.pass_by(3.0, script)
    assert script.project.things == {}


def test_who_is_connected_is_told(world: World) -> None:
    script = world.join(Script())
    world.pass_by(2.0, script, at=0.0)
    assert world.said[-1] == {"daw": [{"daw": "reaper", "project": "Song", "state": "recording"}]}
    script.say("bye")
    world.pass_by(2.0)
    assert world.said[-1] == {"daw": []}


def test_a_recorded_file_that_makes_no_sense_harms_nothing(tmp_path: Path) -> None:
    world = World(tmp_path, riffs=True)
    script = world.join(Script())
    nonsense: tuple[dict[str, object], ...] = (
        {"path": "Media/01.wav", "length": 60.0}, {"path": "/x.wav", "length": -60.0},
        {"path": "/x.wav", "length": 60.0, "rate": -1.0}, {"path": "", "length": 60.0}, {},
        {"path": "/x.wav", "length": 60.0, "offset": -1e9},
    )  # fmt: skip
    for values in nonsense:
        script.say("recorded", at=1.0, **values)
    song(world, script)
    assert len(script.of("section")) == 2
    world.hub.close()


def matched(world: World, script: Script, moved: float) -> None:
    """The last pass is found in the DAW's file, `moved` seconds off."""
    marks = world.hub._desks[0].marks
    assert marks is not None
    stretch = marks.recorded(100.0, 130.0)
    assert stretch is not None
    recorded = Recorded(Path("/take.wav"), stretch.first, 0.0, 30.0)
    exact = Exact(stretch, Alignment(moved - stretch.start, 1.0, 1.0, 0.0), recorded)
    world.hub._exact(world.hub._desks[0], marks, exact)
    world.pass_by(3.0, script)


def test_what_a_recording_was_off_by_holds_for_the_next_and_does_not_add_up(world: World) -> None:
    script = world.join(Script())
    world.pass_by(2.0, script)
    for _ in range(3):
        song(world, script)
        exact = script.of("section")[1].at + 0.02
        matched(world, script, 0.02)
        assert script.of("section")[1].at == pytest.approx(exact, abs=0.002)
        matched(world, script, 0.02)  # another track of the same take
        world.hub._lags.learn("reaper", 0.0)
    song(world, script)
    matched(world, script, 0.02)
    assert world.hub._lags.of("reaper") == pytest.approx(0.02, abs=0.003)
    song(world, script)
    matched(world, script, 0.0)
    assert world.hub._lags.of("reaper") == pytest.approx(0.02, abs=0.003)


def test_a_script_that_begins_anew_loses_nothing_of_what_was_recorded_before(world: World) -> None:
    first = world.join(Script())
    song(world, first)
    first.say("bye")
    world.pass_by(2.0)
    again = world.join(Script(first.project))
    song(world, again, at=500.0, first="intro")
    marks = [(each.name, round(each.at)) for each in again.of("section")]
    assert marks == [("verse", 100), ("chorus", 115), ("intro", 500), ("chorus", 515)]


def test_a_script_that_is_started_again_while_it_records_loses_nothing(world: World) -> None:
    first = world.join(Script())
    song(world, first)
    world.section("bridge", world.now + 1.0, 3)
    world.pass_by(12.0, first, at=300.0)
    first.stalled = True
    world.pass_by(8.0)
    again = world.join(Script(first.project))
    world.section("outro", world.now + 1.0, 4)
    world.pass_by(12.0, again, at=320.0)
    names = [each.name for each in again.of("section")]
    assert names[:2] == ["verse", "chorus"] and {"bridge", "outro"} <= set(names)


def test_a_copy_keeps_the_marks_that_it_was_copied_with(world: World) -> None:
    first = world.join(Script())
    song(world, first)
    copy = deepcopy(first.project)
    copy.id = "project-2"
    first.say("bye")
    world.pass_by(2.0)
    again = world.join(Script(copy, **{"from": "project-1"}))
    song(world, again, at=500.0, first="intro")
    assert [round(each.at) for each in again.of("section")] == [100, 115, 500, 515]


def test_a_late_match_of_an_earlier_pass_leaves_the_newest_drums_alone(world: World) -> None:
    script = world.join(Script())

    def strokes(count: int, at: float) -> None:
        begun = world.now
        for _ in range(count):
            now = world.now
            world.hear(DrumHit(at=now, decided=now, drum="kick", velocity=99, confidence=1.0))
            world.pass_by(1.0, script, at=at + now - begun)
        world.pass_by(12.0, script)

    strokes(12, 100.0)
    marks = world.hub._desks[0].marks
    assert marks is not None
    first = marks.recorded(100.0, 112.0)
    strokes(3, 500.0)
    assert first is not None
    desk = world.hub._desks[0]
    marks.move(first.number, lambda stream: stream, desk)
    (drums,) = marks.newest("notes", desk)
    assert len(drums.notes) == 2  # the first stroke came before the transport rolled


def test_drums_can_be_asked_for_at_once_and_are_whole_though_the_sound_stalled(
    world: World,
) -> None:
    script = world.join(Script())
    world.pass_by(2.0, script)
    for second in range(20):
        if second == 10:
            world.pass_by(0.2)  # the sound stands still, and with it the transport
        world.pass_by(0.5, script, at=100.0 + second)
        now = world.now
        world.hear(DrumHit(at=now, decided=now, drum="kick", velocity=99, confidence=1.0))
        world.pass_by(0.5, script, at=100.5 + second)
    world.pass_by(2.0, script)
    script.say("ask", what="drums", job="1")
    world.pass_by(1.5, script)
    (drums,) = script.of("drums")
    assert drums.fields["notes"].count(";") == 19


def test_an_analysis_takes_the_place_of_the_live_marks_but_for_the_users(world: World) -> None:
    script = world.join(Script())
    song(world, script)
    (id, thing) = next((i, t) for i, t in script.project.things.items() if t.name == "chorus")
    thing.name = "REFRAIN"
    script.say("edit", id=id, name="REFRAIN", at=thing.at, end=thing.end)
    world.pass_by(1.0, script)
    world.hub._desks[0].supersede({"section"}, 90.0, 140.0)
    world.pass_by(1.0, script)
    assert [thing.name for thing in script.of("section")] == ["REFRAIN"]


def test_short_losses_of_sound_leave_no_hole_in_a_section(world: World) -> None:
    script = world.join(Script())
    world.pass_by(2.0, script)
    begun = world.now
    world.section("chorus-like", begun - 1.0)
    for step in range(8):
        at = 100.0 + step * 4.0
        for _ in range(4):
            world.pass_by(1.0, script, at=at)
            at += 1.0
            now = world.now
            world.hear(DrumHit(at=now, decided=now, drum="kick", velocity=99, confidence=1.0))
        world.pass_by(0.2)  # the sound stands still
    world.section("break", world.now - 4.0, 2)
    world.pass_by(4.0, script, at=132.0)
    world.pass_by(12.0, script)
    chorus, pause = script.of("section")
    assert (chorus.name, pause.name) == ("chorus", "break")
    assert chorus.end == pytest.approx(pause.at, abs=1e-6)
