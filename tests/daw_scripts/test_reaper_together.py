"""Actions, the script that listens and the appliers together: what a daemon says is what stands."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from lupa import lua53, lua54

from bridge.daw.facts import Fact, Note, put
from bridge.daw.wire import Lines, Message, encode, message
from tests.daw_scripts import test_reaper_items as parts
from tests.daw_scripts.reaper.project import Mark, Tempo

PLAYED = [(lua53, "6.71"), (lua54, "7.78")]


class Daemon:
    """The other end of the spool folder, a word at a time."""

    def __init__(self, root: Path) -> None:
        self.root, self.beats, self.heard = root, 0, []
        self._read: dict[Path, int] = {}
        root.mkdir()

    def beat(self) -> None:
        self.beats += 1
        line = encode(message("daemon", protocol=1, version="1", token="abc", beat=self.beats))
        (self.root / "daemon").write_bytes(line)

    def listen(self) -> list[Message]:
        lines, new = Lines(), []
        for path in sorted(self.root.glob("reaper-*/up.*")):
            told = path.read_bytes()
            new += lines.push(told[self._read.get(path, 0) :])
            self._read[path] = len(told)
        self.heard += new
        return new

    def say(self, *told: Message) -> None:
        (folder,) = self.root.glob("reaper-*")
        with (folder / "down.000001").open("ab") as file:
            file.write(b"".join(map(encode, told)))


class Room(parts.Desk):
    """Reaper with our scripts installed, and a daemon."""

    def __init__(self, lua, version: str, folder: Path) -> None:
        super().__init__(lua, version, folder)
        self.scripts = folder / "Scripts/dawbridge"
        shutil.copytree(parts.SCRIPTS, self.scripts)
        shutil.copytree(parts.SCRIPTS.parent / "lua", self.scripts / "lua")
        self.daemon = Daemon(folder / "daw")
        told = f'return {{ folder = "{folder}/daw" }}'
        (self.scripts / "dawbridge_here.lua").write_text(told, encoding="utf-8")
        self.reaper.project.path = str(folder / "song.rpp")
        self.reaper.played["Main_OnCommand"] = self.command
        self.batches = 0

    def command(self, command: int, flag: int) -> None:
        (path,) = (p for p, number in self.reaper.commands.items() if number == command)
        self.reaper.start(self.lua, Path(path))

    def run(self, name: str) -> None:
        self.script = self.reaper.start(self.lua, self.scripts / name)

    def go(self, seconds: float) -> list[Message]:
        heard = []
        for tick in range(round(seconds * 30)):
            if tick % 15 == 0:
                self.daemon.beat()
            self.reaper.advance()
            heard += self.daemon.listen()
        return heard

    def connect(self) -> None:
        self.run("dawbridge.lua")
        heard = self.go(3)
        assert [each.verb for each in heard][:2] == ["hello", "ready"]
        self.daemon.say(message("welcome", protocol=1, version="1", daemon="abc"))
        self.go(0.5)

    def batch(self, *told: Message) -> list[Message]:
        self.batches += 1
        head = message("batch", batch=self.batches, count=len(told), title="dawbridge: test")
        self.daemon.say(head, *told)
        return self.go(0.5)


@pytest.fixture(params=PLAYED, ids=lambda played: played[1])
def room(request, tmp_path) -> Room:
    room = Room(*request.param, tmp_path)
    yield room
    assert room.reaper.mistakes == []


def put_rev(fact: Fact, rev: str = "1") -> Message:
    told = put(fact)
    return Message("put", {**told.values, "rev": rev})


def analysed(group: str) -> list[Fact]:
    tempo = [
        Fact("tempo-1", "tempo", "tempo", 10.2, group=group, bpm=97.5, num=4, den=4),
        Fact("tempo-2", "tempo", "tempo", 10.2 + 240 / 97.5, group=group, bpm=99.0),
        Fact("tempo-3", "tempo", "tempo", 10.2 + 240 / 97.5 + 240 / 99, 
             group=group, bpm=98.0, end=30.0),
    ]  # fmt: skip
    notes = tuple(Note(i * 0.6, 0.1, 36 + i % 2 * 2, 100) for i in range(20))
    return [
        *tempo,
        Fact("section-1", "region", "section", 10.2, "verse A", 20.0, group),
        Fact("chord-1", "text", "chord", 10.2, "Am", 12.0, group, track="Guitar chords"),
        Fact("drums-1", "notes", "drums", 10.0, "drums", 30.0, group,
             track="dawbridge drums", notes=notes),
    ]  # fmt: skip


def counts(room: Room) -> tuple[int, ...]:
    state = room.project.state
    return len(state.items), len(state.marks), len(state.tempos), len(state.tracks)


def test_an_analysed_item_is_one_undo_step_with_a_tempo_map_that_moves_nothing(room) -> None:
    guitar = room.item(room.track("Guitar"), 10.0, 20.0, C_BEATATTACHMODE=1.0)
    room.project.state.marks.append(Mark(room.reaper.guid(), False, 15.5, 15.5, "mine", 1))
    room.connect()
    before, steps = counts(room), len(room.project.steps)
    facts = analysed(f"item:{guitar.guid}")
    heard = room.batch(*map(put_rev, facts))
    (done,) = (each for each in heard if each.verb == "done")
    assert done.text("failed") == ""
    assert len(room.project.steps) == steps + 1
    assert (guitar.at, guitar.values["D_LENGTH"]) == (10.0, 20.0)
    assert guitar.values["C_BEATATTACHMODE"] == 1.0
    assert [m.at for m in room.project.state.marks if m.name == "mine"] == [15.5]
    drums = room.project.items_of(room.project.track("dawbridge drums"))[0]
    assert [t[0] for t in parts.times(room, drums)] == pytest.approx(
        [10.0 + n.at for n in facts[-1].notes], abs=0.001
    )
    assert room.reaper._bpm(room.project, 31.0) == pytest.approx(120)
    room.project.undo()
    assert counts(room) == before
    assert room.go(1.0) is not None


def test_the_same_batch_again_changes_nothing_and_adds_nothing(room) -> None:
    guitar = room.item(room.track("Guitar"), 10.0, 20.0)
    room.connect()
    facts = analysed(f"item:{guitar.guid}")
    room.batch(*map(put_rev, facts))
    once = counts(room), [(t.at, t.bpm) for t in room.project.state.tempos]
    steps = len(room.project.steps)
    room.batch(*map(put_rev, facts))
    assert (counts(room), [(t.at, t.bpm) for t in room.project.state.tempos]) == once
    assert len(room.project.steps) == steps
    room.batch(*(put_rev(fact, "2") for fact in facts))  # found anew, and the same
    assert counts(room) == once[0]
    assert [(round(t.at, 6), t.bpm) for t in room.project.state.tempos] == [
        (round(at, 6), bpm) for at, bpm in once[1]
    ]


def test_dropped_everything_is_as_it_was(room) -> None:
    room.project.state.tempos = [Tempo(0.0, 120, 4, 4), Tempo(12.0, 140)]
    guitar = room.item(room.track("Guitar"), 10.0, 20.0)
    room.connect()
    facts = analysed(f"item:{guitar.guid}")
    room.batch(*map(put_rev, facts))
    room.batch(*(message("drop", id=fact.id) for fact in facts))
    assert [(round(t.at, 6), t.bpm) for t in room.project.state.tempos] == [(0, 120), (12, 140)]
    assert room.project.state.items == [guitar]
    assert room.project.state.marks == []


def test_what_is_put_is_not_told_as_an_edit(room) -> None:
    guitar = room.item(room.track("Guitar"), 10.0, 20.0)
    room.connect()
    room.batch(*map(put_rev, analysed(f"item:{guitar.guid}")))
    heard = room.go(2.0)
    assert [each for each in heard if each.verb in ("edit", "gone")] == []


def test_a_chord_that_the_user_renames_and_drums_that_they_move_are_told(room) -> None:
    guitar = room.item(room.track("Guitar"), 10.0, 20.0)
    room.connect()
    room.batch(*map(put_rev, analysed(f"item:{guitar.guid}")))
    with room.project.user():
        (chord,) = room.project.items_of(room.project.track("Guitar chords"))
        chord.texts["P_NOTES"] = "Am7"
        (drums,) = room.project.items_of(room.project.track("dawbridge drums"))
        drums.values["D_POSITION"] = 11.0
    told = {each.text("id"): each for each in room.go(2.0) if each.verb == "edit"}
    assert told["chord-1"].text("name") == "Am7"
    assert told["drums-1"].number("at") == 11.0


def test_an_action_starts_the_script_asks_through_it_and_shows_the_answer(room) -> None:
    room.run("dawbridge_restore.lua")
    room.go(3)
    room.daemon.say(message("welcome", protocol=1, version="1", daemon="abc"))
    asked = [each for each in room.go(1.0) if each.verb == "ask"]
    assert [each.text("what") for each in asked] == ["restore"]
    room.daemon.say(message("result", job=asked[0].text("job"), ok=True, text="all is back"))
    room.go(0.5)
    words = [told[0] for name, told in room.reaper.drawn if name == "drawstr"]
    assert "all is back" in words
    room.go(4)
    assert not room.script.alive  # the action is over, the script that listens goes on
    assert [s.path.name for s in room.reaper.scripts] == ["dawbridge.lua"]


def test_a_split_that_is_asked_comes_back_and_is_done_in_one_step(room) -> None:
    item = room.item(room.track("Guitar"), 10.0, 20.0)
    room.connect()
    steps = len(room.project.steps)
    room.daemon.say(message("split", job="j", item=item.guid, at="15,21.5"))
    room.go(0.5)
    assert [i.at for i in room.project.items_of(room.project.state.tracks[0])] == [10, 15, 21.5]
    assert len(room.project.steps) == steps + 1
