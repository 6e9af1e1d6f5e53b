"""What belongs together among stretches of playing, from evidence that is made up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bridge.recordings.takes.evidence import STEP, Evidence
from bridge.recordings.takes.states import PLAYED, REST, TALK, likeliest, state_odds
from bridge.recordings.takes.stretches import (
    Stretch,
    band_odds,
    judged,
    played,
    without_noodling,
)
from bridge.signal.paths import runs

# One frame of each: level, moving, gaps, tonal, steady, pulse, period, bass, onsets, hits, silent.
BAND = (-3.0, 5.0, 4.5, 1.0, 0.7, 0.55, 0.5, 3.0, 20.0, 8.0, 0.0)
NOODLE = (-8.0, 9.0, 15.0, 0.9, 0.75, 0.18, 0.4, -35.0, 8.0, 0.0, 0.0)
SPEECH = (-9.0, 20.0, 22.0, 0.8, 0.2, 0.15, 0.6, -11.0, 20.0, 1.0, 0.0)
QUIET = (-40.0, 1.0, 5.0, 0.0, np.nan, 0.4, 0.5, 0.0, 5.0, 0.0, 0.0)


def evidence(*parts: tuple[tuple[float, ...], float]) -> Evidence:
    """Each part so many seconds long."""
    rows = np.repeat([row for row, _ in parts], [round(s / STEP) for _, s in parts], axis=0)
    return Evidence(*rows.T)


def stretches(heard: Evidence) -> list[tuple[float, float]]:
    """Seconds of what is played together."""
    path = likeliest(state_odds(heard), ())
    found = played(path, heard, band_odds(heard), ())
    return [(each.first * STEP, each.last * STEP) for each in found]


@pytest.mark.parametrize(
    ("row", "state"), [(BAND, PLAYED), (NOODLE, PLAYED), (SPEECH, TALK), (QUIET, REST)]
)
def test_each_thing_is_what_it_is(row: tuple[float, ...], state: int) -> None:
    assert set(likeliest(state_odds(evidence((row, 10.0))), ()).tolist()) == {state}


def test_a_short_thing_needs_much_evidence() -> None:
    heard = evidence((BAND, 30.0), (SPEECH, 0.5), (BAND, 30.0))
    assert len(runs(likeliest(state_odds(heard), ()))) == 1


def test_a_stop_of_two_seconds_does_not_cut_a_song() -> None:
    assert stretches(evidence((BAND, 40.0), (QUIET, 2.0), (BAND, 30.0))) == [(0.0, 72.0)]


def test_a_song_may_end_after_a_stop() -> None:
    assert stretches(evidence((BAND, 40.0), (QUIET, 2.0), (BAND, 5.0))) == [(0.0, 47.0)]


def test_four_seconds_of_silence_end_a_song() -> None:
    assert len(stretches(evidence((BAND, 40.0), (QUIET, 4.0), (BAND, 40.0)))) == 2


def test_talk_ends_a_song() -> None:
    assert len(stretches(evidence((BAND, 40.0), (SPEECH, 3.0), (BAND, 40.0)))) == 2


def test_another_tempo_after_a_pause_is_another_song() -> None:
    heard = evidence((BAND, 40.0), (QUIET, 2.0), (BAND, 40.0))
    period = heard.period.copy()
    period[82:] = 0.37
    assert len(stretches(replace(heard, period=period))) == 2


def test_a_false_start_is_not_part_of_the_song() -> None:
    assert len(stretches(evidence((BAND, 8.0), (QUIET, 2.0), (BAND, 60.0)))) == 2


def pieces(heard: Evidence) -> list[tuple[float, float]]:
    whole = Stretch(0, len(heard))
    found = without_noodling(whole, heard, band_odds(heard), state_odds(heard))
    return [(each.first * STEP, each.last * STEP) for each in found]


def test_noodling_is_cut_off_a_song_that_it_runs_into() -> None:
    assert pieces(evidence((NOODLE, 10.0), (BAND, 60.0))) == [(0.0, 10.0), (10.0, 70.0)]


def test_a_solo_within_a_song_does_not_cut_it() -> None:
    assert pieces(evidence((BAND, 40.0), (NOODLE, 15.0), (BAND, 40.0))) == [(0.0, 95.0)]


def test_who_begins_alone_with_the_beat_plays_an_intro() -> None:
    heard = evidence((NOODLE, 12.0), (BAND, 60.0))
    on_beat = replace(heard, pulse=np.full(len(heard), 0.5), period=np.full(len(heard), 0.5))
    assert pieces(on_beat) == [(0.0, 72.0)]


@pytest.mark.parametrize(
    ("row", "seconds", "song"),
    [
        (BAND, 60.0, True),
        (BAND, 30.0, True),
        (BAND, 12.0, False),
        (NOODLE, 20.0, False),
        (NOODLE, 240.0, True),
    ],
)
def test_length_and_ensemble_make_a_song(
    row: tuple[float, ...], seconds: float, song: bool
) -> None:
    heard = evidence((row, seconds))
    assert (judged(Stretch(0, len(heard)), band_odds(heard)).song > 0.0) == song
