"""The DAW bridge as a whole: `dawbridge run`, the real folder, a script in Python."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from bridge.daw.analysed import WANTS
from bridge.demo import SONG
from tests.end_to_end.processes import eventually
from tests.end_to_end.run import Run, free_port
from tests.end_to_end.spool_script import SpoolScript

pytestmark = pytest.mark.end_to_end

TRUTH = json.loads(SONG.with_suffix(".json").read_text())
QUIET = ("--input", str(SONG), "-s", "source.loop=true", "-s", "midi.on=false")


def test_a_song_that_is_heard_leaves_its_marks_where_it_played(tmp_path: Path) -> None:
    with Run(tmp_path, os.environ, "--input", str(SONG), "-s", "midi.on=false") as run:
        script = SpoolScript(tmp_path / "data" / "dawbridge" / "daw")
        script.pump_for(2.0)
        script.roll(at=100.0)
        script.pump_for(13.0)
        first = script.daemon
        run.kill("daw")
        eventually("another daemon", lambda: script.presence() != first)
        again = SpoolScript(script.folder, script.project)
        again.goes_on(script)
        again.pump_for(22.0)
        again.stand()
        again.pump_for(11.0)
        heard = [section for section in run.events("section") if section["at"] > 5.0][:3]
        marks = again.of("section")[:4]
        assert [mark.name for mark in marks[1:]] == [
            section["name"].removesuffix("-like") for section in heard
        ]
        offsets = [mark.at - section["at"] for mark, section in zip(marks[1:], heard, strict=True)]
        assert max(offsets) - min(offsets) < 0.01
        for mark, after in pairwise(marks):
            assert mark.end == pytest.approx(after.at, abs=1e-6)
        assert {"daw": [{"daw": "reaper", "project": "Song", "state": "recording"}]} in run.said


def test_a_file_is_analysed_on_request_into_the_project_and_again_adds_nothing(
    tmp_path: Path,
) -> None:
    with Run(tmp_path, os.environ, *QUIET) as run:
        script = SpoolScript(tmp_path / "data" / "dawbridge" / "daw")
        ask = {
            "what": "analyze", "path": str(SONG), "item": "{1}", "map": "0,10;60,70",
            "want": ",".join(WANTS), "folder": str(tmp_path / "loops"),
        }  # fmt: skip
        script.say("ask", job="1", **ask)
        script.pump_until(lambda: script.answers("result"), 120.0)
        (result,) = script.answers("result")
        assert result.flag("ok"), result
        assert all(0 <= float(told.text("share")) <= 1 for told in script.answers("progress"))
        assert script.answers("progress")
        script.pump_for(3.0)
        roles = {thing.fields["role"] for thing in script.project.things.values()}
        assert roles == {"section", "riff", "chord", "key", "tempo", "drums", "loop"}
        assert all(10.0 <= thing.at <= 70.0 for thing in script.project.things.values())
        point = script.of("tempo")[0]
        assert float(point.fields["bpm"]) == pytest.approx(TRUTH["tempo"], rel=0.005)
        assert abs(point.at - 10.0 - TRUTH["downbeats"][0]) < 0.03
        for loop in script.of("loop"):
            about = soundfile.info(loop.fields["path"])
            beats = float(loop.fields["beats"])
            seconds = about.frames / about.samplerate
            assert beats * 60 / float(loop.fields["tempo"]) == pytest.approx(seconds, abs=1e-3)
        before = dict(script.project.things)
        batches = len(script.batches)
        script.say("ask", job="2", **ask)
        script.pump_until(lambda: len(script.answers("result")) == 2, 60.0)
        script.pump_for(2.0)
        assert (len(script.batches), script.project.things) == (batches, before)
        script.say("ask", job="3", what="splits", path=str(SONG), item="{1}", map="0,10;60,70")
        script.pump_until(lambda: len(script.answers("result")) == 3, 60.0)
        (split,) = script.answers("split")
        assert split.text("at").count(",") >= 2
        assert run.words() == ""


def test_what_cannot_be_analysed_is_answered_in_words_and_a_long_one_can_be_cancelled(
    tmp_path: Path,
) -> None:
    broken, long = tmp_path / "broken.wav", tmp_path / "long.wav"
    broken.write_bytes(b"RIFF no sound at all")
    sound, rate = soundfile.read(SONG)
    soundfile.write(long, np.concatenate([sound] * 20), rate)
    with Run(tmp_path, os.environ, *QUIET):
        script = SpoolScript(tmp_path / "data" / "dawbridge" / "daw")
        for job, path in (("1", broken), ("2", tmp_path / "gone.wav"), ("3", Path("half.wav"))):
            script.say(
                "ask", what="analyze", job=job, path=str(path), item="{1}", map="0,0;9,9",
                want="riffs",
            )  # fmt: skip
        script.pump_until(lambda: len(script.answers("result")) == 3, 30.0)
        assert not any(told.flag("ok") for told in script.answers("result"))
        assert all(told.text("text").count(".") >= 2 for told in script.answers("result"))
        script.say(
            "ask", what="analyze", job="4", path=str(long), item="{2}", map="0,0;900,900",
            want="riffs",
        )  # fmt: skip
        script.pump_until(lambda: script.answers("progress"), 60.0)
        script.say("ask", what="cancel", job="4")
        script.pump_until(lambda: len(script.answers("result")) == 4, 30.0)
        assert "cancelled" in script.answers("result")[-1].text("text")
        script.say("ask", what="ping", job="5")
        script.pump_until(lambda: len(script.answers("result")) == 5, 5.0)


def test_after_a_recording_the_marks_are_moved_to_the_sample(tmp_path: Path) -> None:
    sound, rate = soundfile.read(SONG, dtype="float32")
    with Run(tmp_path, os.environ, *QUIET, "-s", "daw.riffs=false") as run:
        script = SpoolScript(tmp_path / "data" / "dawbridge" / "daw")
        script.pump_for(1.5)
        script.roll(at=100.0)
        heard = run.events("level")[-1]["decided"]
        script.pump_for(17.0)
        script.stand()
        script.pump_for(1.0)
        # What the DAW recorded: the same sound, 70 ms later than its transport made believe.
        first = round((heard - 0.07) * rate)
        recorded = tmp_path / "Take 1.wav"
        soundfile.write(recorded, 0.5 * sound[first : first + 17 * rate], rate, "PCM_24")
        script.say(
            "recorded", path=str(recorded), item="{1}", at=100.0, offset=0.0, length=17.0, rate=1.0
        )
        script.pump_until(lambda: [line for line in run.said if "matched" in line], 40.0)
        script.pump_for(3.0)
        (section,) = [each for each in run.events("section") if 2.0 < each["at"] < 15.0]
        chorus = script.of("section")[1]
        assert chorus.at == pytest.approx(100.0 + section["at"] - first / rate, abs=1 / rate)
        for chord in [each for each in run.events("chord") if 4.0 < each["at"] < 15.0]:
            exact = 100.0 + chord["at"] - first / rate
            marks = [mark.at for mark in script.of("chord") if abs(mark.at - exact) < 0.5]
            if chord["label"] != "N":
                assert min(abs(mark - exact) for mark in marks) < 1 / rate


def test_in_the_background_it_stays_with_nothing_to_hear_and_says_why(tmp_path: Path) -> None:
    no_jack = ("--background", "--input", "jack:nobody", "-s", "midi.on=false")
    with Run(tmp_path, os.environ, *no_jack) as run:
        script = SpoolScript(tmp_path / "data" / "dawbridge" / "daw")
        script.pump_until(
            lambda: [told for told in script.answers("state") if told.text("state") == "lost"], 30.0
        )
        assert "JACK" in script.answers("state")[-1].text("text")
        script.say("ask", what="analyze", job="1", path=str(SONG), map="0,0;60,60", want="key")
        script.pump_until(lambda: script.answers("result"), 120.0)
        assert script.answers("result")[0].flag("ok")
        home = {"XDG_DATA_HOME": str(tmp_path / "data")}
        words = [sys.executable, "-m", "bridge", "stop"]
        subprocess.run(words, env=os.environ | home, check=True, timeout=60)
        assert run.wait() == 0
    log = (tmp_path / "data" / "dawbridge" / "background.log").read_text()
    assert "starts" in log
    assert "connected: reaper (Song)" in log
    assert "ends" in log


def test_clips_are_asked_for_from_the_terminal_and_come_back_when_deleted(tmp_path: Path) -> None:
    port = free_port(socket.SOCK_DGRAM)
    home = os.environ | {
        "XDG_DATA_HOME": str(tmp_path / "data"), "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }  # fmt: skip

    def dawbridge(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "bridge", *words]
        return subprocess.run(command, env=home, capture_output=True, text=True, timeout=120)

    nobody = dawbridge("clips", "-s", f"daw.osc_port={port}")
    assert (nobody.returncode, "No dawbridge answers" in nobody.stderr) == (1, True)
    assert dawbridge("analyze", str(SONG)).returncode == 0
    with Run(tmp_path, os.environ, *QUIET, "-s", f"daw.osc_port={port}"):
        script = SpoolScript(tmp_path / "data" / "dawbridge" / "daw")
        script.pump_for(1.5)
        with ThreadPoolExecutor() as aside:
            asking = aside.submit(dawbridge, "clips", "-s", f"daw.osc_port={port}")
            script.pump_until(asking.done, 60.0)
            wrong = aside.submit(dawbridge, "clips", "nonsense", "-s", f"daw.osc_port={port}")
            script.pump_until(wrong.done, 60.0)
        assert re.fullmatch(r"reaper: Song: \d+ loops? of song\n", asking.result().stdout)
        assert (wrong.result().returncode, "nonsense" in wrong.result().stderr) == (1, True)
        loops = script.of("loop")
        assert loops
        assert all(Path(loop.fields["path"]).exists() for loop in loops)
        id = loops[0].fields["id"]
        del script.project.things[id]
        script.say("gone", id=id)
        script.pump_for(1.0)
        script.say("ask", what="clips", job="2", name="song", slot=3)
        script.pump_until(lambda: script.answers("clip"), 60.0)
        assert script.of("loop") == loops
        assert [told.text("slot") for told in script.answers("clip")][:2] == ["3", "4"][
            : len(loops)
        ]
