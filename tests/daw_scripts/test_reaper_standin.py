"""The stand-in forgives a script nothing that Reaper would not."""

from __future__ import annotations

import pytest
from lupa import lua53, lua54

from tests.daw_scripts.reaper import Reaper


@pytest.fixture(params=[lua53, lua54], ids=["5.3", "5.4"])
def run(request, tmp_path):
    """Runs a piece of Lua in a Reaper; gives the Reaper."""

    def play(text: str, version: str = "7.78", reaper: Reaper | None = None) -> Reaper:
        path = tmp_path / "script.lua"
        path.write_text(text, encoding="utf-8")
        reaper = reaper or Reaper(version)
        reaper.start(request.param, path)
        return reaper

    return play


WRONG = {
    "an unknown name": "reaper.AddMarkers(0)",
    "an argument too many": "reaper.GetPlayState(0)",
    "an argument too few": "reaper.GetExtState('dawbridge')",
    "half a number": "reaper.EnumProjectMarkers3(0, 0.5)",
    "a text for a number": "reaper.EnumProjectMarkers3(0, '0')",
    "a number for a truth": "reaper.AddProjectMarker2(0, 0, 1, 0, '', -1, 0)",
    "an item for a track": "reaper.GetTrackNumMediaItems(reaper.EnumProjects(-1))",
    "a wrong parameter": "reaper.GetSetProjectInfo_String(0, 'MARKER_NAME:0', '', false)",
    "a float in a parameter": "reaper.GetSetProjectInfo(0, 'RULER_LANE_COLOR:1.0', 0, false)",
    "a colour without its flag": "reaper.AddProjectMarker2(0, false, 1, 0, 'a', -1, 255)",
    "an open undo step": "reaper.Undo_BeginBlock2(0)",
    "an undo step too many": "reaper.Undo_EndBlock2(0, 'x', 8)",
    "an empty undo step": "reaper.Undo_BeginBlock2(0) reaper.Undo_EndBlock2(0, 'x', 8)",
    "a change without a step": "reaper.AddProjectMarker2(0, false, 1, 0, 'a', -1, 0)",
    "a step that undoes something else": "reaper.Undo_BeginBlock2(0) "
    "reaper.AddProjectMarker2(0, false, 1, 0, 'a', -1, 0) reaper.Undo_EndBlock2(0, 'x', 4)",
    "drawing held": "reaper.PreventUIRefresh(1)",
    "a line feed that is kept": "reaper.SetExtState('a', 'b', 'c\\nd', true)",
    "a line feed in a project": "reaper.SetProjExtState(0, 'a', 'b', 'c\\nd')",
    "a program that is waited for": "reaper.ExecProcess('sleep 1', 0)",
    "an error": "error('no')",
    "a parameter of a later version": "reaper.GetSetProjectInfo_String(0, "
    "'MARKER_INDEX_FROM_GUID:{}', '', false)",
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_noticed(run, what) -> None:
    assert run(WRONG[what], "6.71").mistakes


@pytest.mark.parametrize("what", WRONG)
def test_it_is_noticed_although_the_script_catches_it(run, what) -> None:
    if what in ("an error", "an unknown name"):  # a test for nil is how versions are told apart
        return
    assert run(f"pcall(function() {WRONG[what]} end)", "6.71").mistakes


def test_functions_are_there_from_their_version_on(run) -> None:
    text = (
        "assert((reaper.AddRegionOrMarker ~= nil) == {0}) "
        "assert((reaper.set_action_options ~= nil) == {1})"
    )
    for version, lanes, options in [
        ("6.71", "false", "false"),
        ("7.03", "false", "true"),
        ("7.62", "false", "true"),
        ("7.78", "true", "true"),
    ]:
        assert run(text.format(lanes, options), version).mistakes == []


def test_a_pointer_is_freed_when_its_thing_is_deleted_or_made_anew(run) -> None:
    reaper = Reaper()
    with reaper.project.user():
        reaper.played["InsertTrackAtIndex"](0, False)
    run(
        "track = reaper.GetTrack(0, 0) assert(track == reaper.GetTrack(0, 0)) "
        "item = reaper.EnumProjects(-1) "
        "local n = 0 local function loop() n = n + 1 "
        "if n == 3 then alive = reaper.ValidatePtr2(0, track, 'MediaTrack*') "
        "reaper.GetTrackGUID(track) end if n < 5 then reaper.defer(loop) end end loop()",
        reaper=reaper,
    )
    assert reaper.mistakes == []
    reaper.project.undo()
    [script] = reaper.scripts
    reaper.advance(1)
    assert script.lua.globals().alive is False
    assert any("freed" in each for each in reaper.mistakes)


def test_a_marker_pointer_is_good_until_something_changes(run) -> None:
    reaper = run(
        "reaper.Undo_BeginBlock2(0) "
        "local m = reaper.AddRegionOrMarker(0, false, 1, 0, 'a', -1, 0) "
        "reaper.SetRegionOrMarkerInfo_Value(0, m, 'D_STARTPOS', 2) "
        "pcall(reaper.SetRegionOrMarkerInfo_Value, 0, m, 'D_STARTPOS', 3) "
        "reaper.Undo_EndBlock2(0, 'x', 8)"
    )
    assert reaper.mistakes == [
        "SetRegionOrMarkerInfo_Value: regionOrMarker: this ProjectMarker is freed"
    ]
    assert reaper.project.state.marks[0].at == 2


def test_undo_takes_back_markers_and_kept_values_together(run) -> None:
    reaper = run(
        "reaper.Undo_BeginBlock2(0) reaper.AddProjectMarker2(0, false, 1, 0, 'a', -1, 0) "
        "reaper.SetProjExtState(0, 's', 'k', 'v') reaper.Undo_EndBlock2(0, 'x', 8)"
    )
    assert reaper.project.undo() == "x"
    assert (reaper.project.state.marks, reaper.project.state.ext) == ([], {})
    assert reaper.project.redo() == "x"
    assert reaper.project.state.ext == {"s": {"k": "v"}}
    assert [mark.name for mark in reaper.project.state.marks] == ["a"]
    assert reaper.mistakes == []
