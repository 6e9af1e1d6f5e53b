"""What a project in front needs, worked out piece by piece."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from random import Random

import pytest

from bridge.daw import front
from bridge.daw.facts import KINDS, Fact
from bridge.daw.front import Front
from bridge.daw.journal import Journals
from bridge.daw.reconcile import difference
from bridge.daw.wire import Message, message
from tests.daw.test_conversation import Life

VERSE = Fact("s1", "region", "section", 10.0, "verse", 20.0)


def marks(number: int) -> list[Fact]:
    return [Fact(f"m{n:05}", "marker", "chord", float(n), "Am") for n in range(number)]


def opened(folder: Path, *facts: Fact) -> Front:
    """A project in front that holds these, and whose journal wants them."""
    journal = Journals(folder).open("p")
    journal.put(*facts)
    project = Front(journal, KINDS, count(1), None)
    drained(project, project.receive(message("ready")))
    return project


def done(project: Front, sent: list[Message]) -> list[Message]:
    return project.receive(message("done", batch=sent[0].text("batch")))


def drained(project: Front, sent: list[Message]) -> list[str]:
    """The ids of this batch and of all that follow."""
    ids = []
    while sent:
        ids += [told.text("id") for told in sent[1:]]
        sent = done(project, sent)
    return ids


def cost(action: Callable[[], list[Message]]) -> tuple[int, list[Message]]:
    """How many functions are called: what it costs, without a clock. And what it gives."""
    calls = 0

    def called(_frame: object, event: str, _of: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(called)
    try:
        given = action()
    finally:
        sys.setprofile(before)
    return calls, given


def test_what_was_removed_is_not_restored_but_comes_back_when_it_is_found_again(tmp_path) -> None:
    project = opened(tmp_path, VERSE)
    assert drained(project, project.remove(None)) == ["s1"]
    assert project.restore(None) == []
    project.journal.put(VERSE)
    assert drained(project, project.changes()) == ["s1"]


def test_a_change_among_thousands_costs_as_much_as_among_ten(tmp_path: Path) -> None:
    costs = []
    for number in (10, 3000):
        project = opened(tmp_path / str(number), *marks(number))
        project.journal.put(replace(marks(1)[0], name="C"))
        calls, sent = cost(project.changes)
        assert len(sent) == 2
        costs.append(calls)
    assert costs[1] <= 1.1 * costs[0]


def test_each_of_many_batches_costs_what_it_holds(tmp_path: Path) -> None:
    project = opened(tmp_path)
    project.journal.put(*marks(6 * front.LINES))
    costs, sent = [], project.changes()
    while sent:
        calls, sent = cost(partial(done, project, sent))
        costs.append(calls)
    assert len(costs) == 6
    assert max(costs) < 1.1 * costs[0]


def test_what_comes_while_many_wait_takes_its_place_among_them(tmp_path: Path) -> None:
    project = opened(tmp_path)
    project.journal.put(*marks(3 * front.LINES))
    sent = project.changes()
    tempo = Fact("t", "tempo", "tempo", 7.0, bpm=120.0)
    last = marks(3 * front.LINES)[-1]
    project.journal.put(tempo, replace(last, at=0.5), VERSE)
    project.journal.drop(f"m{front.LINES + 1:05}")
    ids = drained(project, done(project, sent))
    assert ids[:2] == ["t", last.id]
    assert len(ids) == len(set(ids)) == 2 * front.LINES + 1
    assert f"m{front.LINES + 1:05}" not in ids


def test_an_edit_of_what_waits_for_its_batch_holds(tmp_path: Path) -> None:
    facts = marks(2 * front.LINES)
    project = opened(tmp_path, *facts)
    project.journal.put(*[replace(fact, name="C") for fact in facts])
    sent = project.changes()
    project.receive(message("edit", id=facts[-1].id, at=facts[-1].at, name="mine"))
    project.receive(message("gone", id=facts[-2].id))
    sent = done(project, sent)
    names = {told.text("id"): told.text("name") for told in sent[1:]}
    assert names[facts[-1].id] == "mine"
    assert facts[-2].id not in names
    assert drained(project, sent)
    assert project.held[facts[-2].id].gone


def test_what_changed_while_it_was_deleted_follows_when_it_is_back(tmp_path: Path) -> None:
    project = opened(tmp_path, VERSE)
    project.receive(message("gone", id="s1"))
    project.journal.put(replace(VERSE, name="chorus"))
    assert project.changes() == []
    project.receive(message("edit", id="s1", at=10.0, end=20.0, name="verse"))  # by an undo
    (_, put) = project.changes()
    assert put.text("name") == "chorus"


def test_what_is_asked_before_all_is_told_is_done_then(tmp_path: Path) -> None:
    journal = Journals(tmp_path).open("p")
    journal.put(VERSE)
    project = Front(journal, KINDS, count(1), None)
    project.receive(message("have", id="s1", rev="region-1", gone=True))
    assert project.restore(None) == []
    assert [told.verb for told in project.receive(message("ready"))] == ["batch", "put"]


@pytest.mark.parametrize("seed", range(20))
def test_what_is_held_in_the_end_leaves_no_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(front, "LINES", 3)
    chance = Random(seed)
    project = opened(tmp_path)
    journal, sent = project.journal, []
    for _ in range(300):
        fact = Fact(
            chance.choice("abcdefghij"), chance.choice(KINDS), "section", chance.random(),
            chance.choice("xyz"), 2.0,
        )  # fmt: skip
        happens = chance.choice(["put", "put", "put", "drop", "edit", "gone", "insist", "done"])
        if happens == "put":
            journal.put(fact)
        elif happens == "drop":
            journal.drop(fact.id)
        elif happens == "edit":
            project.receive(message("edit", id=fact.id, at=fact.at, name=fact.name))
        elif happens == "gone":
            project.receive(message("gone", id=fact.id))
        elif happens == "insist":
            asked = project.restore({fact.id}) if chance.random() < 0.5 else project.remove("live")
            sent = sent or asked
        if not sent:
            sent = project.changes()
        elif happens == "done":
            sent = done(project, sent)
    drained(project, sent or project.changes())
    assert difference(journal.facts, project.held, KINDS, dropped=journal.dropped) == []


@pytest.mark.parametrize("seed", range(500, 550))
def test_whatever_happens_between_small_batches_edits_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(front, "LINES", 1)
    Life(tmp_path, Random(seed)).run(steps=40)
