from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from bridge.events import Beat, Event, Metre, Tempo
from bridge.live.engine import Engine
from bridge.signal.frames import Framer
from bridge.sources import Block
from bridge.trackers.beats import BeatTracker
from tests.sound import at, beat, click, clicks, drum, listen, noise, silence

RATE = 44100


class Rehearsal:
    """A tracker that hears one piece after the other, with hands on it in between."""

    def __init__(self) -> None:
        self.tracker = BeatTracker()
        self._framer = Framer(RATE, 1)

    def hear(self, samples: np.ndarray) -> list[Event]:
        frames = self._framer.push(samples)
        assert frames is not None
        return self.tracker.process(frames)


def beats(events: list[Event]) -> list[Beat]:
    return [event for event in events if isinstance(event, Beat)]


def tempi(events: list[Event]) -> list[Tempo]:
    return [event for event in events if isinstance(event, Tempo)]


def times(events: list[Event], after: float = 0.0) -> np.ndarray:
    return np.array([event.at for event in beats(events) if event.at > after])


def bars(count: int, beats_in_bar: int, bpm: float) -> np.ndarray:
    """A kick and a new chord on every one, snares on the other beats; the first at 0.5 s."""
    step = 60.0 / bpm
    seconds = 0.5 + count * beats_in_bar * step
    ones = [0.5 + step * beats_in_bar * i for i in range(count)]
    others = [one + step * i for one in ones for i in range(1, beats_in_bar)]
    sound = at(ones, drum("kick"), seconds, RATE)
    sound += at(others, drum("snare", level_db=-12.0), seconds, RATE)
    time = np.arange(round(step * beats_in_bar * RATE)) / RATE
    for bar, one in enumerate(ones):
        root = (220.0, 174.6, 261.6, 196.0)[bar % 4]
        notes = [np.sin(2 * np.pi * root * ratio * time) for ratio in (1.0, 1.26, 1.5)]
        chord = (0.05 * np.sum(notes, axis=0)).astype(np.float32)[:, None]
        sound += at([one], chord, seconds, RATE)
    return sound


@pytest.mark.parametrize("bpm", [66.0, 92.0, 120.0, 150.0])
def test_clicks_are_beats_at_their_times(bpm: float) -> None:
    samples, truth = clicks(bpm, 12.0)
    events = listen(BeatTracker(), samples, RATE)
    heard = times(events, after=5.0)
    truth = truth[truth > 5.0]
    assert max(np.abs(heard - time).min() for time in truth) < 0.02
    assert len(heard) == pytest.approx(len(truth), abs=1)
    assert tempi(events)[-1].bpm == pytest.approx(bpm, rel=0.02)


def test_48_khz_input_does_not_shift_tempo_or_beats() -> None:
    heard = []
    for rate in (44100, 48000):
        samples, _ = clicks(110.0, 10.0, rate)
        heard.append(times(listen(BeatTracker(), samples, rate), after=4.0))
    assert len(heard[0]) == len(heard[1])
    assert np.abs(heard[0] - heard[1]).max() < 0.01


def test_a_beat_is_said_once_and_before_it_sounds() -> None:
    samples, _ = beat(8)
    said = [event for event in beats(listen(BeatTracker(), samples, RATE)) if event.at > 3]
    assert said
    assert all(0.03 < event.at - event.decided < 0.1 for event in said)
    assert all(later.at - first.at > 0.4 for first, later in pairwise(said))


def test_hi_hats_between_do_not_double_the_tempo() -> None:
    samples, _ = beat(8, bpm=100.0)
    said = tempi(listen(BeatTracker(), samples, RATE))
    assert said[-1].bpm == pytest.approx(100.0, rel=0.02)


def test_shuffled_eighths_keep_the_beat() -> None:
    step = 60 / 112
    kicks = [0.5 + 2 * step * i for i in range(12)]
    snares = [time + step for time in kicks]
    skips = [time + step * part for time in kicks + snares for part in (0.0, 2 / 3)]
    sound = at(kicks, drum("kick"), 14.0, RATE)
    sound += at(snares, drum("snare", level_db=-8.0), 14.0, RATE)
    sound += at(skips, drum("hihat", level_db=-20.0), 14.0, RATE)
    said = tempi(listen(BeatTracker(), sound, RATE))
    assert said[-1].bpm == pytest.approx(112.0, rel=0.02)


def test_a_new_tempo_is_found_within_four_seconds() -> None:
    slow, _ = clicks(92.0, 12.0)
    quick, truth = clicks(138.0, 10.0, start=0.0)
    heard = times(listen(BeatTracker(), np.concatenate([slow, quick]), RATE))
    wanted = 12.0 + truth[truth > 4.0]
    assert max(np.abs(heard - time).min() for time in wanted) < 0.04
    assert np.sum(heard > 16.0) == pytest.approx(len(wanted), abs=1)


def test_the_octave_of_the_tempo_sticks() -> None:
    """The hi-hats come and go; the tempo stays."""
    parts = []
    for part in range(4):
        samples, _ = beat(4, bpm=104.0)
        step = round(60 / 104 * RATE)
        with_hats = samples[round(0.5 * RATE) :][: 16 * step]
        kicks = at(
            [8 * step * i / RATE / 4 for i in range(8)], drum("kick"), 16 * step / RATE, RATE
        )
        parts.append(with_hats if part % 2 == 0 else kicks[: 16 * step])
    said = tempi(listen(BeatTracker(), np.concatenate(parts), RATE))
    settled = [event.bpm for event in said if event.at > 5.0]
    assert settled == pytest.approx([104.0] * len(settled), rel=0.05)


def test_silence_and_noise_have_no_beats() -> None:
    assert not beats(listen(BeatTracker(), silence(8.0), RATE))
    assert len(beats(listen(BeatTracker(), noise(10.0), RATE))) < 6


def test_leading_silence_does_not_change_what_follows() -> None:
    samples, truth = clicks(100.0, 9.0)
    late = np.concatenate([silence(7.0), samples])
    heard = times(listen(BeatTracker(), late, RATE), after=12.0)
    assert max(np.abs(heard - 7.0 - time).min() for time in truth[truth > 5.0]) < 0.02


def test_a_silence_does_not_restart_the_tempo() -> None:
    before, _ = clicks(120.0, 10.0, start=0.0)
    after, truth = clicks(120.0, 6.0, start=0.3)
    rehearsal = Rehearsal()
    rehearsal.hear(before)
    break_ = rehearsal.hear(silence(20.0))
    coasting = [event for event in tempi(break_) if event.coasting]
    assert coasting
    assert all(event.bpm == pytest.approx(120.0, rel=0.03) for event in tempi(break_))
    said = beats(break_)
    assert len(said) >= 8, "it runs on for some bars"
    assert said[-1].at < 25.0, "but not for ever"
    assert said[-1].confidence < 0.3 < said[0].confidence
    again = rehearsal.hear(after)
    assert not tempi(again)[-1].coasting
    heard = times(again, after=33.0) - 30.0
    assert max(np.abs(heard - time).min() for time in truth[truth > 3.0]) < 0.03
    assert all(event.tempo == pytest.approx(120.0, rel=0.05) for event in beats(again)[2:])


def test_numbers_count_bars_of_four() -> None:
    events = listen(BeatTracker(), bars(10, 4, 116.0), RATE)
    settled = [event for event in beats(events) if event.at > 10.0]
    step = 60 / 116
    assert [event.number for event in settled] == [
        round((event.at - 0.5) / step) % 4 + 1 for event in settled
    ]
    numbered = [event.bar for event in settled if event.number == 1]
    assert all(later == first + 1 for first, later in pairwise(numbered))
    metres = [event for event in events if isinstance(event, Metre)]
    assert (metres[-1].beats, metres[-1].unit) == (4, 4)


def test_numbers_count_bars_of_three() -> None:
    events = listen(BeatTracker(), bars(14, 3, 130.0), RATE)
    settled = [event for event in beats(events) if event.at > 12.0]
    step = 60 / 130
    assert [event.number for event in settled] == [
        round((event.at - 0.5) / step) % 3 + 1 for event in settled
    ]
    metres = [event for event in events if isinstance(event, Metre)]
    assert (metres[-1].beats, metres[-1].unit) == (3, 4)


def test_the_first_thing_said_is_that_tempo_and_metre_are_not_known() -> None:
    tempo, metre = listen(BeatTracker(), silence(3.0), RATE)
    assert isinstance(tempo, Tempo)
    assert (tempo.bpm, tempo.other, tempo.confidence) == (None, None, 0.0)
    assert isinstance(metre, Metre)
    assert (metre.beats, metre.unit, metre.confidence) == (None, None, 0.0)
    assert tempo.decided == metre.decided == 0.01


def test_the_number_is_not_known_at_first() -> None:
    samples, _ = clicks(120.0, 4.0)
    assert beats(listen(BeatTracker(), samples, RATE))[0].number is None


def test_double_and_halve_stick() -> None:
    samples, _ = clicks(90.0, 26.0, start=0.0)
    rehearsal = Rehearsal()
    rehearsal.hear(samples[: 8 * RATE])
    rehearsal.tracker.double()
    quick = beats(rehearsal.hear(samples[8 * RATE : 17 * RATE]))
    assert all(event.tempo == pytest.approx(180.0, rel=0.04) for event in quick[1:])
    assert len(quick) == pytest.approx(27, abs=1)
    rehearsal.tracker.halve()
    slow = beats(rehearsal.hear(samples[17 * RATE :]))
    assert all(event.tempo == pytest.approx(90.0, rel=0.04) for event in slow[1:])
    assert len(slow) == pytest.approx(13, abs=1)


def test_a_hand_sets_the_one_and_it_stays() -> None:
    samples, _ = beat(16, bpm=120.0)
    rehearsal = Rehearsal()
    before = beats(rehearsal.hear(samples[: 10 * RATE]))
    third = [event for event in before if event.number == 3][-1]
    rehearsal.tracker.the_one(third.at + 0.05)
    after = beats(rehearsal.hear(samples[10 * RATE : 24 * RATE]))
    assert len(after) > 20
    assert all(event.number == round((event.at - third.at) / 0.5) % 4 + 1 for event in after)


def test_a_one_set_before_the_first_beat_is_not_lost() -> None:
    samples, _ = beat(8, bpm=120.0)
    rehearsal = Rehearsal()
    rehearsal.tracker.the_one(1.0)
    said = beats(rehearsal.hear(samples))
    assert [event.number for event in said] == [round((e.at - 1.0) / 0.5) % 4 + 1 for e in said]


def test_hands_on_a_tracker_that_has_heard_nothing_break_nothing() -> None:
    rehearsal = Rehearsal()
    rehearsal.tracker.double()
    rehearsal.tracker.halve()
    rehearsal.tracker.tap(0.0)
    samples, _ = clicks(100.0, 8.0)
    assert tempi(rehearsal.hear(samples))[-1].bpm == pytest.approx(100.0, rel=0.02)


def test_taps_set_tempo_and_phase() -> None:
    """Sixteen equal hi-hats a bar could be any tempo: the hand decides."""
    sound = at([0.1875 * i for i in range(100)], click(), 18.0, RATE)
    rehearsal = Rehearsal()
    rehearsal.hear(sound[: 4 * RATE])
    for tap in range(4):
        rehearsal.tracker.tap(3.0 + 0.75 * tap)
        first = round((4.0 + 0.5 * tap) * RATE)
        rehearsal.hear(sound[first : first + RATE // 2])
    after = [event for event in beats(rehearsal.hear(sound[6 * RATE :])) if event.at > 7.0]
    assert all(event.tempo == pytest.approx(80.0, rel=0.04) for event in after)
    assert max(abs((event.at / 0.75 + 0.5) % 1 - 0.5) * 0.75 for event in after) < 0.04


def test_a_tempo_halved_by_hand_stays_halved() -> None:
    rate = 44100
    drums, _ = beat(24, rate, bpm=122.0)
    engine = Engine(rate, 1, ["beats"])
    engine.hear(Block(drums[: 12 * rate], 0))
    tracker = engine.trackers["beats"]
    assert isinstance(tracker, BeatTracker)
    assert tracker.halve()
    beats = [e for e in engine.hear(Block(drums[12 * rate :], 12 * rate)) if isinstance(e, Beat)]
    later = [each.tempo for each in beats if each.at > 14]
    assert len(later) > 20
    assert all(abs(tempo - 61) < 3 for tempo in later), later


def test_a_tempo_out_of_reach_is_refused_and_nothing_changes() -> None:
    rate = 44100
    drums, _ = beat(12, rate, bpm=122.0)
    engine = Engine(rate, 1, ["beats"])
    engine.hear(Block(drums[: 12 * rate], 0))
    tracker = engine.trackers["beats"]
    assert isinstance(tracker, BeatTracker)
    assert not tracker.double(), "244 BPM cannot be followed"
    beats = [e for e in engine.hear(Block(drums[12 * rate :], 12 * rate)) if isinstance(e, Beat)]
    assert beats
    assert all(abs(each.tempo - 122) < 4 for each in beats)
