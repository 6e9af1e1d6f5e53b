"""Items, loops, splits and tempo maps of the Reaper scripts, in the stand-in."""

from __future__ import annotations

import pickle
import random
from pathlib import Path

import pytest
from lupa import lua53, lua54

from tests.daw_scripts.reaper.host import Reaper, Script
from tests.daw_scripts.reaper.project import Item, Mark, Source, Take, Tempo, Track
from tests.daw_scripts.reaper_grid import Envelope, Grid

SCRIPTS = Path(__file__).parents[2] / "daw_scripts/reaper"
PLAYED = [(lua53, "6.71"), (lua54, "7.20"), (lua54, "7.78")]
ODD = ["", "Größe 音 🥁", "two\nlines\tand a tab", "quotes \" ' `", "#", "x" * 3000]


class Library:
    """One of our Lua modules in a script of its own, with calls from outside."""

    def __init__(self, reaper: Reaper, lua, folder: Path, name: str) -> None:
        self.reaper = reaper
        text = f'module = dofile("{SCRIPTS}/lib/{name}.lua")\n'
        text += "local function stay() reaper.defer(stay) end stay()\n"
        path = folder / f"with_{name}.lua"
        path.write_text(text, encoding="utf-8")
        script = reaper.start(lua, path)
        assert script is not None and script.alive, reaper.mistakes
        self.script: Script = script

    def __call__(self, name: str, *told):
        """Within one undo step, as apply.lua calls it."""
        call = self.script.lua.eval(f"function(...) return module.{name}(0, ...) end")
        project = self.reaper.project
        project.begin()
        try:
            return call(*map(self._value, told))
        finally:
            project._touched.add(8)
            project.end(name, -1)

    def _value(self, value):
        if isinstance(value, dict):
            return self.script.lua.table_from({k: self._value(v) for k, v in value.items()})
        if isinstance(value, list):
            return self.script.lua.table_from([self._value(each) for each in value])
        return value.encode().decode("latin-1") if isinstance(value, str) else value


def unicode(text: str) -> str:
    return text.encode("latin-1").decode()


class Desk:
    def __init__(self, lua, version: str, folder: Path) -> None:
        self.reaper = Reaper(version, folder)
        self.grid = Grid(self.reaper)
        self.lua, self.folder = lua, folder

    def library(self, name: str) -> Library:
        return Library(self.reaper, self.lua, self.folder, name)

    @property
    def project(self):
        return self.reaper.project

    def track(self, name: str) -> Track:
        self.project.state.tracks.append(Track(self.reaper.guid(), name))
        return self.project.state.tracks[-1]

    def item(self, track: Track, at: float, length: float, **values: float) -> Item:
        values = {"D_POSITION": at, "D_LENGTH": length, **values}
        source = Source(self.reaper.guid(), path=str(self.folder / "take.wav"), length=600.0)
        item = Item(self.reaper.guid(), track.guid, values, [Take(self.reaper.guid(), source)])
        self.project.state.items.append(item)
        return item


@pytest.fixture(params=PLAYED, ids=lambda played: played[1])
def desk(request, tmp_path) -> Desk:
    desk = Desk(*request.param, tmp_path)
    yield desk
    assert desk.reaper.mistakes == []


def text(**told) -> dict:
    return {"kind": "text", "role": "chord", "id": "chord-1", "at": "10.5", "end": "12.25",
            "name": "Am7", "track": "Guitar chords", "colour": "#b0a070", **told}  # fmt: skip


# --- items


def test_a_chord_is_a_text_item_on_a_track_of_its_name(desk) -> None:
    handle, told = desk.library("items")("put", text())
    item = desk.project.state.items[0]
    assert item.guid == handle and item.texts["P_NOTES"] == "Am7"
    assert (told["at"], told["end_"], told["name"]) == (10.5, 12.25, "Am7")
    assert desk.project.items_of(desk.project.track("Guitar chords")) == [item]
    assert item.values["I_CUSTOMCOLOR"] > 0x1000000
    assert item.values["C_BEATATTACHMODE"] == 0


@pytest.mark.parametrize("name", ODD)
def test_names_come_back_as_they_were_put(desk, name) -> None:
    items = desk.library("items")
    handle, told = items("put", text(name=name))
    assert unicode(told["name"]) == name
    assert unicode(items("read", handle)["name"]) == name


def test_put_again_is_the_same_item_changed(desk) -> None:
    items = desk.library("items")
    handle, _ = items("put", text())
    again, told = items("put", text(name="C", at="11"), handle)
    assert again == handle and len(desk.project.state.items) == 1
    assert (told["at"], told["name"]) == (11.0, "C")
    assert len(desk.project.state.tracks) == 1


def test_a_track_that_the_user_renamed_is_still_ours(desk) -> None:
    items = desk.library("items")
    items("put", text())
    desk.project.state.tracks[0].name = "mine"
    items("put", text(id="chord-2", at="20", end="21"))
    assert [track.name for track in desk.project.state.tracks] == ["mine"]


def test_a_new_track_stands_below_the_one_that_was_analysed(desk) -> None:
    first, _ = desk.track("Guitar"), desk.track("Bass")
    item = desk.item(first, 0, 60)
    desk.library("items")("put", text(group=f"item:{item.guid}"))
    assert [t.name for t in desk.project.state.tracks] == ["Guitar", "Guitar chords", "Bass"]


def test_what_is_gone_reads_as_nothing_and_is_dropped_without_harm(desk) -> None:
    items = desk.library("items")
    handle, _ = items("put", text())
    items("drop", handle)
    assert desk.project.state.items == []
    assert items("read", handle) is None
    desk.project.state.ext["x"] = {}  # the drop below changes nothing
    items("drop", handle)


def test_an_item_is_found_again_after_undo_and_redo(desk) -> None:
    items = desk.library("items")
    handle, _ = items("put", text())
    desk.project.undo()
    assert items.script.lua.eval("function(h) return module.read(0, h) end")(handle) is None
    desk.project.redo()
    assert items.script.lua.eval("function(h) return module.read(0, h) end")(handle)["at"] == 10.5


def test_looking_at_many_items_goes_through_the_project_once(desk) -> None:
    items = desk.library("items")
    track = desk.track("many")
    made = [desk.item(track, float(i), 0.5) for i in range(60)]
    desk.project.changes += 1
    read = items.script.lua.eval("function(h) return module.read(0, h) end")
    for item in made:
        assert read(item.guid)["at"] == item.at
    assert desk.reaper.calls["GetMediaItem"] == 60


def notes(told: list[tuple[float, float, int, int, int]], **more) -> dict:
    listed = ";".join(",".join(str(value) for value in note) for note in told)
    return {"kind": "notes", "role": "drums", "id": "drums-1", "at": "4", "end": "8",
            "name": "drums", "track": "dawbridge drums", "notes": listed, **more}  # fmt: skip


def times(desk: Desk, item: Item) -> list[tuple[float, float, int, int]]:
    take = item.takes[0]
    seconds = desk.reaper.played["MIDI_GetProjTimeFromPPQPos"]
    return [
        (seconds(take, n["start"]), seconds(take, n["end"]), n["pitch"], n["velocity"])
        for n in take.notes
    ]


SEEDS = 24  # of random tempo maps; 200 passed when this was written
TICK = 60 / 90 / 960  # seconds, at the slowest tempo below


def test_drums_lie_where_they_were_heard_whatever_the_tempo_map(desk) -> None:
    desk.project.state.tempos = [Tempo(0, 90, 4, 4), Tempo(5.01, 150), Tempo(6.3, 95)]
    struck = [(0.0, 0.1, 36, 100, 9), (1.234, 0.1, 38, 90, 9), (3.5, 0.1, 42, 1, 9)]
    desk.library("items")("put", notes(struck))
    (item,) = desk.project.state.items
    assert item.at == 4 and item.values["B_LOOPSRC"] == 0
    for heard, (at, length, pitch, velocity, _) in zip(times(desk, item), struck, strict=True):
        assert heard[0] == pytest.approx(4 + at, abs=TICK)
        assert heard[1] == pytest.approx(4 + at + length, abs=2 * TICK)
        assert heard[2:] == (pitch, velocity)
    track = desk.project.track("dawbridge drums")
    assert track.note_names[36, -1] == "Kick"


def test_a_note_that_begins_before_the_last_one_ended_cuts_it(desk) -> None:
    desk.library("items")("put", notes([(0.0, 1.0, 36, 100, 9), (0.5, 0.1, 36, 90, 9)]))
    first, second = times(desk, desk.project.state.items[0])
    assert first[1] == pytest.approx(second[0], abs=TICK)


def test_notes_of_no_length_many_at_once_and_beyond_the_end_are_kept(desk) -> None:
    struck = [(0.0, 0.0, pitch, 64, 9) for pitch in range(30, 60)] + [(7.0, 0.5, 36, 127, 9)]
    desk.library("items")("put", notes(struck))
    (item,) = desk.project.state.items
    assert len(item.takes[0].notes) == 31
    assert item.at + item.values["D_LENGTH"] == pytest.approx(11.5)


def test_what_is_no_note_is_passed_over(desk) -> None:
    desk.library("items")(
        "put", notes([(1.0, 0.1, 36, 300, 9)], notes="x;1,2,3;0.5,0.1,200,1,9;1,0.1,36,300,9")
    )
    assert [n[2:] for n in times(desk, desk.project.state.items[0])] == [(36, 127)]


def test_drums_put_again_replace_the_notes_in_the_same_item(desk) -> None:
    items = desk.library("items")
    handle, _ = items("put", notes([(0.0, 0.1, 36, 100, 9)] * 1))
    again, _ = items("put", notes([(1.0, 0.1, 38, 90, 9), (2.0, 0.1, 38, 90, 9)]), handle)
    assert again == handle and len(desk.project.state.items) == 1
    assert [n[2] for n in times(desk, desk.project.state.items[0])] == [38, 38]


def test_ten_thousand_notes_take_few_calls(desk) -> None:
    struck = [(i * 0.05, 0.04, 36 + i % 5, 100, 9) for i in range(10_000)]
    desk.library("items")("put", notes(struck, end="600"))
    assert desk.reaper.calls["MIDI_SetAllEvts"] == 1
    assert desk.reaper.calls["MIDI_GetPPQPosFromProjTime"] <= 20_001
    assert len(desk.project.state.items[0].takes[0].notes) == 10_000


def loop(path: Path, **more) -> dict:
    return {"kind": "loop", "role": "loop", "id": "loop-1", "at": "30", "end": "38",
            "name": "Riff A", "track": "Riff A", "path": str(path), "tempo": "120",
            "beats": "8", **more}  # fmt: skip


def test_a_loop_is_its_file_and_repeats_when_it_is_drawn_longer(desk, tmp_path) -> None:
    path = tmp_path / "Riff Ä 音.wav"
    path.write_bytes(b"")
    desk.reaper.lengths[str(path)] = 4.0
    handle, told = desk.library("items")("put", loop(path, offset="0.5"))
    (item,) = desk.project.state.items
    assert item.values["B_LOOPSRC"] == 1 and item.takes[0].source.path == str(path)
    assert item.takes[0].values["D_STARTOFFS"] == 0.5
    assert (told["at"], told["end_"], told["name"]) == (30, 38, "Riff A")
    assert handle == item.guid


def test_a_loop_without_its_file_is_refused_in_words_and_leaves_nothing(desk, tmp_path) -> None:
    items = desk.library("items")
    desk.project.state.ext["x"] = {}
    handle, why = items("put", loop(tmp_path / "gone.wav"))
    assert handle is None and "gone.wav" in why
    assert desk.project.state.items == [] and desk.project.state.tracks == []


# --- splits


def test_an_item_is_split_where_it_is_asked_and_nowhere_else(desk) -> None:
    item = desk.item(desk.track("a"), 10.0, 20.0, D_PLAYRATE=1.0)
    split = desk.library("split")
    assert split("run", {"item": item.guid, "at": "25.5,5,10.001,15,29.999,40"}) is True
    pieces = [
        (i.at, i.at + i.values["D_LENGTH"])
        for i in desk.project.items_of(desk.project.state.tracks[0])
    ]
    assert pieces == [(10, 15), (15, 25.5), (25.5, 30)]


def test_an_item_that_is_gone_is_not_split(desk) -> None:
    ok, why = desk.library("split")("run", {"item": "{X}", "at": "5"})
    assert ok is None and "not in the project" in why


# --- the tempo map


def point(at: float, bpm: float, num: int = 0, den: int = 0, **more) -> dict:
    return {"kind": "tempo", "role": "tempo", "id": f"tempo-{at}", "at": str(at), "bpm": str(bpm),
            "num": str(num), "den": str(den), **more}  # fmt: skip


def band(start: float, count: int, end: float | None = None) -> tuple[list[dict], list[float]]:
    """Points of a band that plays freely, one a bar; and its downbeats."""
    points, at = [], start
    downbeats = []
    for number in range(count):
        bpm = 96.0 + 7 * ((number * 37) % 5) / 5
        told = point(round(at, 6), bpm, *((4, 4) if number == 0 else (0, 0)))
        points.append(told)
        downbeats.append(at)
        at += 240 / bpm
    if end is not None:
        points[-1]["end"] = str(end)
    return points, downbeats


def furnished(desk: Desk) -> None:
    """A project of somebody who used everything."""
    project, take = desk.project, desk.track("audio")
    for number, mode in enumerate((-1.0, 0.0, 1.0, 2.0)):
        desk.item(take, 3.3 + 11 * number, 9.7, C_BEATATTACHMODE=mode)
    midi = desk.library("items")
    midi("put", notes([(i * 0.31, 0.1, 36, 100, 9) for i in range(90)], at="5", end="36"))
    project.state.marks += [
        Mark(desk.reaper.guid(), False, 12.34, 12.34, "mine", 1),
        Mark(desk.reaper.guid(), True, 20.5, 55.25, "", 1),
    ]
    volume = Envelope("{V}", "Volume", [[1.0, 0.5], [17.17, 0.7], [44.4, 1.0]])
    volume.automation = [{"D_POSITION": 21.0, "D_LENGTH": 4.0}]
    desk.grid.envelopes[take.guid] = [volume]
    desk.grid.envelopes["{MASTER}"] = [Envelope("{T}", "Tempo map", [[0.0, 120.0]])]
    project.cursor, project.selection = 14.0, (15.0, 16.0)


def stands(desk: Desk) -> dict:
    """Where everything is."""
    state = desk.project.state
    return {
        "items": [(i.guid, round(i.at, 6), round(i.values["D_LENGTH"], 6),
                   i.values.get("C_BEATATTACHMODE", -1)) for i in state.items],
        "marks": [(m.guid, round(m.at, 6), round(m.end if m.region else m.at, 6), m.name)
                  for m in state.marks],
        "envelopes": [[round(p[0], 6) for p in e.points] for found in desk.grid.envelopes.values()
                      for e in found if e.name != "Tempo map"],
        "automation": [round(a["D_POSITION"], 6) for found in desk.grid.envelopes.values()
                       for e in found for a in e.automation],
        "cursor": round(desk.project.cursor, 6),
        "selection": [round(t, 6) for t in desk.project.selection],
    }  # fmt: skip


def hits(desk: Desk) -> list[float]:
    return [
        hit[0]
        for item in desk.project.state.items
        for hit in times(desk, item)
        if item.takes[0].notes
    ]


def test_a_tempo_map_moves_nothing(desk) -> None:
    furnished(desk)
    before, heard = stands(desk), hits(desk)
    points, downbeats = band(7.13, 16)
    results = desk.library("tempo")("put_all", points)
    assert len(list(results.values())) == 16 and all(r["handle"] for r in results.values())
    assert stands(desk) == before
    assert hits(desk) == pytest.approx(heard, abs=0.001)
    lines = desk.grid.bar_lines(desk.project, 50)
    for downbeat in downbeats:
        assert min(abs(line - downbeat) for line in lines) < 0.001


def test_the_map_begins_a_measure_where_the_music_does(desk) -> None:
    points, downbeats = band(7.9, 3)
    desk.library("tempo")("put_all", points)
    number = desk.grid.TimeMap2_timeToBeats(desk.project, downbeats[0] + 1e-6)
    assert number[0] == pytest.approx(0, abs=0.001)
    tempos = [t.bpm for t in desk.project.state.tempos]
    assert all(5 <= bpm <= 960 for bpm in tempos)


def test_the_tempo_before_the_map_stays_and_comes_back_after_it(desk) -> None:
    desk.project.bpm = 133.0
    points, _ = band(8.0, 4, end=20.0)
    desk.library("tempo")("put_all", points)
    assert desk.reaper._bpm(desk.project, 0.5) == pytest.approx(
        133, rel=0.6
    )  # a lead-in may bend it
    if desk.reaper.number >= (7, 19):
        assert desk.reaper._bpm(desk.project, 7.9) == pytest.approx(133)
    assert desk.reaper._bpm(desk.project, 20.1) == pytest.approx(133)
    assert [t for t in desk.project.state.tempos if abs(t.at - 20.0) < 1e-6]


def test_points_of_the_users_own_outside_of_the_map_stay(desk) -> None:
    mine = [Tempo(0.0, 120, 4, 4), Tempo(4.0, 100), Tempo(30.0, 80, 3, 4), Tempo(42.0, 90)]
    desk.project.state.tempos = pickle.loads(pickle.dumps(mine))
    points, _ = band(8.0, 4, end=20.0)
    desk.library("tempo")("put_all", points)
    kept = {round(t.at, 5): t for t in desk.project.state.tempos}
    for each in mine:
        assert kept[each.at].bpm == each.bpm and kept[each.at].num == each.num, each
    assert kept[20.0].bpm == 100


def test_the_same_map_twice_is_there_once(desk) -> None:
    furnished(desk)
    tempo = desk.library("tempo")
    points, _ = band(7.13, 8, end=30.0)
    first = tempo("put_all", points)
    once = pickle.dumps(desk.project.state.tempos)
    handles = [result["handle"] for result in first.values()]
    again = tempo("put_all", [{**p, "handle": h} for p, h in zip(points, handles, strict=True)])
    assert [result["handle"] for result in again.values()] == handles
    now, then = desk.project.state.tempos, pickle.loads(once)
    assert [(round(t.at, 6), t.bpm, t.num) for t in now] == [
        (round(t.at, 6), t.bpm, t.num) for t in then
    ]


def test_a_new_map_replaces_the_old_one_though_the_old_facts_are_dropped_after(desk) -> None:
    tempo = desk.library("tempo")
    old, _ = band(7.13, 8)
    first = tempo("put_all", old)
    new = [{**p, "id": f"new-{n}"} for n, p in enumerate(band(7.13, 4)[0])]
    tempo("put_all", new)
    tempo("drop_all", [result["handle"] for result in first.values()])
    ours = desk.project.state.ext["dawbridge_tempo"]
    assert sorted(v for v in ours.values() if v.startswith(("new", "tempo"))) == [
        f"new-{n}" for n in range(4)
    ]
    for each in new:
        assert [t for t in desk.project.state.tempos if abs(t.at - float(each["at"])) < 1e-3]


def test_removed_the_map_is_as_it_was_before(desk) -> None:
    furnished(desk)
    mine = [Tempo(0.0, 120, 4, 4), Tempo(9.0, 100), Tempo(50.0, 80)]
    desk.project.state.tempos = pickle.loads(pickle.dumps(mine))
    before, heard = stands(desk), hits(desk)
    tempo = desk.library("tempo")
    points, _ = band(7.13, 8, end=30.0)
    results = tempo("put_all", points)
    tempo("drop_all", [result["handle"] for result in results.values()])
    now = [(round(t.at, 6), round(t.bpm, 6), t.num) for t in desk.project.state.tempos]
    assert now == [(t.at, t.bpm, t.num) for t in mine]
    assert stands(desk) == before
    assert hits(desk) == pytest.approx(heard, abs=0.001)
    assert not desk.project.state.ext.get("dawbridge_tempo")
    assert not desk.project.state.ext.get("dawbridge_tempo_aside")


def test_points_are_dropped_one_by_one_as_well(desk) -> None:
    tempo = desk.library("tempo")
    results = tempo("put_all", band(8.3, 5)[0])
    for result in results.values():
        tempo("drop", result["handle"])
        assert tempo("read", result["handle"]) is None
    assert [t.at for t in desk.project.state.tempos] == []
    assert desk.project.bpm == 120


def test_one_point_is_put_read_and_moved(desk) -> None:
    tempo = desk.library("tempo")
    handle, told = tempo("put", point(6.0, 101.5, 4, 4))
    assert told["at"] == pytest.approx(6.0) and told["name"] == ""
    assert tempo("read", handle)["at"] == pytest.approx(6.0)
    other, _ = tempo("put", point(6.5, 101.5, 4, 4), handle)
    assert other != handle and tempo("read", handle) is None


def test_points_that_a_saved_project_gives_back_a_hair_changed_are_still_ours(desk) -> None:
    tempo = desk.library("tempo")
    results = tempo("put_all", band(8.3, 5, end=22.0)[0])
    for each in desk.project.state.tempos:
        each.at += 6e-7 if each.at else 0.0
    assert all(tempo("read", result["handle"]) for result in results.values())
    results = tempo("put_all", band(8.3, 5, end=22.0)[0])
    assert not desk.project.state.ext.get("dawbridge_tempo_aside")
    tempo("drop_all", [result["handle"] for result in results.values()])
    assert desk.project.state.tempos == []


def test_one_point_of_a_map_changes_and_the_others_stay(desk) -> None:
    furnished(desk)
    tempo = desk.library("tempo")
    points, downbeats = band(7.13, 6)
    handles = [result["handle"] for result in tempo("put_all", points).values()]
    before, count = stands(desk), len(desk.project.state.tempos)
    changed = {**points[3], "bpm": str(float(points[3]["bpm"]) + 0.4)}
    handle, _ = tempo("put", changed, handles[3])
    assert handle == handles[3] and len(desk.project.state.tempos) == count
    assert stands(desk) == before
    lines = desk.grid.bar_lines(desk.project, 30)
    for downbeat in downbeats:
        assert min(abs(line - downbeat) for line in lines) < 0.02
    tempo("drop_all", handles)
    assert desk.project.state.tempos == []


def test_what_the_user_deleted_of_a_map_hinders_nothing(desk) -> None:
    tempo = desk.library("tempo")
    points, _ = band(7.13, 4, end=25.0)
    handles = [result["handle"] for result in tempo("put_all", points).values()]
    with desk.project.user() as state:
        state.tempos[:] = [t for t in state.tempos if t.at < 10]
    assert tempo("read", handles[0]) is not None and tempo("read", handles[3]) is None
    tempo("drop_all", handles)
    assert desk.project.state.tempos == []


def test_a_map_from_the_very_start_rules_the_first_point(desk) -> None:
    desk.project.state.tempos = [Tempo(0.0, 120, 4, 4)]
    points, downbeats = band(0.0, 6)
    desk.library("tempo")("put_all", points)
    first = desk.project.state.tempos[0]
    assert first.at == 0 and first.bpm == pytest.approx(float(points[0]["bpm"]))
    lines = desk.grid.bar_lines(desk.project, 12)
    assert lines[:6] == pytest.approx(downbeats, abs=1e-4)


def test_another_metre_begins_where_it_is_heard(desk) -> None:
    points = [
        point(4.2, 100, 3, 4),
        point(4.2 + 1.8 * 4, 90, 6, 8),
        point(4.2 + 7.2 + 4.0, 90, 4, 4),
    ]
    desk.library("tempo")("put_all", points)
    lines = desk.grid.bar_lines(desk.project, 16)
    for each in points:
        assert min(abs(line - float(each["at"])) for line in lines) < 0.001


def test_tempos_that_reaper_does_not_take_are_refused_alone(desk) -> None:
    results = desk.library("tempo")("put_all", [point(4, 100, 4, 4), point(6, 2000), point(8, 0)])
    assert results[1]["handle"] and results[2]["why"] and results[3]["why"]


def test_everything_is_held_even_when_reaper_throws(desk) -> None:
    furnished(desk)
    before = stands(desk)
    desk.reaper.failing["SetTempoTimeSigMarker"] = "the disk is full"
    tempo = desk.library("tempo")
    with pytest.raises(Exception, match="disk is full"):
        tempo("put_all", band(7.13, 8)[0])
    del desk.reaper.failing["SetTempoTimeSigMarker"]
    assert stands(desk)["items"] == before["items"]


def rounded(desk: Desk) -> list[tuple[float, float, int]]:
    return [(round(t.at, 4), round(t.bpm, 4), t.num) for t in desk.project.state.tempos]


@pytest.mark.parametrize("version", ["6.71", "7.78"])
def test_any_map_over_any_map_moves_nothing_and_can_be_taken_out(version, tmp_path) -> None:
    desk = Desk(lua54, version, tmp_path)
    furnished(desk)
    tempo = desk.library("tempo")
    before = stands(desk)
    empty = pickle.dumps(desk.project.state)
    starts = [0.0, 0.0005, 0.001, 0.004, 0.0099, 0.0101, 0.03, 0.2, 1.999, 2.0, 2.001]
    for seed in range(SEEDS):
        rng = random.Random(seed)
        desk.project.state = pickle.loads(empty)
        desk.project.born += 1
        desk.project.marks_born += 1
        desk.project.bpm = 120.0
        own = [Tempo(rng.randint(1, 550) / 10, rng.randint(70, 160)) for _ in range(seed % 6)]
        own = sorted({each.at: each for each in own}.values(), key=lambda each: each.at)
        if own:
            own = [Tempo(0.0, 111.0, 4, 4), *own]
        desk.project.state.tempos = pickle.loads(pickle.dumps(own))
        was, heard = rounded(desk), hits(desk)
        num, den = rng.choice([(4, 4), (3, 4), (6, 8), (5, 4)])
        at = starts[seed] if seed < len(starts) else rng.uniform(0, 30)
        points, downbeats = [], []
        for number in range(rng.randint(1, 6)):
            bpm = rng.uniform(50, 200)
            points.append(point(at, bpm, *((num, den) if number == 0 else (0, 0))))
            downbeats.append(at)
            at += 60 / bpm * num * 4 / den
        if rng.random() < 0.5:
            points[-1]["end"] = str(at)
        case = (seed, points, own)
        results = tempo("put_all", points)
        handles = [each["handle"] for each in results.values()]
        assert all(handles), (case, [each["why"] for each in results.values()])
        assert stands(desk) == before, case
        tick = 60 / 960 / min([100.0, *(each.bpm for each in desk.project.state.tempos)])
        assert hits(desk) == pytest.approx(heard, abs=0.0005 + tick / 2), case
        lines = desk.grid.bar_lines(desk.project, at + 1)
        reach = 0.0015 if version == "7.78" else 0.011
        for each in downbeats:
            assert min(abs(line - each) for line in lines) < reach, case
        once = rounded(desk)
        tempo("put_all", [{**p, "handle": h} for p, h in zip(points, handles, strict=True)])
        assert rounded(desk) == once, case
        tempo("drop_all", handles)
        assert rounded(desk) == was, case
        assert stands(desk) == before, case
        assert hits(desk) == pytest.approx(heard, abs=0.0005 + tick), case
    assert desk.reaper.mistakes == []
