"""A rehearsal made of sounds whose truth is known, and recordings that hold less than one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.recordings.facts import Kind, Part
from bridge.recordings.findings import Findings, Rows
from bridge.recordings.hearing import hear
from bridge.recordings.takes.parts import filled, find_parts, paint
from tests.sound import at, beat, chord, click, noise, silence, tone

RATE = 44100
PERIOD = 0.5  # seconds a beat, of `beat` at 120


class ArraySound:
    """A recording in memory."""

    rate, channels, damage = RATE, 1, None

    def __init__(self, samples: np.ndarray) -> None:
        self.samples = samples
        self.duration = len(samples) / RATE

    def blocks(self, seconds: float) -> Iterator[np.ndarray]:
        size = round(seconds * RATE)
        for first in range(0, len(self.samples), size):
            yield self.samples[first : first + size]


def band(bars: int) -> np.ndarray:
    """Drums, bass and chords from the first sample on; the last chord rings for half a second."""
    drums, _ = beat(bars)
    drums = drums[round(0.5 * RATE) :]
    out = silence(bars * 4 * PERIOD + 0.5)
    out[: min(len(out), len(drums))] += 0.5 * drums[: len(out)]
    for bar in range(bars):
        label = ("A:min", "F:maj", "C:maj", "G:maj")[bar % 4]
        sound = 4.0 * chord(label, 4 * PERIOD)
        first = round(bar * 4 * PERIOD * RATE)
        out[first : first + len(sound)] += sound
    return out


def sticks(count: int) -> np.ndarray:
    times = [PERIOD * number for number in range(count)]
    return at(times, click(level_db=-4.0), PERIOD * count, RATE)


def talk(seconds: float, seed: int = 1) -> np.ndarray:
    """Syllables: a voice that glides through vowels, hisses, and pauses, about four a second."""
    chance = np.random.default_rng(seed)
    out = silence(seconds)
    now = 0.0
    while now < seconds - 0.5:
        long = chance.uniform(0.1, 0.25)
        time = np.arange(round(long * RATE)) / RATE
        pitch = chance.uniform(110, 190) * 2 ** (chance.uniform(-0.5, 0.5) * time / long)
        phase = 2 * np.pi * np.cumsum(pitch) / RATE
        vowel = sum(np.sin(n * phase) * np.exp(-abs(n - 4) / 3) for n in range(1, 16))
        hiss = chance.standard_normal(len(time)) * (time > 0.7 * long)
        sound = (0.05 * vowel + 0.02 * hiss) * np.sin(np.pi * time / long)
        first = round(now * RATE)
        out[first : first + len(sound), 0] += sound.astype(np.float32)
        now += long + (chance.uniform(0.02, 0.1) if chance.random() < 0.8 else 0.5)
    return out


def noodle(seconds: float) -> np.ndarray:
    """Single notes, now and then."""
    chance = np.random.default_rng(4)
    out = silence(seconds)
    now = 0.0
    while now < seconds - 1.0:
        sound = tone(float(chance.integers(50, 70)), 0.6, level_db=-22.0)
        sound *= np.exp(-np.arange(len(sound)) / RATE / 0.15)[:, None].astype(np.float32)
        first = round(now * RATE)
        out[first : first + len(sound)] += sound
        now += float(chance.choice([0.2, 0.35, 0.6, 0.9, 1.1]))
    return out


def fan(samples: np.ndarray) -> np.ndarray:
    """In a room that is not quite silent."""
    return samples + noise(len(samples) / RATE, level_db=-60.0)[: len(samples)]


PLAN: tuple[tuple[Kind, np.ndarray], ...] = (
    ("silence", silence(2.0)),
    ("talk", talk(7.0)),
    ("silence", silence(1.5)),
    ("noodle", noodle(9.0)),
    ("silence", silence(1.0)),
    ("count_in", sticks(4)),
    ("practice", band(4)),
    ("silence", silence(2.0)),
    ("count_in", sticks(4)),
    ("song", band(25)),
    ("silence", silence(4.0)),
)


@pytest.fixture(scope="module")
def rehearsal() -> tuple[Findings, list[Part]]:
    """What is heard of it, and its true parts."""
    truth: list[Part] = []
    for kind, sound in PLAN:
        start = truth[-1].end if truth else 0.0
        truth.append(Part(start, start + len(sound) / RATE, kind, 1.0))
    return hear(ArraySound(fan(np.concatenate([sound for _, sound in PLAN])))), truth


def kind_at(parts: tuple[Part, ...], time: float) -> Kind:
    return next(part.kind for part in parts if part.end > time)


def test_a_rehearsal_falls_into_its_parts(rehearsal: tuple[Findings, list[Part]]) -> None:
    findings, truth = rehearsal
    parts = find_parts(findings)
    for part in truth:
        if part.seconds >= 2.0:
            middle = (part.start + part.end) / 2
            assert kind_at(parts, middle) == part.kind, f"{part} among {parts}"


def test_a_song_begins_with_the_beat_that_was_counted(
    rehearsal: tuple[Findings, list[Part]],
) -> None:
    findings, truth = rehearsal
    (song,) = (part for part in find_parts(findings) if part.kind == "song")
    (true,) = (part for part in truth if part.kind == "song")
    assert song.start == pytest.approx(true.start, abs=0.03)
    assert song.end == pytest.approx(true.end - 0.5, abs=0.6)


def test_confidence_is_a_probability(rehearsal: tuple[Findings, list[Part]]) -> None:
    assert all(0.0 <= part.confidence <= 1.0 for part in find_parts(rehearsal[0]))


def check_filled(parts: tuple[Part, ...], duration: float) -> None:
    assert parts[0].start == 0.0
    assert parts[-1].end == duration
    assert all(one.end == next_.start for one, next_ in pairwise(parts))
    assert all(part.seconds > 0.0 for part in parts)


def test_parts_follow_each_other_and_fill_the_recording(
    rehearsal: tuple[Findings, list[Part]],
) -> None:
    findings, _ = rehearsal
    check_filled(find_parts(findings), findings.duration)


def test_a_short_piece_is_one_take_from_its_first_sample_to_its_last_sound() -> None:
    findings = hear(ArraySound(band(12)[: 11 * RATE]))
    (song,) = find_parts(findings)
    assert song.kind == "song"


def test_somebody_who_plays_alone_for_a_short_recording_plays_a_take() -> None:
    findings = hear(ArraySound(fan(noodle(15.0))))
    songs = [part for part in find_parts(findings) if part.kind == "song"]
    assert len(songs) == 1
    assert songs[0].seconds > 11.0


@pytest.mark.parametrize("level_db", [-20.0, -60.0, -90.0])
def test_noise_is_no_music(level_db: float) -> None:
    parts = find_parts(hear(ArraySound(noise(12.0, level_db=level_db))))
    assert [part.kind for part in parts] == ["silence"]


@pytest.mark.parametrize("seconds", [0.005, 0.1, 3.0])
def test_silence_is_silence(seconds: float) -> None:
    findings = hear(ArraySound(silence(seconds)))
    parts = find_parts(findings)
    assert [part.kind for part in parts] == ["silence"]
    check_filled(parts, findings.duration)


def test_nothing_has_no_parts() -> None:
    assert find_parts(hear(ArraySound(silence(0.0)))) == ()


@settings(max_examples=25, deadline=None)
@given(seconds=st.floats(0.001, 200.0), seed=st.integers(0, 99), loud=st.floats(-90.0, 0.0))
def test_whatever_was_heard_the_parts_fill_it(seconds: float, seed: int, loud: float) -> None:
    findings = chance_findings(seconds, seed, loud)
    check_filled(find_parts(findings), seconds)


def chance_findings(seconds: float, seed: int, loud: float) -> Findings:
    """Layers and events that come from no music: blocks of one thing and another."""
    chance = np.random.default_rng(seed)

    def rows(step: float, columns: int, middle: float, spread: float) -> Rows:
        count = int(seconds / step)
        blocks = np.repeat(chance.normal(0.0, 1.0, (count // 100 + 1, 1)), 100, axis=0)[:count]
        values = middle + spread * (blocks + chance.normal(0.0, 0.5, (count, columns)))
        return Rows(values.astype(np.float16), 0.0, step)

    def events(columns: int) -> np.ndarray:
        times = np.sort(chance.uniform(0.0, seconds, int(3 * seconds)))
        return np.column_stack([times, *(chance.uniform(0, 400, (columns - 1, len(times))))])

    layers = {
        "level": rows(0.01, 1, loud, 15.0),
        "strength": rows(0.01, 3, 0.3, 0.3),
        "notes": rows(0.05, 65, 0.5, 0.3),
        "timbre": rows(0.05, 42, -3.0, 0.5),
    }
    return Findings(seconds, layers, events(4), events(2), events(3))


PIECES = st.lists(st.tuples(st.floats(0.0, 50.0), st.floats(0.01, 30.0)), max_size=6)


@given(pieces=PIECES)
def test_painted_parts_neither_overlap_nor_leave_gaps(pieces: list[tuple[float, float]]) -> None:
    parts = [Part(0.0, 100.0, "silence", 1.0)]
    for start, seconds in pieces:
        parts = paint(parts, Part(start, start + seconds, "song", 1.0))
    for one, other in pairwise(parts):
        assert other.start == pytest.approx(one.end, abs=1e-5)
    assert parts[-1].end == 100.0


def test_neighbours_of_one_kind_become_one_part_but_two_songs_stay_two() -> None:
    parts = [
        Part(0.0, 1.0, "talk", 0.9),
        Part(1.0, 2.0, "talk", 0.8),
        Part(2.0, 3.0, "song", 0.8),
        Part(3.0, 4.0, "song", 0.8),
    ]
    assert [(part.start, part.end, part.kind) for part in filled(parts, 4.5)] == [
        (0.0, 2.0, "talk"),
        (2.0, 3.0, "song"),
        (3.0, 4.5, "song"),
    ]
