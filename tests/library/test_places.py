"""Paths as the database has them: every name comes back, and the library's own move with it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.library.places import is_own, path_of, readable, stored

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
