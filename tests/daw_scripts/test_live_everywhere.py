"""The remote script on every Live that it bears: one round of everything, and the same again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.daw_scripts.live.play import Play
from tests.daw_scripts.live.round import VERSIONS, facts, round_of_everything, standing


@pytest.mark.parametrize("version", VERSIONS)
def test_everything_told_stands_in_the_set_once(version: str, tmp_path: Path) -> None:
    round_of_everything(version, tmp_path)


def test_an_older_live_is_told_so_and_left_alone(tmp_path: Path) -> None:
    play = Play(tmp_path, "11.0.0")
    play.run(3.0)
    assert play.world.shown == [
        "dawbridge: needs Live 11.3 or later, and this is 11.0; "
        "update Live (within 11 it costs nothing)"
    ]
    assert play.daemon.heard == []
    assert play.tracks() == ["1-MIDI", "2-Audio"]
    play.script.build_midi_map(1)
    play.script.receive_midi((0xBF, 20, 127))
    play.script.disconnect()
    play.fine()


def test_live_itself_makes_the_script_through_create_instance(tmp_path: Path, monkeypatch) -> None:
    import sys

    play = Play(tmp_path)
    monkeypatch.setitem(sys.modules, "Live", play.world.live)
    script = play.dawbridge.create_instance(play.world.surface())
    assert play.dawbridge.get_capabilities() == {}
    for call in ("refresh_state", "can_lock_to_devices", "suggest_input_port", "update_display"):
        getattr(script, call)()
    script.connect_script_instances([script])
    assert script.suggest_map_mode(20, 15) == -1
    script.disconnect()
    play.fine()


def test_without_a_timer_live_s_own_tick_does_it(tmp_path: Path) -> None:
    play = Play(tmp_path)
    play.world.timers.clear()  # as Live stops one whose callback failed
    play.connect()
    play.put({"id": "a", "kind": "marker", "at": 4})
    assert [at for at, _ in play.cues()] == [4.0]


def test_a_thousand_marks_never_hold_live_up(tmp_path: Path) -> None:
    from tests.daw_scripts.live.world import World

    world = World("12.3.6", cost=2e-6)
    play = Play(tmp_path, world=world).connect()
    texts = [
        {"id": f"t{n}", "kind": "text", "role": "chord", "at": 2 * n, "end": 2 * n + 2, "name": "C"}
        for n in range(250)
    ]
    play.put(*texts)
    notes = ";".join(f"{n / 8:.6f},0.1,36,100,9" for n in range(3000))
    play.put({"id": "d", "kind": "notes", "role": "drums", "at": 0, "end": 375, "notes": notes})
    play.run(3.0)
    assert len(play.clips("dawbridge chords")) == 250
    assert len(play.track("dawbridge drums").clips[0].notes) == 3000
    assert world.longest < 0.035
    play.fine()


def test_hundreds_of_marks_are_watched_and_found_again_in_passing(tmp_path: Path) -> None:
    from tests.daw_scripts.live.world import World

    play = Play(tmp_path, world=World("12.3.6", cost=2e-6)).connect()
    for first in range(0, 400, 200):
        play.put(
            *[
                {"id": f"t{n}", "kind": "text", "role": "chord", "at": n, "end": n + 1, "name": "C"}
                for n in range(first, first + 200)
            ]
        )
    play.world.longest = 0.0
    play.run(1.0)
    assert play.world.longest < 0.005
    play.daemon.heard.clear()
    play.restart()
    play.connect()
    play.run(2.0)
    assert play.world.longest < 0.02
    assert len(play.daemon.told("have")) == 400
    track = play.track("dawbridge chords")
    for clip in list(track.clips):
        track.take_out(clip)
    play.world.longest = 0.0
    play.run(4.0)
    assert len(play.daemon.told("gone")) == 400
    assert play.world.longest < 0.005
    play.fine()


@pytest.mark.parametrize("version", ["11.3.43", "12.3.6"])
def test_a_set_that_lost_what_was_kept_in_it_gets_nothing_twice(
    version: str, tmp_path: Path
) -> None:
    loop = tmp_path / "loop.wav"
    loop.write_bytes(b"RIFF")
    play = Play(tmp_path, version).connect()
    play.world.files[str(loop)] = 8 * 60 / 101.0 + 1.0
    play.put(*facts(loop))
    before = standing(play)
    play.script.disconnect()
    play.world.song.kept.clear()
    play.daemon.heard.clear()
    play.restart()
    play.connect()
    assert play.daemon.told("have") == []
    done = play.put(*facts(loop))
    # A locator without a name is known by nothing: it stays, and is not put again either.
    assert done.get("failed", "") == ("s1" if version == "12.3.6" else "")
    assert standing(play) == before
    play.run(3.0)
    assert play.daemon.told("gone") == []
    play.fine()
