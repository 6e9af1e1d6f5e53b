"""The conversation with one script."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from bridge.daw.conversation import Conversation
from bridge.daw.facts import KINDS, ROLES, Fact, Note
from bridge.daw.front import LINES
from bridge.daw.journal import Journals
from bridge.daw.wire import Message, decode, encode, message
from tests.daw.simulated_project import Project, Script

VERSE = Fact("s1", "region", "section", 10.0, "verse", 20.0)
CHORD = Fact("c1", "text", "chord", 4.0, "Am", 6.0, track="chords")
EVERYTHING = ",".join(KINDS)


@pytest.fixture
def journals(tmp_path: Path) -> Journals:
    return Journals(tmp_path / "journals")


def begun(journals: Journals, taken=lambda project: False) -> Conversation:
    return Conversation(journals, daemon="d0", version="1.2", taken=taken)


def greeted(journals: Journals, **said) -> Conversation:
    conversation = begun(journals)
    hello = {"protocol": 1, "daw": "reaper", "project": "p", "can": EVERYTHING} | said
    (welcome,) = conversation.receive(message("hello", **hello))
    assert welcome == message("welcome", protocol=1, version="1.2", daemon="d0")
    return conversation


def ready(journals: Journals, **said) -> Conversation:
    conversation = greeted(journals, **said)
    assert conversation.receive(message("ready")) == []
    return conversation


def done(conversation: Conversation, sent: list[Message], **failed) -> list[Message]:
    return conversation.receive(message("done", batch=sent[0].text("batch"), **failed))


def ids(sent: list[Message]) -> list[tuple[str, str]]:
    return [(told.verb, told.text("id")) for told in sent[1:]]


# -- the beginning


def test_nothing_is_heard_before_hello(journals: Journals) -> None:
    conversation = begun(journals)
    for verb in ("have", "ready", "edit", "gone", "done", "project", "bye", "clock", "nonsense"):
        assert conversation.receive(message(verb, id="s1", project="p")) == []
    assert conversation.project is None and not conversation.said_bye
    assert conversation.changes() == conversation.restore() == conversation.remove(None) == []


def test_a_hello_says_who_it_is(journals: Journals) -> None:
    conversation = greeted(
        journals, title="Song", unit="beats", version="3", roles="chord,key,later",
        can="marker,hologram", **{"while": "play"},
    )  # fmt: skip
    assert (conversation.project, conversation.daw, conversation.title) == ("p", "reaper", "Song")
    assert (conversation.unit, conversation.version) == ("beats", "3")
    assert (conversation.can, conversation.roles) == ({"marker"}, {"chord", "key"})
    assert conversation.while_ == "play"
    assert conversation.journal is journals.open("p")


def test_what_a_hello_leaves_out_is_as_usual(journals: Journals) -> None:
    conversation = greeted(journals)
    assert (conversation.unit, conversation.while_) == ("seconds", "record")
    assert conversation.roles == set(ROLES)
    assert greeted(journals, roles="").roles == frozenset()


@pytest.mark.parametrize(
    ("said", "why", "remedy"),
    [
        ({"protocol": 0}, "older", "run `dawbridge install reaper` again and restart Reaper"),
        ({}, "older", "run `dawbridge install reaper` again and restart Reaper"),
        ({"protocol": "x"}, "older", "run `dawbridge install reaper` again and restart Reaper"),
        ({"protocol": 0, "daw": "live"}, "in Live", "run `dawbridge install ableton` again"),
        ({"protocol": 2}, "newer", "update dawbridge"),
        ({"protocol": 1, "project": ""}, "cannot tell this project", "save the project"),
        ({"protocol": 1, "project": "theirs"}, "already", "other Reaper"),
    ],
)
def test_a_refusal_is_in_words_a_musician_understands(journals, said, why, remedy) -> None:
    conversation = begun(journals, taken=lambda project: project == "theirs")
    (told,) = conversation.receive(
        message("hello", **({"daw": "reaper", "project": "p", "can": EVERYTHING} | said))
    )
    assert told.verb == "refuse"
    assert why in told.text("why") and remedy in told.text("remedy")
    assert conversation.refused and conversation.project is None and conversation.journal is None
    journals.open("p").put(VERSE)
    for verb in ("have", "ready", "done", "edit"):
        assert conversation.receive(message(verb, id="s1")) == []
    assert conversation.changes() == []


def test_after_a_refusal_a_new_hello_is_heard(journals: Journals) -> None:
    theirs = {"p"}
    conversation = begun(journals, taken=lambda project: project in theirs)
    hello = message("hello", protocol=1, project="p", can="region")
    assert conversation.receive(hello)[0].verb == "refuse"
    theirs.clear()
    assert conversation.receive(hello)[0].verb == "welcome"
    assert not conversation.refused and conversation.project == "p"


def test_the_difference_comes_after_ready_and_not_before(journals: Journals) -> None:
    journals.open("p").put(VERSE)
    conversation = greeted(journals)
    assert conversation.changes() == []
    sent = conversation.receive(message("ready"))
    assert sent[0] == message("batch", batch=1, count=1, title="dawbridge: 1 region", project="p")
    assert ids(sent) == [("put", "s1")]


def test_what_the_store_has_is_not_put_again(journals: Journals) -> None:
    journal = journals.open("p")
    journal.put(VERSE, CHORD)
    first = greeted(journals)
    sent = first.receive(message("ready"))
    again = greeted(journals)
    for told in sent[1:]:
        values = {name: told.text(name) for name in ("id", "rev", "at", "end", "name")}
        was = {f"was_{name}": told.text(name) for name in ("at", "end", "name")}
        again.receive(message("have", **values, **was))
    assert again.receive(message("ready")) == []
    assert again.receive(message("ready")) == []  # said twice
    assert len(again.held) == 2


# -- batches


def test_one_batch_is_under_way_at_a_time(journals: Journals) -> None:
    conversation = ready(journals)
    journal = journals.open("p")
    journal.put(VERSE)
    sent = conversation.changes("Analysis of take 3")
    assert sent[0].text("title") == "Analysis of take 3"
    assert conversation.waiting
    journal.put(CHORD, replace(VERSE, end=30.0))
    assert conversation.changes() == []
    assert conversation.receive(message("done", batch=7)) == []  # another one
    assert conversation.waiting
    after = done(conversation, sent)
    assert (after[0].text("batch"), ids(after)) == ("2", [("put", "c1"), ("put", "s1")])
    assert done(conversation, after) == []
    assert conversation.receive(message("done", batch=2)) == []  # said twice
    assert conversation.changes() == []


def test_a_title_waits_for_its_batch(journals: Journals) -> None:
    conversation = ready(journals)
    journals.open("p").put(VERSE)
    sent = conversation.changes()
    journals.open("p").put(CHORD)
    assert conversation.changes("Chords") == []
    after = done(conversation, sent)
    assert after[0].text("title") == "Chords"
    assert done(conversation, after) == []
    journals.open("p").drop("c1")
    assert conversation.changes()[0].text("title") == "dawbridge: 1 text removed"


@pytest.mark.parametrize(
    ("facts", "title"),
    [
        ([VERSE], "1 region"),
        ([VERSE, replace(VERSE, id="s2"), CHORD], "2 regions, 1 text"),
        ([replace(CHORD, id=f"m{n}", kind="marker") for n in range(12)], "12 markers"),
        ([replace(CHORD, kind="notes"), replace(VERSE, kind="loop")], "1 MIDI part, 1 loop"),
    ],
)
def test_a_batch_is_called_by_what_it_brings(journals: Journals, facts, title: str) -> None:
    conversation = ready(journals)
    journals.open("p").put(*facts)
    assert conversation.changes()[0].text("title") == f"dawbridge: {title}"


def test_thousands_of_marks_come_in_several_batches(journals: Journals) -> None:
    conversation = ready(journals)
    marks = [Fact(f"m{n}", "marker", "chord", n / 2, "Am") for n in range(5000)]
    journals.open("p").put(*marks)
    sent, seen = conversation.changes("Chords"), []
    while sent:
        assert int(sent[0].text("count")) == len(sent) - 1 <= LINES
        assert sent[0].text("title") == "Chords"
        seen += [told.text("id") for told in sent[1:]]
        sent = done(conversation, sent)
    assert seen == [mark.id for mark in marks]


def test_a_batch_of_much_text_is_short(journals: Journals) -> None:
    conversation = ready(journals)
    notes = tuple(Note(n / 10, 0.1, 36, 100) for n in range(10_000))
    parts = [Fact(f"d{n}", "notes", "drums", n * 1000.0, "d", notes=notes) for n in range(3)]
    journals.open("p").put(*parts)
    sent = conversation.changes()
    assert [len(sent)] + [len(sent := done(conversation, sent)) for _ in range(3)] == [2, 2, 2, 0]


def test_what_failed_is_not_tried_again_until_it_changes(journals: Journals) -> None:
    conversation = ready(journals)
    journal = journals.open("p")
    journal.put(VERSE, CHORD)
    sent = conversation.changes()
    assert done(conversation, sent, failed="c1", why="the track is locked") == []
    assert conversation.failed == {"c1": "the track is locked"}
    assert "locked" in conversation.trouble
    assert conversation.held.keys() == {"s1"}
    journal.put(replace(VERSE, name="chorus"))
    sent = conversation.changes()
    assert ids(sent) == [("put", "s1")]
    done(conversation, sent)
    journal.put(replace(CHORD, name="C"))
    sent = conversation.changes()
    assert ids(sent) == [("put", "c1")]
    assert done(conversation, sent) == []
    assert conversation.failed == {} and conversation.trouble == ""


def test_what_could_not_be_taken_away_is_not_tried_again(journals: Journals) -> None:
    conversation = ready(journals)
    journals.open("p").put(VERSE)
    done(conversation, conversation.changes())
    journals.open("p").drop("s1")
    sent = conversation.changes()
    assert ids(sent) == [("drop", "s1")]
    assert done(conversation, sent, failed="s1") == []
    assert conversation.changes() == []
    assert conversation.held.keys() == {"s1"}


def test_after_another_hello_what_failed_is_tried_again(journals: Journals) -> None:
    conversation = ready(journals)
    journals.open("p").put(CHORD)
    done(conversation, conversation.changes(), failed="c1", why="no")
    conversation.receive(message("hello", protocol=1, project="p", can=EVERYTHING))
    sent = conversation.receive(message("ready"))
    assert ids(sent) == [("put", "c1")]
    assert sent[0].text("batch") == "2"  # numbers are never used twice


# -- the user


def test_an_edit_holds_at_once(journals: Journals) -> None:
    conversation = ready(journals)
    journals.open("p").put(VERSE)
    done(conversation, conversation.changes())
    told = message("edit", id="s1", at=10.0, end=20.0, name="Solo")
    assert conversation.receive(told) == conversation.changes() == []
    journals.open("p").put(replace(VERSE, at=9.0, name="chorus"))
    (_, put) = conversation.changes()
    assert (put.text("name"), put.number("at")) == ("Solo", 9.0)


def test_what_a_daw_makes_of_our_numbers_is_no_edit(journals: Journals) -> None:
    conversation = ready(journals)
    journals.open("p").put(replace(VERSE, name="a\nb"))
    done(conversation, conversation.changes())
    conversation.receive(message("edit", id="s1", at=10.0004, end=22.0, name="a b"))
    journals.open("p").put(replace(VERSE, at=9.0, end=19.0, name="new"))
    (_, put) = conversation.changes()
    assert (put.number("at"), put.number("end"), put.text("name")) == (9.0, 22.0, "new")


def test_how_it_was_is_believed_where_it_is_told(journals: Journals) -> None:
    conversation = ready(journals)
    journals.open("p").put(VERSE)
    done(conversation, conversation.changes())
    was = {"was_at": 12.0, "was_end": 20.0, "was_name": "VERSE"}  # a coarse grid, capitals only
    conversation.receive(message("edit", id="s1", at=12.0, end=22.0, name="VERSE", **was))
    journals.open("p").put(replace(VERSE, at=9.0, name="new"))
    (_, put) = conversation.changes()
    assert (put.number("at"), put.number("end"), put.text("name")) == (9.0, 22.0, "new")


def test_an_edit_that_crossed_a_batch_is_put_once_more(journals: Journals) -> None:
    conversation = ready(journals)
    journals.open("p").put(VERSE)
    done(conversation, conversation.changes())
    journals.open("p").put(replace(VERSE, end=25.0))
    sent = conversation.changes()
    conversation.receive(message("edit", id="s1", at=11.0, end=21.0, name="Solo"))
    (_, put) = again = done(conversation, sent)
    assert (put.number("at"), put.number("end"), put.text("name")) == (11.0, 26.0, "Solo")
    assert done(conversation, again) == []


def test_a_script_that_tells_what_was_just_put_edits_nothing(journals: Journals) -> None:
    conversation = ready(journals)
    journals.open("p").put(VERSE)
    done(conversation, conversation.changes())
    journals.open("p").put(replace(VERSE, end=25.0))
    sent = conversation.changes()
    conversation.receive(message("edit", id="s1", at=10.0, end=25.0, name="verse"))
    assert done(conversation, sent) == []
    journals.open("p").put(replace(VERSE, end=30.0))
    assert conversation.changes()[1].number("end") == 30.0


def test_a_new_one_that_was_edited_before_done_is_the_users(journals: Journals) -> None:
    conversation = ready(journals)
    journals.open("p").put(VERSE, CHORD)
    sent = conversation.changes()
    conversation.receive(message("edit", id="s1", at=10.0, end=20.0, name="Solo"))
    conversation.receive(message("gone", id="c1"))
    assert done(conversation, sent) == []
    journals.open("p").put(replace(VERSE, name="chorus", end=21.0), replace(CHORD, name="C"))
    (_, put) = conversation.changes()
    assert (put.text("id"), put.text("name")) == ("s1", "Solo")


def test_a_deleted_one_stays_deleted_until_it_is_asked_for(journals: Journals) -> None:
    conversation = ready(journals)
    journals.open("p").put(VERSE)
    done(conversation, conversation.changes())
    conversation.receive(message("gone", id="s1"))
    journals.open("p").put(replace(VERSE, name="chorus"))
    assert conversation.changes() == []
    sent = conversation.restore()
    assert ids(sent) == [("put", "s1")] and sent[1].text("name") == "chorus"
    assert done(conversation, sent) == []
    assert conversation.restore() == []


def test_an_undone_deletion_is_there_again(journals: Journals) -> None:
    conversation = ready(journals)
    journals.open("p").put(VERSE)
    done(conversation, conversation.changes())
    conversation.receive(message("gone", id="s1"))
    conversation.receive(message("edit", id="s1", at=10.0, end=20.0, name="verse"))
    journals.open("p").put(replace(VERSE, name="chorus"))
    assert conversation.changes()[1].text("name") == "chorus"


def test_restoring_waits_for_the_batch_under_way(journals: Journals) -> None:
    conversation = ready(journals)
    journals.open("p").put(VERSE)
    done(conversation, conversation.changes())
    conversation.receive(message("edit", id="s1", at=10.0, end=20.0, name="Solo"))
    journals.open("p").put(replace(VERSE, end=21.0))
    sent = conversation.changes()
    assert sent[1].text("name") == "Solo"
    assert conversation.restore() == []
    (_, put) = done(conversation, sent)
    assert (put.text("name"), put.number("end")) == ("verse", 21.0)


def test_restoring_thousands_takes_several_batches(journals: Journals) -> None:
    conversation = ready(journals)
    journals.open("p").put(*[Fact(f"m{n}", "marker", "chord", n, "Am") for n in range(2 * LINES)])
    sent = conversation.changes()
    while sent:
        sent = done(conversation, sent)
    for id in conversation.held:
        conversation.receive(message("edit", id=id, name="mine"))
    assert conversation.changes() == []
    sent, names = conversation.restore(), []
    while sent:
        names += [told.text("name") for told in sent[1:]]
        sent = done(conversation, sent)
    assert names == ["Am"] * (2 * LINES)


def test_removing_takes_also_what_was_edited(journals: Journals) -> None:
    conversation = ready(journals)
    journal = journals.open("p")
    journal.put(VERSE, replace(CHORD, group="item:{1}"))
    done(conversation, conversation.changes())
    conversation.receive(message("edit", id="s1", at=10.0, end=20.0, name="Solo"))
    sent = conversation.remove("item:{1}")
    assert ids(sent) == [("drop", "c1")]
    assert done(conversation, sent) == []
    sent = conversation.remove(None)
    assert ids(sent) == [("drop", "s1")]
    assert sent[0].text("title") == "dawbridge: 1 region removed"
    assert done(conversation, sent) == []
    assert not journal.facts and not conversation.held


def test_removing_takes_also_what_is_under_way_and_what_others_put(journals: Journals) -> None:
    conversation = greeted(journals)
    conversation.receive(message("have", id="theirs", rev="marker-1", at=1.0, was_at=1.0))
    assert conversation.receive(message("ready")) == []
    journals.open("p").put(VERSE)
    sent = conversation.changes()
    assert conversation.remove(None) == []
    assert ids(done(conversation, sent)) == [("drop", "s1"), ("drop", "theirs")]


# -- projects


def test_another_project_has_its_own_journal(journals: Journals) -> None:
    conversation = ready(journals)
    journals.open("p").put(VERSE)
    sent = conversation.changes()
    assert conversation.receive(message("project", project="q", title="Other")) == []
    assert (conversation.project, conversation.title) == ("q", "Other")
    assert conversation.receive(message("ready")) == []
    assert done(conversation, sent) == []  # it was applied before the switch
    assert not conversation.held
    conversation.receive(message("project", project="p"))
    assert ids(conversation.receive(message("ready"))) == [("put", "s1")]


def test_a_project_that_another_has_is_refused_and_the_next_is_welcome(journals) -> None:
    conversation = begun(journals, taken=lambda project: project == "theirs")
    conversation.receive(message("hello", protocol=1, project="p", can="region"))
    (told,) = conversation.receive(message("project", project="theirs"))
    assert told.verb == "refuse" and conversation.project is None
    assert [told.verb for told in conversation.receive(message("project", project="p"))] == [
        "welcome"
    ]


def test_after_bye_nothing_is_sent(journals: Journals) -> None:
    conversation = ready(journals)
    assert conversation.receive(message("bye")) == []
    journals.open("p").put(VERSE)
    assert conversation.said_bye and conversation.project is None
    assert conversation.changes() == []


def test_after_bye_another_hello_alone_is_heard(journals: Journals) -> None:
    conversation = ready(journals)
    conversation.receive(message("bye"))
    assert conversation.receive(message("project", project="q")) == []
    assert conversation.said_bye and conversation.project is None
    hello = message("hello", protocol=1, project="q", can="region")
    assert [told.verb for told in conversation.receive(hello)] == ["welcome"]
    assert not conversation.said_bye and conversation.project == "q"


def test_who_speaks_another_version_is_not_heard_with_another_project(journals: Journals) -> None:
    conversation = begun(journals)
    conversation.receive(message("hello", protocol=2, project="p"))
    assert conversation.receive(message("project", project="q")) == []
    assert conversation.receive(message("bye")) == []
    assert conversation.refused and conversation.project is None


# -- a life


SHIFTS = [(1.5, 1.5), (-0.5, -0.5), (0.5, 0), (0, 1.5), (0, -0.5), (-1.5, 0.5)]  # facts: whole


class Life:
    """A project, its script, its daemon: what the user did holds, nothing is lost or doubled."""

    def __init__(self, folder: Path, chance: Random) -> None:
        self.folder = folder
        self.chance = chance
        self.tells_was = chance.random() < 0.5
        self.can = chance.choice([EVERYTHING, "marker,region"])
        self.saved = Project(grid=chance.choice([0.0, 1e-4]))
        self.journals = Journals(folder)
        self.connect(deepcopy(self.saved))

    def run(self, steps: int) -> None:
        often = [self.is_wanted, self.user_edits, self.user_edits, self.time_passes]
        seldom = [
            self.is_dropped, self.user_deletes, self.user_saves, self.daw_crashes,
            self.daemon_crashes, self.user_removes, self.user_restores, self.settle,
        ]  # fmt: skip
        for _ in range(steps):
            self.chance.choice(often if self.chance.random() < 0.75 else seldom)()
        self.settle()
        self.journals.close()

    def any_id(self) -> str:
        return self.chance.choice("abc")

    def connect(self, project: Project) -> None:
        """A new conversation; what was on its way is lost."""
        self.script = Script(project, self.can, tells_was=self.tells_was)
        self.conversation = begun(self.journals)
        self.script.hello()

    @property
    def journal(self):
        return self.journals.open("p")

    def is_wanted(self) -> None:
        """Something new, or something known changed a little."""
        id, chance = self.any_id(), self.chance
        kind = chance.choice(["marker", "region", "text"])
        at = float(chance.randrange(30))
        name = chance.choice(["", "verse", "a\nb", "🎸\t#", "chorus"])
        group = chance.choice(["live", "item:1"])
        end = None if kind == "marker" else at + chance.randrange(1, 9)
        fact = Fact(id, kind, "section", at, name, end, group)
        known = self.journal.facts.get(id)
        if known is not None and chance.random() < 0.8:
            fact = replace(known, name=name)
            if known.end is not None:
                fact = replace(fact, end=known.at + chance.randrange(1, 9))
        self.journal.put(fact)

    def is_dropped(self) -> None:
        self.settle()  # an edit that is not told yet cannot be known
        id = self.any_id()
        project = self.script.project
        thing, left = project.things().get(id), len(project.left)
        self.journal.drop(id)
        self.settle()
        assert len(project.left) - left == (thing is not None and bool(thing.mine))

    def daemon_hears(self) -> None:
        heard, self.script.up = self.script.up, []
        for told in heard:
            self.say(self.conversation.receive(wired(told)))
        self.say(self.conversation.changes())

    def say(self, messages: list[Message]) -> None:
        self.script.down += map(wired, messages)

    def time_passes(self) -> None:
        """Messages arrive, or do not yet."""
        for happens in (self.daemon_hears, self.script.scan, self.script.apply):
            if self.chance.random() < 0.5:
                happens()

    def user_edits(self) -> None:
        things = self.script.project.things()
        if not things:
            return
        id = self.chance.choice(sorted(things))
        if self.chance.random() < 0.4:
            self.script.project.rename(
                id, self.chance.choice(["mine", "ours", "verse" * self.tells_was])
            )
        else:
            start, end = self.chance.choice(SHIFTS)
            self.script.project.move(id, start, end)

    def user_deletes(self) -> None:
        self.settle()  # one that crosses its own batch may come back once
        id = self.any_id()
        if id in self.script.project.things():
            self.script.project.delete(id)
        self.settle()

    def user_saves(self) -> None:
        self.settle()
        self.saved = deepcopy(self.script.project)

    def daw_crashes(self) -> None:
        self.connect(deepcopy(self.saved))

    def daemon_crashes(self) -> None:
        self.settle()
        self.journals = Journals(self.folder)  # the old one was never closed
        self.connect(self.script.project)

    def user_removes(self) -> None:
        self.settle()
        group = self.chance.choice([None, "live", "item:1"])
        going = {id for id, fact in self.journal.facts.items() if group in (None, fact.group)}
        self.say(self.conversation.remove(group))
        self.settle()
        assert not self.script.project.entries.keys() & going

    def user_restores(self) -> None:
        self.settle()
        for thing in self.script.project.things().values():
            thing.mine.clear()
        self.say(self.conversation.restore())
        self.settle()
        held_kinds = {"marker", "region"} if self.can != EVERYTHING else set(KINDS)
        assert self.script.project.things().keys() == self.journal.facts.keys()
        assert all(thing.kind in held_kinds for thing in self.script.project.things().values())

    def settle(self) -> None:
        """Everything arrives, then the laws hold."""
        self.script.scan()
        for _ in range(9):
            self.daemon_hears()
            self.script.apply()
            if not self.script.up:
                break
        assert not self.script.up and not self.script.down and not self.conversation.waiting
        project = self.script.project
        entries, facts = project.entries, self.journal.facts
        assert entries.keys() == facts.keys()
        for id, fact in facts.items():
            thing = entries[id].thing
            if thing is not None:
                self.holds(thing, fact)
        fresh = begun(self.journals)
        again = Script(project, self.can)
        again.hello()
        said = [told for each in again.up for told in fresh.receive(wired(each))]
        assert [told.verb for told in said] == ["welcome"]  # and no batch

    def holds(self, thing, fact: Fact) -> None:
        if fact.kind not in self.can.split(","):
            fact = replace(fact, kind="marker", end=None)
        near = 2 * self.script.project.grid + 1e-6
        assert thing.kind == fact.kind
        assert thing.name == thing.mine.get("name", fact.name.replace("\n", " "))
        if thing.end is not None and thing.mine.get("start", -1) >= thing.mine.get("end", 99):
            return  # they crossed two batches, and were set against each other
        if "start" in thing.mine:
            assert thing.at == pytest.approx(thing.mine["start"], abs=near)
        if "end" in thing.mine and thing.end is not None:
            assert thing.end == pytest.approx(thing.mine["end"], abs=near)
        if not {"start", "end"} & thing.mine.keys():
            assert thing.at == pytest.approx(fact.at, abs=near)
            assert thing.end == (fact.end and pytest.approx(fact.end, abs=near))


def wired(told: Message) -> Message:
    heard = decode(encode(told).removesuffix(b"\n"))
    assert heard is not None
    return heard


@pytest.mark.parametrize("seeds", range(6))
def test_whatever_happens_the_users_edits_hold_and_nothing_is_doubled(tmp_path, seeds) -> None:
    for seed in range(seeds * 50, seeds * 50 + 50):
        Life(tmp_path / str(seed), Random(seed)).run(steps=40)
