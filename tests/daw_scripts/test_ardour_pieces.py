"""The pieces of Ardour's scripts that need no Ardour: which marks are ours, MIDI files, the store.

What Ardour itself does with them: tests/end_to_end/test_ardour.py.
"""

from __future__ import annotations

import io
import itertools
import shutil
from pathlib import Path

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lupa import lua53, lua54

from bridge.daw.install.ardour import compose
from bridge.daw.install.machine import Here
from bridge.daw.wire import Message, encode

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
        self.folder = folder
        self._lua = lua
        self._made = itertools.count(1)
        wire = lua.execute((SCRIPTS / "lua/wire.lua").read_bytes())
        self._store = chunk(lua, "store.lua")(wire, chunk(lua, "files.lua"))

    def open(self, snapshot: str, folder: Path | None = None):
        """As Ardour does it, with the session's file there."""
        folder = folder or self.folder
        if folder.is_dir():
            (folder / f"{snapshot}.ardour".replace("/", "_")).touch()
        return self._store[b"open"](
            str(folder).encode(), snapshot.encode(), lambda: f"{next(self._made):016x}".encode()
        )

    def entry(self, **values):
        entry = self._lua.table()
        usual = {"rev": "r", "kind": "marker", "role": "", "group": "", "region": "", "at": 0}
        usual |= {"end": 0, "now_at": 0, "now_end": 0, "now_name": "", "gone": False} | values
        for name, value in usual.items():
            entry[name.encode()] = value.encode() if isinstance(value, str) else value
        return entry


def project_of(kept) -> tuple[str, str | None]:
    """Its id, and the one that it is a copy of."""
    project = kept[b"project"]
    known = project[b"from"]
    return project[b"id"].decode(), known and known.decode()


@pytest.fixture
def store(lua, tmp_path: Path) -> Store:
    folder = tmp_path / "song"
    folder.mkdir()
    return Store(lua, folder)


def test_the_store_is_read_as_it_was_written(store: Store) -> None:
    kept = store.open("song")
    name = "tab\tline\nGröße 🎸 #1"
    kept[b"entries"][b"a"] = store.entry(id="a", name=name, at=2**40, now_name="", gone=True)
    assert kept[b"save"]()
    again = store.open("song")
    entry = again[b"entries"][b"a"]
    assert entry[b"name"].decode() == name
    assert entry[b"at"] == 2**40
    assert entry[b"gone"] is True
    assert project_of(again) == project_of(kept)
    assert list(store.folder.glob("*.new")) == []


def test_a_new_snapshot_begins_with_what_the_last_holds_as_a_copy_of_it(store: Store) -> None:
    kept = store.open("song")
    kept[b"entries"][b"a"] = store.entry(id="a", name="verse")
    assert kept[b"save"]()
    other = store.open("take 2: Größe")  # made without going on in it
    assert set(dict(other[b"entries"])) == {b"a"}
    mine, original = project_of(other)
    assert (mine != original) and original == project_of(kept)[0]
    other[b"entries"][b"b"] = store.entry(id="b", name="chorus")
    assert other[b"save"]()
    assert set(dict(store.open("song")[b"entries"])) == {b"a"}
    assert project_of(store.open("take 2: Größe")) == (mine, original)


def test_a_session_saved_under_another_name_goes_its_own_way(store: Store, tmp_path: Path) -> None:
    kept = store.open("song")
    kept[b"entries"][b"a"] = store.entry(id="a", name="verse")
    kept[b"save"]()
    first, _ = project_of(kept)
    copy = tmp_path / "copy of song"
    copy.mkdir()
    (copy / "copy of song.ardour").touch()
    assert kept[b"follow"](str(copy).encode(), b"copy of song"), "another project"
    assert project_of(kept)[1] == first
    kept[b"save"]()
    assert set(dict(store.open("copy of song", copy)[b"entries"])) == {b"a"}
    assert project_of(store.open("copy of song", copy)) == project_of(kept)
    assert project_of(store.open("song")) == (first, None)


def test_a_folder_that_was_copied_is_another_project(store: Store, tmp_path: Path) -> None:
    kept = store.open("song")
    kept[b"save"]()
    shutil.copytree(store.folder, tmp_path / "backup")
    mine, original = project_of(store.open("song", tmp_path / "backup"))
    assert mine != original and original == project_of(kept)[0]


def test_moved_renamed_or_seen_by_a_link_it_stays_itself(store: Store, tmp_path: Path) -> None:
    kept = store.open("song")
    kept[b"save"]()
    first = project_of(kept)
    (tmp_path / "link").symlink_to(store.folder)
    assert project_of(store.open("song", tmp_path / "link")) == first
    moved = store.folder.rename(tmp_path / "moved")
    (moved / "song.ardour").rename(moved / "renamed.ardour")
    assert project_of(store.open("renamed", moved)) == first
    assert not list(moved.glob("*probe*"))


def test_torn_lines_of_the_store_are_passed_over(store: Store) -> None:
    kept = store.open("song")
    for id in "ab":
        kept[b"entries"][id.encode()] = store.entry(id=id, name=id)
    assert kept[b"save"]()
    (path,) = store.folder.glob("*.store")
    path.write_bytes(path.read_bytes()[:-5])
    assert set(dict(store.open("song")[b"entries"])) == {b"a"}


def test_a_folder_that_cannot_be_written_is_told(store: Store, tmp_path: Path) -> None:
    kept = store.open("song", tmp_path / "missing")
    kept[b"entries"][b"a"] = store.entry(id="a", name="a")
    done, why = kept[b"save"]()
    assert not done and why


# -- what the user wants


@pytest.fixture
def wants(lua, tmp_path: Path):
    lua.globals()[b"ARDOUR"] = lua.table_from(
        {b"user_config_directory": lambda _: str(tmp_path).encode()}
    )
    wire = lua.execute((SCRIPTS / "lua/wire.lua").read_bytes())
    return lambda: chunk(lua, "settings.lua")(wire, chunk(lua, "files.lua"))


def test_the_usual_settings_are_those_of_every_daw(wants) -> None:
    usual = wants()
    assert usual[b"marks"]() == b"section,riff,key,tempo"
    assert usual[b"wanted"]() == b"sections,riffs,chords,key"


def test_settings_are_kept_and_what_is_no_more_is_left_out(wants, tmp_path: Path) -> None:
    chosen = wants()
    chosen[b"roles"][b"key"] = False
    chosen[b"wants"][b"drums"] = True
    chosen[b"wants"][b"tempo"] = True  # of an older file
    assert chosen[b"save"]()
    again = wants()
    assert again[b"marks"]() == b"section,riff,tempo"
    assert again[b"wanted"]() == b"sections,riffs,chords,key,drums"


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


# -- asking


@pytest.fixture
def asks(lua, tmp_path: Path):
    """Asks a daemon that never comes up; says yes to its start, which leaves what is given."""

    def ask(left: bytes) -> str:
        failure = tmp_path / "not_started"
        failure.write_bytes(b"of an earlier start")

        def fork(*_: bytes) -> None:
            assert not failure.exists()
            if left:
                failure.write_bytes(left)

        lua.globals()[b"fork"], lua.globals()[b"folder"] = fork, str(tmp_path).encode()
        lua.globals()[b"wire"] = lua.execute((SCRIPTS / "lua" / "wire.lua").read_bytes())
        lua.globals()[b"files"] = chunk(lua, "files.lua")
        lua.globals()[b"asking"] = chunk(lua, "asking.lua")
        return lua.execute(rb"""
            LuaDialog = { MessageType = {}, ButtonType = {}, Response = { Yes = 1 },
              Message = function() return { run = function() return 1 end } end,
              ProgressWindow = function()
                return { progress = function() return false end, done = function() end }
              end }
            local now = 0
            ARDOUR = { LuaAPI = { usleep = function() end,
              monotonic_time = function() now = now + 1 return now end } }
            Session = { path = function() return folder end }
            os.forkexec = fork
            local function new_letters()
              local job
              return { waits = function() return false end,
                ask = function(line)
                  job = select(2, wire.decode(line:match("^[^\r\n]*"))).job
                  return true
                end,
                answers = function() return function()
                  return { { verb = "result", values = { job = job, missing = "1" } } }
                end end }
            end
            local here = { folder = folder, command = "python -m bridge" }
            return asking(wire, files, new_letters, here).ask("title", "ping").text
        """).decode()

    return ask


def test_why_dawbridge_did_not_start_is_said_where_it_left_a_word(asks) -> None:
    told = encode(Message("failure", {"text": "config.toml cannot be read: line 3. Mend it."}))
    assert asks(told) == "dawbridge did not start. config.toml cannot be read: line 3. Mend it."


def test_where_it_left_none_the_command_to_try_is_said(asks) -> None:
    assert "Try `python -m bridge` in a terminal" in asks(b"")
    assert "Try `python -m bridge` in a terminal" in asks(b"torn")
