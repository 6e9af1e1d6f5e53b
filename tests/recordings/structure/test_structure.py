"""Forms that are known are found: boundaries, letters, names."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.recordings.facts import Section, Span
from bridge.recordings.findings import Findings, Rows
from bridge.recordings.grid import Grid
from bridge.recordings.structure.sections import coarser, find_sections
from tests.recordings.form import BRIDGE, CHORUS, SILENT, VERSE, Music, played

SONG = (VERSE, CHORUS, VERSE, CHORUS, BRIDGE, CHORUS)


def sections_of(findings: Findings, grid: Grid) -> tuple[Section, ...]:
    return find_sections(findings, Span(0.0, findings.duration), grid)


def letters_of(sections: tuple[Section, ...]) -> str:
    return "".join(section.label for section in sections)


def starts_of(sections: tuple[Section, ...]) -> list[float]:
    return [section.start for section in sections[1:]]


def test_a_song_falls_into_its_parts_on_the_bar_lines() -> None:
    findings, grid, parts = played(SONG)
    sections = sections_of(findings, grid)
    assert starts_of(sections) == pytest.approx(parts[1:-1], abs=0.01)
    assert letters_of(sections) == "ABABCB"


def test_verse_chorus_and_bridge_have_their_names() -> None:
    findings, grid, _ = played(SONG)
    names = [section.name for section in sections_of(findings, grid)]
    assert names == ["verse", "chorus", "verse", "chorus", "bridge", "chorus"]


def test_a_bar_line_on_the_wrong_beat_moves_no_section() -> None:
    findings, grid, parts = played(SONG)
    shifted = replace(grid, numbers=tuple((number + 1) % 4 + 1 for number in grid.numbers))
    assert starts_of(sections_of(findings, shifted)) == pytest.approx(parts[1:-1], abs=0.01)


def test_without_a_grid_sections_are_found_within_a_bar() -> None:
    findings, _, parts = played(SONG)
    found = np.array(starts_of(sections_of(findings, Grid((), ()))))
    assert all(np.abs(found - part).min() <= 2.0 for part in parts[1:-1])


def test_the_same_music_with_other_instruments_has_the_same_letter() -> None:
    sung = replace(VERSE, band=3)
    findings, grid, _ = played((VERSE, CHORUS, sung, CHORUS))
    assert letters_of(sections_of(findings, grid)) == "ABAB"


def test_a_chorus_a_tone_up_has_its_own_letter_and_the_name_of_the_chorus() -> None:
    findings, grid, _ = played((VERSE, CHORUS, VERSE, CHORUS, CHORUS.up(2)))
    sections = sections_of(findings, grid)
    assert letters_of(sections) == "ABABC"
    assert sections[-1].name == "chorus"


def test_choruses_of_a_blues_are_told_apart_where_they_begin_again() -> None:
    blues = Music((0, 5, 0, 0, 5, 5, 0, 0, 7, 5, 0, 7))
    findings, grid, parts = played((blues, replace(blues, band=1), blues))
    sections = sections_of(findings, grid)
    assert starts_of(sections) == pytest.approx(parts[1:-1], abs=0.01)
    assert letters_of(sections) == "AAA"
    assert all(section.name is None for section in sections)


def test_silence_at_either_end_is_no_section() -> None:
    findings, grid, parts = played(SONG, start=6.0, silence=9.0)
    sections = sections_of(findings, grid)
    assert sections[0].start == pytest.approx(6.0, abs=0.1)
    assert sections[-1].end == pytest.approx(parts[-1], abs=0.1)


def test_music_before_the_first_beat_of_the_grid_belongs_to_the_first_section() -> None:
    findings, grid, parts = played(SONG)
    late = replace(grid, beats=grid.beats[6:-9], numbers=grid.numbers[6:-9])
    sections = sections_of(findings, late)
    assert sections[0].start == pytest.approx(parts[0], abs=0.1)
    assert starts_of(sections) == pytest.approx(parts[1:-1], abs=0.01)


def test_silence_has_no_sections() -> None:
    findings, grid, _ = played((VERSE,))
    level = findings.layers["level"]
    silent = Rows(np.full_like(level.values, SILENT), level.start, level.step)
    quiet = replace(findings, layers={**findings.layers, "level": silent})
    assert sections_of(quiet, grid) == ()


def test_only_what_lies_in_the_span_counts() -> None:
    findings, grid, parts = played(SONG)
    sections = find_sections(findings, Span(parts[2], parts[4]), grid)
    assert sections[0].start == pytest.approx(parts[2], abs=0.1)
    assert starts_of(sections) == pytest.approx([parts[3]], abs=0.01)
    assert sections[-1].end == pytest.approx(parts[4], abs=0.1)


@pytest.mark.parametrize("bars", [1, 2, 3])
def test_a_few_bars_are_one_section(bars: int) -> None:
    findings, grid, _ = played((Music(VERSE.chords[:bars]),))
    assert letters_of(sections_of(findings, grid)) == "A"


def test_one_drone_is_one_section() -> None:
    findings, grid, _ = played((Music((0,) * 24),), noise=0.0)
    assert set(letters_of(sections_of(findings, grid))) == {"A"}


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.sampled_from([VERSE, CHORUS, BRIDGE]), min_size=1, max_size=6),
    st.floats(0.3, 0.9),
    st.integers(0, 9),
)
def test_sections_fill_the_music_and_letters_come_in_order(
    music: list[Music], beat: float, seed: int
) -> None:
    findings, grid, parts = played(music, beat=beat, seed=seed)
    sections = sections_of(findings, grid)
    assert sections[0].start == pytest.approx(parts[0], abs=0.11)
    assert sections[-1].end == pytest.approx(parts[-1], abs=0.11)
    assert all(a.end == b.start for a, b in pairwise(sections))
    first = list(dict.fromkeys(section.label for section in sections))
    assert first == sorted(first)
    assert first[0] == "A"
    assert all(0.0 <= section.confidence <= 1.0 for section in sections)


def test_hours_in_one_take_are_compared_by_bars() -> None:
    edges = np.arange(40001) * 0.5
    numbers = np.arange(40000) % 4 + 1.0
    kept, ones, bar = coarser(edges, numbers, 4, most=3000)
    assert len(ones) < 3000
    assert bar == 1
    assert set(kept[1:-1] % 2.0) == {0.0}
    assert (kept[0], kept[-1]) == (edges[0], edges[-1])
