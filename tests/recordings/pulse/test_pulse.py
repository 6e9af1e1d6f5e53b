"""Beats, bars and metre of takes whose truth is written down."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from bridge.events import DRUMS
from bridge.recordings.facts import Span
from bridge.recordings.findings import Findings, Rows
from bridge.recordings.grid import Grid, felt_beats
from bridge.recordings.layers.notes import TONAL
from bridge.recordings.pulse import find_grid
from bridge.recordings.pulse.beats import LONGEST, activity, decode_beats

STEP, SLOW = 0.01, 0.05  # seconds between rows of strength, of notes and timbre
KICK, SNARE, HIHAT = 0, 1, 2  # band in which each is heard
SNARES = {2: (1,), 3: (1, 2), 4: (1, 3), 5: (1, 2, 4), 7: (1, 3, 5, 6)}  # places in the bar
CHORDS = ((0, 4, 7), (9, 0, 4), (5, 9, 0), (7, 11, 2))


def take(
    beats: Sequence[float],
    length: int,
    *,
    between: Sequence[float] = (0.5,),
    snares: Sequence[int] = (1, 3),
    start: float = 0.0,
    scatter: float = 0.004,
) -> Findings:
    """A band that plays on the beats: kick on the one, chords that change there, hi-hats between.

    A stroke is a rise over three rows, as the onset strength of a real one.
    """
    chance = np.random.default_rng(7)
    times = np.asarray(beats) + start
    end = times[-1] + 1.0
    strength = np.zeros((round(end / STEP) + 10, 3), np.float32)
    notes = np.zeros((round(end / SLOW) + 4, TONAL + 1), np.float32)
    onsets: list[float] = []
    hits: list[tuple[float, int, float, float]] = []

    def stroke(at: float, weights: tuple[float, float, float]) -> None:
        at += float(chance.normal(0, scatter))
        row = at / STEP
        for index in range(int(row) - 1, int(row) + 3):
            if 0 <= index < len(strength):
                share = max(0.0, 1 - abs(index - row) / 1.5) / 1.5
                strength[index] += np.array(weights, np.float32) * share
        onsets.append(at)

    for index, (time, after) in enumerate(zip(times, [*times[1:], end], strict=True)):
        place = index % length
        if place == 0:
            stroke(time, (1.0, 0.6, 0.6))
            hits.append((time, DRUMS.index("kick"), 100.0, 1.0))
        elif place in snares:
            stroke(time, (0.1, 1.0, 0.7))
            hits.append((time, DRUMS.index("snare"), 100.0, 1.0))
        else:
            stroke(time, (0.3, 0.4, 0.6))
        for part in between:
            stroke(time + part * (after - time), (0.05, 0.1, 0.6))
        chord = CHORDS[index // length % len(CHORDS)]
        rows = slice(round(time / SLOW), round(after / SLOW))
        for pitch in chord:
            notes[rows, 12 + pitch] = 1 / 3
        notes[rows, TONAL] = 1.0
    heard = np.array([[onset, 0.5] for onset in sorted(onsets)])
    return Findings(
        duration=end,
        layers={
            "strength": Rows(strength, 0.0, STEP),
            "notes": Rows(notes, 0.0, SLOW),
            "timbre": Rows(np.zeros((len(notes), 42), np.float32), 0.0, SLOW),
        },
        hits=np.array(hits),
        onsets=heard,
        pitch=np.zeros((0, 3)),
    )


def whole(findings: Findings) -> Grid:
    return find_grid(findings, Span(0.0, findings.duration))


def errors(grid: Grid, beats: Sequence[float]) -> np.ndarray:
    """Seconds from each true beat to the nearest one found."""
    found = np.asarray(grid.beats)
    return np.array([found[np.abs(found - beat).argmin()] - beat for beat in beats])


@pytest.mark.parametrize("bpm", [70, 92, 120, 156])
def test_a_steady_band_is_followed_to_a_few_milliseconds(bpm: int) -> None:
    beats = np.arange(80) * 60 / bpm + 0.7
    quick = bpm > 140  # nobody divides such beats all the time
    grid = whole(take(beats, 4, between=() if quick else (0.5,)))
    assert grid.tempo == pytest.approx(bpm, rel=0.005)
    off = errors(grid, beats)
    assert np.abs(off).max() < 0.02
    assert abs(np.median(off)) < 0.005


@pytest.mark.parametrize(("counted", "unit"), [(3, 4), (4, 4), (5, 4), (7, 8)])
def test_the_metre_and_the_ones_are_found(counted: int, unit: int) -> None:
    length = felt_beats(counted, unit)
    beats = np.arange(16 * length) * 0.45 + 0.5
    grid = whole(take(beats, length, snares=SNARES[length]))
    assert grid.metre == f"{counted}/{unit}"
    ones = np.asarray(beats[::length])
    found = np.asarray(grid.downbeats)[:16]  # a closing one may follow the last beat
    assert np.abs(found - ones).max() < 0.03


def test_six_eight_has_two_felt_beats_a_bar() -> None:
    beats = np.arange(96) * 0.62 + 0.5
    grid = whole(take(beats, 2, between=(1 / 3, 2 / 3)))
    assert grid.metre == "6/8"
    assert set(grid.numbers) == {1, 2}


def test_a_tempo_that_drifts_is_followed() -> None:
    beats = 0.5 + np.cumsum(0.5 * (1 + 0.06 * np.sin(np.arange(120) / 15)))
    assert np.abs(errors(whole(take(beats, 4)), beats)).max() < 0.03


def test_a_tempo_that_jumps_is_followed() -> None:
    beats = 0.5 + np.cumsum([0.65] * 48 + [0.5] * 64)
    off = np.abs(errors(whole(take(beats, 4)), beats))
    assert np.mean(off < 0.03) > 0.95


def test_the_metre_may_change_within_a_take() -> None:
    lengths = [4] * 12 + [3] * 12
    beats = np.arange(sum(lengths)) * 0.5 + 0.5
    findings = take(beats, 4)
    waltz = take(beats[48:] - beats[48], 3, start=float(beats[48]))
    for name, rows in findings.layers.items():
        border = round(float(beats[48] - 0.05) / rows.step)
        other = waltz.layers[name].values
        rows.values[border : len(other)] = other[border : len(rows.values)]
    numbers = whole(findings).numbers
    assert 4 in numbers[:40]
    assert 4 not in numbers[-24:]
    assert max(numbers[-24:]) == 3


def test_a_take_is_understood_alike_wherever_it_lies() -> None:
    beats = np.arange(64) * 0.5 + 0.5
    early = whole(take(beats, 4))
    findings = take(beats, 4, start=20.0)
    late = find_grid(findings, Span(20.0, findings.duration))
    assert late.numbers == early.numbers
    assert np.allclose(np.asarray(late.beats) - 20.0, early.beats, atol=0.012)


def test_no_beat_lies_outside_of_the_music() -> None:
    beats = np.arange(40) * 0.5 + 6.0
    grid = whole(take(beats, 4))
    assert grid.beats[0] > 5.8
    assert grid.beats[-1] < beats[-1] + 0.6


def test_more_than_is_kept_in_memory_is_decoded_without_a_seam() -> None:
    beats = np.arange(620) * 0.5 + 0.5  # over five minutes
    strokes = take(beats, 4).layers["strength"].values.astype(np.float64)
    found = decode_beats(strokes, (40, 60))
    gaps = np.diff(found.hops)
    assert gaps.min() >= 47
    assert gaps.max() <= 53


def test_a_beat_lasts_as_long_as_it_says() -> None:
    beats = np.arange(60) * 0.53 + 0.5
    found = decode_beats(take(beats, 4).layers["strength"].values.astype(np.float64))
    assert (np.diff(found.hops) == found.period[:-1]).all()
    assert found.hops[0] >= -LONGEST


def test_activity_is_full_while_it_plays_and_none_in_a_silence() -> None:
    strokes = np.zeros((3000, 3))
    strokes[:1500:25] = 1.0
    heard = activity(strokes)
    assert heard[200:1300].min() == 1.0
    assert heard[1700:].max() == 0.0


@pytest.mark.parametrize("seconds", [0.0, 0.005, 2.0, 3.9, 30.0])
def test_silence_has_no_grid(seconds: float) -> None:
    rows = round(seconds / STEP)
    slow = round(seconds / SLOW)
    findings = Findings(
        duration=seconds,
        layers={
            "strength": Rows(np.zeros((rows, 3), np.float32), 0.0, STEP),
            "notes": Rows(np.zeros((slow, TONAL + 1), np.float32), 0.0, SLOW),
            "timbre": Rows(np.zeros((slow, 42), np.float32), 0.0, SLOW),
        },
        hits=np.zeros((0, 4)),
        onsets=np.zeros((0, 2)),
        pitch=np.zeros((0, 3)),
    )
    assert find_grid(findings, Span(0.0, seconds)) == Grid((), ())


def test_two_seconds_of_music_have_no_grid() -> None:
    findings = take(np.arange(4) * 0.5 + 0.1, 4)
    assert find_grid(findings, Span(0.0, 2.0)) == Grid((), ())


def test_onsets_without_a_beat_are_believed_less_than_music() -> None:
    chance = np.random.default_rng(5)
    beatless = take(np.sort(chance.uniform(0.5, 40.0, 60)), 1, between=())
    assert whole(beatless).confidence < 0.6
    assert whole(take(np.arange(80) * 0.5 + 0.5, 4)).confidence > 0.8
