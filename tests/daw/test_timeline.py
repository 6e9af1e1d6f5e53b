"""Positions of a transport at moments of our clock, from what scripts tell."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.clocks import SECOND
from bridge.daw.timeline import Sample, ScriptClock, Timeline
from tests.daw.transports import BASE, Stretch, Transport, hear, host_ns

SONG = Transport((Stretch(3.3, 45.0, 10.0),), 47.0)
BLOCKS = 2048 / 44100
STAMPED = pytest.mark.parametrize("stamped", [True, False], ids=["stamped", "arrivals"])
DRIFTS = pytest.mark.parametrize(
    ("drift", "script"), [(300e-6, -300e-6), (-300e-6, 300e-6), (300e-6, 300e-6), (0.0, 0.0)]
)


def told(seconds: float, at: float, playing: bool = True, **more: object) -> Sample:
    return replace(Sample(host_ns(seconds), at, playing, False, exact=True), **more)  # type: ignore[arg-type]


def rolled(begin: float, end: float, at: float, **more: object) -> list[Sample]:
    moments = np.arange(begin, end, 0.1).tolist()
    return [told(moment, at + moment - begin, **more) for moment in moments]


def heard(*samples: Sample) -> Timeline:
    timeline = Timeline()
    for sample in samples:
        timeline.hear(sample)
    return timeline


@STAMPED
@DRIFTS
def test_positions_are_within_10_ms_while_recording(
    stamped: bool, drift: float, script: float
) -> None:
    transport = replace(SONG, stamped=stamped, drift=drift, script_drift=script)
    result = hear(transport, seed=3)
    assert result.live.max() < 10.0
    assert result.kept.max() < 10.0
    assert [each.after for each in result.timeline.passes] == ["start"]


@DRIFTS
def test_positions_told_by_audio_blocks_are_within_10_ms(drift: float, script: float) -> None:
    transport = replace(SONG, drift=drift, script_drift=script, block=BLOCKS)
    result = hear(transport, seed=4)
    assert np.percentile(result.live, 90) < 5.0
    assert result.live.max() < 15.0  # until a sample happens to fall on a block's beginning
    assert result.kept.max() < 5.0
    assert len(result.timeline.passes) == 1


@STAMPED
@pytest.mark.parametrize("rate", [0.5, 2.0])
def test_a_play_rate_is_followed(stamped: bool, rate: float) -> None:
    stretches = (Stretch(3.3, 45.0, 10.0, rate),)
    result = hear(replace(SONG, stretches=stretches, stamped=stamped, drift=2e-4))
    assert max(result.live.max(), result.kept.max()) < 10.0
    assert len(result.timeline.passes) == 1


@STAMPED
def test_seeks_make_passes_that_begin_where_they_went(stamped: bool) -> None:
    stretches = (
        Stretch(2.2, 20.0, 0.0),
        Stretch(20.0, 31.7, 60.0),
        Stretch(31.7, 40.0, 5.0),
        Stretch(45.0, 55.0, 5.0),
    )
    result = hear(Transport(stretches, 58.0, stamped=stamped, drift=1e-4))
    assert [each.after for each in result.timeline.passes] == ["start", "seek", "loop", "start"]
    assert [each.number for each in result.timeline.passes] == [1, 2, 3, 4]
    assert max(result.live.max(), result.kept.max()) < 10.0
    assert result.edges.max() < 0.1
    assert result.timeline.place(host_ns(42.0)) is None


@STAMPED
def test_each_time_round_a_loop_is_a_pass(stamped: bool) -> None:
    stretches = tuple(Stretch(2.0 + 3 * number, 5.0 + 3 * number, 8.0) for number in range(8))
    result = hear(Transport(stretches, 28.0, stamped=stamped, drift=-2e-4))
    assert [each.after for each in result.timeline.passes] == ["start"] + ["loop"] * 7
    assert max(result.live.max(), result.kept.max()) < 10.0


@STAMPED
@pytest.mark.parametrize("how", ["stalls", "frozen"])
@pytest.mark.parametrize("begin", [2.0, 20.0])
def test_a_stall_of_5_s_and_a_burst_after_it_are_no_jump(
    stamped: bool, how: str, begin: float
) -> None:
    transport = replace(SONG, stamped=stamped, drift=3e-4, **{how: ((begin, 5.0),)})  # type: ignore[arg-type]
    result = hear(transport, seed=5)
    assert len(result.timeline.passes) == 1
    assert result.live.max() < 10.0
    assert result.kept.max() < 10.0


def test_a_stop_within_a_burst_ends_the_pass_where_it_was() -> None:
    transport = replace(SONG, stamped=False, stalls=((43.0, 5.0),), length=50.0)
    [only] = hear(transport).timeline.passes
    assert only.end_ns is not None
    assert abs(only.end_ns - host_ns(45.0)) < 0.02 * SECOND


@STAMPED
def test_tempo_changes_in_beats_stay_in_one_pass(stamped: bool) -> None:
    stretches = (
        Stretch(2.0, 15.0, 0.0, 2.0),
        Stretch(15.0, 30.0, 26.0, 140 / 60),
        Stretch(30.0, 45.0, 61.0, 90 / 60),
    )
    result = hear(Transport(stretches, 47.0, stamped=stamped, drift=1e-4), seed=2)
    assert len(result.timeline.passes) == 1
    assert max(result.live.max(), result.kept.max()) < 10.0


def test_a_tempo_ramp_is_followed() -> None:
    stretches = (
        Stretch(2.0, 12.0, 0.0, 2.0),
        Stretch(12.0, 32.0, 20.0, 2.0, ramp=1 / 60),
        Stretch(32.0, 40.0, 20.0 + 40.0 + 400 / 120, 2.0 + 20 / 60),
    )
    result = hear(Transport(stretches, 42.0, stamped=False))
    assert len(result.timeline.passes) == 1
    assert max(result.live.max(), result.kept.max()) < 10.0


def test_a_seek_in_a_tempo_change_is_seen() -> None:
    slow = [told(s, 2 * s, rate=2.0) for s in np.arange(0.0, 5.0, 0.1)]
    fast = [told(s, 40 + 3 * s, rate=3.0) for s in np.arange(5.0, 9.0, 0.1)]
    timeline = heard(*slow, *fast)
    assert [each.after for each in timeline.passes] == ["start", "seek"]
    placed = timeline.place(host_ns(8.0))
    assert placed is not None
    assert placed.at == pytest.approx(64.0, abs=1e-3)


def test_a_pass_begins_where_the_transport_stood() -> None:
    result = hear(replace(SONG, jitter=0.0))
    [only] = result.timeline.passes
    assert only.first == pytest.approx(10.0, abs=1e-3)
    assert abs(only.start_ns - host_ns(3.3)) < 0.002 * SECOND
    assert only.end_ns is not None
    assert abs(only.end_ns - host_ns(45.0)) < 0.002 * SECOND


def test_a_pass_that_began_elsewhere_than_the_cursor_begins_between_the_samples() -> None:
    timeline = heard(told(0.0, 0.0, False), told(1.0, 0.0, False), *rolled(1.5, 4.0, 77.0))
    [only] = timeline.passes
    assert host_ns(1.0) <= only.start_ns <= host_ns(1.5)
    assert timeline.place(host_ns(1.5)) is not None
    assert timeline.place(host_ns(0.9)) is None


def test_a_pass_that_began_where_the_cursor_was_told_begins_there() -> None:
    standing = [told(0.0, 0.0, False), told(1.0, 0.0, False)]
    [only] = heard(*standing, *rolled(1.5, 4.0, 77.1, cursor=77.0)).passes
    assert abs(only.start_ns - host_ns(1.4)) < 0.001 * SECOND
    assert only.first == pytest.approx(77.0, abs=1e-6)


def test_a_punch_in_makes_a_pass_on_the_same_line() -> None:
    timeline = heard(
        *rolled(0.0, 5.0, 10.0),
        *rolled(5.0, 8.0, 15.0, recording=True),
        *rolled(8.0, 9.0, 18.0),
        told(9.05, 19.05, False),
    )
    kinds = [(each.after, each.recording) for each in timeline.passes]
    assert kinds == [("start", False), ("record", True), ("record", False)]
    first, second, third = timeline.passes
    assert first.end_ns == second.start_ns
    assert second.end_ns == third.start_ns
    assert abs(second.start_ns - host_ns(4.95)) < 0.051 * SECOND
    assert second.last == pytest.approx(third.first)


def test_between_two_rounds_of_a_loop_every_moment_has_a_place() -> None:
    stretches = tuple(Stretch(2.0 + 3 * number, 5.0 + 3 * number, 8.0) for number in range(5))
    transport = Transport(stretches, 18.0, drift=3e-4)
    timeline = Timeline()
    for _, sample in transport.samples(seed=8):
        timeline.hear(sample)
        assert timeline.passes is not None  # looked at meanwhile, as the hub does
    for seconds in np.arange(2.1, 16.9, 0.003):
        assert timeline.place(host_ns(seconds)) is not None


def looped(rounds: int, first: float = 8.0, **more: object) -> Transport:
    """From `first` to 12, then from 8 to 12 again and again, told by the script."""
    end = 2.0 + 12.0 - first
    stretches = [Stretch(2.0, end, first)]
    stretches += [Stretch(end + 4.0 * n, end + 4.0 * (n + 1), 8.0) for n in range(rounds)]
    transport = Transport(tuple(stretches), end + 4.0 * rounds + 1.0, loop=(8.0, 12.0))
    return replace(transport, **more)  # type: ignore[arg-type]


@STAMPED
@DRIFTS
@pytest.mark.parametrize("block", [0.0, 1024 / 44100])
def test_a_round_of_a_told_loop_begins_when_its_end_is_reached(
    stamped: bool, drift: float, script: float, block: float
) -> None:
    # the rounds must be seamless by the sound card's clock
    transport = looped(8, stamped=stamped, drift=0.0, script_drift=script - drift, block=block)
    result = hear(transport, seed=5)
    assert [each.after for each in result.timeline.passes] == ["start"] + ["loop"] * 8
    assert result.edges.max() < 0.01
    assert result.live.max() < 12.0
    assert result.kept.max() < 8.0
    for each in result.timeline.passes[1:]:
        assert each.first == pytest.approx(8.0, abs=1e-6)


def test_events_at_the_edges_of_a_loop_lie_in_their_round() -> None:
    transport = looped(5)
    timeline = hear(transport, seed=2).timeline
    for edge in (6.0, 10.0, 14.0, 18.0):
        number = round((edge - 6.0) / 4.0) + 1
        before = timeline.place(host_ns(edge - 0.01))
        after = timeline.place(host_ns(edge + 0.01))
        assert before is not None
        assert after is not None
        assert (before.number, after.number) == (number, number + 1)
        assert before.at == pytest.approx(11.99, abs=0.006)
        assert after.at == pytest.approx(8.01, abs=0.006)
        at = timeline.place(timeline.passes[number].start_ns)
        assert at is not None
        assert (at.at, at.number) == (pytest.approx(8.0, abs=1e-6), number + 1)


def test_a_loop_that_is_entered_from_before_or_left_behind_is_no_riddle() -> None:
    before = hear(looped(3, first=3.0)).timeline.passes
    assert [round(each.first, 2) for each in before] == [3.0, 8.0, 8.0, 8.0]
    behind = hear(replace(SONG, loop=(8.0, 9.5))).timeline  # from 10 on
    assert [each.after for each in behind.passes] == ["start"]
    placed = behind.place(host_ns(40.0))
    assert placed is not None
    assert placed.at == pytest.approx(46.7, abs=0.01)


def test_a_loop_that_is_switched_off_or_moved_is_left_as_it_was_told() -> None:
    on = [replace(each, loop=(8.0, 12.0)) for each in rolled(0.0, 3.95, 8.0)]
    off = rolled(3.95, 8.0, 11.95)  # through the end
    assert len(heard(*on, *off).passes) == 1
    moved = [replace(each, loop=(6.0, 12.0)) for each in rolled(4.05, 8.0, 6.05)]
    timeline = heard(*on, *moved)  # just before the end was reached
    assert [each.after for each in timeline.passes] == ["start", "loop"]
    assert timeline.passes[1].first == pytest.approx(6.0, abs=1e-6)
    assert abs(timeline.passes[1].start_ns - host_ns(4.0)) < 0.001 * SECOND


def test_a_seek_within_a_loop_is_a_seek() -> None:
    timeline = heard(
        *rolled(0.0, 2.0, 8.0, loop=(8.0, 12.0)),
        *rolled(2.0, 5.5, 8.5, loop=(8.0, 12.0)),
        *rolled(5.55, 7.0, 8.05, loop=(8.0, 12.0)),
    )
    first, second, third = timeline.passes
    assert (second.after, third.after) == ("loop", "loop")
    assert host_ns(1.9) <= second.start_ns <= host_ns(2.0)
    assert abs(third.start_ns - host_ns(5.5)) < 0.001 * SECOND
    assert first.last < 10.01


def test_rounds_that_nobody_told_of_are_passes_too() -> None:
    transport = looped(6, frozen=((9.0, 9.5),))
    timeline = hear(transport, seed=3).timeline
    assert [each.after for each in timeline.passes] == ["start"] + ["loop"] * 6
    starts = [(each.start_ns - BASE) / SECOND for each in timeline.passes[1:]]
    assert starts == pytest.approx([6.0 + 4 * n for n in range(6)], abs=0.005)
    for seconds in np.arange(2.1, 29.9, 0.1):
        placed = timeline.place(host_ns(seconds))
        assert placed is not None
        assert (
            placed.at == pytest.approx(transport.truth(seconds), abs=0.01)
            or min(abs(seconds - edge) for edge in starts) < 0.01
        )


def test_a_loop_in_beats_with_a_tempo_is_followed() -> None:
    stretches = [Stretch(2.0, 6.0, 8.0, 1.5)]
    stretches += [Stretch(6.0 + 4 * n, 10.0 + 4 * n, 8.0, 1.5) for n in range(4)]
    transport = Transport(tuple(stretches), 23.0, loop=(8.0, 14.0), drift=0.0)
    result = hear(transport)
    assert result.edges.max() < 0.005
    assert max(result.live.max(), result.kept.max()) < 10.0


@pytest.mark.parametrize("gap", [0.01, 0.03, 0.045])
def test_a_daw_that_loops_with_a_gap_is_not_pulled_away(gap: float) -> None:
    stretches = [Stretch(2.0 + (4 + gap) * n, 6.0 + (4 + gap) * n, 8.0) for n in range(10)]
    result = hear(Transport(tuple(stretches), 44.0, loop=(8.0, 12.0)))
    assert len(result.timeline.passes) == 10
    assert result.kept.max() < 25.0


@STAMPED
@pytest.mark.parametrize("block", [0.0, 1024 / 44100])
def test_a_seek_begins_where_the_cursor_is_met(stamped: bool, block: float) -> None:
    stretches = (
        Stretch(2.2, 20.0, 0.0),
        Stretch(20.0, 31.7, 60.0),
        Stretch(31.7, 40.0, 5.0),
    )
    transport = Transport(stretches, 42.0, stamped=stamped, block=block, cursors=True)
    result = hear(transport, seed=4)
    assert len(result.timeline.passes) == 3
    assert result.edges.max() < 0.008


def test_a_cursor_that_is_elsewhere_does_no_harm() -> None:
    samples = [*rolled(0.0, 3.0, 0.0, cursor=0.0), *rolled(3.05, 6.0, 60.0, cursor=17.0)]
    _, second = heard(*samples).passes
    assert host_ns(2.9) <= second.start_ns <= host_ns(3.05)
    wild = [replace(each, cursor=math.nan) for each in samples]
    assert len(heard(*wild).passes) == 2


def test_both_sides_of_a_jump_that_are_told_leave_a_tick_of_doubt() -> None:
    stretches = (Stretch(2.2, 20.0, 0.0), Stretch(20.0, 31.7, 60.0))
    result = hear(Transport(stretches, 33.0, prompt=True), seed=4)
    assert result.edges.max() < 0.02


@DRIFTS
def test_arrivals_told_by_blocks_are_within_12_ms(drift: float, script: float) -> None:
    for seed in (1, 4):
        transport = replace(SONG, drift=drift, stamped=False, block=BLOCKS)
        result = hear(transport, seed=seed)
        assert np.percentile(result.live, 90) < 8.0
        assert result.live.max() < 12.0
        assert result.kept.max() < 6.0


def test_hours_of_rounds_stay_exact() -> None:
    timeline = Timeline()
    for second in np.arange(0.0, 9000.0, 1.0).tolist():
        timeline.hear(told(second, 8.0 + second % 4.5, loop=(8.0, 12.5)))
    assert len(timeline.passes) <= 1000
    assert timeline.passes[-1].number == 2000
    placed = timeline.place(host_ns(8990.0))
    assert placed is not None
    assert placed.at == pytest.approx(8.0 + 8990.0 % 4.5, abs=0.002)


@STAMPED
def test_what_is_settled_moves_no_more(stamped: bool) -> None:
    stretches = (Stretch(3.3, 20.0, 0.0), Stretch(20.0, 30.0, 60.0), Stretch(35.0, 45.0, 5.0))
    transport = Transport(stretches, 47.0, stamped=stamped, drift=2e-4, block=0.02)
    timeline, said = Timeline(), {}
    waiting = [host_ns(seconds) for seconds in np.arange(0.5, 44.0, 0.37)]
    waits = []
    for arrival, sample in transport.samples(seed=6):
        timeline.hear(sample)
        for moment in [each for each in waiting if timeline.settled(each)]:
            waiting.remove(moment)
            said[moment] = timeline.place(moment)
            waits.append(arrival - (moment - BASE) / SECOND)
    assert not [each for each in waiting if each < host_ns(44.0)]
    assert max(waits) < 2.5  # a pass's first second; 1 s where it stands
    for moment, before in said.items():
        after = timeline.place(moment)
        assert (before is None) == (after is None)
        if before is not None and after is not None:
            assert before.number == after.number
            assert abs(before.at - after.at) < 0.02


def test_nothing_is_settled_before_anything_was_told() -> None:
    timeline = Timeline()
    assert not timeline.settled(host_ns(1.0))
    assert timeline.place(host_ns(1.0)) is None
    timeline.hear(told(5.0, 0.0, False))
    assert timeline.settled(host_ns(1.0))
    assert not timeline.settled(host_ns(5.5))
    assert timeline.passes == []


def test_one_wild_position_is_no_jump() -> None:
    samples = rolled(0.0, 10.0, 0.0)
    for index, wrong in ((30, 0.0), (50, 99.0), (70, samples[70].at - 0.12)):
        samples[index] = replace(samples[index], at=wrong)
    timeline = heard(*samples)
    assert len(timeline.passes) == 1
    for seconds in np.arange(0.5, 9.5, 0.1):
        placed = timeline.place(host_ns(seconds))
        assert placed is not None
        assert placed.at == pytest.approx(seconds, abs=1e-3)


def test_a_position_slightly_ahead_once_does_not_pull_the_fit() -> None:
    samples = rolled(0.0, 20.0, 0.0)
    samples[100] = replace(samples[100], at=samples[100].at + 0.04)
    placed = heard(*samples).place(host_ns(10.0))
    assert placed is not None
    assert placed.at == pytest.approx(10.0, abs=0.002)


def test_a_pause_of_the_script_of_minutes_ends_the_pass() -> None:
    timeline = heard(*rolled(0.0, 3.0, 0.0), *rolled(300.0, 303.0, 200.0))
    assert [each.after for each in timeline.passes] == ["start", "start"]
    assert timeline.place(host_ns(100.0)) is None
    assert timeline.place(host_ns(5.0)) is None
    assert timeline.passes[-1].end_ns is None


def test_a_dialog_of_a_minute_in_which_the_transport_rolled_on_does_not() -> None:
    timeline = heard(*rolled(0.0, 20.0, 0.0), *rolled(80.0, 83.0, 80.0))
    assert len(timeline.passes) == 1
    placed = timeline.place(host_ns(50.0))
    assert placed is not None
    assert placed.at == pytest.approx(50.0, abs=0.01)


def test_a_pass_without_news_goes_on_for_seconds_only() -> None:
    timeline = heard(*rolled(0.0, 3.0, 0.0))
    placed = timeline.place(host_ns(8.0))
    assert placed is not None
    assert placed.at == pytest.approx(8.0, abs=0.01)
    assert not timeline.settled(host_ns(8.0))
    assert timeline.place(host_ns(60.0)) is None


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_numbers_that_are_none_harm_nothing(wrong: float) -> None:
    samples = rolled(0.0, 3.0, 0.0)
    samples[10] = replace(samples[10], at=wrong)
    samples[20] = replace(samples[20], rate=wrong)
    samples[22] = replace(samples[22], rate=0.0)
    placed = heard(*samples).place(host_ns(2.5))
    assert placed is not None
    assert placed.at == pytest.approx(2.5, abs=0.001)


def test_a_day_of_loops_and_a_day_of_rolling_stay_small() -> None:
    timeline = Timeline()
    for second in range(0, 86400, 2):
        timeline.hear(told(float(second), float(second), rate=1.0 + (second % 4) * 1e-5))
    [only] = timeline.passes
    assert only.number == 1
    for seconds in (100.0, 40000.0, 86000.0):
        placed = timeline.place(host_ns(seconds))
        assert placed is not None
        assert placed.at == pytest.approx(seconds, abs=0.05)
    roll = timeline._spans[0].roll
    assert len(roll._knots) <= 8192
    for turn in range(3000):
        for step in range(4):
            timeline.hear(told(100000.0 + 4 * turn + step, float(step)))
    assert len(timeline.passes) <= 1000


@settings(max_examples=10, deadline=None)
@given(
    keep=st.lists(st.booleans(), min_size=60, max_size=60),
    stamped=st.booleans(),
    seed=st.integers(0, 99),
)
def test_thinning_the_samples_does_not_break_it(keep: list[bool], stamped: bool, seed: int) -> None:
    stretches = (Stretch(2.0, 15.0, 0.0), Stretch(15.0, 30.0, 60.0), Stretch(30.0, 45.0, 20.0))
    transport = Transport(stretches, 45.0, stamped=stamped, drift=1e-4)
    timeline = Timeline()
    for number, (_, sample) in enumerate(transport.samples(seed)):
        if keep[number % 60] or number % 10 == 0:
            timeline.hear(sample)
    assert [each.after for each in timeline.passes] == ["start", "seek", "loop"]
    for seconds in (8.0, 13.0, 20.0, 28.0, 35.0, 42.0):
        placed = timeline.place(host_ns(seconds))
        assert placed is not None
        assert placed.at == pytest.approx(transport.truth(seconds), abs=0.015)


@DRIFTS
def test_a_script_clock_is_known_to_milliseconds(drift: float, script: float) -> None:
    chance = np.random.default_rng(7)
    clock, errors = ScriptClock(), []
    for number in range(1500):
        true = number * 0.1
        arrival = host_ns(true + float(chance.uniform(0.0, 0.015)))
        known = clock.heard(900.0 + true * (1 + script), arrival)
        assert known <= arrival
        errors.append((known - host_ns(true)) / SECOND)
    assert np.abs(errors[20:]).max() < 0.006
    assert np.abs(errors[400:]).max() < 0.002


def test_a_script_clock_bears_a_stall_and_its_burst() -> None:
    clock = ScriptClock()
    for number in range(600):
        true = number * 0.1
        arrival = 25.0 if 20.0 <= true < 25.0 else true
        assert abs(clock.heard(true, host_ns(arrival)) - host_ns(true)) < 0.001 * SECOND


def test_a_script_that_starts_again_has_a_new_clock() -> None:
    clock = ScriptClock()
    for number in range(100):
        clock.heard(5000.0 + number * 0.1, host_ns(number * 0.1))
    assert abs(clock.heard(2.0, host_ns(11.0)) - host_ns(11.0)) < 1000


def test_a_computer_that_slept_is_noticed_within_seconds() -> None:
    clock = ScriptClock()
    for number in range(100):
        clock.heard(number * 0.1, host_ns(number * 0.1))
    for number in range(100, 200):
        known = clock.heard(number * 0.1, host_ns(number * 0.1 + 600.0))
    assert abs(known - host_ns(19.9 + 600.0)) < 0.001 * SECOND


ANY = st.builds(
    Sample,
    host_ns=st.integers(0, 60 * SECOND),
    at=st.floats(-1e6, 1e6),
    playing=st.booleans(),
    recording=st.booleans(),
    rate=st.sampled_from([0.25, 1.0, 1.0, 2.0, 1e-9, 1e9, -1.0]),
    exact=st.booleans(),
    loop=st.one_of(
        st.none(), st.just((10.0, 20.0)), st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
    ),
    cursor=st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True)),
)


@settings(max_examples=40, deadline=None)
@given(samples=st.lists(ANY, max_size=40), ordered=st.booleans())
def test_nonsense_is_borne(samples: list[Sample], ordered: bool) -> None:
    timeline = Timeline()
    for sample in sorted(samples, key=lambda each: each.host_ns) if ordered else samples:
        timeline.hear(sample)
        for each in timeline.passes[-3:]:
            assert each.end_ns is None or each.end_ns >= each.start_ns or not ordered
        placed = timeline.place(sample.host_ns)
        assert placed is None or math.isfinite(placed.at)
        timeline.settled(sample.host_ns)
