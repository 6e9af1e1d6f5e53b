"""The finder with real processes that stand for the one that looks: one that answers, one that
dies, one that is not there."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.clocks import SECOND
from bridge.daw.riffs.finder import AGAIN, EVERY, FIRST, IDLE, PATIENCE, Question, RiffFinder
from bridge.daw.riffs.recurrence import Found

# Answers each question with the stretch it was asked about; the first line says what to hear.
ANSWERS = """
import json, sys
heard = json.loads(sys.stdin.readline())
for line in sys.stdin:
    asked = json.loads(line)["find"]
    print("no json", flush=True)
    print(json.dumps({"found": asked | {"riffs": []}, "seconds": 0.0}), flush=True)
"""
HEARS_NOTHING = ANSWERS.replace('asked | {"riffs": []}', "None")
DIES = "import sys; sys.stdin.readline()"
FILE = Path("song.wav")


class Run:
    """A finder and a clock that is turned by hand; answers are waited for."""

    def __init__(self, program: str) -> None:
        self.finder = RiffFinder(FILE, command=(sys.executable, "-c", program))
        self.now = 100.0
        self.found: list[tuple[str, Found]] = []

    def question(self, of: str, end: float = 60.0) -> Question:
        return Question(of, 0.0, end, lambda found: self.found.append((of, found)))

    def pass_by(self, seconds: float, *questions: Question) -> None:
        for _ in range(round(seconds)):
            self.now += 1.0
            self.finder.step(round(self.now * SECOND))
            self.finder.look(questions)

    def wait_for_answer(self) -> None:
        child = self.finder._child
        assert child is not None
        child.answers.put(child.answers.get(timeout=20.0))


@pytest.fixture
def run() -> Iterator[Run]:
    run = Run(ANSWERS)
    yield run
    run.finder.close()


def test_an_answer_reaches_who_asked(run: Run) -> None:
    run.pass_by(2, run.question("song"))
    run.wait_for_answer()
    run.pass_by(1, run.question("song"))
    assert run.found == [("song", Found(0.0, 60.0, ()))]


def test_each_project_has_its_turn(run: Run) -> None:
    both = run.question("song"), run.question("jam")
    for _ in range(4):
        run.pass_by(EVERY + 1, *both)
        run.wait_for_answer()
    run.pass_by(1, *both)
    assert [of for of, _ in run.found] == ["song", "jam", "song", "jam"]


def test_nothing_is_asked_about_a_moment(run: Run) -> None:
    run.pass_by(10, run.question("song", end=FIRST - 1))
    assert run.finder._child is not None and run.finder._child.asked is None


def test_nothing_heard_is_no_answer() -> None:
    run = Run(HEARS_NOTHING)
    for _ in range(2):
        run.pass_by(EVERY + 1, run.question("song"))
        run.wait_for_answer()
    run.pass_by(1, run.question("song"))
    assert run.found == []
    run.finder.close()


def test_what_goes_wrong_in_a_project_is_not_the_end(run: Run) -> None:
    def breaks(_: Found) -> None:
        raise OSError("no space left")

    broken = Question("broken", 0.0, 60.0, breaks)
    run.pass_by(2, broken)
    run.wait_for_answer()
    run.pass_by(EVERY + 1, run.question("song"))
    run.wait_for_answer()
    run.pass_by(1, run.question("song"))
    assert [of for of, _ in run.found] == ["song"]


def test_the_process_ends_when_nothing_rolls(run: Run) -> None:
    run.pass_by(1, run.question("song"))
    child = run.finder._child
    assert child is not None
    run.pass_by(IDLE + 1)
    assert run.finder._child is None
    assert child.process.wait(20.0) != 0


def test_one_that_dies_is_not_started_again_at_once() -> None:
    run = Run(DIES)
    run.pass_by(1, run.question("song"))
    first = run.finder._child
    assert first is not None
    run.wait_for_answer()
    run.pass_by(AGAIN / 2, run.question("song"))
    assert run.finder._child is None
    run.pass_by(AGAIN, run.question("song"))
    again = run.finder._child
    assert again is not None and again is not first
    run.finder.close()


def test_one_that_hangs_is_ended() -> None:
    run = Run("import time; time.sleep(1000)")
    run.pass_by(5, run.question("song"))
    hung = run.finder._child
    assert hung is not None
    run.pass_by(PATIENCE + 1, run.question("song"))
    assert hung.process.wait(20.0) != 0
    run.pass_by(AGAIN, run.question("song"))
    assert run.finder._child is not None and run.finder._child is not hung
    run.finder.close()


def test_a_program_that_is_not_there_harms_nobody() -> None:
    finder = RiffFinder(FILE, command=("/no/such/program",))
    finder.step(100 * SECOND)
    finder.look([Question("song", 0.0, 60.0, print)])
    finder.step(101 * SECOND)
    finder.close()


def test_without_sound_nothing_is_started() -> None:
    finder = RiffFinder(None)
    finder.step(100 * SECOND)
    finder.look([Question("song", 0.0, 60.0, print)])
    assert finder._child is None
