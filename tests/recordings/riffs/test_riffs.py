"""Riffs of pieces whose form is known."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from bridge.recordings.facts import LOOP_BARS, Chord, Key, Riff, Section, Span, from_json, to_json
from bridge.recordings.findings import Findings
from bridge.recordings.grid import Grid
from bridge.recordings.riffs import find_riffs
from tests.played import Bar, piece, power

VAMP = [Bar(power(40, 43, 45, 40))]
VERSE = [Bar(power(root)) for root in (36, 43, 45, 41)]
CHORUS = [Bar(power(root)) for root in (38, 46, 36, 34)]
TALE = [Bar(power(28 + 5 * number % 12, 30 + 7 * number % 11)) for number in range(12)]


def riffs_of(
    findings: Findings, grid: Grid, sections: tuple[Section, ...] = (), most: int = 24
) -> tuple[Riff, ...]:
    return find_riffs(findings, Span(0.0, findings.duration), grid, (), (), sections, most)


def form(riffs: tuple[Riff, ...]) -> list[tuple[float, list[float]]]:
    """(bars, first bar of each time) at 120 BPM in 4/4 from 0.5 s on."""
    return [(riff.bars, [(time.start - 0.5) / 2.0 for time in riff.times]) for riff in riffs]


def test_the_smallest_repeating_unit_of_each_part_is_a_riff() -> None:
    riffs = riffs_of(*piece(2 * VERSE + 4 * VAMP + 2 * VERSE + 4 * VAMP))
    assert sorted(form(riffs)) == [(1, [8, 9, 10, 11, 20, 21, 22, 23]), (4, [0, 4, 12, 16])]


def test_a_verse_with_singing_and_one_without_are_one_riff() -> None:
    sung = [replace(bar, melody=number) for number, bar in enumerate(VERSE)]
    assert form(riffs_of(*piece(VERSE + CHORUS + sung + CHORUS))) in (
        [(4, [0, 8]), (4, [4, 12])],
        [(8, [0, 8])],
    )


def test_a_phrase_that_ends_in_another_bar_is_another_phrase() -> None:
    question, answer = VERSE, [*VERSE[:3], Bar(power(39))]
    assert form(riffs_of(*piece((question + answer) * 3))) == [(8, [0, 8, 16])]


def test_the_last_bar_of_a_phrase_belongs_to_it_though_a_beat_of_it_differs() -> None:
    phrase = [*VERSE, *CHORUS[:3]]
    first, again = Bar(power(34, 36, 39, 42)), Bar(power(34, 36, 39, 33))
    bars = [*phrase, first, *TALE[:4], *phrase, again, *TALE[4:8]]
    assert form(riffs_of(*piece(bars))) == [(8, [0, 12])]


@pytest.mark.parametrize("beats", [2, 3, 4, 5, 7])
def test_riffs_are_whole_bars_in_any_metre(beats: int) -> None:
    findings, grid = piece(3 * VERSE + 2 * CHORUS, beats=beats, tempo=140.0)
    riffs = riffs_of(findings, grid)
    assert [len(riff.times) for riff in riffs] == [3, 2]
    lines = [round(at, 4) for at in grid.downbeats]
    for riff in riffs:
        for time in riff.times:
            assert time.start in lines
            assert lines.index(time.end) - lines.index(time.start) == riff.bars == 4


def test_bars_shorter_than_two_seconds_are_taken_together() -> None:
    (riff,) = riffs_of(*piece(8 * VAMP, tempo=172.0))
    assert riff.bars == 2
    assert riff.times[0].seconds >= 2.0


def test_music_that_never_comes_back_has_no_riffs() -> None:
    assert riffs_of(*piece(TALE)) == ()


def test_silence_and_what_has_no_bars_have_no_riffs() -> None:
    findings, grid = piece([Bar(drums="")] * 16)
    assert riffs_of(findings, grid) == ()
    findings, _ = piece(4 * VERSE)
    assert riffs_of(findings, Grid((), ())) == ()
    assert riffs_of(findings, Grid((1.0, 1.5), (1, 2))) == ()


def test_pauses_are_not_riffs() -> None:
    pause = [Bar(drums="")] * 4
    assert sorted(form(riffs_of(*piece(VERSE + pause + VERSE + pause + VERSE)))) == [
        (4, [0, 8, 16])
    ]


def test_drums_alone_have_riffs_too() -> None:
    groove = [Bar((), "k-h-s-h-k-kks-h-"), Bar((), "kkh-sshkk-h-ssss")]
    fill = [Bar((), "ssssssss----kkkk"), Bar((), "hhhhkkkksksksksk")]
    assert form(riffs_of(*piece(4 * groove + fill + 4 * groove))) == [
        (2, [0, 2, 4, 6, 10, 12, 14, 16])
    ]


def test_occurrences_ascend_and_no_two_riffs_overlap() -> None:
    riffs = riffs_of(*piece(VERSE + 2 * CHORUS + 2 * VERSE + 3 * VAMP + CHORUS))
    for riff in riffs:
        assert len(riff.times) >= 2
        assert list(riff.times) == sorted(riff.times, key=lambda time: time.start)
    times = sorted((time.start, time.end) for riff in riffs for time in riff.times)
    assert all(one[1] <= other[0] for one, other in pairwise(times))


def test_where_the_sound_alone_leaves_it_open_sections_say_where_a_riff_begins() -> None:
    findings, grid = piece([TALE[0], *VERSE * 3, *VERSE[:2], TALE[5]])
    for start in (2.5, 6.5):
        section = Section(start=start, end=start + 24.0, label="A", name=None, confidence=1.0)
        (riff,) = riffs_of(findings, grid, (section,))
        assert [time.start for time in riff.times] == [start, start + 8.0, start + 16.0]


def test_the_same_sound_gives_the_same_riffs_and_no_two_share_an_id() -> None:
    bars = 2 * VERSE + 4 * VAMP + 2 * CHORUS
    one, other = (riffs_of(*piece(bars)) for _ in range(2))
    assert one == other
    assert len({riff.id for riff in one}) == len(one) == 3


def test_the_most_salient_are_kept_in_the_order_of_their_best_time() -> None:
    findings, grid = piece(2 * VERSE + 8 * VAMP + 2 * CHORUS)
    riffs = riffs_of(findings, grid)
    assert [riff.times[riff.best].start for riff in riffs] == sorted(
        riff.times[riff.best].start for riff in riffs
    )
    (only,) = riffs_of(findings, grid, most=1)
    assert only == max(riffs, key=lambda riff: riff.salience)
    assert only.bars == 1


def test_what_comes_more_often_and_what_is_louder_is_more_salient() -> None:
    soft = [replace(bar, level=-30.0) for bar in CHORUS]
    often, rare = riffs_of(*piece(4 * VERSE + 2 * CHORUS))
    assert often.repetition > rare.repetition
    assert often.salience > rare.salience
    loud, quiet = riffs_of(*piece(2 * VERSE + 2 * soft))
    assert loud.energy > quiet.energy
    assert loud.salience > quiet.salience


def test_the_best_time_is_the_one_without_wrong_notes() -> None:
    wrong = [replace(bar, melody=seed) for seed, bar in enumerate(VERSE)]
    (riff,) = riffs_of(*piece(wrong + VERSE + VERSE + [TALE[3]]))
    assert riff.best in (1, 2)


@pytest.mark.parametrize(("bars", "loop"), [(1, 4), (4, 4), (6, 8), (12, 12)])
def test_a_loop_is_the_next_usual_number_of_bars(bars: int, loop: int) -> None:
    (riff,) = riffs_of(*piece(TALE[:bars] * 4))
    assert (riff.bars, riff.loop_bars) == (bars, loop)
    assert loop in LOOP_BARS


def test_a_riff_tells_its_chords_in_order() -> None:
    findings, grid = piece(3 * VERSE)
    labels = ("C:5", "G:5", "A:5", "F:5")
    chords = tuple(
        Chord(0.5 + 2.0 * bar, 2.5 + 2.0 * bar, labels[bar % 4], 1.0) for bar in range(12)
    )
    keys = (Key(0.0, findings.duration, "C major", 1.0),)
    (riff,) = find_riffs(findings, Span(0.0, findings.duration), grid, chords, keys, ())
    assert riff.chords == labels
    assert riff.niceness > 50.0
    assert riff.name
    assert from_json(Riff, to_json(riff)) == riff
    for share in (riff.repetition, riff.energy, riff.salience, riff.confidence):
        assert 0.0 <= share <= 1.0


def test_a_riff_is_found_in_a_stretch_of_a_longer_recording() -> None:
    findings, grid = piece(TALE + 2 * VERSE + TALE)
    riffs = find_riffs(findings, Span(24.5, 40.5), grid, (), (), ())
    assert form(riffs) == [(4, [12, 16])]


def test_a_take_of_hours_falls_into_stretches_and_no_bar_is_lost() -> None:
    findings, grid = piece(VERSE * 150, tempo=170.0)
    riffs = riffs_of(findings, grid)
    covered = sum(time.seconds for riff in riffs for time in riff.times)
    assert covered > 0.95 * findings.duration
    assert len({riff.id for riff in riffs}) == len(riffs) == 2
