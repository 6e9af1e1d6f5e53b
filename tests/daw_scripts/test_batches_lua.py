"""Batches are whole or torn, whatever gets lost on the way; lines as the protocol has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lupa import lua53, lua54

from bridge.daw.reconcile import held_of
from bridge.daw.wire import Lines, Message

SCRIPTS = Path(__file__).parents[2] / "daw_scripts/lua"
DEEDS = ("put", "drop", "forget")


class Batches:
    """batches.lua with a clock that the test moves."""

    def __init__(self, lua: Any) -> None:
        self.now = 0.0
        self._lua = lua.LuaRuntime(unpack_returned_tuples=True)
        wire = self._lua.execute((SCRIPTS / "wire.lua").read_text("utf-8"))
        made = self._lua.execute((SCRIPTS / "batches.lua").read_text("utf-8"))
        self._batches = made(wire, lambda: self.now)

    def hear(self, verb: str, **values: str) -> tuple[bool, list[str] | None]:
        """Whether it belongs to a batch; the ids of the one that is whole now."""
        told = self._lua.table_from({"verb": verb, "values": self._lua.table_from(values)})
        answer = self._batches.hear(told)
        taken, whole = answer if isinstance(answer, tuple) else (answer, None)
        return taken, whole and [each["values"]["id"] for each in whole["lines"].values()]

    def torn(self) -> bool:
        return self._batches.torn()

    @property
    def arriving(self) -> bool:
        return self._batches.arriving()


@pytest.fixture(params=[lua53, lua54], ids=["5.3", "5.4"])
def batches(request) -> Batches:
    return Batches(request.param)


def test_a_batch_is_whole_with_its_last_line(batches) -> None:
    assert batches.hear("batch", batch="1", count="3") == (True, None)
    assert batches.hear("put", id="a") == (True, None) and batches.arriving
    assert batches.hear("drop", id="b") == (True, None)
    assert batches.hear("forget", id="c") == (True, ["a", "b", "c"])
    assert not batches.arriving and not batches.torn()
    assert batches.hear("batch", batch="2", count="0") == (True, [])


@pytest.mark.parametrize("verb", ["state", "result", "batch", "what nobody knows"])
def test_any_other_verb_ends_half_a_batch_and_is_heard(batches, verb) -> None:
    batches.hear("batch", batch="1", count="3")
    batches.hear("put", id="a")
    taken, whole = batches.hear(verb, count="1")
    assert taken == (verb == "batch") and whole is None
    assert batches.torn() and not batches.torn(), "told once"
    batches.hear("batch", batch="2", count="1")
    assert batches.hear("put", id="b") == (True, ["b"])


def test_lines_that_nobody_announced_are_torn_once(batches) -> None:
    assert batches.hear("put", id="a") == (True, None) and batches.torn()
    assert batches.hear("put", id="b") == (True, None) and not batches.torn()
    batches.hear("state")
    assert batches.hear("put", id="c") == (True, None) and not batches.torn()


def test_what_does_not_come_is_not_waited_for(batches) -> None:
    batches.hear("batch", batch="1", count="2")
    batches.now = 9.0
    assert not batches.torn() and batches.arriving
    batches.now = 11.0
    assert batches.torn() and not batches.arriving


LUA = Batches(lua54)  # torn and whole are told by the same lines in every Lua


@settings(max_examples=100)
@given(st.lists(st.integers(0, 4), max_size=6), st.data())
def test_whatever_line_is_lost_the_other_batches_are_whole_and_it_is_seen(sizes, data) -> None:
    batches = LUA
    batches.hear("batch", batch="0", count="0")
    batches.torn()
    told = []
    for number, size in enumerate(sizes):
        told.append(("batch", {"batch": str(number), "count": str(size)}, number))
        told += [("put", {"id": f"{number} {each}"}, number) for each in range(size)]
    lost = data.draw(st.integers(0, len(told)))
    whole, torn = [], False
    for verb, values, _ in [*told[:lost], *told[lost + 1 :], ("state", {}, -1)]:
        ids = batches.hear(verb, **values)[1]
        if ids is not None:
            whole.append(ids)
        torn = batches.torn() or torn
    hit = told[lost][2] if lost < len(told) else -1
    assert whole == [
        [f"{number} {each}" for each in range(size)]
        for number, size in enumerate(sizes)
        if number != hit
    ]
    assert torn == (hit >= 0 and sizes[hit] > 0)


def test_lines_are_those_of_the_protocol() -> None:
    lua = lua54.LuaRuntime(encoding=None)
    wire = lua.execute((SCRIPTS / "wire.lua").read_bytes())
    lines = lua.execute((SCRIPTS / "lines.lua").read_bytes())(wire)

    def table(**values: Any) -> Any:
        told = {k.encode(): v.encode() if isinstance(v, str) else v for k, v in values.items()}
        return lua.table_from(told)

    def said(line: bytes) -> Message:
        (told,) = Lines().push(line)
        return told

    was, now = table(at=1.0, end_=2.5, name="riff"), table(at=1.25, end_=2.5, name="mine")
    have = said(lines[b"have"](b"a", b"r1", was, now))
    held = held_of(have)
    assert have.verb == "have" and not held.gone and held.rev == "r1"
    assert (held.at, held.end, held.name) == (1.25, 2.5, "mine")
    assert (held.was_at, held.was_end, held.was_name) == (1.0, 2.5, "riff")
    assert held_of(said(lines[b"have"](b"a", b"r1", was, None))).gone
    assert said(lines[b"edit"](b"a", was, now)).values == {
        "id": "a", "at": "1.25", "end": "2.5", "name": "mine",
        "was_at": "1", "was_end": "2.5", "was_name": "riff",
    }  # fmt: skip
    assert said(lines[b"edit"](b"a", was, None)) == Message("gone", {"id": "a"})
    script = table(daw="reaper", version="7", script="1.2", can="marker", roles="", during="play")
    project = lua.table_from({b"id": b"p", b"from": b"o", b"title": b"song"})
    assert said(lines[b"hello"](script, b"t", b"d", project)).values == {
        "protocol": "1", "daw": "reaper", "version": "7", "script": "1.2", "token": "t",
        "daemon": "d", "project": "p", "from": "o", "title": "song", "unit": "seconds",
        "can": "marker", "roles": "", "while": "play",
    }  # fmt: skip
    failed = lua.table_from([table(id="a", why="full"), table(id="", why="later")])
    assert said(lines[b"done"](b"3", failed)).values == {"batch": "3", "failed": "a", "why": "full"}
