"""Stream time and the computer's clock."""

import numpy as np
import pytest

from bridge.clocks import SECOND, HostClock


def test_jitter_of_arrival_does_not_move_the_clock() -> None:
    chance = np.random.default_rng(2)
    clock = HostClock()
    for number in range(2000):
        stream = number * 0.01
        late = int(chance.exponential(0.004) * SECOND)
        clock.heard(stream, 5 * SECOND + round(stream * SECOND) + late)
    error = clock.host_ns(30.0) - 35 * SECOND
    assert 0 <= error < 0.0005 * SECOND
    assert clock.stream(clock.host_ns(12.5)) == pytest.approx(12.5)


@pytest.mark.parametrize("drift", [-100e-6, 100e-6])
def test_a_drifting_device_is_followed(drift: float) -> None:
    clock = HostClock()
    for number in range(60000):
        stream = number * 0.01
        clock.heard(stream, round(stream * (1 + drift) * SECOND))
    truth = 600 * (1 + drift) * SECOND
    assert abs(clock.host_ns(600.0) - truth) < 0.0015 * SECOND


def test_nothing_is_known_before_anything_was_heard() -> None:
    clock = HostClock()
    assert not clock.known
    clock.heard(0.0, 0)
    assert clock.known
