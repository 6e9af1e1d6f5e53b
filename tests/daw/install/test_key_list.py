"""Our scripts in reaper-kb.ini."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from bridge.daw.install.key_list import action_id, registered, with_actions, without_actions

NAMES = ["dawbridge_tap.lua", "dawbridge_settings.lua"]
PIECES = st.sampled_from(
    [
        b"\n", b"\r\n", b'SCR 4 0 RSabc "Custom: mine.lua" mine.lua', b"KEY 1 65 _RSabc 0",
        b'ACT 0 0 "d0" "my action" 40001 dawbridge', "é".encode("latin-1"), "ä".encode(),
        b"\xef\xbb\xbf", b'SCR 4 0 RSd "Custom: dawbridge.lua" other/dawbridge.lua', b'"', b" ",
    ]
)  # fmt: skip
LISTS = (st.lists(PIECES, max_size=12).map(b"".join) | st.binary(max_size=60)).filter(
    lambda listed: not registered(listed)  # nothing of ours is in it
)


@given(LISTS)
def test_in_and_out_leaves_every_byte(listed: bytes) -> None:
    assert without_actions(with_actions(listed, NAMES)) == listed


@given(LISTS)
def test_twice_is_as_once(listed: bytes) -> None:
    once = with_actions(listed, NAMES)
    assert with_actions(once, NAMES) == once
    assert registered(once) == set(NAMES)


def test_a_line_is_as_reaper_writes_it() -> None:
    (line,) = with_actions(b"", ["dawbridge_tap.lua"]).splitlines()
    assert re.fullmatch(
        rb'SCR 4 0 RS[0-9a-f]{40} "Custom: dawbridge_tap\.lua" dawbridge/dawbridge_tap\.lua', line
    )
    assert action_id("dawbridge_tap.lua") == action_id("dawbridge_tap.lua")
    assert action_id("dawbridge_tap.lua") != action_id("dawbridge_double.lua")


def test_what_reaper_registered_itself_is_known_and_goes_too() -> None:
    listed = (
        b'SCR 4 0 RS0123 "Custom: dawbridge_tap.lua" dawbridge/dawbridge_tap.lua\r\n'
        b"KEY 1 65 _RS0123 0\r\n"
        b'SCR 4 0 RS4567 "Custom: dawbridge_old.lua" "dawbridge\\dawbridge_old.lua"\r\n'
    )
    assert with_actions(listed, ["dawbridge_tap.lua"]) == listed
    assert without_actions(listed, but=["dawbridge_tap.lua"]) == b"".join(
        listed.splitlines(keepends=True)[:2]
    )
    assert without_actions(listed) == b"KEY 1 65 _RS0123 0\r\n"


def test_line_ends_are_those_of_the_file_and_a_mark_stays_in_front() -> None:
    listed = with_actions(b"\xef\xbb\xbfKEY 1 65 40001 0\r\n", NAMES)
    assert listed.startswith(b"\xef\xbb\xbfSCR 4 0 ")
    assert listed.replace(b"\r\n", b"").count(b"\n") == 0
