"""Paths as the database has them: every name comes back, and the library's own move with it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.library.places import clean_name, is_own, path_of, readable, stored

FOLDER = Path("/music/library")
BYTES = st.binary(min_size=1, max_size=12).filter(
    lambda name: not {0, ord("/")} & set(name) and name not in (b".", b"..")
)
POSIX = pytest.mark.skipif(os.name != "posix", reason="names are text on Windows")


@POSIX
@given(st.lists(BYTES, min_size=1, max_size=4), st.booleans())
def test_every_path_comes_back_and_is_text(names: list[bytes], own: bool) -> None:
    root = FOLDER / "uploads" if own else Path("/")
    path = root.joinpath(*map(os.fsdecode, names))
    text = stored(path, FOLDER)
    text.encode()
    assert path_of(text, FOLDER) == path
    assert is_own(text) == own


@POSIX
def test_an_ordinary_path_is_stored_as_it_is() -> None:
    assert stored(Path("/home/söng 100%.wav"), FOLDER) == "/home/söng 100%.wav"
    assert stored(FOLDER / "fetched" / "a.wav", FOLDER) == "fetched/a.wav"
    assert stored(FOLDER / "mine.wav", FOLDER) == "/music/library/mine.wav"


def test_a_name_shows_what_is_no_text() -> None:
    assert readable(os.fsdecode(b"so\xffng")) == "so\N{REPLACEMENT CHARACTER}ng"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("gnos\u202evaw.exe", "gnosvaw.exe"),
        ("\u2066a\u2069\u200e \u2067b", "a b"),
        ("\x1b[31mred\x9b0m", "[31mred0m"),
        ("two\r\nlines\tand\u2028more", "two lines and more"),
        ("  S\u00f6ng  no. 5 \x7f", "S\u00f6ng  no. 5"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("so\udcffng", "so\N{REPLACEMENT CHARACTER}ng"),
        ("\u202e\x00", ""),
    ],
)
def test_no_sign_of_a_name_steers_a_terminal_or_a_page(said: str, kept: str) -> None:
    assert clean_name(said) == kept


@given(st.text())
def test_a_clean_name_is_text_and_stays_as_it_is(name: str) -> None:
    cleaned = clean_name(name)
    cleaned.encode()
    assert clean_name(cleaned) == cleaned
