from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.errors import BridgeError
from bridge.recordings.facts import Span
from bridge.recordings.loops import (
    AROUND,
    REACH,
    TOLERANCE,
    refine_loop,
    refine_loops,
    seam_score,
)
from bridge.recordings.pieces import Piece
from tests.sound import at, chord, drum, noise, silence, sine

RATE = 44100
WIDE = round((REACH + AROUND) * RATE)
SLIP = 5  # samples, 0.1 ms: below it nothing is to be gained
START = 22000  # whole periods of TONE and HISS before RATE
TONE = sine(441.0, 2.0)  # 100 samples to the period
HISS = np.concatenate([noise(0.5)[:START]] * 4)


def pieces(sound: np.ndarray, start: int, end: int) -> tuple[Piece, Piece]:
    around = [(max(0, point - WIDE), point + WIDE) for point in (start, end)]
    head, tail = (Piece(sound[low:high], low) for low, high in around)
    return head, tail


def score(sound: np.ndarray, start: int, end: int) -> float:
    return seam_score(*pieces(sound, start, end), start, end, RATE)


def refined(sound: np.ndarray, start: int, end: int) -> tuple[int, int, float]:
    return refine_loop(*pieces(sound, start, end), start, end, RATE, last=len(sound))


@cache
def bars(loops: int = 4) -> np.ndarray:
    """A bar of two seconds with drums and a chord, again and again, exactly."""
    sound = chord("A:min", 2.0)
    for name, times in (("kick", [0.0, 1.0]), ("snare", [0.5, 1.5])):
        sound = sound + at(times, drum(name), 2.0, RATE)
    return np.concatenate([sound] * loops)


@pytest.mark.parametrize("sound", [TONE, HISS, np.hstack([HISS, -HISS]), silence(2.0)])
def test_an_exactly_periodic_signal_has_the_seam_1(sound: np.ndarray) -> None:
    assert score(sound, START, 2 * START) == 1.0


@pytest.mark.parametrize("off", [10, 25, 50, 75, 90])
def test_a_cut_in_the_middle_of_a_tone_is_heard(off: int) -> None:
    assert score(TONE, START, 2 * START + off) < 0.1


def test_other_noise_is_joined_without_a_step_but_is_other_sound() -> None:
    assert 0.4 < score(HISS, START, 2 * START + 3000) < 0.7


def test_a_jump_of_thirty_decibels_is_heard() -> None:
    fading = HISS * np.geomspace(1.0, 1e-3, len(HISS), dtype=np.float32)[:, None]
    assert score(fading, START, 3 * START) < 0.8


@settings(max_examples=15)
@given(
    heights=st.lists(st.floats(0.001, 2.0), min_size=2, max_size=6).map(sorted),
    where=st.sampled_from(["last", "first"]),
    sound=st.sampled_from([TONE, HISS]),
)
def test_a_louder_click_at_the_seam_is_never_better(
    heights: list[float], where: str, sound: np.ndarray
) -> None:
    scores = []
    for height in [0.0, *heights]:
        clicked = sound.copy()
        clicked[2 * START - 1 if where == "last" else START] += height
        scores.append(score(clicked, START, 2 * START))
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == 1.0


@settings(max_examples=15)
@given(gain=st.floats(0.05, 5.0), off=st.integers(-200, 200))
def test_the_score_does_not_depend_on_the_level(gain: float, off: int) -> None:
    sound = bars(3)
    louder = (sound * np.float32(gain)).astype(np.float32)
    assert score(louder, 2 * RATE, 4 * RATE + off) == pytest.approx(
        score(sound, 2 * RATE, 4 * RATE + off), abs=0.1
    )


@settings(max_examples=15)
@given(off=st.integers(-120, 120), moved=st.integers(-800, 800))
def test_a_length_that_is_wrong_by_milliseconds_is_found_again(off: int, moved: int) -> None:
    start, end, seam = refined(bars(), 2 * RATE + moved, 4 * RATE + moved + off)
    assert abs(end - start - 2 * RATE) <= SLIP
    assert seam > 0.98
    assert abs(start - 2 * RATE - moved) <= REACH * RATE


@settings(max_examples=15)
@given(start=st.integers(0, RATE), length=st.integers(RATE // 2, RATE), seed=st.integers(0, 1000))
def test_points_keep_within_their_bounds_and_are_not_worse(
    start: int, length: int, seed: int
) -> None:
    sound = np.random.default_rng(seed).normal(0, 0.1, (start + length, 1)).astype(np.float32)
    first, behind, seam = refined(sound, start, start + length)
    assert abs(first - start) <= REACH * RATE
    assert abs(behind - first - length) <= TOLERANCE * RATE
    assert 0 <= first < behind <= len(sound)
    assert seam >= score(sound, start, start + length)


def test_a_pair_that_lies_right_stays() -> None:
    assert refined(bars(), 2 * RATE, 4 * RATE) == (2 * RATE, 4 * RATE, 1.0)


def test_a_file_gives_the_same_points_as_its_sound(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "song.flac", bars(), RATE, subtype="PCM_24")
    spans = [Span(2.0, 4.001), Span(4.003, 8.0), Span(0.0, 2.0)]
    points = refine_loops(tmp_path / "song.flac", spans)
    lengths = np.array([point.end - point.start for point in points])
    assert abs(lengths - [2 * RATE, 4 * RATE, 2 * RATE]).max() <= SLIP
    assert all(point.seam > 0.98 for point in points)


def test_a_file_that_only_decodes_in_order_gives_the_same_points(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    path = tmp_path / "song.m4a"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("alac", rate=RATE, layout="mono")
        values = np.ascontiguousarray((bars().T * 32767).astype(np.int16))
        frame = av.AudioFrame.from_ndarray(values, format="s16p", layout="mono")
        frame.sample_rate = RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    (point,) = refine_loops(path, [Span(2.0, 4.001)])
    assert abs(point.end - point.start - 2 * RATE) <= SLIP
    assert point.seam > 0.98


def test_no_file_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match="no file"):
        refine_loops(tmp_path / "gone.wav", [Span(0.0, 1.0)])
