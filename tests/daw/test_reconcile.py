"""The difference between a journal and what a project holds."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.daw.facts import KINDS, Fact
from bridge.daw.reconcile import Held, applied, difference, edits, held_of, rev_of
from bridge.daw.wire import Message, decode, encode, message
from tests.daw.simulated_project import Project

VERSE = Fact("s1", "region", "section", 10.0, "verse", 20.0)
CHORD = Fact("c1", "text", "chord", 4.0, "Am", 6.0, track="chords")
DRUMS = Fact("d1", "notes", "drums", 10.0, "drums", 20.0)
ALL = frozenset(KINDS)


def put_once(fact: Fact) -> Held:
    (told,) = difference({fact.id: fact}, {}, ALL, dropped=())
    return applied(told)


def one(fact: Fact, held: Held, **asked) -> Message:
    (told,) = difference({fact.id: fact}, {held.id: held}, ALL, dropped=(), **asked)
    return told


def nothing(fact: Fact, held: Held, **more) -> None:
    assert difference({fact.id: fact}, {held.id: held}, ALL, dropped=(), **more) == []


def test_what_the_store_does_not_know_is_put() -> None:
    told = difference({"s1": VERSE}, {}, ALL, dropped=())
    assert [(each.verb, each.text("at"), each.text("end")) for each in told] == [
        ("put", "10", "20")
    ]
    assert told[0].text("rev") == rev_of(VERSE)


def test_what_is_as_it_should_be_is_left_alone() -> None:
    nothing(VERSE, put_once(VERSE))


def test_a_rev_names_all_that_is_put_and_nothing_else() -> None:
    assert rev_of(replace(VERSE)) == rev_of(VERSE)
    others = [
        replace(VERSE, at=11.0), replace(VERSE, name=""), replace(VERSE, end=21.0),
        replace(VERSE, colour="#ffffff"), replace(VERSE, kind="text"), replace(VERSE, group="x"),
    ]  # fmt: skip
    assert len({rev_of(fact) for fact in [VERSE, *others]}) == 7
    assert rev_of(VERSE) == "region-" + rev_of(VERSE).split("-")[1]


def test_what_the_user_did_not_touch_follows_the_journal() -> None:
    told = one(replace(VERSE, end=24.0, name="chorus"), put_once(VERSE))
    assert (told.number("at"), told.number("end"), told.text("name")) == (10.0, 24.0, "chorus")


def test_a_renamed_one_keeps_its_name_and_follows_in_place() -> None:
    held = replace(put_once(VERSE), name="Solo")
    nothing(VERSE, held)
    told = one(replace(VERSE, end=24.0, name="chorus"), held)
    assert (told.number("end"), told.text("name")) == (24.0, "Solo")


def test_a_moved_one_stays_with_the_length_of_the_journal() -> None:
    held = replace(put_once(VERSE), at=12.5, end=22.5)
    told = one(replace(VERSE, end=24.0, name="chorus"), held)
    assert (told.number("at"), told.number("end"), told.text("name")) == (12.5, 26.5, "chorus")


def test_of_a_resized_one_the_other_end_follows() -> None:
    told = one(replace(VERSE, at=9.0, end=24.0), replace(put_once(VERSE), end=18.0))
    assert (told.number("at"), told.number("end")) == (9.0, 18.0)
    told = one(replace(VERSE, at=9.0, end=24.0), replace(put_once(VERSE), at=11.0))
    assert (told.number("at"), told.number("end")) == (11.0, 24.0)


def test_both_ends_set_one_after_the_other_stay() -> None:
    held = replace(put_once(VERSE), end=18.0)
    held = replace(applied(one(replace(VERSE, at=9.0), held)), at=8.5)
    told = one(replace(VERSE, at=3.0, end=40.0), held)
    assert (told.number("at"), told.number("end")) == (8.5, 18.0)


def test_the_end_of_one_that_was_moved_stays_when_its_start_is_set_later() -> None:
    held = replace(put_once(VERSE), at=12.0, end=22.0)
    held = replace(applied(one(replace(VERSE, end=21.0), held)), at=13.0)
    told = one(replace(VERSE, end=40.0), held)
    assert (told.number("at"), told.number("end")) == (13.0, 23.0)


def test_an_edit_is_remembered_after_the_fact_was_put_again() -> None:
    held = replace(put_once(VERSE), name="Solo", at=11.0, end=21.0)
    for step in range(5):
        fact = replace(VERSE, name=f"part {step}", at=50.0 + step, end=70.0 + step)
        held = applied(one(fact, held))
        nothing(fact, held)
        assert (held.name, held.at, held.end) == ("Solo", 11.0, 31.0)


def test_a_region_never_ends_before_it_begins() -> None:
    told = one(replace(VERSE, at=30.0, end=40.0), replace(put_once(VERSE), end=18.0))
    assert (told.number("at"), told.number("end")) == (10.0, 18.0)
    told = one(replace(VERSE, at=1.0, end=4.0), replace(put_once(VERSE), at=12.0))
    assert (told.number("at"), told.number("end")) == (12.0, 20.0)


def test_what_a_daw_rounds_was_not_moved() -> None:
    held = replace(put_once(VERSE), at=9.98, was_at=9.98, end=20.02, was_end=20.02 + 1e-9)
    assert edits(held) == ""


def test_a_deleted_one_stays_deleted_while_the_journal_has_it() -> None:
    gone = replace(put_once(VERSE), gone=True)
    nothing(VERSE, gone)
    nothing(replace(VERSE, at=0.0, name="new"), gone)


def test_what_is_dropped_goes_and_what_the_user_edited_is_left_to_them() -> None:
    held = {
        "plain": replace(put_once(VERSE), id="plain"),
        "moved": replace(put_once(VERSE), id="moved", at=11.0),
        "gone": replace(put_once(VERSE), id="gone", gone=True),
        "unknown": replace(put_once(VERSE), id="unknown"),
    }
    told = difference({}, held, ALL, dropped={"plain", "moved", "gone", "never held"})
    assert [(each.verb, each.text("id")) for each in told] == [
        ("forget", "gone"), ("forget", "moved"), ("drop", "plain")
    ]  # fmt: skip
    told = difference({}, held, ALL, dropped=set(held), asked=set(held))
    assert [(each.verb, each.text("id")) for each in told] == [
        ("forget", "gone"), ("drop", "moved"), ("drop", "plain"), ("drop", "unknown")
    ]  # fmt: skip


def test_what_this_journal_never_knew_is_left_alone() -> None:
    assert difference({}, {"s1": put_once(VERSE)}, ALL, dropped=()) == []


def test_restoring_takes_edits_and_deletions_back() -> None:
    plain = put_once(VERSE)
    pinned = applied(one(replace(VERSE, end=21.0), replace(plain, name="Solo", at=3.0)))
    assert pinned.name == "Solo"
    for held in (
        replace(plain, gone=True), replace(plain, name="Solo"), replace(plain, at=3.0), pinned
    ):  # fmt: skip
        told = one(VERSE, held, asked={"s1"})
        assert told == difference({"s1": VERSE}, {}, ALL, dropped=())[0]
    nothing(VERSE, plain, asked={"s1"})


@pytest.mark.parametrize(
    ("kind", "can", "becomes"),
    [
        ("text", "text,marker", "text"), ("text", "marker,region", "marker"),
        ("text", "region", None), ("region", "marker", "marker"), ("region", "", None),
        ("notes", "marker,region,text,loop,tempo", None), ("loop", "marker", None),
        ("tempo", "marker", None), ("marker", "region", None),
    ],
)  # fmt: skip
def test_what_a_project_cannot_hold_is_a_marker_or_left_out(kind, can, becomes) -> None:
    fact = replace(CHORD, kind=kind)
    told = difference({"c1": fact}, {}, can.split(","), dropped=())
    assert [each.text("kind") for each in told] == ([becomes] if becomes else [])
    if becomes == "marker":
        assert "end" not in told[0].values and "track" not in told[0].values


def test_what_has_become_another_kind_is_dropped_and_put_in_one() -> None:
    (as_marker,) = difference({"c1": CHORD}, {}, {"marker"}, dropped=())
    held = replace(applied(as_marker), at=5.0, name="A minor")
    drop, again = difference({"c1": CHORD}, {"c1": held}, {"marker", "text"}, dropped=())
    assert (drop.verb, drop.text("id")) == ("drop", "c1")
    assert (again.text("kind"), again.text("name")) == ("text", "A minor")
    assert (again.number("at"), again.number("end")) == (5.0, 7.0)


def test_what_an_older_script_cannot_hold_is_not_touched() -> None:
    held = put_once(CHORD)
    facts = {"c1": replace(CHORD, name="C")}
    assert difference(facts, {"c1": held}, {"marker"}, dropped=()) == []


def test_the_tempo_map_comes_first_and_in_order() -> None:
    facts = [
        Fact("m", "marker", "section", 0.0), Fact("t3", "tempo", "tempo", 9.0, bpm=100),
        Fact("t1", "tempo", "tempo", 1.0, bpm=90), Fact("r", "region", "section", 0.5, end=2),
        Fact("t2", "tempo", "tempo", 5.0, bpm=95),
    ]  # fmt: skip
    told = difference({fact.id: fact for fact in facts}, {}, ALL, dropped=())
    assert [each.text("id") for each in told] == ["t1", "t2", "t3", "m", "r"]


@pytest.mark.parametrize("rev", ["", "-", "x", "a-b-c-d", "region", "region-1-zz", "🎸-1-n"])
def test_a_rev_that_nobody_wrote_is_put_anew(rev: str) -> None:
    assert one(VERSE, replace(put_once(VERSE), rev=rev)).text("rev").startswith(rev_of(VERSE))


def test_a_have_without_positions_is_put_as_the_journal_says() -> None:
    held = held_of(message("have", id="s1", rev="old", name="verse", was_name="verse"))
    told = one(VERSE, held)
    assert (told.number("at"), told.number("end")) == (10.0, 20.0)


POSITIONS = st.integers(0, 30).map(float)
WANTED = st.builds(
    lambda id, kind, at, length, name: Fact(
        id, kind, "section", at, name, None if kind in ("marker", "tempo") else at + length
    ),
    st.sampled_from("abcd"),
    st.sampled_from(KINDS),
    POSITIONS,
    st.integers(1, 9),
    st.sampled_from(["", "verse", "a\nb", "🎸\t#"]),
)
STEPS = st.lists(
    st.tuples(st.just("wants"), WANTED)
    | st.tuples(st.just("drops"), st.sampled_from("abcd"))
    | st.tuples(st.just("moves"), st.sampled_from("abcd"), st.integers(-3, 3), st.integers(-3, 3))
    | st.tuples(st.just("renames"), st.sampled_from("abcd"), st.sampled_from(["", "mine", "verse"]))
    | st.tuples(st.just("deletes"), st.sampled_from("abcd"))
    | st.tuples(st.sampled_from(["saves", "crashes", "can all", "can few"])),
    max_size=25,
)


@given(STEPS, st.sampled_from([0.0, 1e-4, 0.25]))
def test_whatever_happened_a_second_difference_is_empty(steps: list, grid: float) -> None:
    project = Project(grid=grid)
    saved = deepcopy(project)
    facts: dict[str, Fact] = {}
    dropped: set[str] = set()
    can = ALL
    for step, *what in steps:
        if step == "wants":
            facts[what[0].id] = what[0]
            dropped.discard(what[0].id)
        elif step == "drops":
            facts.pop(what[0], None)
            dropped.add(what[0])
        elif step == "saves":
            saved = deepcopy(project)
        elif step == "crashes":
            project = deepcopy(saved)
        elif step.startswith("can"):
            can = ALL if step == "can all" else frozenset({"marker", "region"})
        elif what[0] in project.things():
            if step == "moves":
                project.move(what[0], *what[1:])
            elif step == "renames":
                project.rename(*what)
            else:
                project.delete(what[0])
        for told in difference(facts, held(project), can, dropped=dropped):
            project.apply(on_the_wire(told))
        assert difference(facts, held(project), can, dropped=dropped) == []
        assert not project.entries.keys() & dropped
    everything = difference(facts, held(project), ALL, dropped=dropped, asked=set(facts))
    for told in everything:
        project.apply(on_the_wire(told))
    assert project.things().keys() == facts.keys()  # each once, none more
    for id, fact in facts.items():
        thing = project.things()[id]
        assert (thing.kind, thing.name) == (fact.kind, fact.name.replace("\n", " "))
        assert thing.at == pytest.approx(fact.at, abs=grid)
    assert difference(facts, held(project), ALL, dropped=dropped, asked=set(facts)) == []


def held(project: Project) -> dict[str, Held]:
    return {told.text("id"): held_of(on_the_wire(told)) for told in project.haves()}


def on_the_wire(told: Message) -> Message:
    heard = decode(encode(told).removesuffix(b"\n"))
    assert heard == told
    return heard
