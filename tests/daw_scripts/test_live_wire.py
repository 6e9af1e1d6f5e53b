"""The codec inside Live says and reads what the daemon's does; and it is Python 3.7."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import vermin
from hypothesis import given
from hypothesis import strategies as st

from bridge.daw.facts import Fact, Note, put
from bridge.daw.wire import Lines, Message, decode, encode
from tests.daw_scripts.live.play import SCRIPT, package

ROOT = Path(__file__).parents[2]
EXAMPLES = json.loads((ROOT / "tests/daw/lines.json").read_text(encoding="utf-8"))
NAMES = st.from_regex(r"[a-z_]{1,8}", fullmatch=True).filter(lambda name: name != "verb")
MESSAGES = st.builds(Message, NAMES, st.dictionaries(NAMES, st.text(max_size=30), max_size=5))
FILES = sorted((SCRIPT / "dawbridge").glob("*.py"))
STAND_IN = sorted(Path(__file__).with_name("live").glob("*.py"))
wire = package().wire


def as_told(message: Message) -> tuple[str, dict[str, str]]:
    return message.verb, dict(message.values)


@pytest.mark.parametrize("example", EXAMPLES["whole"], ids=lambda example: example["verb"])
def test_the_examples_are_read_and_written(example: dict) -> None:
    line = example["line"].encode()
    assert wire.decode(line) == (example["verb"], example["values"])
    assert wire.encode(example["verb"], **example["values"]) == line + b"\n"


@pytest.mark.parametrize("line", EXAMPLES["torn"])
def test_a_torn_line_is_no_message(line: str) -> None:
    assert wire.decode(line.encode()) is None


@given(MESSAGES)
def test_both_codecs_say_the_same(told: Message) -> None:
    line = wire.encode(told.verb, **told.values)
    assert line == encode(told)
    assert wire.decode(line[:-1]) == as_told(decode(line[:-1]))


@given(st.binary(max_size=60))
def test_both_codecs_make_the_same_of_anything(body: bytes) -> None:
    line = body + b"\t#%d" % len(body)
    ours = decode(line)
    assert wire.decode(line) == (None if ours is None else as_told(ours))


@given(st.lists(st.one_of(MESSAGES.map(encode), st.binary(max_size=20)), max_size=5), st.data())
def test_pieces_come_together_as_they_do_over_there(sent: list[bytes], data) -> None:
    stream = b"".join(sent)
    cut = data.draw(st.integers(0, len(stream)))
    here, there = wire.Lines(), Lines()
    heard = [each for piece in (stream[:cut], stream[cut:]) for each in here.push(piece)]
    over = [each for piece in (stream[:cut], stream[cut:]) for each in there.push(piece)]
    assert heard == [as_told(each) for each in over]


def test_a_line_that_never_ends_takes_no_memory() -> None:
    lines = wire.Lines(longest=100)
    for _ in range(10):
        assert lines.push(b"x" * 90) == []
    assert lines.push(b"\n" + wire.encode("beat")) == [("beat", {})]


def test_a_fact_is_understood_as_it_is_meant() -> None:
    from dawbridge import facts

    fact = Fact(
        "d-1", "notes", "drums", 1.5, "drums", 5.0, "item:arranged-1", "#4f8fd0", "dawbridge drums",
        notes=(Note(0.25, 0.1, 36, 100), Note(1.0, 0.1, 38, 90)),
    )  # fmt: skip
    told = facts.fact_of(dict(put(fact).values))
    assert (told.at, told.end, told.name, told.group) == (1.5, 5.0, "drums", "item:arranged-1")
    assert [tuple(note) for note in told.notes] == [(0.25, 0.1, 36, 100), (1.0, 0.1, 38, 90)]
    assert facts.colour_of(told) == 0x4F8FD0
    assert facts.lane_of(told) == "dawbridge drums"


@pytest.mark.parametrize("path", FILES + STAND_IN, ids=lambda path: path.name)
def test_it_is_written_in_python_3_7(path: Path) -> None:
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 7))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_is_used_that_came_after_python_3_7(path: Path) -> None:
    _, oldest = vermin.detect(path.read_text(encoding="utf-8"))
    assert oldest is None or oldest <= (3, 7)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_thread_no_print_no_wait_and_no_package(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    allowed = {
        "binascii", "collections", "contextlib", "errno", "json", "os", "pathlib", "socket",
        "subprocess", "sys", "time", "traceback", "zlib", "Live",
    }  # fmt: skip
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            assert {alias.name for alias in node.names} <= allowed
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            assert node.module in allowed
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("print", "input", "open", "exec", "eval")
    assert not re.search(r"\bsleep\(|setblocking\((True|1)\)|\.wait\(|\.communicate\(", text)


OLD = Path.home() / ".pyenv" / "versions"


def other_python() -> str:
    """One of 3.7 where the machine has it, on the path or kept by pyenv; else this one, without the
    tests around.
    """
    kept = sorted(OLD.glob("3.7.*/bin/python3.7")) if OLD.is_dir() else []
    old = [str(path) for path in kept] or [shutil.which("python3.7") or ""]
    works = [
        p for p in old if p and subprocess.run([p, "-c", ""], capture_output=True).returncode == 0
    ]
    return works[0] if works else sys.executable


def test_the_round_of_everything_runs_in_another_process() -> None:
    done = subprocess.run(
        [other_python(), "-B", "-m", "tests.daw_scripts.live.round"],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
        env={"PATH": os.environ["PATH"], "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("once") == 8
