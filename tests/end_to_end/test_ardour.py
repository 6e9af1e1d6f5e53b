"""Our scripts in a real Ardour 7: what they put, what they tell, what they leave alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from bridge.daw.facts import Fact, Note, put
from bridge.daw.links import Link
from bridge.daw.spool import Spool
from bridge.daw.wire import Message, message
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
from tests.end_to_end.servers import jack_dummy

pytestmark = pytest.mark.end_to_end

RATE = 48000
PERIOD = 1024
TICK = 60 / 120 * RATE / 1920  # samples: Ardour's own grid, at its usual tempo
HOOK = ("LuaTimerDS", "StateSaved", "LocationsModified", "RecordStateChanged")


class Peer:
    """The daemon's side of the spool folder, by hand."""

    def __init__(self, folder: Path) -> None:
        self.heard: list[tuple[float, Message]] = []  # when it came, what
        self.link: Link | None = None
        self._spool = Spool(folder, "daemon-of-a-test", "0")
        self._batches = 0
        self._goes = True
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._work)
        self._thread.start()

    def close(self) -> None:
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
    sound, at = clicks(6.0)
    with (
        jack_dummy(RATE, PERIOD) as server,
        peer(folder) as daemon,
        ardour(server, tmp_path, hooks={hook: HOOK}, actions={1: user_script}) as daw,
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

        # another state of a fact; one that Ardour cannot; what is not ours any more
        kinds = daemon.batch(
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
        print("log", [line for line in daw.log().splitlines() if "dawbridge" in line][-5:])
        # after the last save: what is not in the session is not known when it is opened again
        assert not daemon.batch(putting(marker("z", 2.0, "unsaved"))).text("failed")
        daw.kill()

        # the session once more
        daw.start()
        assert daemon.wait("hello").text("project") == project
        daemon.wait("ready")
        have = {told.text("id"): told for told in daemon.all("have")}
        assert set(have) == set("bcdelno")
        assert [id for id, told in have.items() if told.flag("gone")] == ["d"]
        assert (have["b"].text("at"), have["b"].text("was_at")) == ("0.625", "0.5")
        assert have["c"].text("rev") == "2"
        assert not daemon.batch(putting(marker("z", 2.0, "unsaved"))).text("failed")
        daw.save()
        session = SavedSession(daw.file)
        assert [place.name for place in session.markers()] == [
            "mine", "strophe", "key of C#", "bridge", "unsaved",
        ]  # fmt: skip
        assert daw.quit() == 0
        daemon.wait("bye")
