"""The remote script and the real daemon, over real TCP: a simulated Live plays what is heard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.clocks import SECOND
from bridge.daw.exact import Matcher
from bridge.daw.facts import Fact, Note
from bridge.daw.hub import Hub
from bridge.daw.riffs.finder import RiffFinder
from bridge.daw.tcp import Port
from bridge.events import Section, State, to_json
from bridge.settings import Settings
from tests.daw_scripts.live.play import Play


class Daemon:
    """The hub behind its port, on the clock of the simulated Live."""

    def __init__(self, play: Play, run: str = "run-1") -> None:
        self.play = play
        self.said: list[dict] = []
        settings = Settings.model_validate(
            {"library": {"folder": str(play.folder / "library")}, "daw": {"riffs": False}}
        )
        self.port = Port(play.folder, f"token-{run}", "0.1", lambda: play.world.now)
        self.hub = Hub(
            settings, play.folder, [self.port], run=run, version="0.1",
            notes={"kick": 36, "snare": 38}, say=self.said.append,
            matcher=Matcher(play.folder / "tapes", None, print),
            riffs=RiffFinder(None),
        )  # fmt: skip

    @property
    def stream(self) -> float:
        """Seconds of the stream."""
        return self.play.world.now - 100.0

    def pump(self) -> None:
        ns = round(self.play.world.now * SECOND)
        self.hub.hear({"clock": {"stream": self.stream, "host_ns": ns}})
        self.hub.step(ns)

    def hear(self, event: object) -> None:
        self.hub.hear(to_json(event))

    def section(self, name: str, at: float, number: int) -> None:
        told = Section(at=at, decided=self.stream, name=name, number=number, confidence=0.9)
        self.hear(told)

    def state(self, state: str) -> None:
        self.hear(State(at=self.stream, decided=self.stream, state=state, reason=""))

    @property
    def conversation(self):
        return self.hub._desks[-1].conversation

    @property
    def journal(self):
        return self.conversation.journal

    def close(self) -> None:
        self.hub.close()


class Real(Play):
    """A Live whose daemon is the real one."""

    def new_daemon(self) -> Daemon:
        return Daemon(self)

    def connect(self) -> Real:
        self.until(lambda: self.daemon.hub.busy and self.daemon.conversation.ready)
        return self

    def record(self, seconds: float, **values) -> float:
        """Rolls; gives the stream seconds at which it began."""
        begun = self.daemon.stream
        self.world.song.values.update({"is_playing": True, "record_mode": True, **values})
        self.run(seconds)
        return begun

    def stop(self) -> None:
        self.world.song.values.update(is_playing=False, record_mode=False)
        self.run(12.0)


@pytest.fixture
def live(tmp_path: Path, request) -> Iterator[Real]:
    play = Real(tmp_path, getattr(request, "param", "12.3.6"))
    yield play.connect()
    play.daemon.close()


def song(live: Real) -> None:
    """Thirty seconds at 120 BPM from beat 16 on: verse, from the 15th second chorus."""
    live.world.song.__dict__["pos"] = 16.0
    live.daemon.state("listening")
    begun = live.record(0.5)
    live.daemon.section("verse", begun - 3.0, 1)
    live.run(19.5)
    live.daemon.section("chorus", begun + 15.0, 2)
    live.run(10.0)
    live.stop()


@pytest.mark.parametrize("live", ["11.3.43", "12.3.6"], indirect=True)
def test_sections_stand_where_they_were_recorded(live: Real) -> None:
    song(live)
    if live.world.version >= (12, 1):
        found = live.cues()
    else:
        found = [(at, name) for at, _, name in live.clips("dawbridge sections")]
    assert [name for _, name in found] == ["verse", "chorus"]
    assert found[0][0] == pytest.approx(16.0, abs=0.1)
    assert found[1][0] == pytest.approx(16.0 + 30.0, abs=0.02)  # 10 ms
    live.fine()


def test_recorded_again_with_the_user_s_edits_kept(live: Real) -> None:
    song(live)
    (chorus,) = [cue for cue in live.world.song.cues if cue.values["name"] == "chorus"]
    chorus.values["name"] = "REFRAIN"
    live.run(3.0)
    song(live)
    assert [name for _, name in live.cues()] == ["verse", "REFRAIN"]
    (verse,) = [cue for cue in live.world.song.cues if cue.values["name"] == "verse"]
    live.world.song.remove_cue(verse)
    live.run(4.0)
    live.restart()
    live.run(5.0)
    assert [name for _, name in live.cues()] == ["REFRAIN"], "deleted stays deleted"
    live.script.receive_midi((0xBF, 27, 127))  # remove everything
    live.run(5.0)
    assert live.cues() == []
    live.fine()


def test_a_restarted_daemon_puts_nothing_twice(live: Real) -> None:
    song(live)
    before = live.cues()
    steps = len(live.world.steps)
    live.daemon.close()
    live.daemon = Daemon(live, "run-2")
    live.run(20.0)
    assert live.daemon.hub.busy
    assert live.cues() == before
    assert len(live.world.steps) == steps
    live.fine()


def test_a_set_closed_without_saving_gets_everything_again(live: Real) -> None:
    live.run(2.0)
    kept = dict(live.world.song.kept)
    song(live)
    before = live.cues()
    live.script.disconnect()
    live.world.scripts.clear()
    live.run(2.0)
    live.world.song.cues.clear()
    live.world.song.__dict__["kept"] = kept
    live.script = live.new_script()
    live.run(20.0)
    assert live.cues() == before
    live.fine()


@pytest.mark.parametrize("live", ["11.3.20", "12.1.11", "12.3.6"], indirect=True)
def test_an_analysis_stands_in_the_set_and_goes_again(live: Real) -> None:
    loop = live.folder / "loop.wav"
    loop.write_bytes(b"RIFF")
    live.world.files[str(loop)] = 10.0
    group = "item:arranged-1"
    facts = [
        Fact(f"section-{n}", "region", "section", 8.0 * n, f"verse A{n}", 8.0 * n + 8, group)
        for n in range(20)
    ]
    facts += [
        Fact(f"chord-{n}", "text", "chord", 2.0 * n, "F#m", 2.0 * n + 2, group, track="Gtr chords")
        for n in range(80)
    ]
    facts += [
        Fact("drums-1", "notes", "drums", 0.0, "drums", 160.0, group, track="dawbridge drums",
             notes=tuple(Note(n / 4, 0.2, 36, 100) for n in range(600))),
        Fact("loop-1", "loop", "loop", 0.0, "riff A", 8.0, group, path=str(loop), tempo=100.0,
             beats=8.0, track="riff A"),
    ]  # fmt: skip
    live.daemon.journal.put(*facts)
    live.run(15.0)
    assert len(live.clips("dawbridge Gtr chords")) == 80
    assert len(live.track("dawbridge drums").clips[0].notes) == 600
    named = live.world.version >= (12, 1)
    assert len(live.cues() if named else live.clips("dawbridge sections")) == 20
    takes_loops = "dawbridge loops" in live.tracks()
    assert takes_loops == (live.world.version not in ((11, 3, 20), (12, 0, 0)))
    assert live.daemon.conversation.failed == {}
    before = [live.clips(name) for name in live.tracks()], live.cues()
    live.restart()
    live.run(10.0)
    assert ([live.clips(name) for name in live.tracks()], live.cues()) == before
    live.script.receive_midi((0xBF, 27, 127))
    live.run(20.0)
    assert live.cues() == []
    assert all(live.clips(name) == [] for name in live.tracks())
    live.fine()


def test_loops_asked_for_go_into_the_slots_that_were_told_deleted_ones_too(live: Real) -> None:
    facts = []
    for number in range(2):
        path = live.folder / f"riff {number}.wav"
        path.write_bytes(b"RIFF")
        live.world.files[str(path)] = 4.0
        facts.append(
            Fact(f"loop-{number}", "loop", "loop", 0.0, f"riff {number}", 8.0, "clips:1",
                 path=str(path), tempo=120.0, beats=8.0)
        )  # fmt: skip
    (desk,) = live.daemon.hub._desks

    def ask(slot: int | None) -> None:  # as the hub does once the loops are written
        desk.put_group("clips:1", {"loop"}, facts)
        desk.show_clips(facts, slot)
        live.run(5.0)

    def slots() -> dict[int, str]:
        held = live.track("dawbridge loops").slots
        return {n: each.clip.name for n, each in enumerate(held) if each.has_clip}

    ask(None)
    assert slots() == {0: "riff 0", 1: "riff 1"}, "the first that are free"
    ask(2)
    assert slots() == {2: "riff 0", 3: "riff 1"}
    live.track("dawbridge loops").slots[2].delete_clip()
    live.run(2.0)
    assert desk.conversation.held["loop-0"].gone
    ask(0)
    assert slots() == {0: "riff 0", 1: "riff 1"}
    ask(900)  # there is no such slot: they stay where they are
    assert slots() == {0: "riff 0", 1: "riff 1"}
    live.fine()


def test_a_second_script_in_the_same_live_is_refused_in_words(live: Real) -> None:
    second = live.new_script()
    live.run(3.0)
    assert any("connected to dawbridge already" in each for each in live.world.shown)
    song(live)
    assert len(live.cues()) == 2
    second.disconnect()
    live.fine()


def test_two_scripts_that_live_starts_at_once_are_one_project(live: Real) -> None:
    live.script.disconnect()
    live.world.scripts.clear()
    live.world.song.kept.clear()
    live.run(2.0)
    for _ in range(2):
        live.new_script()
    live.run(8.0)
    song(live)
    assert len(live.cues()) == 2
    assert len({desk.project for desk in live.daemon.hub._desks} - {None}) == 1
    live.fine()


def test_states_are_shown_as_they_change(live: Real) -> None:
    for state in ("listening", "silent", "silent", "lost"):
        live.daemon.state(state)
        live.run(2.5)
    shown = [each for each in live.world.shown if "dawbridge:" in each]
    assert [each.removeprefix("dawbridge: dawbridge ") for each in shown[-3:]] == [
        "listens", "hears nothing", "has nothing to hear with",
    ]  # fmt: skip


def test_buttons_reach_the_trackers(live: Real) -> None:
    for number in (22, 23, 24, 25):
        live.script.receive_midi((0xBF, number, 127))
    live.run(1.0)
    assert [each["command"] for each in live.daemon.said if "command" in each] == [
        "tap", "double", "halve", "the_one",
    ]  # fmt: skip
