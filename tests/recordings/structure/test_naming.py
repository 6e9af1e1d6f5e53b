"""Names of sections from their order, length and loudness."""

from __future__ import annotations

import numpy as np

from bridge.recordings.structure.naming import name_sections


def names_of(
    families: str, seconds: list[float] | None = None, level: list[float] | None = None
) -> list[str | None]:
    count = len(families)
    return list(
        name_sections(
            tuple(families),
            np.array(seconds or [16.0] * count),
            np.array(level or [-20.0] * count),
        )
    )


def test_verse_and_chorus_take_turns() -> None:
    assert names_of("ABAB") == ["verse", "chorus", "verse", "chorus"]


def test_new_music_between_the_choruses_is_the_bridge() -> None:
    assert names_of("ABABCB")[4] == "bridge"


def test_a_short_beginning_is_the_intro_and_its_music_at_the_end_the_outro() -> None:
    names = names_of("AABABA", seconds=[8.0, 16.0, 16.0, 16.0, 16.0, 8.0])
    assert names == ["intro", "verse", "chorus", "verse", "chorus", "outro"]


def test_a_soft_beginning_is_an_intro() -> None:
    assert names_of("AABAB", level=[-30.0, -20.0, -20.0, -20.0, -20.0])[0] == "intro"


def test_what_falls_far_below_its_neighbours_is_a_break() -> None:
    level = [-20.0, -20.0, -20.0, -27.0, -20.0, -20.0]
    assert names_of("ABACAB", level=level)[3] == "break"


def test_music_that_takes_no_turns_has_no_verse_and_no_chorus() -> None:
    assert names_of("AABA") == [None] * 4
    assert names_of("AAABBB") == [None] * 6
    assert names_of("AAA") == [None] * 3


def test_a_verse_that_is_much_louder_than_the_chorus_is_left_unnamed() -> None:
    assert names_of("ABAB", level=[-15.0, -25.0, -15.0, -25.0])[0] is None


def test_one_or_two_sections_have_no_names() -> None:
    assert names_of("A") == [None]
    assert names_of("AB") == [None, None]


def test_two_parts_that_come_back_among_much_else_are_no_verse_and_chorus() -> None:
    assert names_of("ABABCDEFGHIJKL")[:4] == [None] * 4
