"""Our block in __startup.lua."""

from __future__ import annotations

import lupa.lua53
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.daw.install.startup import with_block, without_block

PIECES = st.sampled_from(
    [
        b"\n", b"\r\n", b"\r", b"-- mine", b'dofile("x.lua")', b"return 1", "é".encode("latin-1"),
        "ä".encode(), b"\xef\xbb\xbf", b"#!lua", b"-- dawbridge", b"", b"\t ", b"\0",
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
    [b"", b"mine = 1\n", b"mine = 1\nreturn 5", b"\xef\xbb\xbfmine = 1\r\n", b"#!lua\nmine = 1\n"],
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


def test_an_older_block_is_replaced_where_it_stands() -> None:
    old = b"a()\n-- >>> dawbridge 0.1\nold()\n-- <<< dawbridge\nb()\n"
    new = with_block(old)
    assert new.startswith(b"a()\n-- >>> dawbridge")
    assert new.endswith(b"-- <<< dawbridge\nb()\n")
    assert b"old()" not in new
    assert without_block(new) == b"a()\nb()\n"


def test_line_ends_are_those_of_the_file() -> None:
    assert with_block(b"a()\r\nb()\r\n").replace(b"\r\n", b"").count(b"\n") == 0


def test_a_block_whose_end_was_lost_takes_nothing_of_the_users_with_it() -> None:
    torn = with_block(b"").replace(b"-- <<< dawbridge\n", b"") + b"mine()\n"
    assert without_block(torn) == b"mine()\n"
