"""Projects for other DAWs: the whole way from sound, the schemas of the format, great length."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import mido
import numpy as np
import pytest
import rpp
import soundfile
from lxml import etree
from wavinfo import WavInfoReader

from bridge.recordings.export import export_facts
from bridge.recordings.facts import Hit, Recording
from tests.recordings.export.material import grid, recording, shifted, strokes, take

pytestmark = pytest.mark.end_to_end

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT.parent / "shared" / "daw"
SONG = ROOT / "bridge" / "demo" / "song.ogg"
HOURS, TAKES = 3, 20
RATE = 8000
PATIENCE = 20.0  # seconds that a project of three hours may take
ODD = "\N{GUITAR} <a & b> \"c\" 'd' `e`\n\x00\x1b[0m \u202e"


def valid(content: bytes) -> list[str]:
    """What the schemas find wrong with an archive."""
    wrong = []
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert archive.testzip() is None
    for member, schema in (("project.xml", "Project"), ("metadata.xml", "MetaData")):
        rules = etree.XMLSchema(etree.parse(str(SCHEMAS / f"dawproject-{schema}.xsd")))
        rules.validate(etree.fromstring(archive.read(member)))
        wrong += [str(error) for error in rules.error_log]
    return wrong


def rehearsal() -> Recording:
    """Three hours, a take each nine minutes, talk between; drums all the time."""
    takes = []
    hits: list[Hit] = []
    length = HOURS * 3600 / TAKES
    for number in range(TAKES):
        music = grid(
            200, 4 if number % 3 else 3, tempo=90.0 + 4 * number, breath=0.02, seed=number + 1
        )
        one = shifted(take(music), number * length + 7.31, f"Take {number + 1} {ODD}")
        takes.append(one)
        hits += strokes(one.grid)
    facts = recording(*takes, hits=tuple(hits))
    return replace(facts, duration=float(HOURS * 3600))


@pytest.fixture(scope="module")
def long_sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("long") / "rehearsal.wav"
    minute = (np.random.default_rng(1).normal(0, 0.1, 60 * RATE) * 32767).astype(np.int16)
    with soundfile.SoundFile(path, "w", RATE, 1, "PCM_16") as file:
        for _ in range(HOURS * 60):
            file.write(minute)
    return path


@pytest.mark.parametrize("kinds", [None, ("takes",), ("chords", "drums"), ()])
def test_the_archive_is_valid_by_the_schemas_of_the_format(kinds: tuple | None) -> None:
    one = replace(take(grid(8, upbeat=1)), name=ODD)
    two = shifted(take(grid(8, 3, counted=7, unit=8)), 40.0, ODD)
    for facts in (
        recording(one, two, hits=strokes(one.grid)),
        Recording(duration=3.0, parts=(), takes=()),
        Recording(duration=3.0, parts=(), takes=(), hits=(Hit(1.0, "kick", 80, 1.0),)),
    ):
        out = io.BytesIO()
        export_facts(facts, "dawproject", out, kinds=kinds, title=ODD)
        assert valid(out.getvalue()) == []


def test_three_hours_and_twenty_takes_take_seconds(long_sound: Path, tmp_path: Path) -> None:
    facts = rehearsal()
    for name, suffix in (("dawproject", ".dawproject"), ("rpp", ".rpp"), ("marked-wav", ".wav")):
        target = tmp_path / f"rehearsal{suffix}"
        begun = time.monotonic()
        export_facts(facts, name, target, sound=long_sound, title=ODD)
        passed = time.monotonic() - begun
        print(f"{name}: {passed:.1f} s, {target.stat().st_size / 1e6:.1f} MB")
        assert passed < PATIENCE
    content = (tmp_path / "rehearsal.dawproject").read_bytes()
    assert valid(content) == []
    root = etree.fromstring(zipfile.ZipFile(io.BytesIO(content)).read("project.xml"))
    points = [(float(p.get("time")), float(p.get("value"))) for p in root.iter("RealPoint")]
    beats = np.array([time for time, _ in points])
    pace = 60 / np.array([value for _, value in points])
    seconds = np.concatenate([[0.0], np.cumsum(np.diff(beats) * pace[:-1])])
    warps = [(float(w.get("time")), float(w.get("contentTime"))) for w in root.iter("Warp")]
    downbeats = np.array([at for one in facts.takes for at in one.grid.downbeats])
    pinned = np.array([second for _, second in warps])
    nearest = pinned[np.clip(np.searchsorted(pinned, downbeats), 1, len(pinned) - 1)]
    before = pinned[np.clip(np.searchsorted(pinned, downbeats) - 1, 0, len(pinned) - 1)]
    off = np.minimum(abs(nearest - downbeats), abs(before - downbeats))
    assert off.max() < 1e-6
    at = np.array([beat for beat, _ in warps])
    part = np.clip(np.searchsorted(beats, at, "right") - 1, 0, len(beats) - 1)
    played = seconds[part] + (at - beats[part]) * pace[part]
    assert np.abs(played - pinned).max() < 1e-3
    assert len(WavInfoReader(str(tmp_path / "rehearsal.wav")).cues.cues) == TAKES * 5
    tree = rpp.loads((tmp_path / "rehearsal.rpp").read_text())
    assert sum(line[0] == "MARKER" for line in tree.children) == TAKES * (5 * 2 + 1)


def dawbridge(home: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bridge", *arguments],
        capture_output=True,
        cwd=home,
        env=os.environ | {"XDG_DATA_HOME": str(home / "d"), "XDG_CONFIG_HOME": str(home / "c")},
        timeout=300,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def test_a_song_leaves_for_every_daw_by_the_command(tmp_path: Path) -> None:
    song = tmp_path / "song.ogg"
    song.write_bytes(SONG.read_bytes())
    for name in ("dawproject", "rpp", "marked-wav", "midi", "json"):
        said = dawbridge(tmp_path, "export", str(song), "--as", name)
        assert (tmp_path / said.strip()).exists(), said
    assert valid((tmp_path / "song.dawproject").read_bytes()) == []
    archive = zipfile.ZipFile(tmp_path / "song.dawproject")
    inside = soundfile.info(io.BytesIO(archive.read("audio/song.wav")))
    whole = soundfile.info(song)
    assert (inside.frames, inside.samplerate) == (whole.frames, whole.samplerate)
    assert 'FILE "song.ogg"' in (tmp_path / "song.rpp").read_text()
    read = WavInfoReader(str(tmp_path / "song - marked.wav"))
    assert read.data.frame_count == whole.frames
    facts = json.loads((tmp_path / "song.json").read_text())
    sections = sum(label.text[:1] in "ABCDEFG" for label in read.cues.labels)
    assert sections >= len(facts["sections"])
    now, tempi = 0.0, 0
    for message in mido.MidiFile(tmp_path / "song.mid"):
        now += message.time
        tempi += message.type == "set_tempo"
    assert tempi
    assert now == pytest.approx(whole.duration, abs=5)
