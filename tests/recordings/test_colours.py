"""How facts look."""

from __future__ import annotations

import re

import pytest

from bridge.recordings.colours import COLOURS, SECTION, colour_of


@pytest.mark.parametrize("name", ["chorus", "Chorus", "chorus-like", "chorus B"])
def test_a_section_looks_like_its_name(name: str) -> None:
    assert colour_of("section", name) == COLOURS["chorus"]


def test_a_section_without_a_name_looks_like_a_section() -> None:
    assert colour_of("section") == colour_of("section", "A") == SECTION


def test_what_has_no_colour_is_left_to_the_daw() -> None:
    assert colour_of("loop") == ""


def test_every_colour_can_be_read_by_every_format() -> None:
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in [*COLOURS.values(), SECTION])
