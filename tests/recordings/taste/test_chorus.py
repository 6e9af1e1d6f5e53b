from __future__ import annotations

import numpy as np

from bridge.recordings.facts import Riff, Section, Span
from bridge.recordings.findings import Findings, Rows
from bridge.recordings.taste.chorus import find_chorus


def form(letters: str, levels: list[float]) -> tuple[tuple[Section, ...], Findings]:
    """Sections of ten seconds, each as loud as said."""
    sections = tuple(
        Section(10.0 * index, 10.0 * index + 10.0, letter, None, 1.0)
        for index, letter in enumerate(letters)
    )
    rows = Rows(np.repeat(levels, 1000)[:, None].astype(np.float32), 0.0, 0.01)
    nothing = np.zeros((0, 4))
    heard = Findings(10.0 * len(letters), {"level": rows}, nothing, nothing, nothing)
    return sections, heard


def test_the_chorus_comes_back_and_is_loud() -> None:
    sections, heard = form("ABABCB", [-12.0, -8.0, -12.0, -8.5, -3.0, -8.0])
    chorus = find_chorus(sections, (), heard)
    assert chorus is not None
    assert chorus.label == "B"


def test_of_equal_music_the_chorus_comes_more_often_and_later() -> None:
    sections, heard = form("ABABB", [-8.0] * 5)
    chorus = find_chorus(sections, (), heard)
    assert chorus is not None
    assert chorus.label == "B"


def test_without_repeats_there_is_no_chorus() -> None:
    sections, heard = form("ABC", [-9.0, -5.0, -9.0])
    assert find_chorus(sections, (), heard) is None
    assert find_chorus((), (), heard) is None


def test_a_riff_that_comes_back_tells_the_chorus_where_no_section_does() -> None:
    sections, heard = form("ABC", [-9.0, -5.0, -9.0])
    times = (Span(10.0, 15.0), Span(15.0, 20.0))
    riff = Riff("r1", "", times, 0, 2.0, 4, 0.5, 1.0, 0.7, 5.0, 50.0, (), 1.0, 1.0)
    chorus = find_chorus(sections, (riff,), heard)
    assert chorus is not None
    assert chorus.label == "B"
