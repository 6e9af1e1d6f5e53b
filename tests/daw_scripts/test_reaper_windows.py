"""The windows of the Reaper scripts: drawn by ReaImGui where it is, by gfx where it is not."""

from __future__ import annotations

import pytest

from bridge.daw.wire import message
from tests.daw_scripts.reaper import Reaper
from tests.daw_scripts.reaper.imgui import CONSTANTS, ENDS, FUNCTIONS, ImGui
from tests.daw_scripts.test_reaper_actions import OURS, PLAYED, SCRIPTS, Studio

SETTINGS = "dawbridge_settings.lua"
RIFFS = "dawbridge_riffs_to_regions.lua"
OF_PROGRESS = ("Button", "ProgressBar", "PopTextWrapPos", "PushTextWrapPos", "TextDisabled")
ODD = "Größe 音 🥁 100 % %s ##x"


@pytest.fixture(params=PLAYED, ids=lambda played: played[1])
def studio(request, tmp_path) -> Studio:
    studio = Studio(*request.param, tmp_path)
    yield studio
    assert studio.reaper.mistakes == []
    assert studio.reaper.console == "" and studio.reaper.boxes == []
    assert studio.project.steps == [], "a window is no undo step"


@pytest.fixture
def imgui(studio) -> ImGui:
    return ImGui(studio.reaper, studio.folder / "builtin")


def press(studio: Studio, imgui: ImGui, words: str) -> None:
    imgui.press(words)
    studio.go(0.1)
    assert imgui.pressed is None, f"{words} is not there to be clicked"


def drawn_by_gfx(studio: Studio) -> bool:
    return any(name == "init" for name, _ in studio.reaper.drawn)


def test_with_reaimgui_the_settings_are_shown_by_it(studio, imgui) -> None:
    studio.tell("state", message("state", state="lost", text="No sound from Scarlett for 3 s"))
    studio.run(SETTINGS)
    assert imgui.windows == ["dawbridge: Settings"] and not drawn_by_gfx(studio)
    assert "Connection: No sound from Scarlett for 3 s" in imgui.shown
    assert imgui.ticked["Sections"] and not imgui.ticked["Changes of chord"]
    assert imgui.ticked["Only while recording"]
    assert len(imgui.contexts) == 1


def test_both_faces_show_the_same_words(studio, imgui) -> None:
    studio.run(SETTINGS)
    shown = list(imgui.shown)
    studio.script.end()
    studio.reaper.imgui = None
    studio.run(SETTINGS)
    assert sorted(" ".join(shown).split()) == sorted(studio.shown().split())


def test_what_is_clicked_is_kept_as_it_is_with_gfx(studio, imgui) -> None:
    studio.run(SETTINGS)
    press(studio, imgui, "Changes of chord")
    press(studio, imgui, "While playing and recording")
    press(studio, imgui, "Drums as MIDI")
    ext = studio.reaper.ext
    assert ext[OURS, "while"] == "play"
    assert ext[OURS, "roles"] == "section,riff,chord,key,tempo"
    assert ext[OURS, "want"] == "sections,riffs,chords,key,drums"
    assert {(OURS, "while"), (OURS, "roles"), (OURS, "want")} <= studio.reaper.kept
    assert imgui.ticked["While playing and recording"] and not imgui.ticked["Only while recording"]
    press(studio, imgui, "Drums as MIDI")
    assert ext[OURS, "want"] == "sections,riffs,chords,key"


def test_settings_of_one_face_are_those_of_the_other(studio, imgui) -> None:
    studio.run(SETTINGS)
    press(studio, imgui, "Key as a marker")
    studio.script.end()
    studio.reaper.imgui = None
    studio.run(SETTINGS)
    studio.click("Sections as regions")
    assert studio.reaper.ext[OURS, "want"] == "riffs,chords"


@pytest.mark.parametrize("how", ["its X", "escape", "run again", "ended"])
def test_the_window_closes_and_its_context_goes(studio, imgui, how) -> None:
    studio.run(SETTINGS)
    script = studio.script
    if how == "its X":
        imgui.closed = True
    elif how == "escape":
        imgui.keys.append(CONSTANTS["Key_Escape"])
    elif how == "run again":
        studio.reaper.start(studio.lua, SCRIPTS / SETTINGS, answer="terminate")
    else:
        script.end()
    studio.go(0.2)
    assert not script.alive and imgui.alive == [] and imgui.windows == []
    assert not drawn_by_gfx(studio)


def test_a_collapsed_window_goes_on_and_comes_back(studio, imgui) -> None:
    studio.run(SETTINGS)
    imgui.collapsed = True
    studio.go(1)
    assert studio.script.alive and imgui.shown == []
    imgui.collapsed = False
    studio.go(0.1)
    assert "Marked live" in imgui.shown
    imgui.collapsed = imgui.closed = True
    studio.go(0.2)
    assert not studio.script.alive


def test_without_reaimgui_gfx_draws(studio) -> None:
    studio.run(SETTINGS)
    assert drawn_by_gfx(studio) and "Marked live" in studio.shown()


@pytest.mark.parametrize("version", ["0.5.10", "0.8.7", "0.9", "0.9.3.3"])
def test_an_older_reaimgui_is_left_alone(studio, version) -> None:
    imgui = ImGui(studio.reaper, studio.folder / "builtin", version)
    studio.run(SETTINGS)
    assert drawn_by_gfx(studio) and "Marked live" in studio.shown()
    assert "ReaImGui" not in studio.shown() and imgui.contexts == []
    assert (OURS, "window") not in studio.reaper.ext


def test_a_reaimgui_whose_files_are_missing_is_left_alone(studio, imgui) -> None:
    (imgui.folder / "imgui.lua").unlink()
    studio.run(SETTINGS)
    assert "Marked live" in studio.shown()


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
@pytest.mark.parametrize("fatal", [False, True], ids=["throws", "frees its context"])
@pytest.mark.parametrize("later", [False, True], ids=["at once", "later"])
def test_whatever_throws_in_it_the_user_gets_a_window(studio, imgui, name, fatal, later) -> None:
    throwing = imgui.fatal if fatal and name != "CreateContext" else imgui.failing
    action, words = (RIFFS, "Take 1") if name in OF_PROGRESS else (SETTINGS, "Marked live")
    studio.select()
    if later:
        studio.run(action)
        assert words in imgui.shown
        if name == "CreateContext":
            imgui.lose()
        throwing[name] = "no"
        studio.go(0.2)
    else:
        throwing[name] = "no"
        studio.run(action)
    assert words in studio.shown() and "ReaImGui failed" in studio.shown()
    assert f"ImGui_{name}: no" in studio.shown()
    studio.go(0.2)
    assert imgui.alive == [] and imgui.windows == []
    if name in ENDS and not fatal:  # what cannot be ended is left open, and ReaImGui says so
        assert imgui.complaints == 1
        studio.reaper.mistakes.clear()
    else:
        assert imgui.complaints == 0


def test_after_a_failure_the_window_works_and_the_next_one_is_drawn_by_gfx(studio, imgui) -> None:
    studio.run(SETTINGS)
    press(studio, imgui, "Changes of chord")
    imgui.failing["TextWrapped"] = "no"
    studio.go(0.2)
    studio.click("Drums as MIDI")
    assert studio.reaper.ext[OURS, "roles"] == "section,riff,chord,key,tempo"
    assert studio.reaper.ext[OURS, "want"] == "sections,riffs,chords,key,drums"
    studio.script.end()
    imgui.failing.clear()
    before = len(imgui.contexts)
    studio.run(SETTINGS)
    assert "Marked live" in studio.shown() and "ReaImGui" not in studio.shown()
    assert len(imgui.contexts) == before
    assert (OURS, "window") not in studio.reaper.kept, "after a restart it is tried again"


def test_a_reaimgui_that_cannot_draw_gives_way_after_a_few_pictures(studio, imgui) -> None:
    imgui.undrawable = True
    studio.run(SETTINGS, 0.5)
    assert "Marked live" in studio.shown() and "gone again and again" in studio.shown()
    assert imgui.complaints <= 4
    studio.close()
    studio.go(0.1)
    assert not studio.script.alive


def test_a_context_that_was_freed_meanwhile_is_made_anew(studio, imgui) -> None:
    studio.run(SETTINGS)
    for _ in range(10):
        imgui.lose()
        studio.go(2)
    assert "Marked live" in imgui.shown and not drawn_by_gfx(studio)
    assert len(imgui.alive) == 1


def test_progress_is_shown_by_reaimgui_with_any_name(studio, imgui) -> None:
    studio.select(f"{ODD}.wav").takes[0].name = ODD
    studio.run(RIFFS)
    job = studio.asks()[0].text("job")
    studio.tell("progress", message("progress", job=job, share=0.4, text="hearing beats"))
    studio.go(0.1)
    assert imgui.shown == [ODD, "40%", "hearing beats", "Cancel"]
    studio.tell("result", message("result", job=job, ok=True, text="3 riffs"))
    studio.go(0.1)
    assert imgui.shown == [ODD, "3 riffs", "Close"]
    studio.go(4)
    assert not studio.script.alive and studio.asks() == [] and imgui.alive == []


@pytest.mark.parametrize("how", ["its X", "button", "escape", "ended", "reaimgui fails"])
def test_closing_it_cancels_once_what_runs(studio, imgui, how) -> None:
    studio.select()
    studio.run(RIFFS)
    (asked,) = studio.asks()
    if how == "its X":
        imgui.closed = True
    elif how == "button":
        imgui.press("Cancel")
    elif how == "escape":
        imgui.keys.append(CONSTANTS["Key_Escape"])
    elif how == "ended":
        studio.script.end()
    else:
        imgui.failing["Begin"] = "no"
        studio.go(0.2)
        assert studio.asks() == [], "another face is no reason to cancel"
        studio.click("Cancel")
    studio.go(0.2)
    (told,) = studio.asks()
    assert (told.text("what"), told.text("job")) == ("cancel", asked.text("job"))
    assert not studio.script.alive


def test_a_page_of_words_is_shown_by_reaimgui(studio, imgui) -> None:
    studio.run(RIFFS)
    assert "No item is selected.\n" in imgui.shown[0]
    press(studio, imgui, "Close")
    assert not studio.script.alive


WRONG = {
    "an unknown name": "I.TextWarped(c, 'a')",
    "an argument too many": "I.Begin(c, 'a', true) I.TextWrapped(c, 'a', 1) I.End(c)",
    "an argument too few": "I.Begin(c, 'a', true) I.TextWrapped(c) I.End(c)",
    "a number for a text": "I.Begin(c, 1)",
    "a text for a number": "I.SetNextWindowSize(c, '1', 2, I.Cond_FirstUseEver)",
    "no context": "I.Begin('a', true)",
    "a window left open": "I.Begin(c, 'a', true)",
    "a table left open": "I.Begin(c, 'a', true) I.BeginTable(c, 't', 2) I.End(c)",
    "an end too many": "I.Begin(c, 'a', true) I.End(c) I.End(c)",
    "a window twice in a picture": "for _ = 1, 2 do I.Begin(c, 'a', true) I.End(c) end",
    "words outside of a window": "I.TextWrapped(c, 'a')",
    "two boxes of a name": "I.Begin(c, 'a', true) I.Button(c, 'b') I.Button(c, 'b') I.End(c)",
    "a call without a version": "reaper.ImGui_CreateContext('a')",
}


@pytest.mark.parametrize("what", [*WRONG, "a dead context", "nothing"])
@pytest.mark.parametrize("lua", [played[0] for played in PLAYED], ids=["5.3", "5.4"])
def test_the_stand_in_notices_what_is_wrong_though_it_is_caught(what, lua, tmp_path) -> None:
    reaper = Reaper("7.78")
    imgui = ImGui(reaper, tmp_path)
    body = WRONG.get(what, "I.Begin(c, 'a', true) I.End(c)")
    turns = 9 if what == "a dead context" else 1
    (tmp_path / "script.lua").write_text(
        "package.path = reaper.ImGui_GetBuiltinPath() .. '/?.lua'\n"
        "local I = require 'imgui' '0.10'\nlocal c = I.CreateContext('a')\nlocal left = "
        f"{turns}\nlocal function turn() left = left - 1\n"
        f"if left == 0 then pcall(function() {body} end) else reaper.defer(turn) end end\n"
        "reaper.defer(turn)",
        encoding="utf-8",
    )
    reaper.start(lua, tmp_path / "script.lua")
    reaper.advance(0.5)
    assert bool(reaper.mistakes) == (what != "nothing")
    assert imgui.alive == []
