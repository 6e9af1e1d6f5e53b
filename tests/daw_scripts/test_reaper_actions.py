"""Every action of the Reaper scripts, run in the stand-in."""

from __future__ import annotations

from pathlib import Path

import pytest
from lupa import lua53, lua54

from bridge.daw.wire import Lines, Message, encode, message
from tests.daw_scripts.reaper.project import Source, Take
from tests.daw_scripts.test_reaper_items import SCRIPTS, Desk

PLAYED = [(lua53, "6.71"), (lua54, "7.78")]
OURS = "dawbridge"
MAIN = SCRIPTS / "dawbridge.lua"
ACTIONS = sorted(SCRIPTS.glob("dawbridge_*.lua"))
NOT_MINE = {"dawbridge_startup.lua"}
ASKING = {  # without anything selected
    "dawbridge_tempo_map_from_live.lua": "tempo_map",
    "dawbridge_drums_heard_to_midi.lua": "drums",
    "dawbridge_restore.lua": "restore",
    "dawbridge_remove_everything.lua": "remove",
}
WANTS = {
    "dawbridge_riffs_to_regions.lua": "riffs",
    "dawbridge_drums_to_midi.lua": "drums",
    "dawbridge_chords_as_text.lua": "chords",
    "dawbridge_tempo_map_from_item.lua": "tempo",
    "dawbridge_loops_to_tracks.lua": "loops",
    "dawbridge_analyze_selected_items.lua": "sections,riffs,chords,key",
}


class Studio(Desk):
    """A Reaper in which dawbridge.lua runs, or does not."""

    def __init__(self, lua, version: str, folder: Path) -> None:
        super().__init__(lua, version, folder)
        self.reaper.project.path = str(folder / "song.rpp")
        self.alive = True
        self.wakes = True  # whether it begins when it is started
        self.reaper.played["Main_OnCommand"] = self.command

    def command(self, command: int, flag: int) -> None:
        self.reaper.started.append(command)
        assert command == self.reaper.commands[str(MAIN)]
        if self.alive:
            raise self.reaper.wrong("started although it runs: that would end it")
        self.alive = self.wakes

    def run(self, name: str, seconds: float = 0.2) -> None:
        self.sign()
        self.script = self.reaper.start(self.lua, SCRIPTS / name)
        self.go(seconds)

    def go(self, seconds: float) -> None:
        for _ in range(round(seconds * 30)):
            self.sign()
            self.reaper.advance()

    def sign(self) -> None:
        if self.alive:
            self.reaper.ext[OURS, "running"] = f"0123456789abcdef|{self.reaper.time}"

    def asks(self) -> list[Message]:
        """What was asked so far, and it is taken away, as dawbridge.lua does."""
        told = self.reaper.ext.pop((OURS, "asks"), "")
        found = Lines().push(told.encode())
        assert [each.verb for each in found] == ["ask"] * told.count("\n")
        return found

    def tell(self, key: str, *told: Message) -> None:
        self.reaper.ext[OURS, key] = b"".join(map(encode, told)).decode()

    def select(self, name: str = "take.wav", at: float = 10.0):
        track = self.track("Guitar")
        path = self.folder / name
        path.write_bytes(b"RIFF")
        item = self.item(track, at, 20.0, B_LOOPSRC=0.0, B_UISEL=1.0)
        source = Source(self.reaper.guid(), path=str(path), length=60.0)
        item.takes = [Take(self.reaper.guid(), source, {"D_STARTOFFS": 5.0}, "Take 1")]
        return item

    def close(self) -> None:
        """The user closes the window."""
        self.reaper.played["ShowMessageBox"].__self__.window = None

    def shown(self) -> str:
        """The words that stand in the window."""
        drawn = self.reaper.drawn
        last = max((n for n, each in enumerate(drawn) if each[0] == "update"), default=0)
        before = max((n for n, each in enumerate(drawn[:last]) if each[0] == "update"), default=0)
        words = [told[0] for name, told in drawn[before:last] if name == "drawstr"]
        return " ".join(words)

    def click(self, words: str) -> None:
        """A press of the mouse on a button or a choice with these words."""
        drawn = self.reaper.drawn
        at = max(
            n for n, (name, told) in enumerate(drawn) if name == "drawstr" and words in told[0]
        )
        boxes = [told for name, told in drawn[:at] if name == "rect" and told[4] == 0]
        x, y = boxes[-1][0] + 3, boxes[-1][1] + 3
        self.script.gfx["mouse_x"], self.script.gfx["mouse_y"] = x, y
        self.script.gfx["mouse_cap"] = 1
        self.go(0.07)
        self.script.gfx["mouse_cap"] = 0
        self.go(0.07)


@pytest.fixture(params=PLAYED, ids=lambda played: played[1])
def studio(request, tmp_path) -> Studio:
    studio = Studio(*request.param, tmp_path)
    yield studio
    assert studio.reaper.mistakes == []


@pytest.mark.parametrize(
    "path", [p for p in ACTIONS if p.name not in NOT_MINE], ids=lambda p: p.stem
)
def test_every_action_runs_with_nothing_selected(studio, path) -> None:
    if path.name == "dawbridge_here.lua":
        return
    before = len(studio.project.steps)
    studio.run(path.name, 1.0)
    assert studio.reaper.mistakes == []
    assert studio.reaper.console == ""
    assert len(studio.project.steps) == before, "nothing changed, so there is no undo step"


@pytest.mark.parametrize(
    "path", [p for p in ACTIONS if p.name not in NOT_MINE], ids=lambda p: p.stem
)
def test_every_action_has_a_description_and_says_why_in_words(path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("-- @description dawbridge: ")
    assert lines[1].startswith("-- ") and lines[1].endswith(".")


def test_the_page_names_every_action() -> None:
    page = (SCRIPTS.parents[1] / "docs/reaper.md").read_text(encoding="utf-8")
    table = page.split("## The actions")[1].split("\n## ")[0]
    for path in ACTIONS:
        assert path.name in NOT_MINE or f"`{path.name}`" in table


@pytest.mark.parametrize("name", ASKING)
def test_what_needs_no_item_is_asked_once(studio, name) -> None:
    studio.run(name)
    (asked,) = studio.asks()
    assert asked.text("what") == ASKING[name] and len(asked.text("job")) == 16
    studio.tell("result", message("result", job=asked.text("job"), ok=True, text="done"))
    studio.go(4)
    assert not studio.script.alive and studio.reaper.window is None
    assert studio.asks() == []


@pytest.mark.parametrize("name", WANTS)
def test_an_item_is_asked_for_with_its_file_and_map(studio, name) -> None:
    item = studio.select()
    studio.run(name)
    (asked,) = studio.asks()
    assert asked.text("what") == "analyze" and asked.text("want") == WANTS[name]
    assert asked.text("item") == item.guid and asked.text("path") == str(studio.folder / "take.wav")
    assert asked.text("map") == "5,10;25,30" or asked.text("map").startswith("5.000000000,10.0")
    assert (asked.text("track"), asked.text("title")) == ("Guitar", "Take 1")
    if WANTS[name] == "loops":
        assert asked.text("folder") == f"{studio.folder}/dawbridge"


def test_split_asks_with_the_map(studio) -> None:
    item = studio.select()
    studio.run("dawbridge_split_at_sections.lua")
    (asked,) = studio.asks()
    assert asked.text("what") == "splits" and asked.text("item") == item.guid and asked.text("map")


def test_each_of_several_items_has_a_job_of_its_own(studio) -> None:
    first, second = studio.select(), studio.select("take.wav", 100.0)  # the same file twice
    odd = studio.select("Größe 音\t.wav", 200.0)
    studio.run("dawbridge_riffs_to_regions.lua")
    asked = studio.asks()
    assert [each.text("item") for each in asked] == [first.guid, second.guid, odd.guid]
    assert len({each.text("job") for each in asked}) == 3
    assert asked[2].text("path").endswith("Größe 音\t.wav")
    assert "Take 1" in studio.shown()


def test_thirty_items_fit_into_the_window(studio) -> None:
    for number in range(30):
        studio.select(f"{number}.wav", 30.0 * number)
    studio.run("dawbridge_riffs_to_regions.lua")
    asked = studio.asks()
    answers = [
        message("result", job=each.text("job"), ok=number != 7, text=f"number {number}")
        for number, each in enumerate(asked[:20])
    ]
    studio.tell("result", *answers)
    studio.go(0.2)
    assert "19 of 30 are done" in studio.shown() and "and 26 more" in studio.shown()
    assert "Not done: number 7" in studio.shown()
    height = next(told[2] for name, told in studio.reaper.drawn if name == "init")
    rects = [told for name, told in studio.reaper.drawn if name == "rect"]
    assert max(told[1] + told[3] for told in rects[-8:]) <= height


def test_what_cannot_be_asked_is_said_and_the_rest_goes_on(studio) -> None:
    studio.select().takes[0].source.path = "/gone/away.wav"
    studio.select("there.wav")
    studio.run("dawbridge_riffs_to_regions.lua")
    assert len(studio.asks()) == 1
    assert "/gone/away.wav" in studio.shown() and "What helps" in studio.shown()


def test_nothing_that_can_be_asked_opens_a_page_of_reasons(studio) -> None:
    studio.select().takes.clear()
    studio.run("dawbridge_riffs_to_regions.lua")
    assert studio.asks() == [] and "holds no sound" in studio.shown()
    studio.click("Close")
    assert not studio.script.alive


def test_progress_and_result_are_shown_in_place(studio) -> None:
    studio.select()
    studio.run("dawbridge_riffs_to_regions.lua")
    job = studio.asks()[0].text("job")
    studio.tell("progress", message("progress", job=job, share=0.4, text="hearing beats"))
    studio.go(0.1)
    assert "hearing beats" in studio.shown()
    studio.tell("result", message("result", job=job, ok=False, text="no riffs were found"))
    studio.go(10)
    assert "no riffs were found" in studio.shown()  # stays until it is read
    studio.click("Close")
    assert not studio.script.alive and studio.asks() == []


@pytest.mark.parametrize("how", ["window", "button", "escape", "ended"])
def test_closing_the_window_cancels_what_runs(studio, how) -> None:
    studio.select()
    studio.select(at=100.0)
    studio.run("dawbridge_riffs_to_regions.lua")
    first, second = studio.asks()
    studio.tell("result", message("result", job=first.text("job"), ok=True, text="done"))
    studio.go(0.1)
    if how == "window":
        studio.close()
        studio.go(0.1)
    elif how == "button":
        studio.click("Cancel")
    elif how == "escape":
        studio.reaper.keys.append(27)
        studio.go(0.1)
    else:
        studio.script.end()
    (told,) = studio.asks()
    assert (told.text("what"), told.text("job")) == ("cancel", second.text("job"))
    assert not studio.script.alive


def test_dawbridge_that_does_not_run_is_started_and_then_asked(studio) -> None:
    studio.alive = False
    studio.run("dawbridge_restore.lua", 0.5)
    assert len(studio.reaper.started) == 1
    assert [each.text("what") for each in studio.asks()] == ["restore"]


def test_a_dead_sign_of_life_is_looked_at_twice_before_it_is_started(studio) -> None:
    studio.reaper.ext[OURS, "running"] = f"abc|{studio.reaper.time - 500}"
    studio.alive = False
    studio.run("dawbridge_restore.lua", 0.4)
    assert studio.reaper.started == []
    studio.go(1.0)
    assert len(studio.reaper.started) == 1


def test_after_a_dialog_it_is_not_ended_by_being_started_again(studio) -> None:
    studio.sign()
    studio.reaper.time += 60  # the user read the question for a minute, and no script ran
    studio.script = studio.reaper.start(studio.lua, SCRIPTS / "dawbridge_restore.lua")
    studio.go(1.0)
    assert studio.reaper.started == [] and len(studio.asks()) == 1


def test_dawbridge_that_does_not_begin_is_said(studio) -> None:
    studio.alive = studio.wakes = False
    studio.run("dawbridge_restore.lua", 6.0)
    assert "does not start" in studio.shown()
    assert studio.asks() == []


def test_no_daemon_is_said_in_the_window_while_it_waits(studio) -> None:
    studio.tell("state", message("state", state="waiting", text="Waiting for dawbridge: start it"))
    studio.run("dawbridge_restore.lua", 8.0)
    assert "Waiting for dawbridge: start it" in studio.shown()


@pytest.mark.parametrize("name", ["tap", "double", "halve", "the_one"])
def test_commands_go_at_once_and_open_nothing(studio, name) -> None:
    studio.run(f"dawbridge_{name}.lua", 0.0)
    (asked,) = studio.asks()
    assert (asked.text("what"), asked.text("name")) == ("command", name)
    studio.go(0.2)
    assert studio.reaper.window is None and not studio.script.alive


def test_removing_asks_first(studio) -> None:
    studio.reaper.answers.append(7)
    studio.run("dawbridge_remove_everything.lua", 1.0)
    assert studio.asks() == [] and "Undo brings them back" in studio.reaper.boxes[0][0]


def test_removing_takes_tracks_of_ours_that_are_empty_and_no_other(studio) -> None:
    items = studio.library("items")
    told = {"kind": "text", "at": "1", "name": "Am", "track": "Guitar chords", "id": "a"}
    handle, _ = items("put", told)
    kept, _ = items("put", {**told, "track": "in use"})
    items("drop", handle)
    studio.track("mine and empty")
    studio.run("dawbridge_remove_everything.lua")
    job = studio.asks()[0].text("job")
    studio.tell("result", message("result", job=job, ok=True, text="done"))
    studio.go(4)
    assert [t.name for t in studio.project.state.tracks] == ["in use", "mine and empty"]
    assert kept
    studio.project.undo()
    assert "Guitar chords" in [t.name for t in studio.project.state.tracks]


def test_loops_need_a_saved_project_and_nothing_else_does(studio) -> None:
    studio.project.path = ""
    studio.select()
    studio.run("dawbridge_loops_to_tracks.lua")
    assert studio.asks() == [] and "save the project first" in studio.shown()
    studio.run("dawbridge_riffs_to_regions.lua")
    assert len(studio.asks()) == 1


def test_without_a_selection_loops_are_those_of_the_newest_recording(studio) -> None:
    studio.run("dawbridge_loops_to_tracks.lua")
    assert [each.text("what") for each in studio.asks()] == ["clips"]


def test_the_drum_track_listens_to_our_port(studio) -> None:
    studio.grid.inputs = {0: "Keystation", 3: "dawbridge MIDI 1"}
    studio.run("dawbridge_drum_track.lua")
    track = studio.project.track("dawbridge drums live")
    assert track.values["I_RECINPUT"] == 4096 + 3 * 32
    assert track.values["I_RECARM"] == 1 and track.values["I_RECMON"] == 1
    assert track.note_names[38, -1] == "Snare"
    studio.run("dawbridge_drum_track.lua")
    assert len(studio.project.state.tracks) == 1 and len(studio.project.steps) == 2


def test_a_port_that_is_missing_is_said_with_what_helps(studio) -> None:
    studio.grid.inputs = {0: "Keystation"}
    studio.run("dawbridge_drum_track.lua")
    assert studio.project.state.tracks == [] and "loopMIDI" in studio.shown()


def test_a_track_is_sent_by_reastream_once_and_the_fields_are_told(studio) -> None:
    studio.track("Drums").values["I_SELECTED"] = 1.0
    for _ in range(2):
        studio.run("dawbridge_listen_to_track.lua")
    assert studio.project.state.tracks[0].effects == ["ReaStream"]
    assert len(studio.project.steps) == 1
    for words in ("Send audio/MIDI", "Identifier: dawbridge", "127.0.0.1", "reastream:dawbridge"):
        assert words in studio.shown()
    assert ("TrackFX_Show", ("Drums", 0, 3)) in studio.reaper.drawn


def test_reaper_without_reastream_says_where_it_comes_from(studio) -> None:
    studio.track("Drums").values["I_SELECTED"] = 1.0
    studio.grid.removed_effects = ["ReaStream"]
    studio.run("dawbridge_listen_to_track.lua")
    assert "does not find ReaStream" in studio.shown()
    assert studio.project.steps == [] and not studio.reaper.calls.get("Undo_EndBlock2")


def test_all_actions_are_put_into_the_list(studio) -> None:
    studio.reaper.commands.clear()
    studio.run("dawbridge_install_actions.lua")
    listed = {Path(path).name for path in studio.reaper.commands}
    not_listed = {"dawbridge_startup.lua", "dawbridge_here.lua"}
    assert listed == {p.name for p in SCRIPTS.glob("dawbridge*.lua")} - not_listed


def test_settings_are_kept_and_show_how_the_connection_is(studio) -> None:
    studio.tell("state", message("state", state="lost", text="No sound from Scarlett for 3 s"))
    studio.run("dawbridge_settings.lua")
    assert "No sound from Scarlett for 3 s" in studio.shown()
    studio.click("Changes of chord")
    studio.click("While playing and recording")
    studio.click("Drums as MIDI")
    ext = studio.reaper.ext
    assert ext[OURS, "while"] == "play"
    assert ext[OURS, "roles"] == "section,riff,chord,key,tempo"
    assert ext[OURS, "want"].split(",")[-1] == "drums"
    assert (OURS, "want") in studio.reaper.kept
    studio.close()
    studio.go(0.1)
    assert not studio.script.alive


def test_nothing_chosen_stays_nothing(studio) -> None:
    studio.reaper.ext[OURS, "want"] = "key"
    studio.run("dawbridge_settings.lua")
    studio.click("Key as a marker")
    assert studio.reaper.ext[OURS, "want"] == "-"
    studio.reaper.ext[OURS, "roles"] = "key"
    studio.click("Changes of key")
    get = studio.script.lua.eval(f"dofile('{SCRIPTS}/lib/settings.lua').get")
    assert get("roles") == ""
    studio.click("Key as a marker")
    assert studio.reaper.ext[OURS, "want"] == "key"


def test_settings_say_that_the_script_does_not_run(studio) -> None:
    studio.alive = False
    studio.run("dawbridge_settings.lua", 1.0)
    assert "does not run" in studio.shown()
