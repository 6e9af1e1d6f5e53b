"""Scores never fall when an ingredient rises."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.recordings.facts import Key, Span
from bridge.recordings.findings import Findings, Rows
from bridge.recordings.grid import Grid
from bridge.recordings.taste.scores import (
    COOL,
    Ingredients,
    coolness,
    measure,
    niceness,
)
from tests.recordings.notes import beats, notes_of, played
from tests.recordings.taste.ingredients import share, stretches
from tests.sound import noise


@given(stretches)
def test_scores_stay_in_their_ranges(stretch: Ingredients) -> None:
    assert 0.0 <= niceness(stretch) <= 100.0
    assert 0.0 <= coolness(stretch) <= 10.0 + 1e-9


@given(stretches, st.sampled_from(["consonance", "tonalness"]), share)
def test_niceness_never_falls_with_an_ingredient(
    stretch: Ingredients, name: str, value: float
) -> None:
    more = replace(stretch, **{name: max(value, getattr(stretch, name))})
    assert niceness(more) >= niceness(stretch)


@given(
    stretches,
    st.sampled_from([*(name for name in COOL if name != "niceness"), "consonance", "tonalness"]),
    share,
)
def test_coolness_never_falls_with_an_ingredient(
    stretch: Ingredients, name: str, value: float
) -> None:
    more = replace(stretch, **{name: max(value, getattr(stretch, name))})
    assert coolness(more) >= coolness(stretch) - 1e-12


def test_every_ingredient_can_be_all_or_nothing() -> None:
    nothing = Ingredients(0, 0, 0, 0, 0, 0, 0, 0, 0)
    everything = Ingredients(1, 1, 1, 1, 1, 1, 1, 1, 1)
    assert (niceness(nothing), coolness(nothing)) == (0.0, 0.0)
    assert (niceness(everything), coolness(everything)) == (100.0, pytest.approx(10.0))


def findings(sound: np.ndarray, level: np.ndarray, onsets: list[float]) -> Findings:
    """With a level each 10 ms and the onsets given; a timbre of one loud band."""
    heard = notes_of(sound)
    timbre = np.full((len(sound) // 2205, 42), -4.0, np.float32)
    timbre[:, 5] = 0.0
    return replace(
        heard,
        layers={
            **heard.layers,
            "level": Rows(level[:, None], 0.0, 0.01),
            "timbre": Rows(timbre, 0.0, 0.05),
        },
        onsets=np.array([[at, 1.0] for at in onsets]).reshape(-1, 2),
    )


def test_ingredients_are_those_of_the_sound() -> None:
    sound = np.concatenate([played(["C:maj", "F:maj", "G:maj", "C:maj"], 1.0), noise(4.0)])
    level = np.concatenate([np.full(400, -12.0), np.full(400, -22.0)])
    heard = findings(sound, level, np.arange(0.0, 4.0, 0.25).tolist())
    grid, take = beats(120.0, 8.0), Span(0.0, 8.0)
    home, away = (Key(0.0, 8.0, name, 1.0) for name in ("C major", "F# major"))
    tones = measure(heard, Span(0.0, 4.0), grid, (home,), take=take, times=4)
    hiss = measure(heard, Span(4.5, 8.0), grid, (home,), take=take)
    assert tones.repetition == 0.75
    assert hiss.repetition == 0.0
    assert tones.tonalness > 0.9 > 0.3 > hiss.tonalness
    assert tones.energy == 1.0
    assert hiss.energy == pytest.approx(0.5, abs=0.01)
    assert tones.density == pytest.approx(0.5)
    assert tones.tempo == pytest.approx(120.0)
    assert tones.regularity > 0.9
    foreign = measure(heard, Span(0.0, 4.0), grid, (away,), take=take, times=4)
    assert niceness(tones) > niceness(foreign) + 30.0


def test_an_empty_stretch_has_ingredients() -> None:
    heard = findings(noise(1.0), np.full(100, -20.0), [])
    stretch = measure(heard, Span(5.0, 5.0), Grid((), ()), (), take=Span(0.0, 1.0))
    assert all(
        0.0 <= getattr(stretch, field.name) <= 1.0
        for field in fields(Ingredients)
        if field.name != "tempo"
    )
