"""A rehearsal as a user brings it home: takes, riffs, a loop that is heard again, a grid corrected.

Reads the rehearsal of the evaluation set in ../shared; nothing of it is in this repository.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import mido
import numpy as np
import pytest
import soundfile

from benchmarks.hear import SHARED, load_scorer

pytestmark = pytest.mark.end_to_end
REHEARSAL = SHARED / "eval" / "data" / "jam" / "rehearsal.opus"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user without any settings or library of his own."""
    return tmp_path_factory.mktemp("home")


def dawbridge(home: Path, *words: str) -> str:
    environment = os.environ | {
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_RUNTIME_DIR": str(home),
    }
    done = subprocess.run(
        [sys.executable, "-m", "bridge", *words],
        capture_output=True,
        text=True,
        env=environment,
        cwd=home,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def found(home: Path) -> dict[str, Any]:
    """What `dawbridge analyze --json` says of the rehearsal."""
    assert REHEARSAL.exists(), f"{REHEARSAL} is needed: the evaluation set beside this repository"
    said: dict[str, Any] = json.loads(dawbridge(home, "analyze", "--json", str(REHEARSAL)))
    return said


def test_takes_and_riffs_of_the_rehearsal_are_found(found: dict[str, Any]) -> None:
    score = load_scorer(SHARED)
    truth = json.loads(REHEARSAL.with_suffix(".json").read_text())
    said = score.sane(found)
    assert score.FUN["songs"](truth, said)["F"] >= 0.8
    riffs = score.FUN["riffs"](truth, said)
    assert riffs["F"] >= 0.68
    assert riffs["same_id"] >= 0.7


def test_a_second_analysis_is_answered_from_the_library(home: Path, found: dict[str, Any]) -> None:
    again = json.loads(dawbridge(home, "analyze", "--json", "rehearsal"))
    assert again["songs"] == found["songs"]
    assert [riff["id"] for riff in again["riffs"]] == [riff["id"] for riff in found["riffs"]]
    assert "1 " in dawbridge(home, "jobs", "list")


def test_a_riff_exported_as_a_loop_is_heard_at_its_tempo(home: Path, found: dict[str, Any]) -> None:
    take = next(take for take in found["takes"] if take["name"] == "Take 2")
    riff = take["riffs"][1]
    dawbridge(
        home, "export", "rehearsal", "--take", "2", "--riff", "2", "--loops", "6", "-o", "a.wav"
    )
    best = riff["times"][riff["best"]]
    loop, rate = soundfile.read(home / "a.wav")
    one = len(loop) / rate / 6
    assert one == pytest.approx(best["end"] - best["start"], abs=0.03)

    heard = json.loads(dawbridge(home, "analyze", "--json", str(home / "a.wav")))
    tempo = 60.0 / np.median(np.diff(take["grid"]["beats"]))
    assert heard["tempo"] == pytest.approx(tempo, rel=0.04)

    # At each seam nothing jumps that does not jump elsewhere in the music as well.
    steps = np.abs(np.diff(loop.reshape(len(loop), -1)[:, 0]))
    seams = [
        steps[round(n * one * rate) - 50 : round(n * one * rate) + 50].max() for n in range(1, 6)
    ]
    assert max(seams) <= np.quantile(steps, 0.9999)


def test_a_corrected_grid_is_followed_and_can_be_undone(home: Path, found: dict[str, Any]) -> None:
    def second() -> dict[str, Any]:
        said = json.loads(dawbridge(home, "analyze", "--json", "rehearsal"))
        return next(take for take in said["takes"] if take["name"] == "Take 2")

    before = second()
    dawbridge(home, "grid", "rehearsal", "--take", "2", "--halve")
    halved = second()
    assert len(halved["grid"]["beats"]) == pytest.approx(len(before["grid"]["beats"]) / 2, abs=1)
    assert halved["riffs"] != before["riffs"]
    starts = set(halved["grid"]["beats"])
    inner = [chord["start"] for chord in halved["chords"][1:]]
    assert sum(start in starts for start in inner) >= 0.9 * len(inner)

    dawbridge(home, "export", "rehearsal", "--take", "2", "--as", "midi", "--zero", "-o", "a.mid")
    tempi = [m.tempo for m in mido.MidiFile(home / "a.mid").tracks[0] if m.type == "set_tempo"]
    played = 60.0 / np.median(np.diff(halved["grid"]["beats"]))
    assert np.median([mido.tempo2bpm(tempo) for tempo in tempi]) == pytest.approx(played, rel=0.02)

    dawbridge(home, "grid", "rehearsal", "--take", "2", "--undo")
    assert second()["grid"] == before["grid"]
    assert second()["riffs"] == before["riffs"]
