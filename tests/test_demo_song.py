"""The demo recording and its truth agree."""

import json
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from numpy.typing import NDArray

from bridge.demo import SONG

MEGABYTES = 1.3  # what a package may spend on a demo
HOP = 64  # samples
WINDOW = 512  # samples


@pytest.fixture(scope="module")
def sound() -> NDArray[np.float64]:
    samples: NDArray[np.float64]
    samples, rate = sf.read(SONG, always_2d=True)
    assert rate == 44_100
    return samples


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SONG.with_suffix(".json").read_text())
    return found


def test_the_recording_is_small_and_stereo(sound: NDArray[np.float64]) -> None:
    assert SONG.stat().st_size < MEGABYTES * 1e6
    assert sound.shape[1] == 2


def test_the_recording_is_loud_without_clipping(sound: NDArray[np.float64]) -> None:
    peak_db = 20 * np.log10(np.abs(sound).max())
    assert -2 < peak_db < -0.3


def test_the_truth_is_as_long_as_the_recording(
    sound: NDArray[np.float64], truth: dict[str, Any]
) -> None:
    assert len(sound) / 44_100 == pytest.approx(truth["duration"], abs=0.001)
    assert truth["sections"][-1]["end"] <= truth["duration"]


def test_beats_are_even_and_every_fourth_is_a_downbeat(truth: dict[str, Any]) -> None:
    beats = np.array(truth["beats"])
    assert np.diff(beats) == pytest.approx(60 / truth["tempo"], abs=0.0002)
    assert truth["downbeats"] == truth["beats"][::4]


@pytest.mark.parametrize("spans", ["chords", "sections"])
def test_spans_follow_each_other_from_downbeat_on(truth: dict[str, Any], spans: str) -> None:
    starts = [span["start"] for span in truth[spans]]
    assert starts[0] == truth["beats"][0]
    assert [span["end"] for span in truth[spans]][:-1] == starts[1:]
    assert all(span["start"] < span["end"] for span in truth[spans])


def test_sections_begin_on_downbeats(truth: dict[str, Any]) -> None:
    assert {section["start"] for section in truth["sections"]} <= set(truth["downbeats"])


def test_the_form_has_a_build_a_break_and_a_returning_chorus(truth: dict[str, Any]) -> None:
    roles = [section["role"] for section in truth["sections"]]
    assert roles == ["intro", "verse", "chorus", "break", "build", "chorus", "outro"]


def test_nobody_drums_in_the_break(truth: dict[str, Any]) -> None:
    still = next(section for section in truth["sections"] if section["role"] == "break")
    inside = [d for d in truth["drums"] if still["start"] + 0.05 < d["time"] < still["end"] - 0.05]
    assert inside == []


@pytest.mark.parametrize("drum", ["kick", "snare", "toms", "hihat", "cymbals"])
def test_the_sound_rises_where_a_drum_is_hit(
    sound: NDArray[np.float64], truth: dict[str, Any], drum: str
) -> None:
    frames = np.lib.stride_tricks.sliding_window_view(sound.mean(axis=1), WINDOW)[::HOP]
    strength = np.log1p(100 * np.abs(np.fft.rfft(frames * np.hanning(WINDOW), axis=1)))
    rise = np.maximum(np.diff(strength, axis=0), 0).sum(axis=1)
    times = (np.arange(len(rise)) * HOP + HOP + WINDOW / 2) / 44_100
    late, heights = [], []
    for hit in truth["drums"]:
        if hit["class"] == drum:
            near = np.flatnonzero(np.abs(times - hit["time"]) < 0.03)
            steepest = near[np.argmax(rise[near])]
            late.append(times[steepest] - hit["time"])
            heights.append(rise[steepest])
    assert abs(np.median(late)) < 0.004
    assert np.median(heights) > 3 * np.median(rise)
