"""Riffs of what rolls, as marks of the project: put, found again, moved, and the user's edits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from bridge.daw.facts import Fact
from bridge.daw.riffs.finder import Question
from bridge.daw.riffs.recurrence import Found, Recurrence
from tests.daw.script import Script, Thing
from tests.daw.test_hub import World, matched

LENGTH = 30.0  # seconds that are recorded, from position 100 on


class Looks:
    """In place of the process that looks: says what it was given, one look a second."""

    def __init__(self) -> None:
        self.found: list[Found] = []  # in seconds from where the stretch began

    def listen_to(self, ring: Path) -> None:
        """Not needed."""

    def look(self, questions: Sequence[Question]) -> None:
        for asked in questions:
            if self.found and asked.end - asked.start >= self.found[0].end:
                asked.then(later(self.found.pop(0), asked.start))

    def step(self, now_ns: int) -> None:
        """Answers come at once."""

    def close(self) -> None:
        """Nothing is open."""


class Band:
    """Records thirty seconds; what comes back in them is told as if it was found."""

    def __init__(self, folder: Path, **hello: str) -> None:
        self.looks = Looks()
        self.world = World(folder, finder=self.looks, riffs=True)
        self.script = self.world.join(Script(**({"roles": "section,riff"} | hello)))
        self.world.pass_by(5.0, self.script)

    def play(self, *looks: Found, seconds: float = LENGTH, record: bool = True) -> None:
        """`looks`: what is found, one after the other, in seconds from where it began."""
        self.looks.found = list(looks)
        self.world.section("verse", self.world.now + 0.5)
        self.world.pass_by(seconds, self.script, at=100.0, record=record)
        self.world.pass_by(10.0, self.script)
        assert not self.looks.found, "each look had its answer"

    def search(self, *times: tuple[float, float], name: str = "A riff") -> None:
        """The file that was recorded is searched as a whole: what is found in it."""
        self.searched(self.passes(), *times, name=name)

    def passes(self) -> int:
        marks = self.world.hub._desks[0].marks
        assert marks is not None
        return marks.newest_pass

    def searched(self, until: int, *times: tuple[float, float], name: str) -> None:
        """`until`: the last pass that it can have been recorded in."""
        facts = [
            Fact(f"file-{at}", "region", "riff", 100.0 + at, name, 100.0 + end) for at, end in times
        ]
        self.world.hub._desks[0].put_riffs(facts, 100.0, 100.0 + LENGTH, until)
        self.world.pass_by(3.0, self.script)

    def riffs(self) -> list[Thing]:
        return self.script.of("riff")

    def names(self) -> list[str]:
        return [each.name for each in self.riffs()]

    def places(self) -> list[tuple[str, float, float]]:
        return [(each.name, round(each.at, 1), round(each.end or 0.0, 1)) for each in self.riffs()]

    def riff_at(self, at: float) -> tuple[str, Thing]:
        """Its id and what became of it."""
        things = self.script.project.things.items()
        return next(each for each in things if abs(each[1].at - at) < 0.5 and "riff" in each[0])


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
OTHER = found((2.0, 5.0), (5.0, 8.0), name="B riff")


@pytest.fixture
def band(tmp_path: Path) -> Band:
    return Band(tmp_path)


def test_what_comes_back_is_marked_where_it_was_played(band: Band) -> None:
    band.play(TWICE, TWICE)
    assert band.places() == [("A riff", 100.5, 108.5), ("A riff", 108.5, 116.5)]
    assert {each.kind for each in band.riffs()} == {"region"}


def test_who_wants_no_riffs_is_not_asked_about(tmp_path: Path) -> None:
    band = Band(tmp_path, roles="section,key")
    with pytest.raises(AssertionError, match="each look"):
        band.play(TWICE)
    assert len(band.script.of("section")) == 1


def test_a_riff_that_the_user_named_keeps_the_name_however_often_it_is_found(band: Band) -> None:
    band.play(TWICE, TWICE)
    id, thing = band.riff_at(108.5)
    thing.name = "Hook"
    band.script.say("edit", id=id, name="Hook", at=thing.at, end=thing.end)
    band.world.pass_by(3.0, band.script)
    again = found((0.7, 8.6), (8.6, 16.6), name="B riff")
    band.play(again, again)
    assert band.names() == ["B riff", "Hook"]
    band.search((0.6, 8.5), (8.5, 16.4), name="Loud riff")
    assert band.names() == ["Loud riff", "Hook"]


def test_a_riff_goes_by_one_name_while_it_is_played(band: Band) -> None:
    longer = found((0.7, 8.6), (8.6, 16.6), (16.6, 19.0), name="Loud riff")
    band.play(TWICE, TWICE, longer, longer)
    assert band.names() == ["A riff"] * 3


def test_a_riff_that_the_user_deleted_stays_deleted(band: Band) -> None:
    band.play(TWICE, TWICE)
    id, _ = band.riff_at(108.5)
    del band.script.project.things[id]
    band.script.say("gone", id=id)
    band.world.pass_by(3.0, band.script)
    band.play(TWICE, TWICE)
    band.search((0.5, 8.5), (8.5, 16.5))
    assert band.places() == [("A riff", 100.5, 108.5)]


def test_a_take_that_is_recorded_over_leaves_no_riff(band: Band) -> None:
    band.play(TWICE, TWICE)
    band.search((0.5, 8.5), (8.5, 16.5), (16.5, 24.5))
    band.play(OTHER, OTHER)
    assert band.places() == [("B riff", 102.0, 105.0), ("B riff", 105.0, 108.0)]
    band.search((2.0, 5.0), (5.0, 8.0), name="B riff")
    assert band.places() == [("B riff", 102.0, 105.0), ("B riff", 105.0, 108.0)]


def test_a_short_take_leaves_no_riff_of_what_it_replaced(band: Band) -> None:
    band.play(TWICE, TWICE)
    band.search((0.5, 8.5), (8.5, 16.5), (18.0, 26.0))
    band.play(seconds=14.0)
    assert band.places() == [("A riff", 118.0, 126.0)], "what lies behind it stays"


def test_what_is_only_played_says_riffs_where_none_are(tmp_path: Path) -> None:
    band = Band(tmp_path, **{"while": "play"})
    band.play(TWICE, TWICE)
    band.search((0.5, 8.5), (8.5, 16.5))
    moved = found((4.0, 12.0), (12.0, 17.0), (17.0, 20.0), name="B riff")
    band.play(moved, moved, record=False)
    assert band.places() == [
        ("A riff", 100.5, 108.5), ("A riff", 108.5, 116.5), ("B riff", 117.0, 120.0)
    ]  # fmt: skip


def test_riffs_of_an_item_are_not_doubled_by_playing_it(tmp_path: Path) -> None:
    band = Band(tmp_path, **{"while": "play"})
    of_item = [Fact("i", "region", "riff", 101.0, "A riff", 109.0, "item:x")]
    band.world.hub._desks[0].put_group("item:x", ["riff"], of_item)
    band.play(TWICE, TWICE, record=False)
    assert band.names() == ["A riff"]


def test_the_search_of_one_take_says_nothing_of_the_next(band: Band) -> None:
    band.play(TWICE, TWICE)
    first = band.passes()
    band.play(OTHER, OTHER, seconds=22.0)
    band.searched(first, (0.5, 8.5), (8.5, 16.5), (23.0, 29.0), name="Loud riff")
    assert band.places() == [
        ("B riff", 102.0, 105.0), ("B riff", 105.0, 108.0), ("Loud riff", 123.0, 129.0)
    ]  # fmt: skip


def test_a_riff_stays_where_it_was_put_while_the_clocks_drift(band: Band) -> None:
    slowly = [found((0.5 + n * 0.01, 8.5), (8.5, 16.5 - n * 0.01)) for n in range(4)]
    band.play(*slowly)
    lengths = [(each.end or 0.0) - each.at for each in band.riffs()]
    assert lengths == pytest.approx([7.99, 7.99], abs=0.001), "as the second look had it"
    assert len([title for title, _ in band.script.batches]) <= 3


def test_what_the_look_does_not_reach_stays(band: Band) -> None:
    later_times = found((8.7, 16.7), (17.0, 19.0), start=6.0, name="B riff")
    band.play(TWICE, TWICE, later_times, later_times)
    assert band.places() == [
        ("A riff", 100.5, 108.5), ("A riff", 108.7, 116.7), ("A riff", 117.0, 119.0)
    ]  # fmt: skip


def test_riffs_move_to_the_sample_with_all_other_marks(band: Band) -> None:
    band.play(TWICE, TWICE)
    before = [each.at for each in band.riffs()]
    matched(band.world, band.script, moved=0.25)
    shift = [after.at - at for after, at in zip(band.riffs(), before, strict=True)]
    assert shift[0] == pytest.approx(0.25, abs=0.1)
    assert shift[0] == pytest.approx(shift[1], abs=1e-6)
