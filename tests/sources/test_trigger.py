"""The trigger: threshold and hold, whatever the blocks."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.sources.trigger import Trigger, TriggerSpec

RATE = 48000
SPEC = TriggerSpec(channel=0, threshold=-24.0, hold=0.05, note=36, midi_channel=10)
HOLD = 2400  # samples


def hits_at(*places: int, length: int = 48000, peak: float = 0.5) -> np.ndarray:
    sound = np.zeros(length, np.float32)
    for at in places:
        sound[at : at + 100] = -peak * np.linspace(1, 0, 100, dtype=np.float32)
    return sound


def run(sound: np.ndarray, cuts: list[int]) -> list[tuple[int, bytes]]:
    """(sample, message); blocks of at most 8192, cut where told."""
    trigger = Trigger(SPEC, RATE)
    edges = sorted({0, len(sound), *cuts, *range(0, len(sound), 8192)})
    heard = []
    for begin, end in itertools.pairwise(edges):
        heard += [(begin + at, message) for at, message in trigger.process(sound[begin:end])]
    return heard


def test_the_note_stands_at_the_first_sample_above_the_threshold() -> None:
    heard = run(hits_at(1000, 9001), list(range(0, 48000, 128)))
    assert [at for at, _ in heard] == [1000, 1000 + HOLD // 2, 9001, 9001 + HOLD // 2]
    assert [message[:2] for _, message in heard] == [b"\x99\x24", b"\x89\x24"] * 2


def test_a_second_hit_within_the_hold_is_the_same_hit() -> None:
    heard = run(hits_at(1000, 1000 + HOLD - 200, 1000 + HOLD + 1), [])
    assert [at for at, message in heard if message[0] == 0x99] == [1000, 1000 + HOLD + 1]


@given(
    st.lists(st.integers(0, 40_000), max_size=12),
    st.lists(st.integers(1, 47_999), max_size=60),
)
def test_notes_do_not_depend_on_the_blocks(places: list[int], cuts: list[int]) -> None:
    sound = hits_at(*places)
    whole, cut = run(sound, []), run(sound, cuts)
    assert [(at, message[:2]) for at, message in cut] == [(at, m[:2]) for at, m in whole]
    times = [at for at, _ in whole]
    assert times == sorted(times)
    kinds = [message[0] for _, message in whole]
    assert kinds == [0x99, 0x89] * (len(kinds) // 2)


def test_a_louder_hit_has_a_higher_velocity() -> None:
    velocities = [
        run(hits_at(1000, peak=peak), [])[0][1][2] for peak in (0.064, 0.125, 0.25, 0.5, 1.0)
    ]
    assert velocities == sorted(set(velocities))
    assert velocities[-1] == 127
    assert 1 <= velocities[0] <= 5


@pytest.mark.parametrize(("wrong", "velocity"), [(np.nan, 95), (np.inf, 127), (4.0, 127)])
def test_a_hit_beside_what_is_no_number_is_heard(wrong: float, velocity: int) -> None:
    sound = hits_at(1000, peak=0.5)
    sound[1050] = wrong
    heard = run(sound, [])
    assert [at for at, _ in heard] == [1000, 1000 + HOLD // 2]
    assert heard[0][1][2] == velocity


def test_silence_and_what_is_no_number_say_nothing() -> None:
    assert run(np.zeros(5000, np.float32), []) == []
    assert run(np.full(5000, np.nan, np.float32), []) == []
