"""The pieces of Ardour's scripts that need no Ardour: which marks are ours, MIDI files, the store.

What Ardour itself does with them: tests/end_to_end/test_ardour.py.
"""

from __future__ import annotations

import io
from pathlib import Path

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lupa import lua53, lua54

from bridge.daw.install.ardour import compose
from bridge.daw.install.machine import Here

SCRIPTS = Path(__file__).parents[2] / "daw_scripts"
LIB = SCRIPTS / "ardour" / "lib"


@pytest.fixture(scope="module", params=[lua53, lua54], ids=["5.3", "5.4"])
def lua(request):
    return request.param.LuaRuntime(encoding=None, unpack_returned_tuples=True)


def chunk(lua, name: str):
    return lua.execute((LIB / name).read_bytes())


# -- which of the session's marks are ours


class Matching:
    def __init__(self, lua) -> None:
        self._lua = lua
        self._match = chunk(lua, "matching.lua")[b"match"]
        self.foreign = lua.table()

    def match(self, known, things, told=True):
        """`known`: (kind, at, end, name) by id; the place in `things` of what is whose."""
        tables = [self._thing(*thing) for thing in things]
        for place, each in enumerate(tables):
            each[b"place"] = place
        table = self._lua.table()
        for id, thing in known.items():
            table[id.encode()] = self._thing(*thing)
        found, self.foreign = self._match(
            table, self._lua.table(*tables), self.foreign if told else None
        )
        return {id.decode(): thing[b"place"] for id, thing in found.items()}

    def _thing(self, kind, at, end, name):
        table = self._lua.table()
        table[b"kind"], table[b"at"], table[b"end"] = kind.encode(), at, end
        table[b"name"] = name.encode()
        return table


@pytest.fixture
def matching(lua) -> Matching:
    return Matching(lua)


VERSE = ("marker", 100, 100, "verse")
RIFF = ("region", 100, 200, "riff")


def test_what_is_unchanged_is_found_among_others(matching: Matching) -> None:
    things = [("marker", 5, 5, "mine"), RIFF, VERSE]
    assert matching.match({"a": VERSE, "b": RIFF}, things) == {"a": 2, "b": 1}


def test_a_renamed_and_a_moved_one_are_ours_still(matching: Matching) -> None:
    known = {"a": VERSE, "b": RIFF}
    matching.match(known, [VERSE, RIFF])
    changed = [("marker", 100, 100, "strophe"), ("region", 300, 400, "riff")]
    assert matching.match(known, changed) == {"a": 0, "b": 1}


def test_what_the_user_had_before_never_becomes_ours(matching: Matching) -> None:
    theirs = ("marker", 900, 900, "verse")
    assert matching.match({"a": VERSE}, [VERSE, theirs]) == {"a": 0}
    assert matching.match({"a": VERSE}, [theirs]) == {}, "ours is deleted, theirs has its name"
    assert matching.match({}, [theirs]) == {}


def test_a_marker_of_the_user_at_our_place_stays_theirs(matching: Matching) -> None:
    theirs = ("marker", 100, 100, "mine")
    assert matching.match({"a": VERSE}, [theirs, VERSE]) == {"a": 1}
    assert matching.match({"a": VERSE}, [theirs]) == {}


def test_without_knowledge_of_the_others_nothing_is_guessed(matching: Matching) -> None:
    assert matching.match({"a": VERSE}, [("marker", 101, 101, "verse")], told=False) == {}


def test_two_alike_are_told_apart_by_nearness(matching: Matching) -> None:
    known = {"a": VERSE, "b": ("marker", 500, 500, "verse")}
    matching.match(known, [VERSE, known["b"]])
    moved = [("marker", 510, 510, "verse"), ("marker", 130, 130, "verse")]
    assert matching.match(known, moved) == {"a": 1, "b": 0}


THINGS = st.tuples(
    st.just("marker"), st.integers(0, 5), st.just(0), st.sampled_from(["a", "b", "c"])
).map(lambda thing: (thing[0], thing[1], thing[1], thing[3]))


@settings(max_examples=60)
@given(st.lists(THINGS, max_size=6), st.lists(THINGS, max_size=8), st.lists(THINGS, max_size=8))
def test_nothing_is_given_twice_and_what_is_there_is_found(ours, before, after) -> None:
    matching = Matching(lua53.LuaRuntime(encoding=None, unpack_returned_tuples=True))
    known = {str(number): thing for number, thing in enumerate(ours)}
    matching.match(known, before)
    found = matching.match(known, after)
    assert len(set(found.values())) == len(found)
    for thing in set(ours):
        there, wanted = after.count(thing), ours.count(thing)
        exact = sum(known[id] == thing == after[place] for id, place in found.items())
        assert exact == min(there, wanted)


# -- MIDI files


def notes_in(song: mido.MidiFile) -> list[tuple[int, ...]]:
    found, now, sounding = [], 0, {}
    for message in song.tracks[0]:
        now += message.time
        if message.type == "note_on":
            sounding.setdefault((message.note, message.channel), []).append((now, message.velocity))
        elif message.type == "note_off":
            begin, velocity = sounding[message.note, message.channel].pop(0)
            found.append((begin, now - begin, message.note, velocity, message.channel))
    assert not any(sounding.values())
    return sorted(found)


NOTES = st.lists(
    st.tuples(
        st.integers(0, 5_000_000),
        st.integers(1, 10_000),
        st.integers(0, 127),
        st.integers(1, 127),
        st.integers(0, 15),
    ),
    max_size=30,
    unique_by=lambda note: (note[2], note[4]),  # one key sounds once
)


@settings(max_examples=40)
@given(NOTES, st.integers(0, 6_000_000), st.binary(max_size=200))
def test_a_midi_file_says_the_notes_to_the_tick(notes, last, name) -> None:
    lua = lua53.LuaRuntime(encoding=None)
    write = chunk(lua, "smf.lua")
    made = write(name, lua.table(*[lua.table(*note) for note in notes]), last)
    song = mido.MidiFile(file=io.BytesIO(made))
    assert song.ticks_per_beat == 1920
    assert notes_in(song) == sorted(notes)
    end = max([last, *[note[0] + note[1] for note in notes]])
    assert sum(message.time for message in song.tracks[0]) == end


def test_a_note_that_is_struck_again_at_its_end_sounds_twice(lua) -> None:
    write = chunk(lua, "smf.lua")
    twice = [(0, 480, 36, 100, 9), (480, 480, 36, 90, 9)]
    made = write(b"", lua.table(*[lua.table(*note) for note in twice]), 0)
    assert notes_in(mido.MidiFile(file=io.BytesIO(made))) == twice


# -- the store


class Store:
    def __init__(self, lua, folder: Path) -> None:
        self._lua = lua
        wire = lua.execute((SCRIPTS / "lua/wire.lua").read_bytes())
        self._store = chunk(lua, "store.lua")(wire, chunk(lua, "files.lua"))
        self._folder = str(folder).encode()

    def open(self, snapshot: str):
        return self._store[b"open"](self._folder, snapshot.encode())

    def entry(self, **values):
        entry = self._lua.table()
        usual = {"rev": "r", "kind": "marker", "role": "", "group": "", "region": "", "at": 0}
        usual |= {"end": 0, "now_at": 0, "now_end": 0, "now_name": "", "gone": False} | values
        for name, value in usual.items():
            entry[name.encode()] = value.encode() if isinstance(value, str) else value
        return entry


def test_the_store_is_read_as_it_was_written(lua, tmp_path: Path) -> None:
    store = Store(lua, tmp_path)
    entries, save = store.open("song")
    name = "tab\tline\nGröße 🎸 #1"
    entries[b"a"] = store.entry(id="a", name=name, at=2**40, now_name="", gone=True)
    assert save(b"song")
    again, _ = store.open("song")
    assert again[b"a"][b"name"].decode() == name
    assert again[b"a"][b"at"] == 2**40
    assert again[b"a"][b"gone"] is True
    assert list(tmp_path.glob("*.new")) == []


def test_each_snapshot_has_its_own_and_a_new_one_begins_with_the_last(lua, tmp_path: Path) -> None:
    store = Store(lua, tmp_path)
    entries, save = store.open("song")
    entries[b"a"] = store.entry(id="a", name="verse")
    assert save("song/2: Größe".encode())
    other, save_other = store.open("never seen")
    assert b"a" in dict(other)
    other[b"b"] = store.entry(id="b", name="chorus")
    assert save_other(b"never seen")
    assert set(dict(store.open("song/2: Größe")[0])) == {b"a"}


def test_torn_lines_of_the_store_are_passed_over(lua, tmp_path: Path) -> None:
    store = Store(lua, tmp_path)
    entries, save = store.open("song")
    for id in "ab":
        entries[id.encode()] = store.entry(id=id, name=id)
    assert save(b"song")
    (path,) = tmp_path.glob("*.store")
    path.write_bytes(path.read_bytes()[:-5])
    assert set(dict(store.open("song")[0])) == {b"a"}


def test_a_folder_that_cannot_be_written_is_told(lua, tmp_path: Path) -> None:
    store = Store(lua, tmp_path / "missing")
    entries, save = store.open("song")
    entries[b"a"] = store.entry(id="a", name="a")
    done, why = save(b"song")
    assert not done and why


# -- all of them


@pytest.mark.parametrize("path", sorted((SCRIPTS / "ardour").glob("*.lua")), ids=lambda p: p.name)
def test_every_script_compiles_and_its_top_level_needs_nothing(lua, path: Path) -> None:
    """Ardour reads the top level without io and os, and keeps only what `factory` is."""
    text = compose(path, Here(Path("/music/daw"), ("dawbridge", "run")))
    assert "--@" not in text
    run = lua.eval(
        "function(text) local told "
        "local seen = { ardour = function(t) told = t end } "
        "assert(load(text, 'script', 't', seen))() "
        "return told, seen.factory, string.dump(seen.factory, true) end"
    )
    told, factory, code = run(text.encode())
    assert told[b"type"] in (b"EditorHook", b"EditorAction")
    assert told[b"name"].startswith(b"dawbridge")
    assert factory and len(code) > 1000
