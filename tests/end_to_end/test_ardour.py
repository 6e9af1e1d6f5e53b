"""Our scripts in a real Ardour 7: what they put, what they tell, what they leave alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mido
import numpy as np
import pytest
import soundfile

from bridge.daw.facts import Fact, Note, put
from bridge.daw.links import Link
from bridge.daw.marks import LATE
from bridge.daw.spool import Spool
from bridge.daw.wire import Lines, Message, message
from bridge.demo import SONG
from bridge.sources.file import read_whole
from tests.end_to_end.ardour_session import SavedSession
from tests.end_to_end.ardour_world import (
    AUDIO,
    SCRIPTS,
    Ardour,
    ardour,
    composed,
)
from tests.end_to_end.jack_world import Player
from tests.end_to_end.processes import eventually
from tests.end_to_end.run import Run
from tests.end_to_end.servers import jack_dummy

pytestmark = pytest.mark.end_to_end

RATE = 48000
PERIOD = 1024
TICK = 60 / 120 * RATE / 1920  # samples: Ardour's own grid, at its usual tempo
HOOK = ("LuaTimerDS", "LocationsModified", "StateSaved")


class Peer:
    """The daemon's side of the spool folder, by hand."""

    def __init__(self, folder: Path) -> None:
        self.heard: list[tuple[float, Message]] = []  # when it came, what
        self.link: Link | None = None
        self._spool = Spool(folder, "daemon-of-a-test", "0")
        self._folder = folder
        self._batches = 0
        self._goes = True
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._work)
        self._thread.start()

    def close(self) -> None:
        """Twice is harmless."""
        self._goes = False
        self._thread.join()
        self._spool.close()

    def all(self, verb: str) -> list[Message]:
        """What came of a verb in this conversation."""
        return [told for _, told in list(self.heard) if told.verb == verb]

    def wait(self, verb: str, true: Callable[[Message], bool] = lambda _: True) -> Message:
        """The first message of a verb for which it is so, when it comes."""

        def found() -> list[Message]:
            return [told for told in self.all(verb) if true(told)]

        told: list[Message] = eventually(f"{verb}; {self.heard[-5:]}", found, 20)
        return told[0]

    def say(self, told: Message) -> None:
        with self._lock:
            assert self.link is not None
            self.link.send([told])

    def said_bye(self) -> bool:
        """Whether the script has given this daemon up, which need not hear it."""
        assert self.link is not None
        (hello,) = self.all("hello")
        last = self._folder / f"ardour-{hello.text('token')}"
        return b"bye\t" in (last / "up.000001").read_bytes()

    def batch(self, *lines: Message) -> Message:
        """Sends them as one batch; the answer to it."""
        self._batches += 1
        number = str(self._batches)
        with self._lock:
            assert self.link is not None
            self.link.send([message("batch", batch=number, count=len(lines), title="test"), *lines])
        return self.wait("done", lambda told: told.text("batch") == number)

    def _work(self) -> None:
        beaten = 0.0
        while self._goes:
            with self._lock:
                for link in self._spool.arrivals():
                    self.link, self.heard = link, []
                    link.send([message("welcome", protocol=1, version="0")])
                if self.link is not None:
                    now = time.monotonic()
                    self.heard += [(now, told) for told in self.link.take()]
                if time.monotonic() - beaten > 0.5:
                    beaten = time.monotonic()
                    self._spool.beat()
            time.sleep(0.005)


@contextmanager
def peer(folder: Path) -> Iterator[Peer]:
    meets = Peer(folder)
    try:
        yield meets
    finally:
        meets.close()


def putting(fact: Fact, rev: str = "1") -> Message:
    told = put(fact)
    return Message("put", {**told.values, "rev": rev})


def marker(id: str, at: float, name: str) -> Fact:
    return Fact(id, "marker", "section", at, name)


def region(id: str, at: float, end: float, name: str) -> Fact:
    return Fact(id, "region", "riff", at, name, end)


class User:
    """Somebody at the mouse."""

    def __init__(self, daw: Ardour, folder: Path) -> None:
        self._daw, self._folder = daw, folder

    def does(self, *deeds: tuple[Any, ...]) -> None:
        """Each a name and what it is done with (ardour_user.lua)."""
        lines = "".join("\t".join(map(str, deed)) + "\n" for deed in deeds)
        (self._folder / "deeds").write_text(lines)
        self._daw.action("LuaAction/script-1")
        eventually("done", lambda: not (self._folder / "deeds").exists(), 20)
        said = (self._folder / "said").read_text().splitlines()
        assert said == ["done"] * len(deeds), said


def clicks(seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """A click each half second, and their sample numbers."""
    sound = np.zeros(round(seconds * RATE), np.float32)
    at = np.arange(RATE // 2, len(sound) - RATE // 4, RATE // 2)
    for each in at:
        sound[each : each + 48] = 0.9
    return sound, at


def clicks_of(session: SavedSession, track: str) -> np.ndarray:
    """Positions of the clicks in the session."""
    (part,) = session.regions(track)
    heard, rate = soundfile.read(part.file)
    assert rate == session.rate
    loud = np.flatnonzero(np.abs(heard) > 0.5)
    first = loud[np.flatnonzero(np.diff(loud, prepend=-RATE) > 1000)]
    return part.at - part.offset + first


def clock_error(told: list[Message], times: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Samples by which the clock puts moments too late, for moments whose position is known.

    A position is told once a block, so it is behind by up to one: the foremost counts.
    """
    rolling = [each for each in told if each.flag("play")]
    ahead = max(float(each.text("at")) - float(each.text("t")) for each in rolling)
    return (times + ahead) * RATE - positions


def test_a_session_holds_what_it_was_told_and_the_user_wins(tmp_path: Path) -> None:
    folder = tmp_path / "daw"
    hook = composed(SCRIPTS / "dawbridge.lua", tmp_path, folder)
    user_script = composed(Path(__file__).parent / "ardour_user.lua", tmp_path, tmp_path)
    command = ("touch", str(tmp_path / "started it's"))
    analyze = composed(SCRIPTS / "dawbridge_analyze.lua", tmp_path, folder, command)
    actions = {
        1: user_script,
        2: analyze,
        3: composed(SCRIPTS / "dawbridge_settings.lua", tmp_path, folder),
        4: composed(SCRIPTS / "dawbridge_remove.lua", tmp_path, folder),
        5: composed(SCRIPTS / "dawbridge_restore.lua", tmp_path, folder),
    }
    sound, at = clicks(6.0)
    with (
        jack_dummy(RATE, PERIOD) as server,
        peer(folder) as daemon,
        ardour(server, tmp_path, hooks={hook: HOOK}, actions=actions) as daw,
    ):
        hello = daemon.wait("hello")
        assert hello.text("unit") == "seconds"
        assert set(hello.text("can").split(",")) == {"marker", "region", "notes", "loop"}
        project = hello.text("project")
        daemon.wait("ready")
        assert not daemon.all("have")
        user = User(daw, tmp_path)

        # while it records: in the past, at one place, with odd names
        player = Player(server, sound)
        daw.connect("player:out", "Capture/audio_in 1")
        daw.arm(AUDIO)
        daw.record()
        player.play()
        eventually("two seconds", lambda: daw.position() > 2 * RATE)
        user.does(("mark", "mine", 24000))
        done = daemon.batch(
            putting(marker("a", 0.5, "verse")),  # where the user has a marker
            putting(marker("b", 0.500001, "key of C#")),
            putting(marker("c", 1.25, "Größe\t音 🎸\n#1")),
            putting(marker("d", 1.75, "")),
            putting(region("e", 0.25, 1.75, "riff 1")),
            putting(region("f", 0.25, 0.25, "short")),
        )
        assert not done.text("failed"), done
        many = [putting(marker(f"m{n}", 0.01 * n, f"m {n}")) for n in range(200)]
        began = time.monotonic()
        assert not daemon.batch(*many).text("failed")
        print(f"200 markers while recording: {time.monotonic() - began:.2f} s")
        daemon.batch(*[message("drop", id=f"m{n}") for n in range(200)])
        assert player.done.wait(20)
        time.sleep(0.3)
        daw.stop()
        recorded = daemon.wait("recorded")
        player.close()
        daw.save()
        session = SavedSession(daw.file)
        names = [(place.start, place.name) for place in session.markers()]
        assert names == [
            (24000, "key of C#"), (24000, "mine"), (24000, "verse"),
            (60000, "Größe 音 🎸 #1"), (84000, "section"),
        ]  # fmt: skip
        ranges = [(place.start, place.end, place.name) for place in session.ranges()]
        assert ranges == [(12000, 84000, "riff 1"), (12000, 12001, "short")]
        assert not daemon.all("edit") and not daemon.all("gone")

        # the recording, and the clock against it
        (part,) = session.regions(AUDIO)
        assert Path(recorded.text("path")) == part.file
        assert round(float(recorded.text("at")) * RATE) == part.at
        assert round(float(recorded.text("length")) * RATE) == part.length
        # As we hear it ourselves: a block is there, to its end, when its cycle begins.
        heard_at = player.begin_at + (at - PERIOD) / RATE
        off = clock_error(daemon.all("clock"), heard_at, clicks_of(session, AUDIO))
        print(f"clock against the recorded clicks: {off.min():.1f} to {off.max():.1f} samples")
        assert np.abs(off).max() < PERIOD / 4

        # the user's hand
        user.does(
            ("rename", "verse", "strophe"), ("move", "key of C#", 30000), ("delete", "section")
        )
        edits = [daemon.wait("edit", lambda told, id=id: told.text("id") == id) for id in "ab"]
        assert [told.text("name") for told in edits] == ["strophe", "key of C#"]
        assert [told.text("was_name") for told in edits] == ["verse", "key of C#"]
        assert round(float(edits[1].text("at")) * RATE) == 30000
        assert daemon.wait("gone").text("id") == "d"
        assert not [told for told in daemon.all("edit") if told.text("id") not in "ab"]

        # while Ardour would ask for names: another state of a fact, one that Ardour has nothing
        # for, what is not ours any more
        user.does(("ask_names", ""))
        kinds = daemon.batch(
            putting(marker("h", 1.75, "unasked")),
            putting(marker("c", 1.5, "bridge"), "2"),
            putting(region("e", 0.5, 1.0, "riff 2"), "2"),
            putting(Fact("g", "tempo", "tempo", 0.0, bpm=100.0)),
            message("drop", id="f"),
            message("forget", id="a"),
        )
        assert kinds.text("failed") == "g" and kinds.text("why")

        # notes and sound on tracks
        notes = tuple(Note(0.125 * n, 0.1, 36 + n, 100 - n) for n in range(16))
        soundfile.write(tmp_path / "riff.wav", np.full(RATE, 0.25), RATE, "PCM_24")
        loop = Fact(
            "l",
            "loop",
            "loop",
            3.0,
            "riff",
            3.5,
            track="riffs",
            path=str(tmp_path / "riff.wav"),
            offset=0.25,
        )
        parts = [
            putting(
                Fact("n", "notes", "drums", 1.0, "drums", 3.0, track="dawbridge drums", notes=notes)
            ),
            putting(
                Fact(
                    "o",
                    "notes",
                    "drums",
                    4.0,
                    "more",
                    5.0,
                    track="dawbridge drums",
                    notes=notes[:2],
                )
            ),
            putting(loop),
        ]
        done = daemon.batch(*parts)
        assert not done.text("failed"), done
        # once more, as after a crash of the daemon: a replay that the store already knows
        again = daemon.batch(putting(loop, "2"))
        assert not again.text("failed"), again
        daw.save()
        session = SavedSession(daw.file)
        assert [place.name for place in session.markers()] == [
            "mine",
            "strophe",
            "key of C#",
            "bridge",
            "unasked",
        ]
        assert [(r.start, r.end, r.name) for r in session.ranges()] == [(24000, 48000, "riff 2")]
        drums = session.notes("dawbridge drums")
        late = [each.at - (RATE + 6000 * n) for n, each in enumerate(drums[:16])]
        print(f"imported notes late: {min(late):.1f} to {max(late):.1f} samples")
        assert max(map(abs, late)) <= TICK
        assert [(each.pitch, each.velocity, each.channel) for each in drums[:16]] == [
            (36 + n, 100 - n, 9) for n in range(16)
        ]
        assert len(drums) == 18 and abs(drums[16].at - 4 * RATE) <= TICK
        riffs = session.regions("riffs")
        assert [(each.at, each.length, each.offset) for each in riffs] == [(3 * RATE, 24000, 12000)]
        assert set(session.tracks()) == {AUDIO, "Notes", "dawbridge drums", "riffs"}
        assert not list(daw.session.glob("*.mid")) + list(daw.session.glob("*.wav"))
        # after the last save: what is not in the session is not known when it is opened again
        assert not daemon.batch(putting(marker("z", 2.0, "unsaved"))).text("failed")
        daw.kill()

        # the session once more
        daw.start()
        assert daemon.wait("hello").text("project") == project
        daemon.wait("ready")
        have = {told.text("id"): told for told in daemon.all("have")}
        assert set(have) == set("bcdehlno")
        assert [id for id, told in have.items() if told.flag("gone")] == ["d"]
        assert (have["b"].text("at"), have["b"].text("was_at")) == ("0.625", "0.5")
        assert have["c"].text("rev") == "2"
        assert not daemon.batch(putting(marker("z", 2.0, "unsaved"))).text("failed")
        daw.save()
        session = SavedSession(daw.file)
        assert [place.name for place in session.markers()] == [
            "mine", "strophe", "key of C#", "bridge", "unasked", "unsaved",
        ]  # fmt: skip

        # half a batch: nothing of it is put, and all is told anew
        told = len(daemon.all("ready"))
        daemon.say(message("batch", batch="900", count=2, title="torn"))
        daemon.say(putting(marker("half", 2.5, "half")))
        daemon.say(message("state", state="listening", text="listening"))
        assert daemon.wait("project").text("project") == project
        eventually("all anew", lambda: len(daemon.all("ready")) > told, 20)
        assert not daemon.batch(message("drop", id="z")).text("failed")

        # a snapshot with which the user goes on is a copy
        user.does(("snapshot", "take 2"))
        hello = daemon.wait("hello", lambda told: told.text("project") != project)
        assert hello.text("from") == project and hello.text("title") == "song, take 2"
        daemon.wait("ready")
        assert {told.text("id") for told in daemon.all("have")} == set("bcdehlno")
        assert not [told for told in daemon.all("have") if told.text("id") == "half"]

        # the windows of the other actions
        daw.action("LuaAction/script-3")
        daw.press("dawbridge settings", "alt+o")
        told = daw.home / ".config" / "ardour7" / "dawbridge.settings"
        eventually("settings", told.exists, 20)
        daemon.wait("ready")  # they are told by a new conversation
        daw.action("LuaAction/script-4")
        daw.press("^dawbridge$", "alt+y")
        asked = daemon.wait("ask")
        assert asked.text("what") == "remove"
        daemon.say(message("result", job=asked.text("job"), ok=True, text="done"))
        daw.press("^dawbridge$", "alt+c")  # it says so
        eventually("it goes", lambda: not daw.windows("dawbridge"), 20)
        daw.action("LuaAction/script-5")
        asked = daemon.wait("ask", lambda told: told.text("what") == "restore")
        daemon.say(message("result", job=asked.text("job"), ok=True, text="done"))
        daw.press("^dawbridge$", "alt+c")
        eventually("it goes", lambda: not daw.windows("dawbridge"), 20)

        # an action that is cancelled, and one without anybody who answers
        user.does(("select", AUDIO))
        daw.action("LuaAction/script-2")
        asked = daemon.wait("ask", lambda told: told.text("what") == "analyze")
        assert Path(asked.text("path")) == part.file
        assert (asked.text("track"), asked.text("title")) == (AUDIO, part.name)
        assert asked.text("want") == "sections,riffs,chords,key"
        assert (
            asked.text("map")
            == f"0.000000000,0.000000000;{part.length / RATE:.9f},{part.length / RATE:.9f}"
        )
        daemon.say(message("progress", job=asked.text("job"), share=0.5, text="half"))
        daw.press(f"dawbridge: {part.name}", "alt+c")
        cancelled = daemon.wait("ask", lambda told: told.text("what") == "cancel")
        assert cancelled.text("job") == asked.text("job")
        daemon.say(message("result", job=asked.text("job"), ok=False, text="cancelled"))
        eventually("it goes", lambda: not daw.windows("dawbridge"), 20)
        daemon.close()
        eventually("its end is seen", lambda: daemon.said_bye(), 20)
        daw.action("LuaAction/script-2")
        daw.press("^dawbridge$", "alt+y")
        eventually("it starts dawbridge", (tmp_path / "started it's").exists, 20)
        daw.press(f"dawbridge: {part.name}", "alt+c")
        eventually("it goes", lambda: not daw.windows("dawbridge"), 20)
        assert daw.quit() == 0


LATENCY = 0.1  # seconds that our MIDI notes come after they are known: three blocks and more
ROUNDING = 32  # samples: Ardour resamples sound by 16, not MIDI, whose ticks are 12
HEARD_MIDI = "dawbridge MIDI"  # the track that the action makes


def facts_of(journal: Path) -> dict[str, dict[str, Any]]:
    """What a journal's file holds, read without our own code."""
    facts: dict[str, dict[str, Any]] = {}
    for line in journal.read_text("utf-8").splitlines():
        told = json.loads(line)
        if "put" in told:
            facts[told["put"]["id"]] = told["put"]
        facts.pop(told.get("drop", ""), None)
    return facts


def journals(folder: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """Facts of each project, by its name."""
    found = {}
    for path in (folder / "journals").glob("*.jsonl"):
        if lines := path.read_text("utf-8").splitlines():
            found[json.loads(lines[0])["project"]] = facts_of(path)
    return found


def test_a_song_recorded_from_jack_has_every_mark_and_drum_of_the_journal(tmp_path: Path) -> None:
    samples, rate = read_whole(SONG)
    sound = samples[8 * rate : 48 * rate].mean(axis=1).astype(np.float32)
    folder = tmp_path / "run" / "data" / "dawbridge" / "daw"
    scripts = {
        name: composed(SCRIPTS / f"{name}.lua", tmp_path, folder)
        for name in (
            "dawbridge", "dawbridge_drum_track", "dawbridge_analyze", "dawbridge_drums",
            "dawbridge_region_drums",
        )
    }  # fmt: skip
    actions = {
        1: composed(Path(__file__).parent / "ardour_user.lua", tmp_path, tmp_path),
        2: scripts["dawbridge_drum_track"],
        3: scripts["dawbridge_analyze"],
        4: scripts["dawbridge_drums"],
        5: scripts["dawbridge_region_drums"],
    }
    with (
        jack_dummy(rate, PERIOD) as server,
        ardour(
            server, tmp_path, rate=rate, hooks={scripts["dawbridge"]: HOOK}, actions=actions
        ) as daw,
    ):
        player, user = Player(server, sound), User(daw, tmp_path)
        arguments = (
            "--input", "jack", "--set", 'source.connect=["player:out"]',
            "--set", f"midi.latency={LATENCY}",
        )  # fmt: skip
        with Run(tmp_path / "run", server.env, *arguments) as run:
            run.wait_for_state("listening")
            noted = daw.session / "dawbridge.song.store"
            eventually("an id", lambda: noted.exists() and noted.read_bytes(), 20)
            (project,) = [
                told.text("id")
                for told in Lines().push(noted.read_bytes())
                if told.verb == "project"
            ]
            eventually("a welcome", lambda: list(folder.glob("ardour-*/down.000001")), 20)
            for _ in range(2):  # once more makes no second track
                daw.action("LuaAction/script-2")
                eventually("the drum track", lambda: HEARD_MIDI in daw.armed(), 20)
            daw.connect("player:out", f"{AUDIO}/audio_in 1")
            daw.arm(AUDIO, HEARD_MIDI)
            daw.record()
            player.play()
            assert player.done.wait(60)
            time.sleep(1.5)
            eventually("riffs while it records", lambda: "role=riff" in store_of(daw), 60)
            daw.stop()
            player.close()
            time.sleep(LATE + 2.0)  # so long trackers may still decide about what was recorded
            eventually("all is kept", lambda: kept_until(folder, project) > 37.0, 30)
            hits = run.events("drum")

            # the live marks: each once, and nothing else
            eventually("the file's riffs", lambda: answered(folder, "riffs"), 90)
            eventually("nothing more to put", lambda: settled(daw, folder, project), 30)
            live = check_marks(daw, folder, project)
            assert len([fact for fact in live if fact["role"] == "section"]) >= 4, "a whole song"
            assert not [fact for fact in live if fact["role"] == "chord"], "nobody asked for them"

            # an action on the recorded region, and once more for the drums
            user.does(("select", AUDIO))
            daw.action("LuaAction/script-3")
            eventually("the analysis", lambda: "group=item:" in store_of(daw), 90)
            eventually("its window goes", lambda: not daw.windows("dawbridge"), 20)
            daw.action("LuaAction/script-5")
            eventually("the drums", lambda: notes_kept(daw) == 1, 90)
            eventually("its window goes", lambda: not daw.windows("dawbridge"), 20)
            daw.action("LuaAction/script-4")
            eventually("a second part", lambda: notes_kept(daw) == 2, 20)
            eventually("its window goes", lambda: not daw.windows("dawbridge"), 20)
            daw.save()
            session = SavedSession(daw.file)
            assert not [name for name in session.tracks() if name.startswith(f"{HEARD_MIDI} ")]
            facts = journals(folder)
            assert run.stop() == 0

        # those of the analysis, too
        ours = check_marks(daw, folder, project)
        brought = {fact["role"] for fact in ours if fact.get("group", "").startswith("item:")}
        assert brought == {"section", "riff", "chord", "key"}

        # its drum notes, imported and recorded
        heard = drums_of(facts, project)
        asked = [fact for fact in facts[project].values() if fact["kind"] == "notes"]
        assert len(asked) == 2, "from the file, and as they were heard"
        for fact in asked:
            laid = notes_of(session, fact["track"])
            late = pairing(absolute(fact), laid)
            print(f"{len(laid)} notes on {fact['track']}: {np.abs(late).max() * rate:.1f} samples")
            assert np.abs(late).max() <= 2 * TICK / RATE
        due = float(np.median([event["decided"] - event["at"] for event in hits])) + LATENCY
        wanted = [(at + due, pitch) for each in heard for at, pitch in absolute(each) if at > due]
        first, last = min(wanted)[0] - 0.05, max(wanted)[0] + 0.05
        recorded = [note for note in notes_of(session, HEARD_MIDI) if first < note[0] < last]
        late = pairing(wanted, recorded, spare=5) * rate
        print(f"{len(recorded)} recorded notes: {late.min():.0f} to {late.max():.0f} samples late")
        assert np.abs(late).max() <= ROUNDING

        # what is known of the recording as a MIDI file, taken in by Ardour
        made = tmp_path / "take.mid"
        export(tmp_path / "run", session.regions(AUDIO)[0].file.stem, made)
        user.does(("import", made))
        daw.save()
        session = SavedSession(daw.file)
        assert daw.quit() == 0
    song = mido.MidiFile(made)
    tempos = [60e6 / each.tempo for each in song.tracks[0] if each.type == "set_tempo"]
    assert [tempo for _, _, tempo in session.tempos] == pytest.approx(tempos, rel=1e-4)
    (drums,) = [name for name in session.tracks() if "Drums" in name]
    late = pairing(absolute_of(song, "Drums"), notes_of(session, drums))
    print(f"{len(late)} notes of the MIDI file: at most {np.abs(late).max() * 1000:.3f} ms off")
    assert len(late) > 100 and np.abs(late).max() < 0.001
    # Its markers are not taken: Ardour 7.3 reads none from a file of several tracks.
    print(f"started again: {daw.lost}")


def store_of(daw: Ardour) -> str:
    """What our script has noted beside the session."""
    return (daw.session / "dawbridge.song.store").read_text("utf-8")


def answered(folder: Path, job: str) -> bool:
    """Whether the daemon has said that a job is done, and all of it put."""
    said = (path.read_bytes() for path in folder.glob("ardour-*/down.*"))
    return any(f"\tjob={job}\t".encode() in each for each in said if b"result\t" in each)


def check_marks(daw: Ardour, folder: Path, project: str) -> list[dict[str, Any]]:
    """Each mark of the journal stands once in the saved session, and nothing else does."""
    session = SavedSession(daw.file)
    facts = journals(folder)[project].values()
    ours = [fact for fact in facts if fact["kind"] in ("marker", "region", "text")]
    off = [mark_error(session, fact) for fact in ours]
    print(f"{len(off)} marks, at most {max(off) * 1000:.3f} ms off")
    assert max(off) <= 0.001
    assert len(session.ranges()) + len(session.markers()) == len(ours)
    return ours


def settled(daw: Ardour, folder: Path, project: str) -> bool:
    """Whether the session that is saved now has each mark where the journal has it."""
    daw.save()
    session = SavedSession(daw.file)
    facts = journals(folder)[project].values()
    ours = [fact for fact in facts if fact["kind"] in ("marker", "region", "text")]
    return all(mark_error(session, fact) <= 0.001 for fact in ours)


def notes_kept(daw: Ardour) -> int:
    """MIDI regions that our store knows."""
    return store_of(daw).count("kind=notes")


def mark_error(session: SavedSession, fact: dict[str, Any]) -> float:
    """Seconds between a fact and the nearest mark of its name."""
    at = fact["at"]
    places = session.ranges() if fact["kind"] == "region" else session.markers()
    end = fact["end"] if fact["kind"] == "region" else at
    off = (
        max(abs(place.start / session.rate - at), abs(place.end / session.rate - end))
        for place in places
        if place.name == fact["name"]
    )
    return min(off, default=float("inf"))


def absolute(fact: dict[str, Any]) -> list[tuple[float, int]]:
    """Seconds and pitch of a fact's notes."""
    return [(max(fact["at"] + note[0], 0.0), note[2]) for note in fact["notes"]]


def notes_of(session: SavedSession, track: str) -> list[tuple[float, int]]:
    return [(note.at / session.rate, note.pitch) for note in session.notes(track)]


def absolute_of(song: mido.MidiFile, track: str) -> list[tuple[float, int]]:
    """Seconds and pitch of the notes of one track."""
    (chosen,) = [each for each in song.tracks if each.name == track]
    one = mido.MidiFile(ticks_per_beat=song.ticks_per_beat, tracks=[song.tracks[0], chosen])
    found, now = [], 0.0
    for each in one:
        now += each.time
        if each.type == "note_on" and each.velocity:
            found.append((now, each.note))
    return found


def pairing(
    wanted: list[tuple[float, int]], laid: list[tuple[float, int]], spare: int = 0
) -> np.ndarray:
    """Seconds by which each wanted note lies late, one to one; `spare` more may lie there."""
    late = []
    assert len(laid) <= len(wanted) + spare, f"{len(laid)} for {len(wanted)}"
    for pitch in {each for _, each in wanted}:
        theirs = [at for at, each in laid if each == pitch]
        for at in sorted(at for at, each in wanted if each == pitch):
            assert theirs, f"no more notes of pitch {pitch}, {at:.3f} s"
            nearest = min(theirs, key=lambda other: abs(other - at))
            theirs.remove(nearest)
            late.append(nearest - at)
    return np.array(late)


def export(home: Path, name: str, path: Path) -> None:
    """`dawbridge export NAME --as midi`, as the user whose run it was."""
    homes = {"XDG_DATA_HOME": str(home / "data"), "XDG_CONFIG_HOME": str(home / "config")}
    done = subprocess.run(
        [sys.executable, "-m", "bridge", "export", name, "--as", "midi", "-o", str(path)],
        env=os.environ | homes, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def kept_until(folder: Path, project: str) -> float:
    """Seconds of the session up to which drums are kept."""
    return max((fact["end"] for fact in drums_of(journals(folder), project)), default=0.0)


def drums_of(facts: dict[str, dict[str, dict[str, Any]]], project: str) -> list[dict[str, Any]]:
    """Facts with notes that were heard in a project."""
    heard = facts.get(f"{project} heard", {})
    return [fact for fact in heard.values() if fact["kind"] == "notes"]
