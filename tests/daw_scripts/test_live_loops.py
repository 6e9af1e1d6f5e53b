"""Loops in Live's slots: at the tempo of their file, looping over their beats."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.daw_scripts.live.play import Play
from tests.daw_scripts.live.things import Clip


def loop(play: Play, number: int = 1, **values) -> dict:
    """A loop whose file is there and known to Live."""
    path = play.folder / f"loop {number}.wav"
    path.write_bytes(b"RIFF")
    fact = {
        "id": f"l{number}", "kind": "loop", "role": "loop", "at": 0, "end": 8,
        "name": f"riff {number}", "path": str(path), "tempo": 96.0, "beats": 8, "offset": 0.0,
    }  # fmt: skip
    fact.update(values)
    play.world.files[str(path)] = fact["offset"] + 8 * 60 / (fact["tempo"] or 96.0) + 0.3
    return fact


def slots(play: Play) -> list[str | None]:
    return [slot.held and slot.held.values["name"] for slot in play.track("dawbridge loops").slots]


def beat(clip: object, seconds: float) -> float:
    (at, first), (end, last) = clip.markers[0], clip.markers[-1]
    return first + (seconds - at) * (last - first) / (end - at)


@pytest.fixture
def play(tmp_path: Path) -> Play:
    return Play(tmp_path, "11.3.43").connect()  # where warping and looping in one tick crash


@pytest.mark.parametrize("samples", [1.0, 44100.0])
@pytest.mark.parametrize("tempo", [40.0, 96.0, 120.0, 203.7])
@pytest.mark.parametrize("offset", [0.0, 0.013, 2.5])
def test_the_loop_s_beats_lie_where_the_file_has_them(
    play: Play, tempo: float, offset: float, samples: float
) -> None:
    play.world.samples = samples
    assert "failed" not in play.put(loop(play, tempo=tempo, offset=offset))
    clip = play.track("dawbridge loops").slots[0].held
    assert beat(clip, offset) == pytest.approx(0.0, abs=1e-3)
    assert beat(clip, offset + 8 * 60 / tempo) == pytest.approx(8.0, abs=1e-3)
    assert set(clip.ends.values()) == {0.0, 8.0}
    assert clip.values["warping"]
    assert clip.values["looping"]
    assert clip.values["warp_mode"] == 4
    play.fine()


def test_a_file_that_live_warped_by_itself_is_warped_anew(play: Play) -> None:
    play.world.fresh_tempo = 191.9  # twice as fast, as guesses are
    play.put(loop(play))
    clip = play.track("dawbridge loops").slots[0].held
    assert beat(clip, 5.0) == pytest.approx(8.0, abs=1e-3)


def test_a_live_that_takes_its_time_to_warp_is_waited_for(play: Play) -> None:
    play.world.slow_warp = 0.3
    play.put(loop(play, offset=0.5))
    clip = play.track("dawbridge loops").slots[0].held
    assert beat(clip, 0.5) == pytest.approx(0.0, abs=1e-3)
    assert clip.ends["loop_end"] == 8.0
    play.fine()


@pytest.mark.parametrize("edge", [0.0, 0.001])
def test_a_file_that_ends_with_its_loop_is_warped_to_its_end(play: Play, edge: float) -> None:
    play.world.file_edge = edge
    fact = loop(play)
    play.world.files[fact["path"]] = 5.0
    play.put(fact)
    clip = play.track("dawbridge loops").slots[0].held
    assert beat(clip, 5.0) == pytest.approx(8.0, abs=0.01)
    assert clip.ends["loop_end"] == 8.0


def test_where_live_keeps_its_own_markers_the_sound_is_still_right(play: Play) -> None:
    def refuse(self, markers) -> None:
        raise RuntimeError("no")

    clips = type(play.world.make("Live.Clip.Clip"))
    clips._warp = refuse
    done = play.put(loop(play, offset=1.0))
    assert "failed" not in done
    clip = play.track("dawbridge loops").slots[0].held
    tempo = play.world.fresh_tempo / 60.0
    assert clip.ends["loop_start"] == pytest.approx(1.0 * tempo)
    assert clip.ends["loop_end"] == pytest.approx(6.0 * tempo)
    assert any("warp it by hand" in each for each in play.world.shown)


def test_a_loop_without_a_known_tempo_is_put_as_it_is(play: Play) -> None:
    assert "failed" not in play.put(loop(play, tempo=None, beats=None))
    assert slots(play)[0] == "riff 1"


def test_they_take_free_slots_and_a_scene_is_added_where_none_is(play: Play) -> None:
    play.put(*[loop(play, number) for number in range(1, 4)])
    track = play.track("dawbridge loops")
    mine = Clip.fresh(play.world, True, 4.0)
    mine.values["name"] = "mine"
    track.slots[3]._hold(mine)
    play.put(loop(play, 4))
    assert slots(play) == ["riff 1", "riff 2", "riff 3", "mine", "riff 4"]
    play.fine()


def test_the_limits_of_an_edition_are_told_in_words(play: Play) -> None:
    play.world.most_tracks = 2
    done = play.put(loop(play))
    assert done["failed"] == "l1"
    assert "no track left" in done["why"]
    play.world.song.tracks_[1].values["name"] = "dawbridge loops"  # as it says
    play.world.most_scenes = 4
    done = play.put(*[loop(play, number) for number in range(1, 6)])
    assert done["failed"] == "l5"
    assert "slots" in done["why"]
    play.fine()


def test_a_file_that_is_gone_and_one_that_live_cannot_read_are_told(play: Play) -> None:
    gone = loop(play, 1)
    Path(gone["path"]).unlink()
    strange = loop(play, 2)
    del play.world.files[strange["path"]]
    done = play.put(gone, strange)
    assert done["failed"] == "l1,l2"
    assert "is gone" in done["why"]


def test_while_live_records_they_wait(play: Play) -> None:
    play.world.song.values.update(is_playing=True, record_mode=True)
    play.put(loop(play))
    play.run(1.0)
    assert play.tracks() == ["1-MIDI", "2-Audio"]
    play.world.song.values.update(is_playing=False, record_mode=False)
    play.run(2.0)
    assert slots(play)[0] == "riff 1"
    play.fine()


def test_what_the_user_looks_at_stays_selected(play: Play) -> None:
    view = play.world.song.view_.values
    before = view["selected_track"]
    play.put(loop(play))
    assert view["selected_track"] is before


def test_a_loop_asked_for_now_moves_to_its_slot_and_is_shown(play: Play) -> None:
    play.put(loop(play, 1), loop(play, 2))
    play.daemon.say("clip", id="l2", slot=3)
    play.run(1.0)
    assert slots(play) == ["riff 1", None, None, "riff 2"]
    slot = play.track("dawbridge loops").slots[3]
    assert play.world.song.view_.values["highlighted_clip_slot"] == slot
    play.daemon.say("clip", id="l2", slot=0)
    play.run(1.0)
    assert slots(play) == ["riff 1", None, None, "riff 2"], "nothing is pushed out"
    play.daemon.say("clip", id="other", slot=0)
    play.run(1.0)
    assert "not in this Set" in play.world.shown[-1]
    play.run(3.0)
    assert play.daemon.told("gone") == []
    play.fine()


def test_a_loop_cut_anew_takes_the_place_of_the_old(play: Play) -> None:
    play.put(loop(play, 1), loop(play, 2))
    new = loop(play, 3)
    play.put({**new, "id": "l1", "rev": "loop-2"})
    assert slots(play)[:3] == ["riff 3", "riff 2", None]


def test_after_a_restart_each_is_found_by_name_and_file(play: Play) -> None:
    facts = [loop(play, number) for number in range(1, 4)]
    play.put(*facts)
    track = play.track("dawbridge loops")
    track.slots[0].__dict__["held"], track.slots[2].__dict__["held"] = (
        track.slots[2].held, track.slots[0].held,
    )  # fmt: skip
    play.restart()
    play.daemon.heard.clear()
    play.connect()
    play.put(*facts)
    play.run(3.0)
    assert slots(play)[:3] == ["riff 3", "riff 2", "riff 1"]
    assert play.daemon.told("gone") == []
    assert play.daemon.told("edit") == []
