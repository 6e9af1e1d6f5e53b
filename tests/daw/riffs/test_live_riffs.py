"""Riffs of what rolls, as marks of the project: put, found again, moved, and the user's edits."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.daw.facts import Fact
from bridge.daw.riffs.recurrence import Found, Recurrence
from tests.daw.script import Script, Thing
from tests.daw.test_hub import World, matched

LENGTH = 30.0  # seconds that are recorded, from position 100 on


class Band:
    """Records thirty seconds; what comes back in them is told as if it was found."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.script = world.join(Script(roles="section,riff"))
        world.pass_by(5.0, self.script)

    def play(self, *looks: Found) -> None:
        """`looks`: what is found, one after the other, in seconds from where it began."""
        self.begun = self.world.now
        self.world.section("verse", self.begun + 0.5)
        self.world.pass_by(LENGTH - 10.0, self.script, at=100.0)
        for found in looks:
            self.look(found)
        self.world.pass_by(10.0, self.script, at=100.0 + LENGTH - 10.0)
        self.world.pass_by(10.0, self.script)

    def look(self, found: Found) -> None:
        desk = self.world.hub._desks[0]
        about = desk.lately()
        assert desk.marks is not None and about is not None
        desk.marks.hear_riffs(about.number, later(found, self.begun), desk)

    def riffs(self) -> list[Thing]:
        return self.script.of("riff")

    def places(self) -> list[tuple[str, float, float]]:
        return [(each.name, round(each.at, 1), round(each.end or 0.0, 1)) for each in self.riffs()]


def later(found: Found, seconds: float) -> Found:
    """In seconds of the stream."""
    return Found(
        found.start + seconds,
        found.end + seconds,
        tuple(
            Recurrence(riff.name, tuple((a + seconds, b + seconds) for a, b in riff.times))
            for riff in found.riffs
        ),
    )


def found(*times: tuple[float, float], name: str = "A riff", start: float = 0.0) -> Found:
    return Found(start, 20.0, (Recurrence(name, times),))


TWICE = found((0.5, 8.5), (8.5, 16.5))


@pytest.fixture
def band(tmp_path: Path) -> Band:
    return Band(World(tmp_path))


def test_what_comes_back_is_marked_where_it_was_played(band: Band) -> None:
    band.play(TWICE, TWICE)
    assert band.places() == [("A riff", 100.5, 108.5), ("A riff", 108.5, 116.5)]
    assert {each.kind for each in band.riffs()} == {"region"}


def test_who_wants_no_riffs_gets_none(tmp_path: Path) -> None:
    world = World(tmp_path)
    script = world.join(Script(roles="section,key"))
    world.section("verse", world.now + 0.5)
    world.pass_by(20.0, script, at=100.0)
    assert len(script.of("section")) == 1
    assert world.hub._desks[0].lately() is None


def test_a_riff_that_the_user_named_keeps_the_name_however_often_it_is_found(band: Band) -> None:
    band.play(TWICE, TWICE)
    id, thing = next(each for each in band.script.project.things.items() if each[1].at > 108)
    thing.name = "Hook"
    band.script.say("edit", id=id, name="Hook", at=thing.at, end=thing.end)
    band.world.pass_by(3.0, band.script)
    again = found((0.7, 8.6), (8.6, 16.6), name="B riff")
    band.play(again, again)
    assert [name for name, *_ in band.places()] == ["B riff", "Hook"]
    put_file(band, (0.6, 8.5), (8.5, 16.4), name="Loud riff")
    assert [name for name, *_ in band.places()] == ["Loud riff", "Hook"]


def test_a_riff_goes_by_one_name_while_it_is_played(band: Band) -> None:
    longer = found((0.7, 8.6), (8.6, 16.6), (16.6, 19.0), name="Loud riff")
    band.play(TWICE, TWICE, longer, longer)
    assert [name for name, *_ in band.places()] == ["A riff"] * 3


def test_what_the_whole_file_showed_is_not_taken_back_by_a_late_look(band: Band) -> None:
    band.play(TWICE, TWICE)
    desk = band.world.hub._desks[0]
    assert desk.marks is not None
    put_file(band, (2.0, 6.0), (6.0, 10.0), name="B riff")
    desk.marks.hear_riffs(1, later(TWICE, band.begun), desk)
    band.world.pass_by(3.0, band.script)
    assert [name for name, *_ in band.places()] == ["B riff", "B riff"]


def test_a_riff_that_the_user_deleted_stays_deleted(band: Band) -> None:
    band.play(TWICE, TWICE)
    id = next(each for each, thing in band.script.project.things.items() if thing.at > 108)
    del band.script.project.things[id]
    band.script.say("gone", id=id)
    band.world.pass_by(3.0, band.script)
    band.play(TWICE, TWICE)
    put_file(band, (0.5, 8.5), (8.5, 16.5))
    assert band.places() == [("A riff", 100.5, 108.5)]


def test_a_take_that_is_recorded_over_leaves_no_riff(band: Band) -> None:
    band.play(TWICE, TWICE)
    put_file(band, (0.5, 8.5), (8.5, 16.5), (16.5, 24.5))
    other = found((2.0, 6.0), (6.0, 10.0), name="B riff")
    band.play(other, other)
    assert [name for name, at, _ in band.places() if at < 120] == ["B riff", "B riff"]
    put_file(band, (2.0, 6.0), (6.0, 10.0), name="B riff")
    assert band.places() == [("B riff", 102.0, 106.0), ("B riff", 106.0, 110.0)]


def test_what_the_look_does_not_reach_stays(band: Band) -> None:
    later_times = found((8.7, 16.7), (17.0, 19.0), start=6.0, name="B riff")
    band.play(TWICE, TWICE, later_times, later_times)
    assert band.places() == [
        ("A riff", 100.5, 108.5), ("A riff", 108.7, 116.7), ("A riff", 117.0, 119.0)
    ]  # fmt: skip


def test_riffs_move_to_the_sample_with_all_other_marks(band: Band) -> None:
    band.play(TWICE, TWICE)
    before = [each.at for each in band.riffs()]
    marks = band.world.hub._desks[0].marks
    assert marks is not None
    stretch = marks.recorded(100.0, 130.0)
    assert stretch is not None
    matched(band.world, band.script, moved=0.25)
    shift = [after.at - at for after, at in zip(band.riffs(), before, strict=True)]
    assert shift == pytest.approx([0.25 + stretch.first - 100.0] * 2, abs=0.06)
    assert shift[0] == pytest.approx(shift[1], abs=1e-6)


def put_file(band: Band, *times: tuple[float, float], name: str = "A riff") -> None:
    """What a search of the recorded file as a whole found."""
    facts = [
        Fact(f"file-{at}", "region", "riff", 100.0 + at, name, 100.0 + end) for at, end in times
    ]
    band.world.hub._desks[0].put_riffs(facts, 100.0, 100.0 + LENGTH)
    band.world.pass_by(3.0, band.script)
