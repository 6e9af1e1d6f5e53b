"""How the engine says that it is."""

import numpy as np

from bridge.events import State
from bridge.live.condition import PATIENCE, STALL, Condition

LOUD = np.full((480, 2), 0.1, np.float32)
QUIET = np.zeros((480, 2), np.float32)


def names(states: list[State]) -> list[str]:
    return [state.state for state in states]


def test_the_first_sound_is_listening_and_it_is_said_once() -> None:
    condition = Condition()
    assert names(condition.hear(LOUD, 0.01)) == ["listening"]
    assert condition.hear(LOUD, 0.02) == []


def test_silence_is_said_after_a_while_and_sound_ends_it() -> None:
    condition = Condition()
    condition.hear(LOUD, 0.01)
    assert condition.hear(QUIET, PATIENCE - 0.1) == []
    assert names(condition.hear(QUIET, PATIENCE + 0.1)) == ["silent"]
    assert names(condition.hear(LOUD, PATIENCE + 0.2)) == ["listening"]


def test_no_blocks_is_stalled_and_a_block_ends_it() -> None:
    condition = Condition()
    condition.hear(LOUD, 0.01)
    assert condition.wait(STALL / 2, 0.5) == []
    assert names(condition.wait(STALL * 1.1, 1.2)) == ["stalled"]
    assert condition.wait(STALL * 2, 2.0) == []
    assert names(condition.hear(LOUD, 2.1)) == ["listening"]


def test_a_lost_device_stays_lost_until_it_is_heard_again() -> None:
    condition = Condition()
    condition.hear(LOUD, 0.01)
    assert names(condition.told("lost", "the cable", 1.0)) == ["lost"]
    assert condition.wait(10, 11.0) == []
    assert names(condition.hear(LOUD, 11.5)) == ["listening"]


def test_what_the_source_says_of_itself_holds_until_it_says_otherwise() -> None:
    condition = Condition()
    condition.hear(LOUD, 0.01)
    assert names(condition.told("stalled", "not in JACK: player:out", 1.0)) == ["stalled"]
    assert condition.hear(QUIET, 1.01) == []
    assert condition.hear(QUIET, 60.0) == []
    assert names(condition.told("listening", "JACK runs", 60.0)) == ["listening"]
    assert condition.hear(LOUD, 60.01) == []


def test_a_source_that_stalled_and_then_died_is_heard_when_it_is_back() -> None:
    condition = Condition()
    condition.told("stalled", "nothing is connected to our inputs in JACK", 1.0)
    assert names(condition.told("lost", "the capture process ended", 2.0)) == ["lost"]
    assert names(condition.hear(LOUD, 3.0)) == ["listening"]
