"""What we recorded ourselves, found in the DAW's file to the sample."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from scipy import signal

from bridge.daw.alignment import Alignment, align, align_file
from bridge.daw.tape import FileTape
from tests.sound import beat, chord, noise

RATE = 44100


def hiss(seconds: float, seed: int, level_db: float = -20.0) -> np.ndarray:
    return noise(seconds, RATE, seed=seed, level_db=level_db)[:, 0]


def band(seconds: float = 40.0, seed: int = 5) -> np.ndarray:
    """Drums and chords that drift apart from bar to bar, and a hiss of -60 dB."""
    chance = np.random.default_rng(seed)
    names = ("A:min", "F:maj", "C:maj", "G:maj", "E:min", "D:maj")
    sound = np.zeros(round(seconds * RATE), np.float32)
    at = 0.0
    while at < seconds - 2.1:
        first = round(at * RATE)
        piece = chord(str(chance.choice(names)), 2.0, RATE)[:, 0]
        sound[first : first + len(piece)] += 0.4 * piece
        at += 2.0
    drums = beat(bars=round(seconds / 2), rate=RATE)[0][:, 0]
    hits = np.repeat(chance.uniform(0.6, 1.0, round(seconds * 4)), RATE // 4)
    count = min(len(hits), len(drums), len(sound))
    sound[:count] += drums[:count] * hits[:count].astype(np.float32)
    return sound + hiss(seconds, seed, -60.0)[: len(sound)]


def free(seconds: float, seed: int) -> np.ndarray:
    """Notes and strokes of which no two are the same, as hands play them."""
    chance = np.random.default_rng(seed)
    sound = hiss(seconds, seed, -60.0)
    at = 0.3
    while at < seconds - 1.0:
        time = np.arange(round(chance.uniform(0.2, 0.9) * RATE)) / RATE
        decay = np.exp(-time * chance.uniform(4, 30))
        pitch = 80 * 2 ** chance.uniform(0, 3)
        note = sum(
            np.sin(2 * np.pi * pitch * k * time + chance.uniform(0, 6)) / k for k in (1, 2, 3)
        )
        stroke = chance.standard_normal(len(time)) * np.exp(-time * 60)
        first = round(at * RATE)
        sound[first : first + len(time)] += 0.1 * decay * note + 0.2 * stroke
        at += chance.uniform(0.08, 0.4)
    return sound


SONG = band()
START = 5 * RATE + 123
OURS = SONG[START : START + 25 * RATE].copy()
TRUE = START / RATE


def off(found: Alignment | None, true: float = TRUE, slope: float = 1.0) -> float:
    """Greatest distance from the truth in samples, over 25 s."""
    assert found is not None
    return max(abs(found.file_seconds(t) - true - slope * t) for t in (0.0, 10.0, 25.0)) * RATE


def lowered(sound: np.ndarray, db: float) -> np.ndarray:
    hiss = np.random.default_rng(8).standard_normal(len(sound))
    return (sound + np.std(sound) * 10 ** (-db / 20) * hiss).astype(np.float32)


@pytest.mark.parametrize("guess", [TRUE - 1.7, TRUE, TRUE + 1.9])
def test_the_same_sound_is_found_to_the_sample(guess: float) -> None:
    found = align(OURS, RATE, SONG, RATE, guess=guess)
    assert off(found) < 0.1
    assert found is not None
    assert found.slope == 1.0
    assert found.confidence > 0.9


@pytest.mark.parametrize("gain", [0.03, -0.5, -4.0])
def test_gain_and_polarity_do_not_matter(gain: float) -> None:
    assert off(align(gain * OURS, RATE, SONG, RATE, guess=TRUE + 0.1)) < 0.1


@pytest.mark.parametrize("db", [20.0, 6.0, 0.0])
def test_noise_on_ours_is_borne(db: float) -> None:
    assert off(align(lowered(OURS, db), RATE, SONG, RATE, guess=TRUE + 0.1)) < 1.0


@pytest.mark.parametrize(
    ("corner", "gain"), [(200.0, 2.0), (3000.0, 2.0), (3000.0, -0.6)], ids=["low", "warm", "bright"]
)
def test_an_equaliser_shifts_it_by_less_than_a_sample(corner: float, gain: float) -> None:
    b, a = signal.butter(1, corner / (RATE / 2))
    shelved = (OURS + gain * signal.lfilter(b, a, OURS)).astype(np.float32)
    assert off(align(shelved, RATE, SONG, RATE, guess=TRUE + 0.1)) < 1.0


@pytest.mark.parametrize(
    ("drift", "rate"), [(100e-6, 44100), (-100e-6, 48000), (300e-6, 48000), (7e-6, 44100)]
)
def test_drift_and_another_rate_are_seen_to_the_sample(drift: float, rate: int) -> None:
    # At slope 1 + d their clock counts 1 + d seconds in one of ours.
    ours = soxr.resample(OURS.astype(np.float64), RATE, rate / (1 + drift), quality="VHQ")
    found = align(ours.astype(np.float32), rate, SONG, RATE, guess=TRUE - 0.2)
    assert off(found, slope=1 + drift) < 1.0


def test_leading_silence_and_a_gap_are_no_harm() -> None:
    ours = OURS.copy()
    ours[: 8 * RATE] = 0.0
    ours[15 * RATE : 17 * RATE] = 0.0
    assert off(align(ours, RATE, SONG, RATE, guess=TRUE + 0.1)) < 0.1


def test_samples_that_are_missing_without_a_trace_are_no_line() -> None:
    ours = np.delete(OURS, slice(12 * RATE, 12 * RATE + 600))
    assert align(ours, RATE, SONG, RATE, guess=TRUE) is None


def test_nan_is_silence() -> None:
    ours = OURS.copy()
    ours[3 * RATE : 3 * RATE + 100] = np.nan
    assert off(align(ours, RATE, SONG, RATE, guess=TRUE)) < 0.1


@pytest.mark.parametrize("seconds", [1.0, 3.0])
def test_a_short_take_is_found(seconds: float) -> None:
    ours = OURS[: round(seconds * RATE)]
    assert off(align(ours, RATE, SONG, RATE, guess=TRUE + 0.1)) < 0.2


def test_theirs_may_begin_within_ours() -> None:
    found = align(SONG[: 30 * RATE], RATE, SONG[4 * RATE :], RATE, guess=-3.8)
    assert off(found, true=-4.0) < 0.1


@pytest.mark.parametrize(
    ("period", "guess", "true"), [(2.0, 4.3, 4.0), (2.0, 5.6, 6.0), (0.25, 4.05, 4.0)]
)
def test_in_a_loop_the_guess_tells_which_round(period: float, guess: float, true: float) -> None:
    loop = np.tile(SONG[20 * RATE : 20 * RATE + round(period * RATE)], round(40 / period))
    assert off(align(loop[: 30 * RATE], RATE, loop, RATE, guess=guess), true=true) < 1.0


def test_a_guess_half_way_between_two_rounds_decides_nothing() -> None:
    loop = np.tile(SONG[20 * RATE : 22 * RATE], 20)
    assert align(loop[: 30 * RATE], RATE, loop, RATE, guess=4.95) is None


def test_a_voice_over_a_loop_tells_more_than_the_guess() -> None:
    loop = np.tile(SONG[20 * RATE : 22 * RATE], 20)[: len(SONG)]
    both = loop + 0.2 * SONG[: len(loop)]
    found = align(both[4 * RATE : 30 * RATE], RATE, both, RATE, guess=5.4)
    assert off(found, true=4.0) < 1.0


@pytest.mark.parametrize(
    ("ours", "guess"),
    [
        (np.zeros(20 * RATE, np.float32), TRUE),
        (hiss(20.0, 9), TRUE),
        (band(20.0, seed=11), TRUE),
        (OURS[::-1].copy(), TRUE),
        (free(20.0, 4), TRUE),
        (OURS, 300.0),
        (OURS[: RATE // 5], TRUE),
        (OURS[:0], TRUE),
        (np.sin(2 * np.pi * 220 * np.arange(20 * RATE) / RATE).astype(np.float32), TRUE),
    ],
    ids=[
        "silence", "noise", "other music", "backwards", "free music", "far", "too short", "none",
        "sine",
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found(ours: np.ndarray, guess: float) -> None:
    assert align(ours, RATE, SONG, RATE, guess=guess) is None


def test_silence_of_theirs_is_not_found() -> None:
    assert align(OURS, RATE, 0 * SONG, RATE, guess=TRUE) is None


@pytest.mark.parametrize("seed", range(3))
def test_pieces_out_of_reach_are_found_nowhere_else(seed: int) -> None:
    chance = np.random.default_rng(seed)
    begin, length = chance.uniform(8, 18), chance.uniform(1.5, 12)
    song = free(32.0, seed)
    ours = song[round(begin * RATE) : round((begin + length) * RATE)]
    guess = begin + chance.choice([-1, 1]) * chance.uniform(2.3, 6.0)
    assert align(ours, RATE, song, RATE, guess=guess) is None
    found = align(ours, RATE, song, RATE, guess=begin + chance.uniform(-1, 1))
    assert off(found, true=round(begin * RATE) / RATE) < 0.1


def test_a_file_of_two_channels_is_found_in_pieces_from_the_disk(tmp_path: Path) -> None:
    stereo = np.stack([SONG, 0.3 * SONG + hiss(40.0, 3, -50.0)], axis=1)
    soundfile.write(tmp_path / "take.wav", stereo, RATE, subtype="PCM_24")
    soundfile.write(tmp_path / "ours.wav", OURS, RATE, subtype="PCM_24")
    ours = FileTape(tmp_path / "ours.wav")
    found = align_file(
        ours.read, ours.start, ours.end, ours.rate, tmp_path / "take.wav", guess=TRUE + 0.2
    )
    assert off(found) < 1.0


def test_channels_that_cancel_each_other_are_heard_one_by_one(tmp_path: Path) -> None:
    stereo = np.stack([SONG, -SONG], axis=1)
    soundfile.write(tmp_path / "take.flac", stereo, RATE)
    soundfile.write(tmp_path / "ours.wav", OURS, RATE, subtype="PCM_24")
    ours = FileTape(tmp_path / "ours.wav")
    found = align_file(ours.read, 2.0, 20.0, ours.rate, tmp_path / "take.flac", guess=TRUE)
    assert off(found) < 1.0


class Late:
    """A recording whose seconds are those of a stream that has run for ten hours."""

    def __init__(self, sound: np.ndarray) -> None:
        self.sound = sound

    def read(self, start: float, end: float) -> np.ndarray:
        first = round((start - 36000.0) * RATE)
        return self.sound[first : first + round((end - start) * RATE)]


def test_a_stream_may_have_run_for_hours(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "take.wav", SONG, RATE, subtype="PCM_24")
    ours = soxr.resample(OURS.astype(np.float64), RATE, RATE / (1 + 80e-6), quality="VHQ")
    found = align_file(
        Late(ours.astype(np.float32)).read, 36000.0, 36025.0, RATE, tmp_path / "take.wav",
        guess=TRUE - 36000.0 + 0.1, reach=0.5,
    )  # fmt: skip
    assert found is not None
    for gone in (0.0, 12.0, 25.0):
        wanted = TRUE + gone * (1 + 80e-6)
        assert abs(found.file_seconds(36000.0 + gone) - wanted) * RATE < 1.0
