"""Our block in __startup.lua."""

from __future__ import annotations

import lupa.lua53
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.daw.install.startup import BEGIN, CALL, END, with_block, without_block

PIECES = st.sampled_from(
    [
        b"\n", b"\r\n", b"\r", b"-- mine", b'dofile("x.lua")', b"return 1", "é".encode("latin-1"),
        "ä".encode(), b"\xef\xbb\xbf", b"#!lua", END, b"-- dawbridge", b"", b"\t ", b"\0",
    ]
)  # fmt: skip
SCRIPTS = (st.lists(PIECES, max_size=12).map(b"".join) | st.binary(max_size=60)).filter(
    lambda script: without_block(script) == script  # nothing of ours is in it
)


@given(SCRIPTS)
def test_in_and_out_leaves_every_byte(script: bytes) -> None:
    assert without_block(with_block(script)) == script


@given(SCRIPTS)
def test_twice_is_as_once(script: bytes) -> None:
    once = with_block(script)
    assert with_block(once) == once
    assert once.count(b"dawbridge_startup.lua") == script.count(b"dawbridge_startup.lua") + 1


@given(SCRIPTS, SCRIPTS)
def test_what_the_user_adds_later_stays(before: bytes, after: bytes) -> None:
    script = with_block(before) + b"\n" + after
    assert without_block(script) == before + b"\n" + after


@pytest.mark.parametrize(
    "script",
    [
        b"",
        b"mine = 1\n",
        b"mine = 1\nreturn 5",
        b"\xef\xbb\xbfmine = 1\r\n",
        b"#!lua\nmine = 1\n",
        b"#!lua",
    ],
)
def test_reaper_runs_both_the_users_lines_and_ours(script: bytes, tmp_path) -> None:
    lua = lupa.lua53.LuaRuntime(encoding=None)
    lua.execute(
        b"reaper = { GetResourcePath = function() return '/r' end }\n"
        b"dofile = function(path) started = path; error('broken') end"
    )
    path = tmp_path / "__startup.lua"
    path.write_bytes(with_block(script))
    load = lua.eval(b"function(path) return loadfile(path) end")
    chunk = load(str(path).encode())
    assert not isinstance(chunk, tuple), chunk
    chunk()
    assert lua.globals()[b"started"] == b"/r/Scripts/dawbridge/dawbridge_startup.lua"
    assert (lua.globals()[b"mine"] == 1) == (b"mine" in script)


def test_a_block_that_was_moved_stays_where_it_stands() -> None:
    moved = b"a()\n" + with_block(b"") + b"b()\n"
    assert with_block(moved) == moved
    assert without_block(moved) == b"a()\nb()\n"


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("place", [1, 2])
def test_a_line_that_the_user_wrote_into_our_block_stays(end: bytes, place: int) -> None:
    lines = with_block(b"a()" + end).splitlines(keepends=True)
    lines.insert(place, b"mine()" + end)
    script = b"".join(lines)
    assert without_block(script) == b"mine()" + end + b"a()" + end
    again = with_block(script)
    assert again.count(b"mine()") == 1
    assert with_block(again) == again
    assert without_block(again) == without_block(script)


@pytest.mark.parametrize(
    "mine",
    [
        b"-- >>> dawbridge (my own note)\nmine()\n-- <<< dawbridge\n",
        b'pcall(dofile, "/home/me/dawbridge_startup.lua")\n',
        b"-- >>> dawbridge 2\n-- <<< dawbridge (mine)\n",
        b"  " + CALL + b"\n",
    ],
)
def test_what_only_looks_like_ours_is_the_users(mine: bytes) -> None:
    assert without_block(mine) == mine
    script = with_block(mine)
    assert script == with_block(b"") + mine
    assert without_block(script) == mine
    assert without_block(mine + with_block(b"") + mine) == mine + mine


@pytest.mark.parametrize(
    ("script", "with_ours"),
    [
        (b"#!/usr/bin/lua\rprint(1)", b"#!/usr/bin/lua\r%s\n%s\n%s\nprint(1)"),
        (b"#!/usr/bin/lua", b"#!/usr/bin/lua\n%s\n%s\n%s"),
        (b"\xef\xbb\xbf#!lua", b"\xef\xbb\xbf#!lua\n%s\n%s\n%s"),
        (b"#!lua\r\nprint(1)\r\n", b"#!lua\r\n%s\r\n%s\r\n%s\r\nprint(1)\r\n"),
    ],
)
def test_the_line_for_shells_stays_the_first(script: bytes, with_ours: bytes) -> None:
    ours = with_ours % (BEGIN, CALL, END)
    assert with_block(script) == ours
    assert with_block(ours) == ours
    assert without_block(ours) == script


def test_line_ends_are_those_of_the_file() -> None:
    assert with_block(b"a()\r\nb()\r\n").replace(b"\r\n", b"").count(b"\n") == 0


def test_a_block_whose_end_was_lost_takes_nothing_of_the_users_with_it() -> None:
    torn = with_block(b"").replace(b"-- <<< dawbridge\n", b"") + b"mine()\n"
    assert without_block(torn) == b"mine()\n"
