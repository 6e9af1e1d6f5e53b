"""A real Ardour 7 goes round a loop and is sent elsewhere: the moments that its lines tell."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from bridge.clocks import SECOND
from tests.daw.transports import timeline_of
from tests.end_to_end.ardour_world import SCRIPTS, Ardour, ardour, composed
from tests.end_to_end.servers import jack_dummy
from tests.end_to_end.test_ardour import HOOK, PERIOD, RATE, User, peer

pytestmark = pytest.mark.end_to_end

LOOP = (2 * RATE, 3 * RATE)


def watched(daw: Ardour, seconds: float) -> np.ndarray:
    """What the OSC surface says of the playhead, as often as it can: (n, 2), second and sample."""
    seen = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        at = daw.position()
        seen.append((time.monotonic(), float(at)))
        time.sleep(0.002)
    return np.array(seen)


def jumps(seen: np.ndarray, gone: np.ndarray, to: int) -> list[float]:
    """Seconds at which the playhead went to that sample: its positions after it, followed back.

    `gone`: of each two positions, whether it jumped between them. An answer is late, never early:
    of half a second of them the earliest counts.
    """
    found = []
    for index in np.flatnonzero(gone) + 1:
        after = seen[index:][seen[index:, 0] < seen[index, 0] + 0.5]
        after = after[after[:, 1] > to]
        found.append(float((after[:, 0] - (after[:, 1] - to) / RATE).min()))
    return found


def test_rounds_of_a_loop_and_a_locate_begin_when_ardour_does_so(tmp_path: Path) -> None:
    folder = tmp_path / "daw"
    hook = composed(SCRIPTS / "dawbridge.lua", tmp_path, folder)
    user_script = composed(Path(__file__).parent / "ardour_user.lua", tmp_path, tmp_path)
    with (
        jack_dummy(RATE, PERIOD) as server,
        peer(folder) as daemon,
        ardour(server, tmp_path, hooks={hook: HOOK}, actions={1: user_script}) as daw,
    ):
        daemon.wait("ready")
        assert not [told for told in daemon.all("clock") if told.number("loop_end") is not None]
        User(daw, tmp_path).does(("loop", *LOOP))
        daemon.wait("clock", lambda told: told.flag("play"))
        seen = [watched(daw, 2.9)]
        daw.osc.send("/locate", 5 * RATE, 1)  # type: ignore[union-attr]
        seen.append(watched(daw, 1.2))
        daw.stop()
        told = daemon.all("clock")
        daw.save()

    played = np.concatenate(seen)
    steps = np.diff(played[:, 1])
    rounds = jumps(played, steps < 0, LOOP[0])
    [sought] = jumps(played, steps > RATE, 5 * RATE)
    rolling = [each for each in told if each.flag("play")]
    assert rolling[3].number("loop_start") == LOOP[0] / RATE
    assert rolling[3].number("loop_end") == LOOP[1] / RATE
    assert rolling[-1].number("cursor") == pytest.approx(5.0, abs=2 * PERIOD / RATE)
    first, *others = timeline_of(told).passes  # its stamps are this computer's monotonic clock
    assert first.after == "start"
    assert [each.first for each in others] == pytest.approx(
        [2.0] * len(rounds) + [5.0], abs=2 * PERIOD / RATE
    )
    off = np.array([each.start_ns for each in others]) / SECOND - np.array([*rounds, sought])
    print("edges off by", np.round(1000 * off, 2), "ms")
    assert len(rounds) >= 2
    # Positions are told less the input's latency, which is none or a period here. Beside other work
    # JACK's dummy slips by some of one.
    assert off.min() > -PERIOD / RATE
    assert off.max() < 2 * PERIOD / RATE
