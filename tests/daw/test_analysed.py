"""An analysed file in a project."""

from __future__ import annotations

import pytest

from bridge.daw.analysed import LoopFile, Placement, facts_of, splits_of
from bridge.recordings.facts import Chord, Hit, Key, Recording, Riff, Section, Span, Take
from bridge.recordings.grid import Grid

NOTES = {"kick": 36, "snare": 38}
BEATS = tuple(10.0 + 0.5 * i for i in range(33))
TAKE = Take(
    start=10.0,
    end=26.5,
    name="Song",
    grid=Grid(BEATS, tuple(i % 4 + 1 for i in range(33))),
    tuning_cents=0.0,
    key="E minor",
    keys=(Key(10.0, 26.5, "E minor", 0.9),),
    chords=(Chord(10.0, 12.0, "E:min", 0.9), Chord(12.0, 26.5, "N", 0.9)),
    sections=(
        Section(10.0, 18.0, "A", "verse", 0.9),
        Section(18.0, 26.5, "B", None, 0.9),
    ),
    riffs=(
        Riff(
            id="r1",
            name="Riff 1",
            times=(Span(10.0, 14.0), Span(18.0, 22.0)),
            best=0,
            bars=2.0,
            loop_bars=4,
            repetition=1.0,
            energy=1.0,
            salience=1.0,
            coolness=5.0,
            niceness=50.0,
            chords=(),
            seam=1.0,
            confidence=1.0,
        ),
    ),
    genre="rock",
    confidence=1.0,
)
SONG = Recording(30.0, (), (TAKE,), hits=(Hit(10.0, "kick", 100, 1.0), Hit(29.0, "snare", 90, 1.0)))
EVERYTHING = ("sections", "riffs", "chords", "key", "tempo", "drums", "loops")
WHOLE = Placement((0.0, 30.0), (100.0, 130.0))


def facts(placement: Placement = WHOLE, want=EVERYTHING, **options):
    return facts_of(SONG, placement, want, group="item:1", notes=NOTES, **options)


def test_everything_lies_where_the_item_plays_it() -> None:
    where = {(fact.role, fact.name): (fact.at, fact.end) for fact in facts()}
    assert where[("section", "verse A")] == (110.0, 118.0)
    assert where[("section", "B")] == (118.0, 126.5)
    assert where[("chord", "Em")] == (110.0, 112.0)
    assert where[("key", "E minor")] == (110.0, None)
    assert ("chord", "N.C.") not in where


def test_a_riff_is_a_region_each_time_it_comes() -> None:
    assert [(f.at, f.end) for f in facts(want=["riffs"])] == [(110.0, 114.0), (118.0, 122.0)]


def test_the_same_item_gives_the_same_ids_and_another_one_others() -> None:
    once = {fact.id for fact in facts()}
    assert once == {fact.id for fact in facts(Placement((0.0, 30.0), (50.0, 80.0)))}
    other = facts_of(SONG, WHOLE, EVERYTHING, group="item:2", notes=NOTES)
    assert once.isdisjoint(fact.id for fact in other)
    assert len(once) == len(facts())


def test_what_the_item_does_not_play_is_left_out_and_cut_at_its_edges() -> None:
    half = facts(Placement((11.0, 15.0), (0.0, 4.0)), want=["sections", "riffs", "drums"])
    assert [(f.role, f.at, f.end) for f in half] == [("section", 0.0, 4.0), ("riff", 0.0, 3.0)]


def test_a_stretched_item_carries_its_tempo_with_it() -> None:
    slow = facts(Placement((0.0, 30.0), (0.0, 60.0)), want=["tempo"])
    assert [(f.at, f.bpm, f.num, f.den, f.end) for f in slow] == [
        (20.0, pytest.approx(60.0), 4, 4, pytest.approx(52.0))
    ]


def test_points_between_lie_on_straight_lines() -> None:
    bent = Placement((0.0, 10.0, 30.0), (0.0, 20.0, 40.0))
    assert [bent.at(x) for x in (5.0, 10.0, 20.0, 99.0)] == [10.0, 20.0, 30.0, 40.0]


def test_drums_are_notes_from_the_beginning_of_the_item() -> None:
    (drums,) = facts(want=["drums"])
    assert drums.at == 100.0
    assert [(n.at, n.pitch, n.velocity) for n in drums.notes] == [(10.0, 36, 100), (29.0, 38, 90)]


def test_in_beats_a_stroke_has_the_same_length() -> None:
    (drums,) = facts(Placement((0.0, 30.0), (0.0, 60.0)), ["drums"], unit_seconds=0.5)
    assert drums.notes[0].length == pytest.approx(0.2)


def test_loops_lie_where_their_riff_does() -> None:
    loop = LoopFile("Riff 1", Span(10.0, 14.0), "/x.wav", 120.0, 8.0)
    (fact,) = facts(want=["loops"], loops=[loop])
    assert (fact.at, fact.end, fact.path, fact.tempo) == (110.0, 114.0, "/x.wav", 120.0)


def test_an_item_is_split_inside_alone() -> None:
    assert splits_of(SONG, WHOLE) == [110.0, 118.0, 126.5]
    assert splits_of(SONG, Placement((10.0, 18.0), (0.0, 8.0))) == []


@pytest.mark.parametrize("text", ["", "0,0", "0,0;0,1", "0,5;1,4", "a,b;c,d", "0,0;nan,1", "0;1"])
def test_a_map_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Placement.read(text)
