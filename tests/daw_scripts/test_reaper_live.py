"""dawbridge.lua in a stand-in for Reaper, talking with the daemon's own half of the talk."""

from __future__ import annotations

import itertools
import pickle
import shutil
from pathlib import Path

import pytest
from lupa import lua53, lua54

from bridge.daw.facts import Fact, Note
from bridge.daw.notices import FAILURE, read_notice, tell_failure
from bridge.errors import BridgeError
from tests.daw_scripts.reaper.marks import Marks
from tests.daw_scripts.reaper.project import Item, Source, Take, Track
from tests.daw_scripts.reaper_world import World, marker, region, replace

LUA = {"5.3": lua53, "5.4": lua54}
# Reaper 6 has Lua 5.3, Reaper 7 has 5.4. Others of VERSIONS add nothing that these tests touch.
EVERY = [("5.3", "6.71"), ("5.4", "7.03"), ("5.4", "7.62"), ("5.4", "7.78")]
SOME = [("5.3", "6.71"), ("5.4", "7.78")]


@pytest.fixture(params=SOME, ids="-".join)
def world(request, tmp_path):
    yield from a_world(request.param, tmp_path)


@pytest.fixture(params=EVERY, ids="-".join)
def any_world(request, tmp_path):
    yield from a_world(request.param, tmp_path)


def a_world(param, folder: Path):
    lua, version = param
    world = World(folder, LUA[lua], version)
    yield world
    if world.daemon:
        world.daemon.close()
    assert world.reaper.mistakes == []
    assert world.reaper.console == ""


# -- a live run


def test_what_is_heard_appears_while_recording_and_stays_undoable(any_world) -> None:
    daemon = any_world.connected()
    any_world.reaper.record(at=4.0)
    any_world.run(2)
    daemon.put(region("Verse", 4.5, 9.0, colour="#4f8fd0"))
    any_world.run(1)
    daemon.put(marker("Am", 6.0), replace(region("Verse", 4.5, 12.0), name="Chorus"))
    any_world.run(1)
    assert any_world.marks == [("Chorus", 4.5, 12.0), ("Am", 6.0, None)]
    assert any_world.undo == ["dawbridge: 1 region", "dawbridge: 1 region, 1 marker"]
    assert daemon.told("done")[-1].values == {"batch": "2", "failed": ""}
    assert any_world.reaper.boxes == []


def test_the_clock_is_told_ten_times_a_second_while_rolling_and_once_a_second_else(world) -> None:
    daemon = world.connected()
    daemon.heard.clear()
    world.run(5)
    standing = daemon.told("clock")
    assert 4 <= len(standing) <= 6
    assert standing[-1].text("play") == "0"
    daemon.heard.clear()
    world.reaper.play(at=10.0)
    world.run(5)
    rolling = daemon.told("clock")
    assert 40 <= len(rolling) <= 52
    for told in rolling:
        assert told.number("at") == pytest.approx(
            10.0 + told.number("t") - rolling[0].number("t") + (rolling[0].number("at") - 10.0),
            abs=1e-6,
        )
    assert not rolling[0].flag("record")


def test_a_change_of_the_transport_is_told_at_once(world) -> None:
    daemon = world.connected()
    daemon.heard.clear()
    world.reaper.record()
    world.run(0.07)
    assert daemon.told("clock")[-1].flag("record")


def test_hello_says_what_this_project_can_hold_and_what_the_user_wants(world) -> None:
    world.reaper.ext["dawbridge", "roles"] = "section,chord"
    world.reaper.ext["dawbridge", "while"] = "record"
    world.reaper.project.path = "/songs/größe\ttab.rpp"
    daemon = world.connected()
    hello = daemon.told("hello")[0]
    assert hello.text("daw") == "reaper"
    assert hello.text("version").startswith(world.reaper.version)
    assert hello.text("title") == "größe\ttab.rpp"
    assert set(hello.text("can").split(",")) >= {"marker", "region", "text", "notes", "loop"}
    assert hello.text("roles") == "section,chord"
    assert hello.text("while") == "record"
    assert hello.text("daemon") == daemon.token
    assert hello.text("script") == "1.2.3"


def test_no_marks_wanted_is_told_as_none(world) -> None:
    world.reaper.ext["dawbridge", "roles"] = "-"  # as it is kept
    assert world.connected().talk.roles == frozenset()


def test_other_roles_are_told_as_soon_as_they_are_chosen(world) -> None:
    daemon = world.connected()
    world.reaper.ext["dawbridge", "roles"] = "chord"
    world.run(1)
    assert daemon.talk.roles == {"chord"}
    assert daemon.talk.ready


def test_listening_alone_changes_nothing_in_a_project(world) -> None:
    world.connected()
    world.reaper.play()
    world.run(5)
    assert not world.reaper.project.dirty
    assert world.undo == []


# -- replays


def test_a_restart_with_a_full_replay_doubles_nothing(any_world) -> None:
    daemon = any_world.connected()
    daemon.put(*(marker(f"K{n}", float(n)) for n in range(5)), region("Verse", 2.5, 8.0))
    any_world.run(1)
    marks, undo = any_world.marks, any_world.undo
    [script] = any_world.reaper.scripts
    script.end()
    any_world.run(2)
    any_world.listen()
    any_world.run(3)
    assert any_world.marks == marks
    assert any_world.undo == undo
    assert len(daemon.told("have")) == 6


def test_a_project_that_was_closed_without_saving_gets_everything_again(world) -> None:
    daemon = world.connected()
    daemon.put(marker("G", 1.0))
    world.run(1)
    project = world.reaper.project
    [script] = world.reaper.scripts
    script.end()
    identity = project.state.ext["dawbridge"]["project"]
    with project.user() as state:  # as the file was on the disk
        state.marks.clear()
        state.ext = {"dawbridge": {"project": identity}}
    project.path = "/songs/a.rpp"
    world.run(2)
    world.listen()
    world.run(3)
    assert world.marks == [("G", 1.0, None)]


def test_a_batch_that_is_said_twice_is_one_undo_step(world) -> None:
    daemon = world.connected()
    daemon.put(marker("G", 1.0))
    world.run(1)
    entry = daemon.talk.held["key-g"]
    daemon.send("batch", batch=77, count=1, title="again")
    daemon.send("put", id="key-g", kind="marker", role="key", at=1.0, name="G", rev=entry.rev)
    world.run(1)
    assert world.undo == ["dawbridge: 1 marker"]
    assert daemon.told("done")[-1].text("batch") == "77"


def test_a_torn_line_of_the_daemon_leads_to_a_new_comparison_and_loses_nothing(world) -> None:
    daemon = world.connected()
    [folder] = [each for each in world.root.iterdir() if each.name.startswith("reaper-")]
    with (folder / "down.000001").open("ab") as file:
        file.write(b"batch\tbatch=9\tcount=2\ttitle=x\t#29\nput\tid=a\tki\nput\tid=\n")
    daemon.put(marker("G", 1.0))
    world.run(2)
    assert world.marks == [("G", 1.0, None)]
    assert len(daemon.told("project")) == 1


def test_a_batch_whose_announcement_was_torn_is_put_all_the_same(world) -> None:
    daemon = world.connected()
    daemon.put(marker("G", 1.0), marker("H", 2.0))
    [told] = [each for each in [daemon.talk.changes()] if each]
    daemon.link.send(told[1:])
    world.run(2)
    assert world.marks == [("G", 1.0, None), ("H", 2.0, None)]
    assert len(daemon.told("project")) == 1


# -- the daemon


def test_a_daemon_that_was_started_anew_finds_everything_as_it_was(world) -> None:
    daemon = world.connected()
    daemon.put(marker("G", 1.0), region("Verse", 2.0, 3.0))
    world.run(1)
    daemon.close()
    world.run(10)
    assert "waiting" in world.reaper.ext["dawbridge", "state"]
    new = world.start_daemon("d000000000000002")
    world.run(4)
    assert new.talk.ready
    assert len(new.told("have")) == 2
    new.put(marker("H", 5.0))
    world.run(1)
    assert world.marks == [("G", 1.0, None), ("Verse", 2.0, 3.0), ("H", 5.0, None)]
    assert world.reaper.boxes == []


def test_a_daemon_that_falls_silent_for_a_while_goes_on_in_the_same_talk(world) -> None:
    daemon = world.connected()
    daemon.send("state", state="listening", text="dawbridge listens")
    world.run(1)
    daemon.beating = False
    world.run(8)
    assert "waiting" in world.reaper.ext["dawbridge", "state"]
    daemon.beating = True
    daemon.put(marker("G", 1.0))
    world.run(3)
    assert world.marks == [("G", 1.0, None)]
    assert len(daemon.told("hello")) == 1
    assert "listening" in world.reaper.ext["dawbridge", "state"]


def test_without_a_daemon_it_is_started_once_and_then_said(world) -> None:
    world.listen()
    world.run(40)
    assert world.reaper.run_programs == [("/usr/bin/dawbridge", -1)]
    assert "does not answer" in world.reaper.help
    assert "dawbridge doctor" in world.reaper.help
    daemon = world.start_daemon()
    world.run(3)
    assert daemon.talk.ready


def test_why_a_daemon_did_not_come_up_is_said_where_it_left_a_word(world) -> None:
    world.root.mkdir(parents=True, exist_ok=True)
    why = BridgeError("config.toml cannot be read", cause="line 3", remedy="mend it")
    tell_failure(world.root, BridgeError("old", cause="old", remedy="old"))
    world.listen()
    world.run(3)
    assert world.reaper.run_programs
    assert read_notice(world.root / FAILURE) is None  # what an earlier start left counts no more
    tell_failure(world.root, why)
    world.run(40)
    assert "did not start. config.toml cannot be read: line 3. Mend it." in world.reaper.help


def test_a_missing_place_is_said_once_in_words(world) -> None:
    world.here.unlink()
    world.listen()
    world.run(20)
    [(text, _)] = world.reaper.boxes
    assert "dawbridge install reaper" in text
    world.reaper.ext["dawbridge", "asks"] = _line("ask", what="ping", job="j1")
    world.run(1)
    assert "ok=0" in world.reaper.ext["dawbridge", "result"]


def test_scripts_that_came_by_reapack_find_where_dawbridge_is_installed(world) -> None:
    world.install(world.here.parent / "Analysis")
    assert world.connected().talk.ready


def test_installed_as_the_installer_does_it_runs(world) -> None:
    world.install()
    assert world.connected().talk.ready


def test_an_older_installation_tells_no_version(world) -> None:
    here = world.here
    here.write_text(here.read_text(encoding="utf-8").replace("version", "other"))
    assert world.connected().told("hello")[0].text("script") == "unknown"


def test_another_version_is_said_once_and_not_while_somebody_records(world) -> None:
    world.install()
    wire = world.scripts / "lua" / "wire.lua"
    wire.write_text(wire.read_text(encoding="utf-8").replace("PROTOCOL = 1", "PROTOCOL = 0"))
    world.start_daemon()
    world.reaper.record()
    world.listen()
    world.run(5)
    assert world.reaper.boxes == []
    world.reaper.stop()
    world.run(60)
    [(text, _)] = world.reaper.boxes
    assert "older than dawbridge itself" in text
    assert "dawbridge install reaper" in text


def test_a_dialog_of_ten_seconds_loses_nothing(world) -> None:
    daemon = world.connected()
    daemon.put(marker("G", 1.0))
    for _ in range(10):
        world.reaper.advance(1.0, busy=True)
        daemon.step()
    world.run(2)
    assert world.marks == [("G", 1.0, None)]
    assert len(daemon.told("hello")) == 1


def test_a_folder_that_was_swept_away_is_begun_anew(world) -> None:
    daemon = world.connected()
    for each in world.root.iterdir():
        if each.name.startswith("reaper-"):
            shutil.rmtree(each)
    world.run(12)
    assert daemon.talk.ready
    daemon.put(marker("G", 1.0))
    world.run(1)
    assert world.marks == [("G", 1.0, None)]


def test_a_project_open_in_two_reapers_is_refused_in_words_until_the_first_ends(
    world, tmp_path
) -> None:
    daemon = world.connected()
    daemon.put(marker("G", 1.0))
    world.run(1)
    other = World(tmp_path / "other", world.lua, world.reaper.version)
    other.here.write_text(world.here.read_text(encoding="utf-8"), encoding="utf-8")
    other.reaper.project.path = world.reaper.project.path = "/songs/a.rpp"
    other.reaper.project.state = pickle.loads(pickle.dumps(world.reaper.project.state))
    other.reaper.guids = itertools.count(5000)  # as those of another computer's would differ
    other.listen()

    def run(seconds: int) -> None:
        for _ in range(seconds * 30):
            other.reaper.advance()
            world.run(1 / 30)

    run(40)
    [(text, _)] = other.reaper.boxes
    assert "connected to dawbridge already" in text
    assert "refused" in other.reaper.ext["dawbridge", "state"]
    other.reaper.ext["dawbridge", "asks"] = _line("ask", what="ping", job="j1")
    run(1)
    assert "connected to dawbridge already" in other.reaper.ext["dawbridge", "result"]
    world.reaper.scripts[0].end()
    run(20)
    assert "connected" in other.reaper.ext["dawbridge", "state"]
    daemon.put(marker("H", 2.0))
    run(1)
    assert ("H", 2.0, None) in other.marks
    assert len(other.reaper.boxes) == 1
    assert other.reaper.mistakes == []


# -- the user's edits


def test_what_the_user_moved_renamed_or_deleted_is_told_and_kept(any_world) -> None:
    daemon = any_world.connected()
    daemon.put(marker("G", 1.0), marker("Am", 2.0), region("Verse", 3.0, 8.0))
    any_world.run(1)
    with any_world.reaper.project.user() as state:
        g, am, verse = state.marks
        g.at = g.end = 1.5
        verse.name = "My verse"
        state.marks.remove(am)
    any_world.run(1)
    assert daemon.told("edit")[0].text("id") in ("key-g", "section-verse")
    assert [told.text("id") for told in daemon.told("gone")] == ["key-am"]
    daemon.put(marker("G", 1.1, colour="#123456"), replace(region("Verse", 3.0, 9.0)))
    daemon.put(marker("Am", 2.2))
    any_world.run(2)
    assert any_world.marks == [("G", 1.5, None), ("My verse", 3.0, 9.0)]


def test_edits_while_the_script_did_not_run_are_told_by_the_next_hello(world) -> None:
    daemon = world.connected()
    daemon.put(marker("G", 1.0), marker("Am", 2.0))
    world.run(1)
    [script] = world.reaper.scripts
    script.end()
    with world.reaper.project.user() as state:
        state.marks[0].at = state.marks[0].end = 1.5
        del state.marks[1]
    world.run(2)
    world.listen()
    world.run(3)
    daemon.put(replace(marker("G", 1.0), name="G7"), marker("Am", 2.5))
    world.run(1)
    assert world.marks == [("G7", 1.5, None)]


def test_an_undo_of_ours_takes_the_store_back_too_and_is_not_done_again(any_world) -> None:
    daemon = any_world.connected()
    daemon.put(marker("G", 1.0))
    any_world.run(1)
    daemon.put(marker("Am", 2.0), replace(marker("G", 1.0), name="G7", at=1.25))
    any_world.run(1)
    assert any_world.reaper.project.undo() == "dawbridge: 2 markers"
    any_world.run(2)
    assert any_world.marks == [("G", 1.0, None)]
    assert [step.title for step in any_world.reaper.project.undone] == ["dawbridge: 2 markers"]
    any_world.reaper.project.redo()
    any_world.run(2)
    assert any_world.marks == [("G7", 1.25, None), ("Am", 2.0, None)]
    daemon.put(replace(marker("G", 1.0), name="G9", at=1.25))
    any_world.run(1)
    assert any_world.marks[0][0] == "G9"


def test_everything_undone_stays_undone_after_a_restart_of_both(world) -> None:
    daemon = world.connected()
    daemon.put(marker("G", 1.0), region("Verse", 2.0, 4.0))
    world.run(1)
    world.reaper.project.undo()
    world.run(2)
    assert world.marks == []
    [script] = world.reaper.scripts
    script.end()
    daemon.close()
    world.reaper.project.path = "/songs/a.rpp"
    world.start_daemon("d000000000000002")
    world.listen()
    world.run(4)
    assert world.marks == []


def test_what_was_removed_and_brought_back_by_undo_stays_and_is_never_doubled(world) -> None:
    daemon = world.connected()
    daemon.put(marker("G", 1.0))
    world.run(1)
    daemon.link.send(daemon.talk.remove(None))
    world.run(1)
    assert world.marks == []
    world.reaper.project.undo()
    world.run(2)
    assert world.marks == [("G", 1.0, None)]
    daemon.put(marker("G", 1.0))
    world.run(1)
    assert world.marks == [("G", 1.0, None)]


def test_what_an_undo_brought_back_goes_when_the_user_wants_it_gone_again(world) -> None:
    daemon = world.connected()
    daemon.put(marker("G", 1.0), marker("H", 2.0))
    world.run(1)
    daemon.link.send(daemon.talk.remove(None))
    world.run(1)
    world.reaper.project.undo()
    world.run(2)
    [script] = world.reaper.scripts
    script.end()
    world.run(2)
    world.listen()
    world.run(3)
    assert len(world.marks) == 2
    world.reaper.ext["dawbridge", "asks"] = _line("ask", what="remove", job="j1")
    world.run(2)
    assert [told.text("what") for told in daemon.told("ask")] == ["remove"]
    assert world.marks == []


def test_restore_takes_the_users_edits_back(world) -> None:
    daemon = world.connected()
    daemon.put(marker("G", 1.0), marker("Am", 2.0))
    world.run(1)
    with world.reaper.project.user() as state:
        del state.marks[0]
        state.marks[0].name = "mine"
    world.run(1)
    daemon.link.send(daemon.talk.restore())
    world.run(1)
    assert world.marks == [("G", 1.0, None), ("Am", 2.0, None)]


def test_markers_of_the_user_are_never_touched(any_world) -> None:
    daemon = any_world.connected()
    with any_world.reaper.project.user() as state:
        from tests.daw_scripts.reaper.project import Mark

        for n in range(6):
            state.marks.append(Mark(any_world.reaper.guid(), n % 2 == 0, n, n + 1.0, "Am", 1))
    before = any_world.marks
    daemon.put(marker("Am", 1.0), marker("G", 2.5), replace(region("Am", 2.0, 3.0)))
    any_world.run(1)
    assert sorted([*before, ("Am", 1.0, None), ("G", 2.5, None), ("Am", 2.0, 3.0)], key=str) == (
        sorted(any_world.marks, key=str)
    )
    daemon.journal.drop("key-am", "key-g", "section-am")
    any_world.run(1)
    assert sorted(any_world.marks, key=str) == sorted(before, key=str)


def test_what_reaper_rounds_is_no_edit_and_is_found_again(any_world) -> None:
    any_world.reaper.behaviour(Marks).rounding = 1 / 300
    daemon = any_world.connected()
    daemon.put(marker("G", 1.00123), region("Verse", 2.00123, 3.00123))
    any_world.run(2)
    daemon.put(marker("G", 1.00323), replace(region("Verse", 2.00323, 3.1), name="Chorus"))
    any_world.run(2)
    assert [name for name, _, _ in any_world.marks] == ["G", "Chorus"]
    assert daemon.told("edit") == []
    assert len(any_world.undo) == 2


def test_odd_names_come_and_are_not_taken_for_edits(world) -> None:
    names = ["", "\n", "a\tb", "#", "🥁 größe", "x" * 5000, "\"'`&=%;", " "]
    facts = [replace(marker(f"K{n}", float(n)), name="first") for n in range(len(names))]
    daemon = world.connected()
    daemon.put(*facts)
    world.run(1)
    daemon.put(*[replace(fact, name=name) for fact, name in zip(facts, names, strict=True)])
    world.run(2)
    assert [shown for shown, _, _ in world.marks] == [
        " ".join(name.replace("\t", " ").replace("\n", " ").split(" ")) for name in names
    ]
    [script] = world.reaper.scripts
    script.end()
    world.run(2)
    world.listen()
    world.run(3)
    daemon.put(*[replace(fact, name=f"last {fact.at}") for fact in facts])
    world.run(1)
    assert world.marks == [(f"last {fact.at}", fact.at, None) for fact in facts]


def test_what_became_a_region_is_no_marker_any_more(any_world) -> None:
    daemon = any_world.connected()
    fact = region("Verse", 2.0, 4.0)
    daemon.put(replace(fact, kind="marker", end=None))
    any_world.run(1)
    daemon.put(fact)
    any_world.run(1)
    assert any_world.marks == [("Verse", 2.0, 4.0)]


# -- lanes


def test_ours_stand_in_lanes_of_their_own_where_there_are_lanes(tmp_path) -> None:
    world = World(tmp_path, lua54, "7.78")
    daemon = world.connected()
    chord = Fact("chord-1", "marker", "chord", 3.0, "C")
    daemon.put(marker("G", 1.0), region("Verse", 2.0, 4.0), chord)
    world.run(1)
    state = world.reaper.project.state
    named = {mark.name: state.lanes[mark.lane].name for mark in state.marks}
    assert named == {"G": "dawbridge key", "Verse": "dawbridge", "C": "dawbridge chords"}
    with world.reaper.project.user() as state:
        state.marks[0].lane = 0
    daemon.put(replace(marker("G", 1.0), name="G7"))
    world.run(1)
    assert state.marks[0].lane == 0  # moved by the user
    assert world.reaper.mistakes == []


def test_a_lane_that_the_user_deleted_is_not_made_again(tmp_path) -> None:
    world = World(tmp_path, lua54, "7.78")
    daemon = world.connected()
    daemon.put(marker("G", 1.0))
    world.run(1)
    with world.reaper.project.user() as state:
        del state.lanes[-1]
        state.marks[0].lane = 0
    daemon.put(marker("Am", 2.0))
    world.run(1)
    assert len(world.reaper.project.state.lanes) == 2
    assert len(world.marks) == 2
    assert world.reaper.mistakes == []


def test_a_lane_that_an_undo_left_behind_is_used_again(tmp_path) -> None:
    world = World(tmp_path, lua54, "7.78")
    daemon = world.connected()
    daemon.put(marker("G", 1.0))
    world.run(1)
    lanes = list(world.reaper.project.state.lanes)
    world.reaper.project.undo()
    world.reaper.project.state.lanes = lanes
    daemon.put(marker("Am", 2.0))
    world.run(1)
    assert len(world.reaper.project.state.lanes) == len(lanes)
    assert [mark.lane for mark in world.reaper.project.state.marks] == [2]


# -- faults


OLD = ("AddProjectMarker2", "EnumProjectMarkers3", "GetSetProjectInfo_String")
NEW = ("AddRegionOrMarker", "GetRegionOrMarker", "GetSetProjectInfo_String", "GetSetProjectInfo")
BOTH = (
    "SetProjExtState", "PreventUIRefresh", "UpdateTimeline", "GetProjExtState",
    "GetProjectStateChangeCount", "EnumProjects", "GetPlayStateEx", "Help_Set", "Undo_BeginBlock2",
)  # fmt: skip


@pytest.mark.parametrize(
    ("world", "function"),
    [(SOME[0], each) for each in OLD] + [(SOME[1], each) for each in NEW + BOTH],
    indirect=["world"],
    ids=lambda each: each if isinstance(each, str) else each[1],
)
def test_a_function_that_throws_leaves_no_step_open_and_the_loop_survives(world, function) -> None:
    daemon = world.connected()
    world.reaper.failing[function] = "attempt to call a nil value"
    daemon.put(marker("G", 1.0))
    world.run(1)
    assert world.reaper.project.depth == 0
    world.reaper.failing.clear()
    world.run(12)
    assert [each.alive for each in world.reaper.scripts] == [True]
    assert len(world.reaper.boxes) <= 1
    daemon.put(marker("H", 2.0))
    world.run(3)
    assert ("H", 2.0, None) in world.marks
    assert len(world.marks) == len(set(world.marks))


def test_a_script_that_fails_all_the_time_ends_with_words_and_not_with_a_flood(world) -> None:
    world.connected()
    world.reaper.failing["EnumProjects"] = "attempt to call a nil value"
    world.run(60)
    assert len(world.reaper.boxes) == 1
    assert len(list(world.root.glob("reaper-*"))) < 20


def test_a_disk_that_is_full_is_said_and_gone_on_from(world) -> None:
    daemon = world.connected()
    [script] = world.reaper.scripts
    script.lua.execute(
        "local open = io.open; full = true; io.open = function(path, mode) "
        "if full and mode == 'ab' then return nil, 'No space left on device' end "
        "return open(path, mode) end"
    )
    [folder] = [each for each in world.root.iterdir() if each.name.startswith("reaper-")]
    shutil.rmtree(folder)
    world.run(10)
    assert "No space left" in world.reaper.ext["dawbridge", "state"]
    script.lua.execute("full = false")
    world.run(5)
    assert daemon.talk.ready
    assert "lost" not in world.reaper.ext["dawbridge", "state"]


# -- two of them, on and off


def test_started_again_it_ends_and_the_button_shows_it(any_world) -> None:
    daemon = any_world.connected()
    script = any_world.reaper.scripts[0]
    command = any_world.reaper.commands[str(any_world.script)]
    old = any_world.reaper.number < (7, 3)
    assert script.toggled or any_world.reaper.toggles[command] == 1
    again = any_world.listen()
    any_world.run(1)
    assert any_world.reaper.scripts == []
    assert any_world.reaper.ext["dawbridge", "listen"] == "0"
    assert (not old and not again.toggled) or any_world.reaper.toggles[command] == 0
    assert daemon.told("bye")
    any_world.run(3)
    any_world.listen()
    any_world.run(3)
    assert len(any_world.reaper.scripts) == 1
    assert daemon.talk.ready


def test_an_instance_that_died_without_a_word_is_replaced(world) -> None:
    world.reaper.ext["dawbridge", "running"] = f"{{dead}}|{world.reaper.time - 60:.3f}"
    daemon = world.connected()
    assert daemon.talk.ready


def test_of_two_that_run_only_the_newer_goes_on(world) -> None:
    world.install()
    world.connected()
    world.reaper.advance(10, busy=True)  # the sign of life is old by then
    copy = world.scripts / "copy.lua"
    copy.write_text(world.script.read_text(encoding="utf-8"), encoding="utf-8")
    world.reaper.start(world.lua, copy)
    world.run(3)
    assert [each.path for each in world.reaper.scripts] == [copy]
    assert world.daemon.talk.ready


def test_reaper_that_was_closed_while_listening_listens_again_at_its_start(world) -> None:
    world.connected()
    [script] = world.reaper.scripts
    script.end()  # as Reaper does when it closes
    kept = {key: world.reaper.ext[key] for key in world.reaper.kept}
    world.reaper.ext.clear()
    world.reaper.ext.update(kept)
    world.reaper.start(world.lua, world.scripts / "dawbridge_startup.lua")
    assert world.reaper.started == [world.reaper.commands[str(world.script)]]


def test_reaper_does_not_listen_at_its_start_if_it_was_switched_off(world) -> None:
    world.connected()
    world.listen()
    world.run(1)
    world.reaper.start(world.lua, world.scripts / "dawbridge_startup.lua")
    assert world.reaper.started == []


# -- projects


def test_another_tab_in_front_is_another_project_and_back_again_the_first(world) -> None:
    daemon = world.connected()
    daemon.put(marker("G", 1.0))
    world.run(1)
    first = daemon.talk.project
    world.reaper.open_project("/songs/b.rpp")
    world.run(1)
    assert daemon.talk.project != first
    assert world.marks == []
    daemon.put(marker("B", 2.0))
    world.run(1)
    assert world.marks == [("B", 2.0, None)]
    world.reaper.front = 0
    world.run(1)
    assert daemon.talk.project == first
    assert world.marks == [("G", 1.0, None)]
    assert len(daemon.told("hello")) == 1


def test_a_tab_that_is_closed_while_it_is_listened_to_harms_nothing(world) -> None:
    daemon = world.connected()
    world.reaper.open_project("/songs/b.rpp")
    world.run(1)
    daemon.put(marker("B", 2.0))
    world.run(1)
    del world.reaper.projects[1]
    world.reaper.front = 0
    world.run(2)
    assert daemon.talk.ready
    daemon.put(marker("G", 1.0))
    world.run(1)
    assert world.marks == [("G", 1.0, None)]


def test_a_project_opened_in_the_same_tab_is_another_one(world) -> None:
    daemon = world.connected()
    daemon.put(marker("G", 1.0))
    world.run(1)
    first = daemon.talk.project
    project = world.reaper.project
    project.state.marks.clear()
    project.state.ext.clear()
    project.steps.clear()
    project.path = ""
    project.changes += 1
    project.marks_born += 1
    world.run(2)
    assert daemon.talk.project != first
    assert world.marks == []


def test_a_project_that_is_read_anew_from_its_file_gets_everything_again(world) -> None:
    daemon = world.connected()
    project = world.reaper.project
    project.path = "/songs/a.rpp"
    daemon.put(marker("G", 1.0))
    world.run(1)
    saved = pickle.dumps(project.state)
    daemon.put(marker("Am", 2.0))
    world.run(1)
    project.state = pickle.loads(saved)  # reverted
    project.steps.clear()
    project.changes += 1
    project.marks_born += 1
    world.run(2)
    assert world.marks == [("G", 1.0, None), ("Am", 2.0, None)]


def test_saving_a_project_under_a_name_keeps_what_it_is(world) -> None:
    daemon = world.connected()
    daemon.put(marker("G", 1.0))
    world.run(1)
    first = daemon.talk.project
    world.reaper.project.path = "/songs/new.rpp"
    world.run(1)
    daemon.put(marker("Am", 2.0))
    world.run(1)
    assert daemon.talk.project == first
    assert len(world.marks) == 2


def test_a_copy_under_another_name_goes_its_own_way(world, tmp_path) -> None:
    original, copy = tmp_path / "a.rpp", tmp_path / "größe 'b'.rpp"
    world.reaper.project.path = str(original)
    original.touch()
    daemon = world.connected()
    daemon.put(marker("G", 1.0))
    world.run(1)
    first = daemon.talk.project
    copy.touch()
    world.reaper.project.path = str(copy)  # saved as
    world.reaper.project.changes += 1
    world.run(1)
    second = daemon.talk.project
    assert second != first
    assert daemon.told("project")[-1].text("from") == first
    daemon.put(marker("Am", 2.0))
    world.run(1)
    assert world.marks == [("G", 1.0, None), ("Am", 2.0, None)]
    world.reaper.project.undo()
    world.run(2)
    world.reaper.project.redo()
    world.run(2)
    assert daemon.talk.project == second
    assert {"key-am"} == daemon.journals.open(second).facts.keys() - (
        daemon.journals.open(first).facts.keys()
    )
    [script] = world.reaper.scripts
    script.end()
    world.run(2)
    world.listen()
    world.run(3)
    assert daemon.talk.project == second
    assert "from" not in daemon.told("hello")[-1].values


def test_a_project_that_was_only_moved_stays_itself(world, tmp_path) -> None:
    world.reaper.project.path = str(tmp_path / "a.rpp")
    daemon = world.connected()
    daemon.put(marker("G", 1.0))
    world.run(1)
    first = daemon.talk.project
    [script] = world.reaper.scripts
    script.end()
    world.reaper.project.path = str(tmp_path / "moved.rpp")
    world.run(2)
    world.listen()
    world.run(3)
    assert daemon.talk.project == first


def test_a_new_project_from_a_template_does_not_get_the_old_song(world) -> None:
    daemon = world.connected()
    daemon.put(marker("G", 1.0))
    world.run(1)
    first = daemon.talk.project
    kept = pickle.loads(pickle.dumps(world.reaper.project.state))
    kept.marks.clear()
    kept.ext["dawbridge"] = {
        key: value for key, value in kept.ext["dawbridge"].items() if not key.startswith("f-")
    }
    world.reaper.ext.pop(("dawbridge", "made"), None)  # Reaper was closed in between
    project = world.reaper.open_project("")
    project.state = kept
    world.run(2)
    assert daemon.talk.project != first
    assert world.marks == []
    daemon.put(marker("New", 3.0))
    world.run(1)
    assert world.marks == [("New", 3.0, None)]
    assert project.state.ext["dawbridge"]["project"] == daemon.talk.project
    world.run(2)
    assert world.marks == [("New", 3.0, None)]


# -- recordings


def test_what_was_recorded_is_told_once(any_world) -> None:
    daemon = any_world.connected()
    for number in (1, 2):
        any_world.reaper.record(at=10.0 * number)
        any_world.run(3)
        any_world.reaper.stop(f"/songs/Media/größe {number}.wav")
        any_world.run(1)
    told = daemon.told("recorded")
    assert [each.text("path") for each in told] == [
        "/songs/Media/größe 1.wav",
        "/songs/Media/größe 2.wav",
    ]
    assert told[1].number("at") == 20.0
    assert told[1].number("length") == pytest.approx(3.0, abs=0.1)
    assert told[1].number("rate") == 1.0
    any_world.run(5)
    assert len(daemon.told("recorded")) == 2


def test_midi_and_what_was_there_before_is_no_recording(world) -> None:
    daemon = world.connected()
    project, reaper = world.reaper.project, world.reaper

    def add(kind: str, file: str) -> None:
        with project.user() as state:
            if not state.tracks:
                state.tracks.append(Track(reaper.guid(), "T"))
            take = Take(reaper.guid(), Source(reaper.guid(), kind, file))
            state.items.append(Item(reaper.guid(), state.tracks[0].guid, {}, [take]))

    add("WAVE", "/old.wav")
    reaper.record()
    world.run(1)
    reaper.stop()
    add("MIDI", "")
    world.run(2)
    assert daemon.told("recorded") == []


# -- asks of other actions


def test_asks_are_passed_on_and_answers_are_laid_out_for_windows(world) -> None:
    daemon = world.connected()
    world.reaper.ext["dawbridge", "asks"] = _line("ask", what="ping", job="j1")
    world.run(0.5)
    assert daemon.told("ask")[0].values == {"what": "ping", "job": "j1"}
    assert ("dawbridge", "asks") not in world.reaper.ext
    daemon.send("progress", job="j1", share=0.5, text="half")
    world.run(0.5)
    assert "share=0.5" in world.reaper.ext["dawbridge", "progress"]
    daemon.send("result", job="j1", ok=True, text="all is well")
    world.run(0.5)
    assert "all is well" in world.reaper.ext["dawbridge", "result"]
    assert "all is well" in world.reaper.help
    assert world.reaper.boxes == []


def test_an_ask_without_a_daemon_starts_it_and_is_answered_in_any_case(world) -> None:
    daemon = world.connected()
    daemon.close()
    world.daemon = None
    world.run(10)
    assert world.reaper.run_programs == []
    world.reaper.ext["dawbridge", "asks"] = _line("ask", what="ping", job="j1")
    world.run(5)
    assert world.reaper.run_programs == [("/usr/bin/dawbridge", -1)]
    world.run(15)
    assert "does not answer" in world.reaper.ext["dawbridge", "result"]


def test_a_job_whose_daemon_died_gets_a_result(world) -> None:
    daemon = world.connected()
    world.reaper.ext["dawbridge", "asks"] = _line("ask", what="tempo_map", job="j1")
    world.run(0.5)
    daemon.close()
    world.daemon = None
    world.run(10)
    assert "job=j1" in world.reaper.ext["dawbridge", "result"]
    assert "ok=0" in world.reaper.ext["dawbridge", "result"]


def test_an_item_is_split_in_one_step(world) -> None:
    daemon = world.connected()
    with world.reaper.project.user() as state:
        state.tracks.append(Track(world.reaper.guid(), "T"))
        take = Take(world.reaper.guid(), Source(world.reaper.guid(), path="/a.wav", length=60))
        values = {"D_POSITION": 10.0, "D_LENGTH": 30.0}
        item = Item(world.reaper.guid(), state.tracks[0].guid, values, [take])
        state.items.append(item)
    world.run(0.5)
    daemon.send("split", job="j1", item=item.guid, at="15,20,99")
    world.run(0.5)
    assert [each.at for each in world.reaper.project.state.items] == [10.0, 15.0, 20.0]
    assert world.undo[-1] == "dawbridge: split at sections"
    daemon.send("split", job="j2", item="{gone}", at="15")
    world.run(0.5)
    assert "ok=0" in world.reaper.ext["dawbridge", "result"]
    assert world.undo.count("dawbridge: split at sections") == 1


# -- items and the tempo map, by their own appliers


def test_texts_notes_and_tempo_come_in_one_step_and_go_in_one(world) -> None:
    daemon = world.connected()
    notes = (Note(0.0, 0.1, 36, 100), Note(0.5, 0.1, 38, 90))
    daemon.put(
        marker("G", 1.0),
        Fact("text-1", "text", "chord", 2.0, "Am", 4.0, track="Chords"),
        Fact("drums-1", "notes", "drums", 2.0, "Drums", 4.0, track="Drums", notes=notes),
    )
    world.run(1)
    assert len(world.undo) == 1
    assert len(world.reaper.project.state.items) == 2
    assert len(daemon.told("done")) == 1
    assert daemon.told("done")[0].text("failed") == ""
    daemon.link.send(daemon.talk.remove(None))
    world.run(1)
    assert world.reaper.project.state.items == []
    assert len(world.undo) == 2


def test_what_cannot_be_put_is_told_and_the_rest_is_put(world) -> None:
    daemon = world.connected()
    daemon.put(
        marker("G", 1.0),
        Fact("loop-1", "loop", "loop", 2.0, "L", 4.0, track="Loops", path="/not/there.wav"),
    )
    world.run(1)
    assert world.marks == [("G", 1.0, None)]
    [done] = daemon.told("done")
    assert done.text("failed") == "loop-1"
    assert "/not/there.wav" in done.text("why")
    assert len(world.undo) == 1


def test_where_nothing_could_be_put_there_is_no_undo_step(world) -> None:
    daemon = world.connected()
    daemon.put(Fact("loop-1", "loop", "loop", 2.0, "L", 4.0, track="", path="/not/there.wav"))
    world.run(1)
    assert daemon.told("done")[0].text("failed") == "loop-1"
    assert world.undo == []


# -- much


def test_two_thousand_markers_come_go_on_and_cost_little(tmp_path) -> None:
    world = World(tmp_path, lua54, "6.71")
    daemon = world.connected()
    daemon.put(*(marker(f"K{n}", n * 0.5) for n in range(2000)))
    world.run(5)
    assert len(world.marks) == 2000
    world.run(3)
    world.reaper.calls.clear()
    world.run(5)
    idle = sum(world.reaper.calls.values()) / 150
    assert idle < 25  # calls of a turn in which nothing happens
    with world.reaper.project.user() as state:
        state.marks[700].name = "mine"
    world.reaper.calls.clear()
    world.run(2)
    assert [told.text("name") for told in daemon.told("edit")] == ["mine"]
    [script] = world.reaper.scripts
    script.end()
    world.run(2)
    world.listen()
    world.run(4)
    assert len(world.marks) == 2000
    assert world.reaper.mistakes == []


def _line(verb: str, **values: str) -> str:
    from bridge.daw.wire import encode, message

    return encode(message(verb, **values)).decode()
