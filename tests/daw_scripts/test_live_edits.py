"""What the user does with ours in Live is noticed, told, and left as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.daw_scripts.live.play import Play

SECTIONS = [
    {"id": "a", "kind": "region", "at": 4, "end": 12, "name": "verse"},
    {"id": "b", "kind": "region", "at": 12, "end": 20, "name": "chorus"},
]
DRUMS = {
    "id": "d", "kind": "notes", "role": "drums", "at": 0, "end": 4, "name": "drums",
    "notes": "0,0.25,36,100,9;1,0.25,38,90,9",
}  # fmt: skip


@pytest.fixture(params=["11.3.43", "12.3.6"])
def play(request: pytest.FixtureRequest, tmp_path: Path) -> Play:
    """Sections as clips on the older, as locators on the newer."""
    play = Play(tmp_path, request.param).connect()
    play.put(*SECTIONS)
    return play


def things(play: Play) -> dict[str, object]:
    """Ours by name."""
    song = play.world.song
    every = [*song.cues, *(clip for track in song.tracks_ for clip in track.clips)]
    return {each.values["name"]: each for each in every}


def move(thing: object, by: float) -> None:
    own = thing.__dict__
    own["at" if "at" in own else "start"] += by


def delete(play: Play, thing: object) -> None:
    play.world.open_steps += 1  # one step of the user's
    if "at" in thing.__dict__:
        play.world.song.remove_cue(thing)
    else:
        thing.parent.do_delete_clip(thing)
    play.world.song.do_end_undo_step()


def test_a_rename_is_told_once_with_how_it_was(play: Play) -> None:
    things(play)["verse"].values["name"] = "Strophe"
    play.run(3.0)
    told = play.daemon.told("edit")
    assert [(each["id"], each["name"], each["was_name"]) for each in told] == [
        ("a", "Strophe", "verse")
    ]
    play.fine()


def test_a_move_is_told_with_both_ends(play: Play) -> None:
    move(things(play)["chorus"], 2.0)
    play.run(3.0)
    (told,) = play.daemon.told("edit")
    assert told == {
        "id": "b", "at": "14", "end": "22", "name": "chorus",
        "was_at": "12", "was_end": "20", "was_name": "chorus",
    }  # fmt: skip


def test_a_deletion_is_told_once_and_remembered(play: Play) -> None:
    delete(play, things(play)["verse"])
    play.run(5.0)
    assert play.daemon.told("gone") == [{"id": "a"}]
    play.restart()
    play.daemon.heard.clear()
    play.connect()
    have = {each["id"]: each for each in play.daemon.told("have")}
    assert have["a"]["gone"] == "1"
    assert "gone" not in have["b"]
    assert set(things(play)) == {"chorus"}


def test_what_is_asked_back_is_put_anew(play: Play) -> None:
    delete(play, things(play)["verse"])
    play.run(3.0)
    play.put(*SECTIONS)
    assert set(things(play)) == {"verse", "chorus"}
    play.run(3.0)
    assert len(play.daemon.told("gone")) == 1


def test_undo_of_the_deletion_is_told_as_well(play: Play) -> None:
    delete(play, things(play)["verse"])
    play.run(3.0)
    play.world.undo()
    play.run(3.0)
    assert play.daemon.told("gone") == [{"id": "a"}]
    assert [each["id"] for each in play.daemon.told("edit")] == ["a"]
    play.daemon.heard.clear()
    play.restart()
    play.connect()
    assert all("gone" not in each for each in play.daemon.told("have"))


def test_undo_of_what_we_put_is_the_user_s_wish(play: Play) -> None:
    while play.world.steps:
        play.world.undo()
    play.run(4.0)
    assert sorted(each["id"] for each in play.daemon.told("gone")) == ["a", "b"]
    while play.world.redone:
        play.world.redo()
    play.run(4.0)
    assert sorted(each["id"] for each in play.daemon.told("edit")) == ["a", "b"]
    play.fine()


def test_edits_made_while_the_script_was_away_are_found(play: Play) -> None:
    play.script.disconnect()
    things(play)["verse"].values["name"] = "Strophe"
    delete(play, things(play)["chorus"])
    play.daemon.heard.clear()
    play.restart()
    play.connect()
    play.run(4.0)
    assert [each["name"] for each in play.daemon.told("edit")] == ["Strophe"]
    assert play.daemon.told("gone") == [{"id": "b"}]


def test_a_track_that_the_user_names_anew_is_still_ours(tmp_path: Path) -> None:
    play = Play(tmp_path, "12.0.5").connect()
    play.put(*SECTIONS)
    play.track("dawbridge sections").values["name"] = "Form"
    play.restart()
    play.daemon.heard.clear()
    play.connect()
    play.put(*SECTIONS, {"id": "c", "kind": "region", "at": 20, "end": 24, "name": "outro"})
    assert [name for _, _, name in play.clips("Form")] == ["verse", "chorus", "outro"]
    play.run(3.0)
    assert play.daemon.told("gone") == []


def test_notes_that_the_user_changed_are_left_alone(tmp_path: Path) -> None:
    play = Play(tmp_path).connect()
    play.put(DRUMS)
    clip = play.track("dawbridge drums").clips[0]
    clip.notes.append({"pitch": 42, "start_time": 2.0, "duration": 0.25, "velocity": 80.0})
    done = play.put({**DRUMS, "notes": "0,0.25,36,100,9", "rev": "notes-2"})
    assert done["failed"] == "d"
    assert "changed by you" in done["why"]
    assert len(clip.notes) == 3
    play.tell([("drop", {"id": "d"})])
    assert len(play.track("dawbridge drums").clips) == 1


def test_notes_that_nobody_changed_follow(tmp_path: Path) -> None:
    play = Play(tmp_path).connect()
    play.put(DRUMS)
    clip = play.track("dawbridge drums").clips[0]
    play.put({**DRUMS, "notes": "0,0.25,36,100,9", "rev": "notes-2"})
    assert play.track("dawbridge drums").clips == [clip]
    assert [note["pitch"] for note in clip.notes] == [36]
    play.put({**DRUMS, "end": 8, "notes": "0,0.25,36,100,9;6,0.25,38,90,9", "rev": "notes-3"})
    assert play.clips("dawbridge drums") == [(0.0, 8.0, "drums")]
    play.run(3.0)
    assert play.daemon.told("gone") == []
    play.fine()


def test_nothing_of_the_user_s_is_written_over(tmp_path: Path) -> None:
    play = Play(tmp_path, "12.0.5").connect()
    play.put(SECTIONS[0])
    track = play.track("dawbridge sections")
    mine = track.do_create_midi_clip(12.0, 8.0)
    mine.values["name"] = "mine"
    play.put(SECTIONS[1])
    assert play.clips("dawbridge sections") == [(4.0, 12.0, "verse"), (12.0, 20.0, "mine")]
    assert play.clips("dawbridge sections 2") == [(12.0, 20.0, "chorus")]
    play.fine()


def test_a_loop_moved_to_a_track_of_the_user_s_is_theirs(tmp_path: Path) -> None:
    play = Play(tmp_path).connect()
    play.world.files[str(tmp_path / "here.json")] = 4.0
    loop = {
        "id": "l", "kind": "loop", "role": "loop", "at": 0, "end": 8, "name": "riff A",
        "path": str(tmp_path / "here.json"), "tempo": 120, "beats": 8,
    }  # fmt: skip
    play.put(loop)
    ours, theirs = play.track("dawbridge loops"), play.track("2-Audio")
    theirs.slots[0]._hold(ours.slots[0].held.copied())
    ours.slots[0]._empty()
    play.run(4.0)
    assert play.daemon.told("gone") == [{"id": "l"}]
    play.tell([("drop", {"id": "l"})])
    assert theirs.slots[0].held is not None


def test_another_set_is_another_project(tmp_path: Path) -> None:
    play = Play(tmp_path).connect()
    play.put(*SECTIONS)
    first = play.daemon.told("hello")[0]["project"]
    play.daemon.heard.clear()
    song = play.world.song
    play.world.song = play.world.make("Live.Song.Song")
    play.world.song.begin(play.world)
    play.connect()
    assert play.daemon.told("hello")[0]["project"] != first
    assert play.daemon.told("gone") == []
    assert song.do_get_data("dawbridge", "") != play.world.song.do_get_data("dawbridge", "")
    play.fine()


@pytest.mark.parametrize(
    ("version", "saved", "filled", "same"),
    [
        ("12.3.6", True, False, True),
        ("12.3.6", True, True, True),
        ("12.3.6", False, False, False),
        ("12.3.6", False, True, False),
        ("11.3.20", True, False, False),  # it tells no path: what it holds has to tell
        ("11.3.20", True, True, True),
    ],
)
def test_a_set_opened_again_is_the_same_project_and_one_from_a_template_is_not(
    version: str, saved: bool, filled: bool, same: bool, tmp_path: Path
) -> None:
    play = Play(tmp_path, version).connect()
    if filled:
        play.put(*SECTIONS)
    first = play.daemon.told("hello")[0]["project"]
    play.daemon.heard.clear()
    kept = dict(play.world.song.kept)
    play.world.song = play.world.make("Live.Song.Song")
    play.world.song.begin(play.world)
    play.world.song.kept.update(kept)
    if saved and "file_path" in play.world.song.values:
        play.world.song.values["file_path"] = "/music/song.als"
    play.connect()
    hello = play.daemon.told("hello")[0]
    assert (hello["project"] == first) == same
    assert hello.get("from") == (None if same else first)
    play.fine()


def saved(play: Play, name: str) -> None:
    """The user saves the Set under a name."""
    path = play.folder / name
    path.touch()
    play.world.song.values["file_path"] = str(path)
    play.run(1.5)


def opened(play: Play, kept: dict, name: str) -> None:
    """The user opens the Set of this name, which holds `kept`."""
    play.daemon.heard.clear()
    song = play.world.make("Live.Song.Song")
    song.begin(play.world)
    song.kept.update(kept)
    play.world.song = song
    saved(play, name)
    play.connect()


def projects(play: Play) -> list[tuple[str, str | None]]:
    """Project, and what it is a copy of, as each hello told them."""
    return [(told["project"], told.get("from")) for told in play.daemon.told("hello")]


def test_a_set_saved_under_another_name_goes_its_own_way_at_once(tmp_path: Path) -> None:
    play = Play(tmp_path).connect()
    saved(play, "song.als")  # for the first time: it stays itself
    play.put(*SECTIONS)
    assert len(projects(play)) == 1
    (first, _), held = projects(play)[0], len(play.daemon.told("have"))
    saved(play, "song 2.als")
    play.until(lambda: len(play.daemon.told("ready")) == 2)
    (second, origin) = projects(play)[-1]
    assert second != first and origin == first
    assert len(play.daemon.told("have")) - held == len(SECTIONS), "it begins with what it holds"
    kept = dict(play.world.song.kept)
    opened(play, kept, "song 2.als")
    assert projects(play) == [(second, first)], "and stays that"
    play.fine()


def test_a_copied_file_is_another_project_and_a_moved_one_the_same(tmp_path: Path) -> None:
    play = Play(tmp_path).connect()
    saved(play, "song.als")
    play.put(*SECTIONS)
    first, kept = projects(play)[0][0], dict(play.world.song.kept)
    opened(play, kept, "copy.als")
    assert projects(play)[0][1] == first
    (tmp_path / "song.als").rename(tmp_path / "moved.als")
    opened(play, kept, "moved.als")
    assert projects(play) == [(first, None)]
    (tmp_path / "link.als").symlink_to(tmp_path / "moved.als")
    opened(play, dict(play.world.song.kept), "link.als")
    assert projects(play) == [(first, None)]
    play.fine()
