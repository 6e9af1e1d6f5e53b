"""The commands for recordings, as a user gives them: a real recording, a real library."""

from __future__ import annotations

import json
from contextlib import chdir
from dataclasses import replace
from io import StringIO
from pathlib import Path

import mido
import numpy as np
import pytest
import soundfile
from rich.console import Console
from typer.testing import CliRunner

from bridge.cli.app import app
from bridge.cli.kept import recording_of
from bridge.cli.stretch import Asked, seconds_of, stretch_of
from bridge.cli.summary import summary_of
from bridge.cli.watch import SETTLED, Arrivals
from bridge.errors import BridgeError
from bridge.library.opening import open_library
from bridge.recordings.facts import Chord, Recording, Riff, Section, Span, Take
from bridge.recordings.grid import Grid
from bridge.settings import Settings

SONG = Path(__file__).parent.parent.parent / "bridge" / "demo" / "song.ogg"


def riff(name: str, start: float) -> Riff:
    return Riff(
        id=f"a{start:g}",
        name=name,
        times=(Span(start + 8.0, start + 12.0), Span(start, start + 4.0)),
        best=1,
        bars=2,
        loop_bars=4,
        repetition=0.5,
        energy=0.5,
        salience=0.5,
        coolness=5.0,
        niceness=50.0,
        chords=(),
        seam=1.0,
        confidence=1.0,
    )


def take(number: int) -> Take:
    start = 100.0 * number
    return Take(
        start=start,
        end=start + 60.0,
        name=f"Take {number}",
        grid=Grid((start, start + 0.5), (1, 2)),
        tuning_cents=0.0,
        key=None,
        keys=(),
        chords=(Chord(start, start + 60.0, "N", 1.0),),
        sections=(Section(start, start + 20.0, "A", "verse", 1.0),),
        riffs=(riff(f"Growl {number}", start), riff(f"Shine {number}", start + 20.0)),
        genre="unknown",
        confidence=1.0,
    )


TWO = Recording(duration=300.0, parts=(), takes=(take(1), take(2)))


@pytest.mark.parametrize(
    ("asked", "start"),
    [
        (Asked(take="2", riff="1"), 200.0),
        (Asked(riff="shine 1"), 120.0),
        (Asked(riff="a220"), 220.0),
        (Asked(section="verse"), 100.0),
        (Asked(section="A(verse)"), 100.0),
        (Asked(section="A verse"), 100.0),
        (Asked(section="verse A"), 100.0),
        (Asked(take="2", section="a"), 200.0),
        (Asked(take="2"), 200.0),
        (Asked(start="2:05", end="2:10.5"), 125.0),
        (Asked(), 0.0),
    ],
)
def test_a_stretch_is_found_by_what_the_user_sees(asked: Asked, start: float) -> None:
    assert stretch_of(TWO, None, asked).span.start == start


def test_from_and_to_lie_in_the_take_around_them() -> None:
    found = stretch_of(TWO, None, Asked(start="205", end="210"))
    assert found.take is TWO.takes[1]
    assert stretch_of(TWO, None, Asked(start="280")).take is None


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (Asked(riff="1"), "which take"),
        (Asked(take="3"), "Take 1, Take 2"),
        (Asked(take="1", riff="9"), "Growl 1"),
        (Asked(section="chorus"), "its letter (A) or its name (verse)"),
        (Asked(section=""), "its letter (A) or its name (verse)"),
        (Asked(start="6:00"), "it ends at 5:00"),
        (Asked(end="6:00"), "it ends at 5:00"),
        (Asked(start="0:50", end="0:40"), "--to 0:40 comes before --from 0:50"),
        (Asked(start="0:50", end="0:50"), "both 0:50"),
        (Asked(start="soon"), "neither"),
    ],
)
def test_what_is_not_there_is_said_with_what_there_is(asked: Asked, told: str) -> None:
    with pytest.raises(BridgeError) as error:
        stretch_of(TWO, None, asked)
    assert told in str(error.value)


def test_a_long_form_is_told_whole_on_a_narrow_terminal() -> None:
    sections = tuple(Section(at, at + 1.0, f"S{at:.0f}", "verse", 1.0) for at in range(40))
    console = Console(width=40, file=StringIO())
    console.print(summary_of(replace(TWO, takes=(replace(take(1), sections=sections),)), "song"))
    assert isinstance(console.file, StringIO)
    said = console.file.getvalue()
    assert all(f"S{at}(verse)" in said for at in range(40))


@pytest.mark.parametrize(
    ("text", "seconds"), [("83.5", 83.5), ("1:23.5", 83.5), ("1:02:03", 3723.0), ("0", 0.0)]
)
def test_times_are_written_as_recorders_show_them(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


def test_a_file_is_taken_once_it_has_stopped_growing(tmp_path: Path) -> None:
    path, arrivals = tmp_path / "a.wav", Arrivals()
    assert arrivals.look({path: (10, 0.0)}, now=0.0) == []
    assert arrivals.look({path: (20, 1.0)}, now=SETTLED) == []
    assert arrivals.look({path: (20, 1.0)}, now=2 * SETTLED - 0.1) == []
    assert arrivals.look({path: (20, 1.0)}, now=2 * SETTLED) == [path]
    assert arrivals.look({path: (20, 1.0)}, now=10 * SETTLED) == []


def test_a_file_that_is_recorded_again_is_taken_again(tmp_path: Path) -> None:
    path, arrivals = tmp_path / "a.wav", Arrivals()
    arrivals.look({path: (10, 0.0)}, now=0.0)
    assert arrivals.look({path: (10, 0.0)}, now=SETTLED) == [path]
    arrivals.look({path: (30, 50.0)}, now=50.0)
    assert arrivals.look({path: (30, 50.0)}, now=50.0 + SETTLED) == [path]


def test_an_empty_file_is_waited_for(tmp_path: Path) -> None:
    path, arrivals = tmp_path / "a.wav", Arrivals()
    arrivals.look({path: (0, 0.0)}, now=0.0)
    assert arrivals.look({path: (0, 0.0)}, now=100.0) == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a library and half a minute of our own song."""
    folder = tmp_path_factory.mktemp("recordings")
    sound, rate = soundfile.read(SONG, dtype="float32", frames=30 * 44100)
    soundfile.write(folder / "our song.wav", sound, rate)
    return folder


def say(folder: Path, *words: str) -> str:
    """What a command prints, with the library in the folder."""
    settings = ("--set", f"library.folder={folder / 'library'}", "--config", str(config(folder)))
    result = CliRunner().invoke(app, [*words, *settings], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def config(folder: Path) -> Path:
    path = folder / "config.toml"
    path.touch()
    return path


def test_a_recording_analysed_looped_corrected_and_named(folder: Path) -> None:
    song = str(folder / "our song.wav")
    said = json.loads(say(folder, "analyze", "--json", song))
    assert said["tempo"] == pytest.approx(122.0, abs=2.0)
    assert said["key"] == "E minor"

    listed = json.loads(say(folder, "library", "list", "--json"))
    assert (listed["name"], listed["takes"]) == ("our song", 1)

    loop = folder / "loop.wav"
    say(folder, "export", song, "--from", "2", "--to", "6", "--loops", "3", "-o", str(loop))
    assert soundfile.info(loop).duration == pytest.approx(12.0, abs=0.2)

    own = ("export", song, "-o", song, "--overwrite", "--config", str(config(folder)))
    refused = CliRunner().invoke(app, [*own, "--set", f"library.folder={folder / 'library'}"])
    assert "recording itself" in str(refused.exception)
    place = folder / f"{'a' * 300}.wav"
    long = ("export", song, "-o", str(place), "--config", str(config(folder)))
    refused = CliRunner().invoke(app, [*long, "--set", f"library.folder={folder / 'library'}"])
    assert isinstance(refused.exception, BridgeError)
    assert "too long" in refused.exception.cause

    with chdir(folder):  # no format's file is in another one's way
        for each in ("audacity", "chords", "csv"):
            say(folder, "export", song, "--as", each)
    written = {path.name for path in folder.glob("our song*.*")} - {"our song.wav"}
    assert written == {"our song.txt", "our song - chords.txt", "our song.csv"}

    before = len(said["beats"])
    assert "1 correction" in say(folder, "grid", song, "--double")
    doubled = json.loads(say(folder, "analyze", "--json", "our song"))
    assert len(doubled["beats"]) == pytest.approx(2 * before, abs=2)
    midi = folder / "song.mid"
    say(folder, "export", "our song", "-o", str(midi))
    tempi = [each.tempo for each in mido.MidiFile(midi).tracks[0] if each.type == "set_tempo"]
    assert np.median([mido.tempo2bpm(tempo) for tempo in tempi]) == pytest.approx(244, abs=4)
    assert "as it was found" in say(folder, "grid", song, "--undo")

    assert "Ours" in say(folder, "library", "rename", "our song", "Ours")
    say(folder, "library", "delete", "--yes", "Ours")
    assert say(folder, "library", "list").startswith("Nothing is kept")
    assert Path(song).exists()


def test_without_a_library_nothing_is_kept(folder: Path) -> None:
    said = json.loads(
        say(folder, "analyze", "--no-library", "--json", str(folder / "our song.wav"))
    )
    assert said["duration"] == pytest.approx(30.0)
    assert not (folder / "elsewhere").exists()


def test_a_file_whose_sound_is_known_by_another_name_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "song.wav"
    soundfile.write(path, np.zeros(44100), 44100)
    settings = Settings.model_validate({"library": {"folder": str(tmp_path / "library")}})
    with open_library(settings) as kept:
        first = recording_of(kept, str(path))
        assert recording_of(kept, str(path)) == first
        assert capsys.readouterr().err == ""
        copy = tmp_path / "a.wav"
        copy.write_bytes(path.read_bytes())
        assert recording_of(kept, str(copy)).id == first.id
        assert "a.wav holds the sound that is known as: song" in capsys.readouterr().err
