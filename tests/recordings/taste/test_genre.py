"""Each genre is guessed from the signs that its row in docs/taste.md names, and else none is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.recordings.facts import Span
from bridge.recordings.findings import Findings, Rows
from bridge.recordings.grid import Grid
from bridge.recordings.taste.genre import Signs, genre_of, guess_genre, read_signs
from tests.recordings.notes import beats

PLAIN = Signs(
    tempo=100.0,
    jitter=0.01,
    kick=0.5,
    snare=0.5,
    hats=1.0,
    onsets=2.0,
    sixteenths=0.1,
    swing=0.0,
    fullness=0.3,
    tonalness=0.9,
    dynamics=8.0,
)


@pytest.mark.parametrize(
    ("change", "genre"),
    [
        ({}, "unknown"),
        ({"fullness": 0.4, "tonalness": 0.7}, "metal"),
        ({"fullness": 0.4}, "rock"),
        ({"fullness": 0.4, "dynamics": 12.0}, "alt rock"),
        ({"sixteenths": 0.4, "kick": 1.2}, "funk"),
        ({"kick": 1.0, "tempo": 125.0, "jitter": 0.001}, "electronic"),
        ({"swing": 0.4, "kick": 0.3}, "jazz"),
        ({"tempo": 70.0, "onsets": 1.2, "tonalness": 0.98}, "ballad"),
        ({"hats": 0.0, "fullness": 0.2, "tonalness": 0.95}, "acoustic"),
    ],
)
def test_signs_tell_the_genre(change: dict[str, float], genre: str) -> None:
    assert genre_of(replace(PLAIN, **change)) == genre


def heard(seconds: float) -> Findings:
    """Kick on each beat of 120 BPM, onsets on sixteenths, three bands sounding."""
    rows = round(seconds * 20)
    timbre = np.full((rows, 42), -4.0, np.float32)
    timbre[:, :21] = -0.5
    notes = np.zeros((rows, 67), np.float32)
    notes[:, 64] = 1.0
    times = np.arange(0.0, seconds, 0.5)
    kicks = np.stack([times, 0 * times, 0 * times + 90, 0 * times + 1], axis=1)
    sixteenths = np.arange(0.0, seconds, 0.125)
    return Findings(
        seconds,
        {
            "timbre": Rows(timbre, 0.0, 0.05),
            "notes": Rows(notes, 0.0, 0.05),
            "level": Rows(np.full((round(seconds * 100), 1), -10.0), 0.0, 0.01),
        },
        hits=kicks,
        onsets=np.stack([sixteenths, np.ones(len(sixteenths))], axis=1),
        pitch=np.zeros((0, 3)),
    )


def test_signs_are_read_off_the_findings() -> None:
    signs = read_signs(heard(20.0), Span(0.0, 20.0), beats(120.0, 20.0))
    assert signs is not None
    assert signs.tempo == pytest.approx(120.0)
    assert signs.jitter == pytest.approx(0.0, abs=1e-9)
    assert signs.kick == pytest.approx(1.0)
    assert signs.sixteenths == pytest.approx(0.5, abs=0.02)
    assert signs.fullness == pytest.approx(0.5)
    assert signs.dynamics == 0.0


def test_signs_are_those_of_the_span_and_its_grid() -> None:
    slower = read_signs(heard(40.0), Span(10.0, 35.0), beats(60.0, 40.0))
    assert slower is not None
    assert slower.tempo == pytest.approx(60.0)
    assert slower.kick == pytest.approx(2.0, rel=0.1)


def test_too_little_is_unknown() -> None:
    assert guess_genre(heard(20.0), Span(0.0, 20.0), Grid((), ())) == "unknown"
    assert guess_genre(heard(20.0), Span(0.0, 2.0), beats(120.0, 20.0)) == "unknown"


@given(st.builds(Signs, **{name: st.floats(0.0, 200.0) for name in Signs.__slots__}))
def test_every_set_of_signs_has_an_answer(signs: Signs) -> None:
    assert genre_of(signs) in {
        "metal", "funk", "rock", "alt rock", "ballad", "electronic", "acoustic", "jazz", "unknown",
    }  # fmt: skip
