"""The same riff found again, other riffs not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.recordings.facts import Span
from bridge.recordings.riffs.fingerprint import SIZE, fingerprint, fingerprint_likeness, likenesses
from tests.played import Bar, piece, power

SAME = 0.8  # likeness from which two are one riff: docs/riffs.md has the figures
ROOTS = (40, 43, 45, 40, 46, 45, 43, 38)


def print_of(bars: list[Bar], tempo: float = 120.0, first: int = 0) -> tuple[float, ...]:
    findings, grid = piece(bars, tempo=tempo)
    return fingerprint(findings, Span(grid.downbeats[first], grid.downbeats[-1]), grid)


def riff(lift: int = 0) -> list[Bar]:
    return [
        Bar(power(*(root + lift for root in ROOTS[:4]))),
        Bar(power(*(root + lift for root in ROOTS[4:]))),
    ]


OTHERS = (
    [Bar(power(40)), Bar(power(40))],
    [Bar(power(38, 38, 43, 45)), Bar(power(36, 41, 41, 43))],
    [Bar(power(45, 40, 38, 46)), Bar(power(43, 43, 40, 45))],
)


def test_a_fingerprint_has_its_size_and_is_the_same_again() -> None:
    one = print_of(riff())
    assert len(one) == SIZE <= 256
    assert one == print_of(riff())
    assert fingerprint_likeness(one, one) == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("tempo", [80.0, 111.0, 173.0])
def test_a_riff_is_known_at_any_tempo(tempo: float) -> None:
    assert fingerprint_likeness(print_of(riff()), print_of(riff(), tempo=tempo)) > 0.95


def test_a_riff_is_known_when_soft_and_when_sung_over() -> None:
    soft = [replace(bar, level=-40.0) for bar in riff()]
    assert fingerprint_likeness(print_of(riff()), print_of(soft)) > 0.95
    sung = [replace(bar, melody=seed) for seed, bar in enumerate(riff())]
    assert fingerprint_likeness(print_of(riff()), print_of(sung)) > SAME


@pytest.mark.parametrize("lift", range(1, 12))
def test_a_riff_is_known_in_another_key(lift: int) -> None:
    likeness = fingerprint_likeness(print_of(riff()), print_of(riff(lift)))
    assert SAME < likeness < 0.95


def test_a_riff_is_known_where_it_was_cut_twice_as_long() -> None:
    once, twice = print_of(riff()), print_of(riff() * 2)
    assert fingerprint_likeness(once, twice) > SAME
    assert fingerprint_likeness(twice, once) == pytest.approx(fingerprint_likeness(once, twice))


@pytest.mark.parametrize("other", OTHERS)
def test_another_riff_is_another(other: list[Bar]) -> None:
    assert fingerprint_likeness(print_of(riff()), print_of(other)) < SAME


def test_drums_alone_are_like_nothing() -> None:
    none = (0.0,) * SIZE
    assert fingerprint_likeness(none, none) == 0.0
    assert fingerprint_likeness(print_of(riff()), none) == 0.0


def test_what_is_no_fingerprint_is_refused() -> None:
    with pytest.raises(ValueError, match="192"):
        fingerprint_likeness((1.0,), print_of(riff()))


def test_likeness_to_many_is_the_likeness_to_each() -> None:
    prints = [print_of(riff()), print_of(riff() * 2), (0.0,) * SIZE]
    expected = [fingerprint_likeness(prints[0], each) for each in prints]
    assert likenesses(prints[0], prints).tolist() == pytest.approx(expected)
