"""Where the transport jumps: what Reaper's and Live's scripts tell, and what is made of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from lupa import lua53, lua54

from bridge.clocks import SECOND
from bridge.daw.timeline import Pass
from bridge.daw.wire import Message, message
from tests.daw.transports import timeline_of
from tests.daw_scripts.live.play import Play
from tests.daw_scripts.reaper.transport import Transport
from tests.daw_scripts.reaper_world import World


@pytest.fixture(params=[(lua53, "6.71"), (lua54, "7.78")], ids=["6.71", "7.78"])
def reaper(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    lua, version = request.param
    world = World(tmp_path, lua, version)
    world.connected()
    yield world
    assert world.daemon is not None
    world.daemon.close()
    assert world.reaper.mistakes == []


@pytest.fixture
def live(tmp_path: Path) -> Play:
    play = Play(tmp_path).connect()
    play.run(1.0)
    return play


def rolls(world: World) -> Transport:
    return world.reaper.behaviour(Transport)  # type: ignore[no-any-return]


def clocks(world: World) -> list[Message]:
    assert world.daemon is not None
    return world.daemon.told("clock")


def live_clocks(play: Play) -> list[Message]:
    assert play.daemon is not None
    return [message("clock", **each) for each in play.daemon.told("clock")]


def passes(told: Sequence[Message]) -> list[Pass]:
    return timeline_of(told).passes


def test_reaper_tells_the_loop_while_it_repeats_and_rolls(reaper: World) -> None:
    transport = reaper.reaper
    transport.project.selection, rolls(reaper).repeat = (4.0, 6.5), True
    reaper.run(1.2)
    assert clocks(reaper)[-1].number("loop_end") is None
    transport.play(at=4.0)
    reaper.run(1)
    assert (clocks(reaper)[-1].number("loop_start"), clocks(reaper)[-1].number("loop_end")) == (
        4.0,
        6.5,
    )
    rolls(reaper).repeat = False
    reaper.run(0.2)
    assert clocks(reaper)[-1].number("loop_start") is None
    rolls(reaper).repeat, transport.project.selection = True, (4.0, 4.0)
    reaper.run(0.2)
    assert clocks(reaper)[-1].number("loop_start") is None, "an empty range is no loop"


@pytest.mark.parametrize("rate", [1.0, 0.75])
def test_a_round_in_reaper_begins_when_the_loop_s_end_is_reached(
    reaper: World, rate: float
) -> None:
    transport = reaper.reaper
    transport.project.selection, rolls(reaper).repeat = (4.0, 6.5), True
    rolls(reaper).play_rate = rate
    began = transport.time
    transport.play(at=3.3)
    reaper.run(12)
    [_, *rounds] = passes(clocks(reaper))
    first = began + (6.5 - 3.3) / rate
    expected = [first + 2.5 / rate * n for n in range(int((transport.time - first) * rate / 2.5))]
    for each, true in zip(rounds, expected, strict=False):
        assert each.start_ns / SECOND == pytest.approx(true, abs=0.001)
        assert each.first == pytest.approx(4.0, abs=0.001)
        assert each.after == "loop"
    assert len(rounds) >= len(expected) > 1


@pytest.mark.parametrize("to", [40.0, 5.0])
def test_a_seek_in_reaper_begins_where_the_cursor_is_met(reaper: World, to: float) -> None:
    transport = reaper.reaper
    transport.play(at=20.0)
    reaper.run(2.03)
    transport.project.cursor = to
    transport.seek(to)
    sought = transport.time
    reaper.run(2)
    first, second = passes(clocks(reaper))
    assert second.start_ns / SECOND == pytest.approx(sought, abs=0.001)
    assert second.first == pytest.approx(to, abs=0.001)
    assert first.last == pytest.approx(20.0 + 2.03, abs=0.02)


def test_both_sides_of_a_jump_in_reaper_are_told_at_once(reaper: World) -> None:
    transport = reaper.reaper
    transport.play(at=20.0)
    reaper.run(2.03)
    transport.seek(60.0)  # and the cursor stays elsewhere
    sought = transport.time
    reaper.run(0.04)
    before, after = clocks(reaper)[-2:]
    assert before.number("at") == pytest.approx(22.0, abs=0.1)
    assert after.number("at") == pytest.approx(60.0, abs=0.1)
    moments = [each.number("t") or 0.0 for each in (before, after)]
    assert sought - 1 / 29 < moments[0] <= sought <= moments[1] < sought + 1 / 29
    reaper.run(2)
    assert abs(passes(clocks(reaper))[-1].start_ns / SECOND - sought) < 0.018
    stamps = [each.number("t") or 0.0 for each in clocks(reaper)]
    assert stamps == sorted(stamps)


def test_a_dialog_of_reaper_and_large_blocks_are_no_jump(reaper: World) -> None:
    transport = reaper.reaper
    transport.play(at=20.0)
    reaper.run(2)
    transport.advance(3.0, busy=True)
    reaper.run(2)
    told = len(clocks(reaper))
    for step in range(60):  # positions by blocks of 4096 samples
        rolls(reaper).position += 0.093 * (1 if step % 2 else -1)
        reaper.run(1 / 30)
    assert len(clocks(reaper)) - told <= 22
    assert len(passes(clocks(reaper)[:told])) == 1


def test_live_tells_the_loop_while_it_is_on_and_rolls(live: Play) -> None:
    song = live.world.song
    song.values.update(loop=True, loop_start=8.0, loop_length=4.0)
    live.run(1.2)
    assert live_clocks(live)[-1].number("loop_end") is None
    song.values.update(is_playing=True)
    live.run(0.3)
    told = live_clocks(live)[-1]
    assert (told.number("loop_start"), told.number("loop_end")) == (8.0, 12.0)
    song.values.update(loop=False)
    live.run(0.2)
    assert live_clocks(live)[-1].number("loop_end") is None


def test_a_round_in_live_begins_when_the_loop_s_end_is_reached(live: Play) -> None:
    song = live.world.song
    song.values.update(loop=True, loop_start=8.0, loop_length=6.0, tempo=90.0, is_playing=True)
    song.__dict__["pos"] = 3.0
    began = live.world.now
    live.run(20.0)
    [_, *rounds] = passes(live_clocks(live))
    assert len(rounds) == 4
    for number, each in enumerate(rounds):
        assert each.start_ns / SECOND == pytest.approx(began + (11 + 6 * number) / 1.5, abs=0.011)
        assert each.first == pytest.approx(8.0, abs=0.001)


@pytest.mark.parametrize("version", ["11.3.0", "12.3.6"])
def test_a_seek_in_live_is_known_to_a_tick(tmp_path: Path, version: str) -> None:
    live = Play(tmp_path, version).connect()
    live.world.song.values.update(is_playing=True)
    live.run(2.03)
    live.world.song.__dict__["pos"] = 40.0
    sought = live.world.now
    live.run(2.0)
    second = passes(live_clocks(live))[-1]
    assert abs(second.start_ns / SECOND - sought) < 0.011
    live.fine()


def test_a_seek_in_live_begins_where_it_was_sent_to(live: Play) -> None:
    live.world.song.values.update(is_playing=True)
    live.run(2.03)
    live.world.song.__dict__["pos"] = 40.0
    live.world.song.values["start_time"] = 40.0
    sought = live.world.now
    live.run(2.0)
    assert live_clocks(live)[-1].number("cursor") == 40.0
    second = passes(live_clocks(live))[-1]
    assert second.start_ns / SECOND == pytest.approx(sought, abs=0.001)
    live.fine()
