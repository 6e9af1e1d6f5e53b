"""Whatever happens in whatever order: nothing is doubled, lost, thrown, or done for ever."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lupa import lua53, lua54

from tests.daw_scripts.reaper_world import World, marker, region, replace

IDS = st.integers(0, 4)
WHAT = st.sampled_from(
    ["put", "change", "drop", "move", "rename", "delete", "undo", "redo", "script", "daemon",
     "tab", "busy", "torn", "wait", "save", "restore", "remove", "silent"]
)  # fmt: skip
STEPS = st.lists(st.tuples(WHAT, IDS), min_size=3, max_size=14)


def fact(number: int, state: int):
    name = f"{number}:{state}"
    at = number * 2.0 + state * 0.01
    made = region(name, at, at + 1.5) if number % 2 else marker(name, at)
    return replace(made, id=f"fact-{number}")


class Play:
    """One world in which things happen."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.daemon = world.connected()
        self.states: dict[int, int] = {}
        self.tokens = 1

    def marks_of(self, number: int):
        marks = self.world.reaper.project.state.marks
        return [mark for mark in marks if mark.name.split(":")[0] in (f"{number}", f"u{number}")]

    def play(self, what: str, number: int) -> None:
        world, project = self.world, self.world.reaper.project
        ready = self.daemon.talks and self.daemon.talk.ready
        if what in ("put", "change") and ready:
            self.states[number] = self.states.get(number, 0) + 1
            self.daemon.put(fact(number, self.states[number]))
        elif what == "drop" and ready:
            self.daemon.journal.drop(f"fact-{number}")
        elif what == "restore" and ready:
            self.daemon.link.send(self.daemon.talk.restore())
        elif what == "remove" and ready:
            self.daemon.link.send(self.daemon.talk.remove(None))
        elif what in ("move", "rename", "delete"):
            for mark in self.marks_of(number):
                with project.user() as state:
                    if what == "move":
                        mark.at += 0.3
                        mark.end += 0.3
                    elif what == "rename":
                        mark.name = f"u{number}:{mark.name}"
                    else:
                        state.marks.remove(mark)
        elif what == "undo":
            project.undo()
        elif what == "redo":
            project.redo()
        elif what == "script":
            for script in world.reaper.scripts:
                script.end()
            world.run(1.5)
            world.listen()
        elif what == "daemon":
            self.daemon.close()
            self.tokens += 1
            self.daemon = world.start_daemon(f"d{self.tokens:015x}")
        elif what == "tab":
            if len(world.reaper.projects) == 1:
                world.reaper.open_project("/songs/other.rpp")
            else:
                world.reaper.front = 1 - world.reaper.front
        elif what == "busy":
            world.reaper.advance(7, busy=True)
        elif what == "torn":
            for folder in world.root.glob("reaper-*"):
                for each in folder.glob("down.*"):
                    with each.open("ab") as file:
                        file.write(b"put\tid=fact-1\tkind=mar\n")
        elif what == "save":
            project.path = (
                f"/songs/{number}.rpp" if project.path != "/songs/other.rpp" else (project.path)
            )
        elif what == "silent":
            self.daemon.beating = False
            world.run(6)
            self.daemon.beating = True
        world.run([0.07, 0.5, 1.0, 2.0, 4.0][number])


@pytest.mark.parametrize(
    ("lua", "version"),
    [(lua53, "6.71"), (lua54, "7.20"), (lua54, "7.78")],
    ids=["6.71", "7.20", "7.78"],
)
@given(steps=STEPS)
@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_whatever_happens_nothing_is_doubled_and_it_comes_to_rest(lua, version, steps) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), lua, version)
        play = Play(world)
        for what, number in steps:
            play.play(what, number)
            for each in range(5):
                assert len(play.marks_of(each)) <= 1, (what, number)
        world.run(8)
        assert play.daemon.talk.ready
        undo, marks = list(world.undo), list(world.marks)
        world.run(4)
        assert (world.undo, world.marks) == (undo, marks)
        project = world.reaper.project
        facts = project.state.ext.get("dawbridge", {})
        handles = [
            each.split("handle=")[1].split("&")[0] for each in facts.values() if "handle=" in each
        ]
        assert len(handles) == len(set(handles))
        for id in play.daemon.journal.facts:  # what nobody touched is there
            held = play.daemon.talk.held.get(id)
            assert held is not None, id
            assert held.gone or play.marks_of(int(id.split("-")[1])), id
        assert world.reaper.mistakes == []
        assert world.reaper.boxes == []
        play.daemon.close()
