"""Locators in Live: put by moving the playhead, so never while it plays, and never on another's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.daw_scripts.live.play import Play


def section(number: int, at: float, name: str = "verse", rev: str = "region-1") -> dict:
    return {"id": f"s{number}", "kind": "region", "at": at, "end": at + 8, "name": name, "rev": rev}


@pytest.fixture
def play(tmp_path: Path) -> Play:
    return Play(tmp_path, "12.3.6").connect()


def roll(play: Play, *, record: bool = False) -> None:
    play.world.song.values.update(is_playing=True, record_mode=record)


def stop(play: Play) -> None:
    play.world.song.values.update(is_playing=False, record_mode=False)


def test_while_live_plays_they_wait_and_the_playhead_is_left_alone(play: Play) -> None:
    roll(play, record=True)
    play.run(1.0)
    assert "failed" not in play.put(section(1, 0.5), section(2, 1.5, "chorus"))
    place = play.world.song.pos
    play.run(2.0)
    assert play.cues() == []
    assert play.world.song.pos == pytest.approx(place + 4.0)  # 120 BPM for 2 s: it ran on
    assert "dawbridge: 2 marks wait until Live stands" in play.world.shown
    stop(play)
    place = play.world.song.pos
    play.run(2.0)
    assert play.cues() == [(0.5, "verse"), (1.5, "chorus")]
    assert play.world.song.pos == place
    play.fine()


def test_what_waits_is_kept_when_live_is_closed_before_it_stood(play: Play) -> None:
    roll(play)
    play.put(section(1, 0.5), section(2, 1.5, "chorus"))
    play.restart()
    play.daemon.heard.clear()
    play.connect()
    assert {each["id"] for each in play.daemon.told("have")} == {"s1", "s2"}
    stop(play)
    play.run(2.0)
    assert play.cues() == [(0.5, "verse"), (1.5, "chorus")]


def test_what_is_told_anew_while_it_waits_is_what_counts(play: Play) -> None:
    roll(play)
    play.put(section(1, 0.5), section(2, 1.5), section(3, 2.5))
    play.put(section(1, 0.75, "chorus", "region-2"))
    play.tell([("drop", {"id": "s2"})])
    stop(play)
    play.run(2.0)
    assert play.cues() == [(0.75, "chorus"), (2.5, "verse")]


def test_one_that_stands_and_is_moved_while_live_plays_moves_when_it_stands(play: Play) -> None:
    play.put(section(1, 4), section(2, 8))
    roll(play)
    play.put(section(1, 5, "verse", "region-2"))
    play.tell([("drop", {"id": "s2"})])
    play.run(3.0)
    assert [at for at, _ in play.cues()] == [4.0, 8.0]
    assert play.daemon.told("gone") == []
    stop(play)
    play.run(2.0)
    assert [at for at, _ in play.cues()] == [5.0]
    play.fine()


def test_play_in_the_middle_of_putting_them_only_delays(play: Play) -> None:
    play.daemon.batch([("put", {**section(n, 4.0 * n), "role": "section"}) for n in range(20)])
    play.run(0.1)
    roll(play)
    play.run(1.0)
    some = len(play.cues())
    assert 0 < some < 20
    assert play.daemon.told("done")
    stop(play)
    play.run(3.0)
    assert [at for at, _ in play.cues()] == [4.0 * n for n in range(20)]
    play.fine()


def test_a_locator_of_the_user_is_never_touched(play: Play) -> None:
    play.world.song.add_cue(8.0, "mine")
    done = play.put(section(1, 8.0), section(2, 16.0))
    assert done["failed"] == "s1"
    assert "stands at that place already" in done["why"]
    assert play.cues() == [(8.0, "mine"), (16.0, "verse")]
    play.tell([("drop", {"id": "s1"}), ("drop", {"id": "s2"})])
    assert play.cues() == [(8.0, "mine")]
    play.fine()


def test_a_waiting_one_does_not_take_the_user_s_for_its_own(play: Play) -> None:
    roll(play)
    play.put(section(1, 8.0))
    play.world.song.add_cue(8.0, "mine")
    stop(play)
    play.run(3.0)
    assert play.cues() == [(8.0, "mine")]
    assert play.daemon.told("edit") == []
    play.tell([("drop", {"id": "s1"})])
    assert play.cues() == [(8.0, "mine")]


def test_the_grid_is_noticed_and_said(play: Play) -> None:
    play.world.grid = 4.0
    done = play.put(section(1, 7.3))
    assert "failed" not in done
    assert play.cues() == [(8.0, "verse")]
    assert any("Snap to Grid" in each for each in play.world.shown)
    play.run(3.0)
    assert play.daemon.told("edit") == [], "nobody moved it"


def test_a_user_s_locator_that_the_grid_holds_is_given_back_with_its_name(play: Play) -> None:
    play.world.song.add_cue(8.0, "mine")
    play.world.grid = 4.0
    play.world.lost_names = 1  # and Live drops the first try of the name
    done = play.put(section(1, 7.3))
    assert done["failed"] == "s1"
    assert "Snap to Grid" in done["why"]
    assert play.cues() == [(8.0, "mine")]


def test_taking_one_away_under_another_grid_takes_no_other(play: Play) -> None:
    play.put(section(1, 7.0))
    play.world.song.add_cue(8.0, "mine")
    play.world.grid = 4.0
    done = play.tell([("drop", {"id": "s1"})])
    assert done["failed"] == "s1"
    assert play.cues() == [(7.0, "verse"), (8.0, "mine")]


def test_one_that_moves_onto_a_locator_of_the_user_s_is_not_their_deletion(play: Play) -> None:
    play.put(section(1, 4))
    play.world.song.add_cue(8.0, "mine")
    assert play.put(section(1, 8, rev="region-2"))["failed"] == "s1"
    play.run(4.0)
    assert play.daemon.told("gone") == []
    play.put(section(1, 12, rev="region-3"))
    assert play.cues() == [(8.0, "mine"), (12.0, "verse")]


def test_a_name_that_live_drops_is_given_again(play: Play) -> None:
    play.world.lost_names = 3
    play.put(section(1, 4, "outro"))
    assert play.cues() == [(4.0, "outro")]


def test_two_of_ours_at_one_place_are_a_locator_and_a_clip(play: Play) -> None:
    key = {"id": "k", "kind": "marker", "role": "key", "at": 4, "name": "D minor"}
    assert "failed" not in play.put(section(1, 4), key)
    assert play.cues() == [(4.0, "verse")]
    assert play.clips("dawbridge markers") == [(4.0, 5.0, "D minor")]


@pytest.mark.parametrize("lag", [0.0, 0.15])
@pytest.mark.parametrize("deaf", [0.0, 0.02, 0.4])
@pytest.mark.parametrize("late", [False, True])
def test_a_slow_live_gets_its_locators_at_their_places(
    play: Play, lag: float, deaf: float, late: bool
) -> None:
    play.world.lag, play.world.deaf, play.world.late_cues = lag, deaf, late
    play.world.song.add_cue(64.0, "mine")
    assert "failed" not in play.put(*[section(n, 8.0 * n) for n in range(1, 5)])
    assert play.cues() == [*[(8.0 * n, "verse") for n in range(1, 5)], (64.0, "mine")]
    assert play.world.song.pos == 0.0
    play.tell([("drop", {"id": f"s{n}"}) for n in range(1, 5)])
    assert play.cues() == [(64.0, "mine")]
    play.fine()


def test_a_playhead_that_snaps_itself_is_no_dead_end(play: Play) -> None:
    play.world.playhead_grid = 4.0
    assert "failed" not in play.put(section(1, 7.3))
    assert play.cues() == [(8.0, "verse")]
    assert any("Snap to Grid" in each for each in play.world.shown)


def test_a_section_that_grows_keeps_its_locator(play: Play) -> None:
    play.put(section(1, 4))
    cue = play.world.song.cues[0]
    steps = len(play.world.steps)
    play.put({**section(1, 4, rev="region-2"), "end": 20})
    assert play.world.song.cues == [cue]
    assert len(play.world.steps) == steps
    play.run(3.0)
    assert play.daemon.told("edit") == []


def test_where_names_cannot_be_written_clips_carry_them(tmp_path: Path) -> None:
    play = Play(tmp_path, "12.0.5").connect()
    play.put(section(1, 4, "verse"), section(2, 12, "chorus"))
    assert play.cues() == []
    assert play.clips("dawbridge sections") == [(4.0, 12.0, "verse"), (12.0, 20.0, "chorus")]
    play.put({**section(1, 4, "verse", "region-2"), "end": 11})
    assert play.clips("dawbridge sections") == [(4.0, 11.0, "verse"), (12.0, 20.0, "chorus")]
    play.fine()


def test_whoever_wants_locators_without_names_gets_them(tmp_path: Path) -> None:
    play = Play(tmp_path, "11.3.43", settings="sections = locators # jump by them").connect()
    play.world.song.add_cue(100.0, "mine")
    done = play.put(section(1, 4), section(2, 90))
    assert [at for at, _ in play.cues()] == [4.0, 100.0]
    assert done["failed"] == "s2", "too near to one whose name could not be given back"
    play.run(3.0)
    assert play.daemon.told("edit") == []


def test_a_tempo_waits_too_and_a_map_of_them_is_refused_in_words(play: Play) -> None:
    roll(play)
    tempo = {"id": "t1", "kind": "tempo", "role": "tempo", "at": 0, "bpm": 90}
    done = play.put(
        {**tempo, "id": "t2", "bpm": 100}, {**tempo, "id": "t3", "at": 8, "bpm": 110, "rev": "t"}
    )
    assert done["failed"] == "t2,t3"
    assert "tempo map" in done["why"]
    play.put(tempo)
    assert play.world.song.values["tempo"] == 120.0
    stop(play)
    play.run(2.0)
    assert play.world.song.values["tempo"] == 90.0


def test_while_live_records_no_track_is_made(tmp_path: Path) -> None:
    play = Play(tmp_path, "12.0.5").connect()
    roll(play, record=True)
    play.put(section(1, 0))
    play.run(1.0)
    assert play.tracks() == ["1-MIDI", "2-Audio"]
    stop(play)
    play.run(2.0)
    assert play.clips("dawbridge sections") == [(0.0, 8.0, "verse")]
    play.fine()
