"""From blocks to events."""

import numpy as np
import pytest

from bridge.events import Event, Gap, Level
from bridge.live.engine import LONGEST_FILL, Engine
from bridge.sources import Block

RATE = 48000


def noise(seconds: float, channels: int = 2) -> np.ndarray:
    chance = np.random.default_rng(1)
    return (chance.standard_normal((round(seconds * RATE), channels)) * 0.1).astype(np.float32)


def levels(events: list[Event]) -> list[float]:
    return [round(event.at, 6) for event in events if isinstance(event, Level)]


def test_lost_sound_is_said_and_stream_time_stays_true() -> None:
    engine = Engine(RATE, 2, ["level"])
    sound = noise(3)
    events = engine.hear(Block(sound[:RATE], 0))
    events += engine.hear(Block(sound[2 * RATE :], 2 * RATE, gap=RATE, reason="a test"))
    (gap,) = (event for event in events if isinstance(event, Gap))
    assert (gap.at, gap.seconds, gap.reason) == (1.0, 1.0, "a test")
    assert levels(events) == [round(0.1 * n, 6) for n in range(1, 31)]


def test_a_gap_is_heard_as_silence() -> None:
    engine = Engine(RATE, 2, ["level"])
    engine.hear(Block(noise(1), 0))
    events = engine.hear(Block(noise(1), 2 * RATE, gap=RATE, reason="a test"))
    quiet = [e.rms for e in events if isinstance(e, Level) and 1.1 < e.at <= 2.0]
    assert len(quiet) == 9
    assert max(quiet) < -90


def test_after_a_very_long_gap_everything_starts_afresh_at_the_right_time() -> None:
    engine = Engine(RATE, 2, ["level"])
    engine.hear(Block(noise(1), 0))
    lost = round((LONGEST_FILL + 10) * RATE)
    events = engine.hear(Block(noise(1), RATE + lost, gap=lost, reason="a test"))
    assert isinstance(events[0], Gap)
    assert levels(events)[0] == pytest.approx(1 + LONGEST_FILL + 10 + 0.1)


@pytest.mark.parametrize("first", [1, 479, 480, 12345])
def test_a_stream_may_be_joined_anywhere(first: int) -> None:
    sound = noise(2)
    for start in range(0, len(sound), RATE // 4):
        sound[start + RATE // 50 : start + RATE // 4] *= 0.01  # bursts of 20 ms
    whole = Engine(RATE, 2, ["onsets"]).hear(Block(sound, 0))
    engine = Engine(RATE, 2, ["onsets"])
    joined = [
        event
        for start in range(first, len(sound), 64)
        for event in engine.hear(Block(sound[start : start + 64], start))
    ]
    later = [event.at for event in whole if event.at > 1.0]
    assert later
    assert [event.at for event in joined if event.at > 1.0] == later
