"""The Lua codec says and reads what the Python codec does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lupa import lua53, lua54

from bridge.daw.wire import Lines, Message, decode, encode

ROOT = Path(__file__).parents[2]
EXAMPLES = json.loads((ROOT / "tests/daw/lines.json").read_text(encoding="utf-8"))
NAMES = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)
MESSAGES = st.builds(Message, NAMES, st.dictionaries(NAMES, st.text(max_size=30), max_size=5))


class Codec:
    """wire.lua, with bytes on this side."""

    def __init__(self, lua) -> None:
        self.lua = lua.LuaRuntime(encoding=None, unpack_returned_tuples=True)
        self.wire = self.lua.execute((ROOT / "daw_scripts/lua/wire.lua").read_bytes())

    def encode(self, told: Message) -> bytes:
        flat = [part.encode("utf-8", "replace") for pair in told.values.items() for part in pair]
        return self.wire[b"encode"](told.verb.encode(), *flat)

    def decode(self, line: bytes) -> Message | None:
        told = self.wire[b"decode"](line)
        return None if told is None else _message(*told)

    def lines(self, *longest):
        return self.wire[b"lines"](*longest)


def _message(verb: bytes, values) -> Message:
    return Message(verb.decode(), {k.decode(): v.decode() for k, v in values.items()})


CODECS = {"5.3": Codec(lua53), "5.4": Codec(lua54)}


@pytest.fixture(params=CODECS)
def codec(request) -> Codec:
    return CODECS[request.param]


@pytest.mark.parametrize("example", EXAMPLES["whole"], ids=lambda example: example["verb"])
def test_the_examples_are_read_and_written(codec, example) -> None:
    told = Message(example["verb"], example["values"])
    assert codec.decode(example["line"].encode()) == told
    assert codec.encode(told) == example["line"].encode() + b"\n"


@pytest.mark.parametrize("line", EXAMPLES["torn"])
def test_a_torn_line_is_no_message(codec, line) -> None:
    assert codec.decode(line.encode()) is None


@pytest.mark.parametrize("name", CODECS)
@given(told=MESSAGES)
@settings(deadline=None)
def test_both_codecs_say_the_same(name, told) -> None:
    codec = CODECS[name]
    assert codec.encode(told) == encode(told)
    assert codec.decode(encode(told)[:-1]) == decode(encode(told)[:-1])


@pytest.mark.parametrize("name", CODECS)
@given(line=st.binary(max_size=40))
@settings(deadline=None)
def test_what_is_no_line_of_ours_is_none_for_both(name, line) -> None:
    body = line.replace(b"\n", b"")
    whole = body + b"\t#%d" % len(body)
    told = decode(whole)
    if told is not None:  # bytes that are no UTF-8 are refused by Python alone
        assert CODECS[name].decode(whole) == told
    assert decode(body) is not None or CODECS[name].decode(body) is None


@pytest.mark.parametrize("name", CODECS)
@given(noise=st.binary(max_size=40))
@settings(deadline=None)
def test_any_bytes_become_a_line_that_python_reads(name, noise) -> None:
    line = CODECS[name].wire[b"encode"](b"have", b"name", noise)
    told = decode(line[:-1])
    assert told is not None
    try:
        assert told.text("name") == noise.decode()
    except UnicodeDecodeError:
        assert "?" in told.text("name")


@given(told=st.lists(MESSAGES, max_size=5), data=st.data())
@settings(deadline=None)
def test_messages_come_whole_however_the_bytes_are_cut(told, data) -> None:
    sent = b"".join(map(encode, told))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=6)))
    lines = CODECS["5.4"].lines()
    heard = []
    for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True):
        heard += [
            _message(each[b"verb"], each[b"values"])
            for each in lines[b"push"](sent[start:end]).values()
        ]
    assert heard == told
    assert lines[b"torn"] == 0


def test_a_line_that_never_ends_takes_no_memory_and_harms_no_other(codec) -> None:
    lines = codec.lines(100)
    for _ in range(50):
        lines[b"push"](b"x" * 90)
    heard = lines[b"push"](b"y\n" + encode(Message("beat")))
    assert [each[b"verb"] for each in heard.values()] == [b"beat"]
    assert lines[b"torn"] == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2.5", b"2.5"),
        ("2", b"2"),
        ("2.0", b"2"),
        ("-0.0", b"0"),
        ("1e-9", b"0.000000001"),
        ("100", b"100"),
        ("100.0", b"100"),
        ("true", b"1"),
        ("false", b"0"),
        ("12345678.123456789", b"12345678.123456789"),
    ],
)
def test_numbers_are_decimal(codec, value, text) -> None:
    line = codec.lua.eval(b"function(w) return w.encode('v', 'x', " + value.encode() + b") end")
    assert decode(line(codec.wire)[:-1]).text("x").encode() == text


@pytest.mark.parametrize("value", ["0/0", "1/0", "-1/0", "nil", "{}"])
def test_what_is_no_number_is_left_out(codec, value) -> None:
    say = codec.lua.eval(
        b"function(w) return w.encode('v', 'x', " + value.encode() + b", 'y', 1) end"
    )
    assert Lines().push(say(codec.wire)) == [Message("v", {"y": "1"})]


def test_numbers_are_read_as_python_reads_them(codec) -> None:
    number = codec.wire[b"number"]
    assert number(b"1.5") == 1.5
    assert number(b"x") is None
    assert number(b"nan") is None
    assert number(b"1e999") is None
    assert number(None) is None


def test_the_codec_uses_nothing_that_ardour_lacks(codec) -> None:
    """Ardour inlines it: no require, no debug, no io, no setmetatable."""
    names = "string table math tonumber tostring pairs ipairs pcall select type error"
    bare = codec.lua.eval(
        b"function(text, names) local env = {} for name in names:gmatch('%a+') do "
        b"env[name] = _G[name] end return load(text, 'wire', 't', env)() end"
    )
    text = (ROOT / "daw_scripts/lua/wire.lua").read_bytes()
    wire = bare(text, names.encode())
    verb, _ = wire[b"decode"](wire[b"encode"](b"beat")[:-1])
    assert verb == b"beat"
    assert list(wire[b"lines"]()[b"push"](b"beat\t#4\n").values())
