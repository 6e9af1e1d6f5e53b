"""The bundled song, heard as a stream: its riff of four bars comes again and again."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest

from bridge.daw.riffs.recurrence import Found
from bridge.daw.riffs.stream import StreamHearing
from bridge.demo import SONG
from bridge.sources import Block
from bridge.sources.file import read_whole

SECONDS = 26
FIRST = 1_000_000  # number of the song's first sample in the stream
TRUTH = json.loads(SONG.with_suffix(".json").read_text())


@pytest.fixture(scope="module")
def song() -> tuple[np.ndarray, int]:
    samples, rate = read_whole(SONG)
    return samples[: SECONDS * rate].astype(np.float32), rate


def hearing_of(song: np.ndarray, rate: int, block: int, memory: float = 300.0) -> StreamHearing:
    hearing = StreamHearing(rate, song.shape[1], memory)
    for at in range(0, len(song), block):
        hearing.hear(Block(song[at : at + block], FIRST + at))
    return hearing


def look(hearing: StreamHearing, rate: int) -> Found:
    excerpt = hearing.excerpt(0.0, (FIRST + SECONDS * rate) / rate)
    assert excerpt is not None
    return excerpt.riffs()


@pytest.fixture(scope="module")
def found(song: tuple[np.ndarray, int]) -> Found:
    return look(hearing_of(*song, block=song[1] // 2), song[1])


def test_a_riff_lies_where_it_sounded_in_the_stream(
    song: tuple[np.ndarray, int], found: Found
) -> None:
    begin = FIRST / song[1]
    assert (found.start, found.end) == pytest.approx((begin, begin + SECONDS))
    (riff,) = found.riffs
    assert len(riff.times) >= 2
    ones = begin + np.array(TRUTH["downbeats"])
    for start, end in riff.times:
        first, last = (int(np.abs(ones - at).argmin()) for at in (start, end))
        assert abs(ones[first] - start) < 0.05
        assert last - first == 4, "it is four bars long"
    assert all(after[0] >= before[1] - 1e-6 for before, after in pairwise(riff.times))


def test_what_was_lost_moves_nothing(song: tuple[np.ndarray, int], found: Found) -> None:
    samples, rate = song
    hearing = StreamHearing(rate, 2)
    half, lost = 13 * rate, rate // 20
    hearing.hear(Block(samples[:half], FIRST))
    hearing.hear(Block(samples[half + lost :], FIRST + half + lost, lost, "a test"))
    (riff,) = look(hearing, rate).riffs
    np.testing.assert_allclose(riff.times, found.riffs[0].times, atol=0.05)


def test_what_comes_twice_is_heard_once(song: tuple[np.ndarray, int], found: Found) -> None:
    samples, rate = song
    hearing = StreamHearing(rate, 2)
    for first in range(0, SECONDS * rate, 4 * rate):
        begin = max(0, first - rate)  # a second of it was there before
        hearing.hear(Block(samples[begin : first + 4 * rate], FIRST + begin))
        hearing.hear(Block(samples[begin : begin + 10], FIRST + begin))
    (riff,) = look(hearing, rate).riffs
    np.testing.assert_allclose(riff.times, found.riffs[0].times, atol=0.05)


def test_only_the_last_seconds_are_remembered(song: tuple[np.ndarray, int]) -> None:
    samples, rate = song
    hearing = hearing_of(samples, rate, rate, memory=10.0)
    excerpt = hearing.excerpt(0.0, 1e6)
    assert excerpt is not None
    assert excerpt.start == pytest.approx(FIRST / rate + SECONDS - 10.0)
    assert max(len(rows.values) * rows.step for rows in excerpt.findings.layers.values()) < 11.0


def test_another_piece_begins_after_a_long_loss() -> None:
    hearing = StreamHearing(48000, 1)
    noise = np.random.default_rng(1).normal(0, 0.1, (48000, 1)).astype(np.float32)
    hearing.hear(Block(noise, 0))
    hearing.hear(Block(noise, 120 * 48000, 119 * 48000, "a test"))
    excerpt = hearing.excerpt(0.0, 1e6)
    assert excerpt is not None
    assert (excerpt.start, excerpt.findings.duration) == (120.0, 1.0)


def test_nothing_heard_is_nothing() -> None:
    hearing = StreamHearing(48000, 8)
    assert hearing.excerpt(0.0, 10.0) is None
    hearing.hear(Block(np.zeros((48000, 8), np.float32), 0))
    assert hearing.excerpt(5.0, 10.0) is None
    excerpt = hearing.excerpt(0.0, 10.0)
    assert excerpt is not None and excerpt.riffs().riffs == ()
