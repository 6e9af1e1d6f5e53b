"""The script and its daemon: found, lost, refused, torn, stalled; nothing doubled or hanging."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from bridge.daw.notices import FAILURE, read_notice, tell_failure
from bridge.errors import BridgeError
from tests.daw_scripts.live.daemon import Daemon
from tests.daw_scripts.live.play import Play

MARK = {"id": "a", "kind": "region", "role": "section", "at": 4, "end": 8, "name": "verse"}


@pytest.fixture
def play(tmp_path: Path) -> Play:
    return Play(tmp_path).connect()


def test_hello_says_what_this_live_is_and_can(tmp_path: Path) -> None:
    play = Play(tmp_path, "12.0.0", settings="roles = section, chord\nwhile = play",
                here={"version": "1.2.3"}).connect()  # fmt: skip
    hello = play.daemon.told("hello")[0]
    assert hello["project"]
    del hello["project"]
    assert hello == {
        "protocol": "1", "daw": "live", "version": "12.0.0", "script": "1.2.3", "token": "secret",
        "daemon": "secret", "title": "My Set", "unit": "beats", "roles": "section,chord",
        "can": "marker,region,text,notes,tempo", "while": "play",
    }  # fmt: skip


def test_the_usual_settings_are_those_of_every_daw(tmp_path: Path) -> None:
    hello = Play(tmp_path).connect().daemon.told("hello")[0]
    assert (hello["roles"], hello["while"]) == ("section,riff,key,tempo", "record")
    assert hello["script"] == "unknown", "an older installer told none"
    (tmp_path / "none").mkdir()
    none = Play(tmp_path / "none", settings="roles =").connect().daemon.told("hello")[0]
    assert none["roles"] == "", "no marks are wanted"


def test_the_clock_is_told_ten_times_a_second_while_it_rolls(play: Play) -> None:
    play.run(5.0)
    play.daemon.heard.clear()
    play.run(10.0)
    assert len(play.daemon.told("clock")) == pytest.approx(10, abs=1)
    play.world.song.values.update(is_playing=True, tempo=90.0)
    play.daemon.heard.clear()
    play.run(10.0)
    told = play.daemon.told("clock")
    assert len(told) == pytest.approx(100, abs=10)
    assert {(each["play"], each["record"], each["rate"]) for each in told} == {("1", "0", "1.5")}
    first, last = told[0], told[-1]
    beats = float(last["at"]) - float(first["at"])
    assert beats == pytest.approx(1.5 * (float(last["t"]) - float(first["t"])), abs=1e-6)
    play.world.song.values.update(record_mode=True)
    play.run(0.1)
    assert play.daemon.told("clock")[-1]["record"] == "1", "a change is told at once"


def test_without_a_daemon_it_says_so_once_and_goes_on_looking(tmp_path: Path) -> None:
    play = Play(tmp_path, daemon=False)
    play.run(20.0)
    assert play.world.shown == ["dawbridge: waiting for dawbridge"]
    play.daemon = play.new_daemon()
    play.until(lambda: play.daemon.told("ready"), 6.0)
    play.fine()


def test_a_daemon_that_goes_and_comes_back_finds_everything_as_it_was(play: Play) -> None:
    play.put(MARK)
    play.daemon.close()
    play.daemon = None
    play.run(12.0)
    assert play.world.shown[-1] == "dawbridge: dawbridge is gone; waiting for it"
    play.daemon = play.new_daemon()
    play.connect()
    assert [each["id"] for each in play.daemon.told("have")] == ["a"]
    play.put(MARK)
    assert play.cues() == [(4.0, "verse")]
    play.fine()


def test_a_daemon_that_hangs_is_left_and_a_stalled_live_is_not_its_fault(play: Play) -> None:
    play.daemon.beats = False
    play.world.now += 60.0  # Live showed a dialog for a minute
    play.run(5.0)
    assert len(play.daemon.told("hello")) == 1
    play.run(6.0)
    assert play.world.shown[-2:] != ["dawbridge: connected"]
    assert len(play.daemon.told("hello")) == 2


def test_lines_in_pieces_and_torn_lines_do_no_harm(play: Play) -> None:
    wire = play.dawbridge.wire
    whole = wire.encode("batch", batch=7, count=2, title="x") + b"put\tid=z\tkind=mar\n"
    whole += wire.encode("put", **MARK, rev="region-1")
    whole += wire.encode("put", **{**MARK, "id": "b", "at": 8, "end": 12}, rev="region-1")
    (link,) = play.daemon.links
    for index in range(0, len(whole), 5):
        play.daemon.raw(link, whole[index : index + 5])
        play.run(0.01)
    play.until(lambda: play.daemon.told("done"))
    assert [at for at, _ in play.cues()] == [4.0, 8.0]
    play.fine()


def test_a_connection_that_breaks_in_the_middle_of_a_batch_adds_nothing_twice(play: Play) -> None:
    marks = [{**MARK, "id": f"m{n}", "at": 4 * n, "rev": "region-1"} for n in range(30)]
    play.daemon.batch([("put", each) for each in marks])
    play.run(0.2)
    for link in play.daemon.links:
        link.close()
    play.daemon.links.clear()
    play.daemon.heard.clear()
    play.connect()
    play.put(*marks)
    assert [at for at, _ in play.cues()] == [4.0 * n for n in range(30)]
    play.fine()


def test_half_a_batch_is_not_applied(play: Play) -> None:
    wire = play.dawbridge.wire
    (link,) = play.daemon.links
    play.daemon.raw(
        link, wire.encode("batch", batch=1, count=2) + wire.encode("put", **MARK, rev="region-1")
    )
    play.run(1.0)
    link.close()
    play.daemon.links.clear()
    play.run(2.0)
    assert play.cues() == []


def test_a_batch_for_another_project_is_passed_over(play: Play) -> None:
    wire = play.dawbridge.wire
    (link,) = play.daemon.links
    play.daemon.raw(
        link,
        wire.encode("batch", batch=1, count=1, project="another")
        + wire.encode("put", **MARK, rev="region-1"),
    )
    play.run(2.0)
    assert play.cues() == []
    assert play.daemon.told("done") == []


def test_what_is_no_fact_is_said_and_the_rest_is_applied(play: Play) -> None:
    done = play.put(
        {"id": "x", "kind": "hologram", "at": 1},
        {"id": "y", "kind": "marker", "at": "nowhere"},
        {"id": "z", "kind": "notes", "at": 1, "notes": "1,2"},
        MARK,
    )
    assert done["failed"] == "x,y,z"
    assert play.cues() == [(4.0, "verse")]


def test_unknown_verbs_and_fields_are_passed_over(play: Play) -> None:
    play.daemon.say("sing", song="la")
    play.daemon.say("split", job="1", item="x", at="1,2")
    play.daemon.say("clip")
    play.put({**MARK, "scent": "roses"})
    assert play.cues() == [(4.0, "verse")]
    assert play.world.errors == []


class Refusing(Daemon):
    """The project is connected already."""

    def answer(self, link, values) -> None:
        self.raw(
            link,
            self.wire.encode(
                "refuse", why="This project is connected already", remedy="close the other"
            ),
        )


def test_a_refusal_is_shown_and_tried_again_later(tmp_path: Path) -> None:
    play = Play(tmp_path, daemon=False)
    play.daemon = Refusing(play.dawbridge.wire, tmp_path)
    play.run(10.0)
    assert play.world.shown == ["dawbridge: This project is connected already; close the other"]
    play.script.receive_midi((0xBF, 20, 127))
    play.run(0.1)
    assert play.world.shown[-1].startswith("dawbridge: not connected: This project")
    play.daemon.close()
    play.daemon = play.new_daemon()
    play.until(lambda: play.daemon.told("ready"), 20.0)
    play.fine()


def test_another_protocol_is_told_in_words(tmp_path: Path) -> None:
    play = Play(tmp_path, daemon=False)
    play.daemon = Daemon(play.dawbridge.wire, tmp_path, protocol=2)
    play.run(5.0)
    assert "different versions" in play.world.shown[-1]
    assert play.daemon.heard == []


def test_two_scripts_in_one_live_work_on_the_set_once(tmp_path: Path) -> None:
    class One(Daemon):
        def answer(self, link, values) -> None:
            if self.told("ready"):
                Refusing.answer(self, link, values)
            else:
                super().answer(link, values)

        def batch(self, lines, project=None):
            self.links = self.links[:1]
            return super().batch(lines)

    play = Play(tmp_path, daemon=False)
    play.daemon = One(play.dawbridge.wire, tmp_path)
    play.connect()
    second = play.new_script()
    play.run(3.0)
    assert "dawbridge: This project is connected already; close the other" in play.world.shown
    play.put(MARK)
    play.run(3.0)
    assert play.cues() == [(4.0, "verse")]
    second.disconnect()
    play.fine()


def test_two_lives_have_a_connection_each(tmp_path: Path) -> None:
    play = Play(tmp_path).connect()
    other = Play.__new__(Play)
    other.__dict__.update(play.__dict__)
    from tests.daw_scripts.live.world import World

    other.world = World("12.0.5")
    other.script = other.new_script()
    play.daemon.heard.clear()
    other.until(lambda: play.daemon.told("ready"))
    play.run(0.5)
    assert len(play.daemon.links) == 2
    assert len({each["project"] for each in play.daemon.told("hello")}) == 1
    play.fine()
    other.fine()


def test_disconnect_frees_everything_and_later_ticks_do_nothing(play: Play) -> None:
    timer = play.world.timers[0]
    play.script.disconnect()
    play.run(1.0)
    assert play.daemon.links == []
    assert not timer.on
    play.script.tick()
    play.script.update_display()
    play.script.disconnect()
    play.fine()


def test_an_error_in_a_tick_is_logged_once_and_the_timer_lives(play: Play) -> None:
    song = type(play.world.song)
    broken = song.get_cue_points
    song.get_cue_points = lambda self: 1 // 0
    try:
        play.daemon.batch([("put", {**MARK, "rev": "region-1"})])
        play.run(5.0)
    finally:
        song.get_cue_points = broken
    logged = [each for each in play.world.logged if "an error in" in each]
    assert len(logged) == 1
    assert play.world.errors == []
    assert play.daemon.told("done")[0]["failed"] == "a"
    play.put({**MARK, "rev": "region-2"})
    assert play.cues() == [(4.0, "verse")]


def test_a_press_without_a_daemon_starts_it_once_and_is_not_forgotten(tmp_path: Path) -> None:
    started = tmp_path / "started"
    code = f"import pathlib; p = pathlib.Path({str(started)!r}); p.open('a').write('x')"
    play = Play(tmp_path, daemon=False, here={"command": [sys.executable, "-c", code]})
    play.run(3.0)
    assert not started.exists(), "never without being asked"
    play.script.receive_midi((0xBF, 24, 127))
    play.script.receive_midi((0xBF, 24, 0))
    play.script.receive_midi((0xBF, 24, 127))
    play.run(0.5)
    assert "dawbridge: starting dawbridge; this takes a few seconds" in play.world.shown
    play.daemon = play.new_daemon()
    play.until(lambda: play.daemon.told("ask"))
    assert play.daemon.told("ask") == [{"what": "command", "name": "halve"}]
    deadline = 1000
    while not (started.exists() and started.read_text()) and deadline:
        play.run(0.1)
        deadline -= 1
        socket.create_connection(("127.0.0.1", play.daemon._listener.getsockname()[1])).close()
        play.daemon.pump()
    assert started.read_text() == "x"


def test_a_command_that_is_not_there_is_said(tmp_path: Path) -> None:
    play = Play(tmp_path, daemon=False, here={"command": [str(tmp_path / "nothing")]})
    play.script.receive_midi((0xBF, 20, 127))
    play.run(1.0)
    assert any("could not be started" in each for each in play.world.shown)
    play.fine()


def test_why_a_daemon_did_not_come_up_is_said_where_it_left_a_word(tmp_path: Path) -> None:
    tell_failure(tmp_path, BridgeError("old", cause="old", remedy="old"))
    here = {"command": [sys.executable, "-c", ""]}
    play = Play(tmp_path, daemon=False, here=here)
    play.script.receive_midi((0xBF, 20, 127))
    play.run(1)
    assert read_notice(tmp_path / FAILURE) is None  # what an earlier start left counts no more
    why = BridgeError("config.toml cannot be read", cause="line 3", remedy="mend it")
    tell_failure(tmp_path, why)
    play.run(60)
    assert any("did not start. config.toml cannot be read" in each for each in play.world.shown)


def test_here_json_that_is_missing_or_nonsense_is_no_crash(tmp_path: Path) -> None:
    play = Play(tmp_path, daemon=False)
    for text in ("", "[1]", "{", '{"folder": 3, "command": 4, "start": 1}'):
        (tmp_path / "here.json").write_text(text)
        (tmp_path / "port").write_bytes(b"rubbish\n")
        play.restart()
        play.run(2.0)
    play.fine()
