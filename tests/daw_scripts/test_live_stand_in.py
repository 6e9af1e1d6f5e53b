"""The stand-in for Live is strict: what a real Live would punish fails in it."""

from __future__ import annotations

import threading

import pytest

from tests.daw_scripts.live.world import World


def as_script(code: str, **names: object) -> None:
    """Runs the code as the script's own: it then sees what Live has, and no more."""
    exec(compile(code, "dawbridge", "exec"), {"__name__": "dawbridge.tried", **names})


def song_of(version: str = "12.3.6") -> tuple[World, object]:
    world = World(version)
    return world, world.song


@pytest.mark.parametrize(
    "code",
    [
        "song.tempos",  # unknown
        "song.kept",  # the stand-in's own
        "song.scale_mode",  # newer (12.0.5)
        "song.tracks[0].create_midi_clip(0.0, 4.0)",  # newer (12.1.10)
        "song.tracks[1].clip_slots[0].create_audio_clip('/x.wav')",  # absent from 12.0.0 alone
        "song.cue_points[0].name = 'x'",  # settable from 12.1.0
        "song.cue_points[0].time = 4.0",  # never settable
        "song.is_counting_in = True",
        "song.colour = 3",
    ],
)
def test_a_name_that_this_live_lacks_or_only_shows(code: str) -> None:
    _, song = song_of("12.0.0")
    song.add_cue(0.0, "1")
    with pytest.raises(AttributeError):
        as_script(code, song=song)


@pytest.mark.parametrize(
    "code",
    [
        "song.begin_undo_step(1)",
        "song.set_data('key')",
        "song.tempo = '120'",
        "song.create_midi_track(1.5)",
        "song.create_midi_track(None)",
        "song.tracks[0].create_midi_clip('0', 4.0)",
        "song.tracks[0].clip_slots[0].create_clip(True)",
        "song.view.highlighted_clip_slot = song.tracks[0]",
        "live.Clip.WarpMarker(1.0)",
        "live.Clip.MidiNoteSpecification(pitch=36.0, start_time=0.0, duration=1.0)",
        "live.Clip.MidiNoteSpecification(pitch=36, start_time=0.0, duration=1.0, loud=1)",
        "song.tracks[0].clip_slots[0].create_clip(4.0).add_new_notes(({'pitch': 36},))",
    ],
)
def test_arguments_of_another_number_or_type(code: str) -> None:
    world, song = song_of()
    with pytest.raises(TypeError):
        as_script(code, song=song, live=world.live)


def test_a_change_inside_a_notification() -> None:
    world, song = song_of()
    world.notifying = True
    as_script("song.tempo; song.tracks[0].name", song=song)
    for code in ("song.tempo = 90.0", "song.set_or_delete_cue()", "song.tracks[0].mute = True"):
        with pytest.raises(RuntimeError, match="defer"):
            as_script(code, song=song)


def test_another_thread() -> None:
    _, song = song_of()
    failed = []

    def touch() -> None:
        try:
            as_script("song.tempo", song=song)
        except AssertionError as error:
            failed.append(error)

    thread = threading.Thread(target=touch)
    thread.start()
    thread.join()
    assert failed


def test_what_is_deleted_is_none_and_may_not_be_touched() -> None:
    _, song = song_of()
    slot = song.tracks_[0].slots[0]
    as_script("slot.create_clip(4.0)", slot=slot)
    clip = slot.held
    as_script("slot.delete_clip()", slot=slot)
    as_script("assert clip == None; assert not clip != None", clip=clip)
    with pytest.raises(RuntimeError):
        as_script("clip.name", clip=clip)


def test_the_playhead_moves_after_the_tick_and_so_two_cues_in_one_tick_are_none() -> None:
    world, song = song_of()
    as_script(
        "song.current_song_time = 8.0\n"
        "assert song.current_song_time == 0.0\n"
        "song.set_or_delete_cue()\n"
        "song.current_song_time = 16.0\n"
        "song.set_or_delete_cue()\n"
        "assert len(song.cue_points) == 0",
        song=song,
    )
    world.run(0.02)
    as_script("assert song.current_song_time == 16.0", song=song)


@pytest.mark.parametrize(
    ("version", "told"),
    [("11.3.20", False), ("11.3.25", True), ("12.0.0", False), ("12.0.5", True)],
)
def test_who_makes_a_clip_is_told_which_only_in_some_versions(version: str, told: bool) -> None:
    _, song = song_of(version)
    as_script(
        "clip = slot.create_clip(4.0)\nassert (clip is not None) == told\nassert slot.has_clip",
        slot=song.tracks_[0].slots[0], told=told,
    )  # fmt: skip


def test_a_loop_may_not_end_before_it_starts() -> None:
    _, song = song_of()
    slot = song.tracks_[0].slots[0]
    slot.do_create_clip(4.0)
    with pytest.raises(RuntimeError):
        as_script("clip.loop_start = 8.0", clip=slot.held)
    as_script("clip.loop_end = 12.0; clip.loop_start = 8.0", clip=slot.held)


def test_warping_and_looping_in_one_tick_crash_before_12_1_5() -> None:
    world, song = song_of("12.0.5")
    world.files["/x.wav"] = 4.0
    slot = song.tracks_[1].slots[0]
    slot.do_create_audio_clip("/x.wav")
    with pytest.raises(AssertionError):
        as_script("clip.warping = True; clip.looping = True", clip=slot.held)


def test_a_timer_whose_callback_fails_is_stopped() -> None:
    world, _ = song_of()

    def fail() -> None:
        raise ValueError("no")

    as_script("live.Base.Timer(fail, 10, True, True)", live=world.live, fail=fail)
    world.run(0.1)
    assert world.errors == ["ValueError('no')"]
    assert not world.timers[0].on
