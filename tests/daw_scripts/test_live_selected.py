"""The clip that the user selected, and the buttons that say what to do with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.daw.analysed import Placement
from tests.daw_scripts.live.play import Play
from tests.daw_scripts.live.things import Clip

CC = 0xBF  # a controller on channel 16
NOTE = 0x9F


@pytest.fixture
def play(tmp_path: Path) -> Play:
    return Play(tmp_path).connect()


def clip_of(play: Play, *, arranged: bool = True, start: float = 16.0, **values) -> Clip:
    """An audio clip of 10 s, selected; unwarped, at 120 BPM 20 beats long."""
    path = play.folder / "take 1.wav"
    path.write_bytes(b"RIFF")
    clip = Clip.fresh(play.world, True, 10.0)
    clip.values.update(file_path=str(path), name="Take 1", **values)
    track = play.track("2-Audio")
    if arranged:
        track.arrange(clip, start)
        clip.__dict__["length_"] = 20.0
    else:
        track.slots[0]._hold(clip)
    play.world.song.view_.values["detail_clip"] = clip
    return clip


def press(play: Play, number: int, status: int = CC) -> None:
    play.script.receive_midi((status, number, 127))
    play.script.receive_midi((status, number, 0))
    play.run(0.2)


def asked(play: Play) -> dict[str, str]:
    press(play, 20)
    return play.daemon.told("ask")[-1]


def test_an_unwarped_clip_lies_at_live_s_tempo(play: Play) -> None:
    clip_of(play)
    told = asked(play)
    assert told["what"] == "analyze"
    assert told["path"].endswith("take 1.wav")
    assert told["title"] == "Take 1"
    assert told["track"] == "2-Audio"
    assert told["want"] == "sections,riffs,chords,key"
    assert told["item"].startswith("arranged-")
    assert "folder" not in told, "an unsaved Set has no place for loops"
    where = Placement.read(told["map"])
    assert where.at(0.0) == pytest.approx(16.0)
    assert where.at(10.0) == pytest.approx(36.0)


def test_a_cut_and_transposed_unwarped_clip_lies_where_it_is_heard(play: Play) -> None:
    clip = clip_of(play, pitch_coarse=12)
    clip.ends.update(loop_start=2.0, loop_end=10.0, start_marker=2.0, end_marker=10.0)
    clip.__dict__["length_"] = 8.0  # 8 s of the file at double speed
    where = Placement.read(asked(play)["map"])
    assert where.file == pytest.approx((2.0, 10.0))
    assert where.positions == pytest.approx((16.0, 24.0))


def test_warp_markers_bend_the_map(play: Play) -> None:
    clip = clip_of(play, warping=True)
    clip.markers[:] = [(0.5, 0.0), (2.5, 4.0), (6.5, 10.0)]  # 120, then 90 BPM
    clip.ends.update(loop_start=1.0, loop_end=9.0, start_marker=1.0, end_marker=9.0)
    clip.__dict__["length_"] = 8.0
    where = Placement.read(asked(play)["map"])
    assert where.at(1.0) == pytest.approx(16.0)
    assert where.at(2.5) == pytest.approx(19.0)
    assert where.at(4.5) == pytest.approx(22.0)
    assert where.positions[-1] == pytest.approx(24.0)


def test_markers_in_samples_say_the_same(play: Play) -> None:
    clip = clip_of(play, warping=True)
    clip.markers[:] = [(0.0, 0.0), (5.0, 10.0)]
    clip.ends.update(loop_end=20.0, end_marker=20.0)
    told = asked(play)["map"]
    play.world.samples = 44100.0
    assert asked(play)["map"] == told
    assert Placement.read(told).at(5.0) == pytest.approx(26.0)


def test_a_looped_clip_is_heard_once_through(play: Play) -> None:
    clip = clip_of(play, warping=True, looping=True)
    clip.markers[:] = [(0.0, 0.0), (5.0, 10.0)]
    clip.ends.update(loop_start=0.0, loop_end=4.0, start_marker=0.0, end_marker=20.0)
    where = Placement.read(asked(play)["map"])
    assert where.file == pytest.approx((0.0, 2.0))
    assert where.positions == pytest.approx((16.0, 20.0))


def test_a_session_clip_asks_for_loops_and_drums_alone(play: Play) -> None:
    clip_of(play, arranged=False)
    told = asked(play)
    assert told["want"] == "drums,loops"
    assert told["item"].startswith("session-")
    assert Placement.read(told["map"]).at(0.0) == 0.0


def test_drums_of_a_session_clip_are_a_session_clip(play: Play) -> None:
    clip_of(play, arranged=False)
    group = "item:" + asked(play)["item"]
    drums = {
        "id": "d", "kind": "notes", "role": "drums", "at": 0, "end": 8, "name": "drums",
        "group": group, "track": "dawbridge drums", "notes": "0,0.2,36,100,9;4,0.2,38,90,9",
    }  # fmt: skip
    play.put(drums)
    track = play.track("dawbridge drums")
    assert track.clips == []
    assert [note["start_time"] for note in track.slots[0].held.notes] == [0.0, 4.0]
    play.restart()
    play.daemon.heard.clear()
    play.connect()
    play.put(drums)
    play.run(3.0)
    assert [slot.held is not None for slot in track.slots] == [True, False, False, False]
    assert play.daemon.told("gone") == []
    play.fine()


def test_the_same_clip_has_the_same_name_moved_or_after_a_restart(play: Play) -> None:
    clip = clip_of(play)
    first = asked(play)["item"]
    clip.__dict__["start"] = 40.0
    assert asked(play)["item"] == first
    play.restart()
    play.daemon.heard.clear()
    play.connect()
    assert asked(play)["item"] == first
    other = clip_of(play, start=100.0)
    assert asked(play)["item"] != first
    assert other.values["name"] == "Take 1"


def test_a_saved_set_keeps_loops_beside_itself(play: Play) -> None:
    play.world.song.values["file_path"] = str(play.folder / "My Set.als")
    clip_of(play)
    assert asked(play)["folder"] == str(play.folder / "Samples" / "dawbridge")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"is_audio_clip": False}, "holds MIDI"),
        ({"is_recording": True}, "still being recorded"),
        ({"file_path": "/nowhere/take.wav"}, "is missing"),
        ({"file_path": ""}, "is missing"),
    ],
)
def test_what_cannot_be_analysed_is_refused_in_words(play: Play, change: dict, word: str) -> None:
    clip_of(play).values.update(change)
    press(play, 20)
    assert word in play.world.shown[-1]
    assert play.daemon.told("ask") == []


def test_the_drums_of_the_selected_clip_have_a_button_of_their_own(play: Play) -> None:
    clip_of(play)
    play.script._pressed.append("clip_drums")
    play.run(0.2)
    (told,) = play.daemon.told("ask")
    assert (told["what"], told["want"]) == ("analyze", "drums")


def test_nothing_selected_is_told_what_to_do(play: Play) -> None:
    press(play, 20)
    assert "select an audio clip first" in play.world.shown[-1]
    clip_of(play, arranged=False)
    play.world.song.view_.values.update(
        detail_clip=None, highlighted_clip_slot=play.track("2-Audio").slots[0]
    )
    assert asked(play)["title"] == "Take 1", "the slot that is highlighted does as well"


def test_markers_that_run_backwards_are_refused(play: Play) -> None:
    clip = clip_of(play, warping=True)
    clip.markers[:] = [(0.0, 8.0), (5.0, 4.0), (6.0, 9.0)]
    press(play, 20)
    assert "runs backwards" in play.world.shown[-1]


def test_progress_and_the_result_are_shown(play: Play) -> None:
    clip_of(play)
    job = asked(play)["job"]
    play.daemon.say("progress", job=job, share=0.25, text="hearing the beats")
    play.run(0.1)
    assert play.world.shown[-1] == "dawbridge: hearing the beats 25 %"
    play.daemon.say("result", job=job, ok=1, text="4 sections, 12 riffs")
    play.run(0.1)
    assert play.world.shown[-1] == "dawbridge: 4 sections, 12 riffs"


def test_the_buttons_are_forwarded_on_channel_16(play: Play) -> None:
    play.script.build_midi_map(5)
    assert sorted(play.world.forwarded) == [("cc", 15, number) for number in range(20, 28)]


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (21, {"what": "clips", "job": "live1", "name": ""}),
        (22, {"what": "command", "name": "tap"}),
        (23, {"what": "command", "name": "double"}),
        (24, {"what": "command", "name": "halve"}),
        (25, {"what": "command", "name": "the_one"}),
        (27, {"what": "remove", "job": "live1"}),
    ],
)
def test_each_button_asks_for_its_own(play: Play, number: int, said: dict) -> None:
    press(play, number)
    assert play.daemon.told("ask") == [said]


def test_the_stop_button_stops_live_so_that_marks_can_be_put(play: Play) -> None:
    play.world.song.values["is_playing"] = True
    play.put({"id": "a", "kind": "region", "at": 4, "end": 8, "name": "verse"})
    press(play, 26)
    play.run(2.0)
    assert not play.world.song.values["is_playing"]
    assert play.cues() == [(4.0, "verse")]


def test_a_held_button_is_one_press_and_other_channels_are_none(play: Play) -> None:
    for value in (64, 90, 127, 127):
        play.script.receive_midi((CC, 22, value))
    play.script.receive_midi((0xB0, 22, 127))
    play.script.receive_midi((CC, 99, 127))
    play.script.receive_midi((0xF0, 1, 2, 3, 0xF7))
    play.script.receive_midi(())
    play.run(0.2)
    assert len(play.daemon.told("ask")) == 1
    play.fine()


def test_a_text_file_chooses_notes_and_another_channel(tmp_path: Path) -> None:
    text = "# mine\nchannel = 1\nanalyze = note 60\ntap = note 61\nloops =\nhalve = note 999\n"
    play = Play(tmp_path, settings=text).connect()
    play.script.build_midi_map(5)
    assert ("note", 0, 60) in play.world.forwarded
    assert ("cc", 0, 21) not in play.world.forwarded
    assert all(number <= 127 for _, _, number in play.world.forwarded)
    press(play, 61, 0x90)
    assert play.daemon.told("ask") == [{"what": "command", "name": "tap"}]


def test_a_track_s_switch_is_a_button_for_whoever_has_no_controller(play: Play) -> None:
    track = play.world.song.add_track("dawbridge: the one", False)
    play.run(2.0)
    assert play.daemon.told("ask") == [], "its name alone presses nothing"
    track.values["mute"] = True
    play.run(0.2)
    track.values["mute"] = False
    play.run(0.2)
    assert play.daemon.told("ask") == [{"what": "command", "name": "the_one"}] * 2
    play.world.song.tracks_.remove(track)
    track.__dict__["dead"] = True
    play.run(2.0)
    play.fine()


def test_where_live_takes_no_loops_the_button_says_what_to_do(tmp_path: Path) -> None:
    play = Play(tmp_path, "12.0.0").connect()
    press(play, 21)
    assert "drag the loops in" in play.world.shown[-1]
    assert play.daemon.told("ask") == []
