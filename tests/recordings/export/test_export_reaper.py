"""Reaper projects as the package `rpp` parses them, and as arithmetic of our own reads them."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rpp
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.errors import BridgeError
from bridge.recordings.colours import colour_of
from bridge.recordings.export import export_facts
from bridge.recordings.facts import Hit, Recording
from bridge.recordings.grid import Grid
from tests.recordings.export.material import grid, recording, shifted, strokes, take
from tests.sound import noise

ALMOST = 1e-3  # seconds
RATE = 8000


class Project:
    """Reaper's own arithmetic: a square tempo envelope in seconds, MIDI ticks in quarter notes."""

    def __init__(self, text: str) -> None:
        self.tree = rpp.loads(text)
        self.points: list[tuple[float, float]] = []  # seconds, quarter notes a minute
        self.metres: list[tuple[float, int, int]] = []  # seconds
        for line in self.tree.find("TEMPOENVEX").children:
            if line[0] == "PT":
                self.points.append((float(line[1]), float(line[2])))
                assert line[3] == "1"  # square
                if len(line) > 4:
                    assert line[6] == "1"  # sets the metre
                    whole = int(line[4])
                    self.metres.append((float(line[1]), whole % 65536, whole // 65536))

    def seconds(self, quarter: float) -> float:
        """Where so many quarter notes lie."""
        left = quarter
        ends = [at for at, _ in self.points[1:]] + [float("inf")]
        for (at, bpm), end in zip(self.points, ends, strict=True):
            here = (end - at) * bpm / 60
            if left <= here:
                return at + left * 60 / bpm
            left -= here
        raise AssertionError

    def quarter(self, second: float) -> float:
        """The other way."""
        ends = [at for at, _ in self.points[1:]] + [float("inf")]
        return sum(
            max(0.0, min(second, end) - at) * bpm / 60
            for (at, bpm), end in zip(self.points, ends, strict=True)
        )

    def bars(self, until: float) -> list[float]:
        """Seconds of the bar lines, metre after metre."""
        lines = []
        ends = [self.quarter(at) for at, _, _ in self.metres[1:]] + [self.quarter(until)]
        for (at, upper, lower), end in zip(self.metres, ends, strict=True):
            quarter = self.quarter(at)
            while quarter < end - 1e-6:
                lines.append(self.seconds(quarter))
                quarter += 4 * upper / lower
        return lines

    def markers(self) -> list[list[str]]:
        """Their fields."""
        return [line[1:] for line in self.tree.children if line[0] == "MARKER"]

    def track(self, name: str) -> Any:
        """The first of this name."""
        return next(
            track
            for track in self.tree.findall("TRACK")
            if ["NAME", name] in [list(line) for line in track.children]
        )

    def notes(self) -> list[tuple[float, int, int]]:
        """Seconds, note, velocity of the drums."""
        tick, found, quarter = 0, [], 0
        for line in self.track("Drums").find("ITEM").find("SOURCE").children:
            if line[0] == "HASDATA":
                assert (line[1], line[3]) == ("1", "QN")
                quarter = int(line[2])
            if line[0] == "E":
                tick += int(line[1])
                if line[2] == "99":
                    found.append((self.seconds(tick / quarter), int(line[3], 16), int(line[4], 16)))
        return found


def text_of(facts: Recording, **asked: Any) -> str:
    out = io.BytesIO()
    export_facts(facts, "rpp", out, **asked)
    return out.getvalue().decode()


def project(facts: Recording, **asked: Any) -> Project:
    return Project(text_of(facts, **asked))


def sound(folder: Path, seconds: float, name: str = "song.wav", rate: int = RATE) -> Path:
    path = folder / name
    soundfile.write(path, noise(seconds, rate)[:, 0], rate)
    return path


def fields(element: Any) -> dict[str, list[str]]:
    return {line[0]: list(line[1:]) for line in element.children if isinstance(line, list)}


def off_the_bars(music: Grid, read: Project) -> float:
    lines = np.array(read.bars(music.beats[-1] + 0.1))
    return max(float(abs(lines - downbeat).min()) for downbeat in music.downbeats)


@settings(max_examples=30, deadline=None)
@given(
    metre=st.sampled_from([(4, 4, 4), (3, 3, 4), (5, 5, 4), (2, 6, 8), (7, 7, 8), (3, 7, 8)]),
    start=st.sampled_from([0.0, 0.0004, 0.1]) | st.floats(0.0, 100.0),
    tempo=st.floats(40.0, 220.0),
    upbeat=st.integers(0, 3),
    breath=st.sampled_from([0.0, 0.02, 0.08]),
)
def test_every_bar_of_the_envelope_lies_on_its_downbeat(
    metre: tuple[int, int, int], start: float, tempo: float, upbeat: int, breath: float
) -> None:
    beats, counted, unit = metre
    music = grid(
        9, beats, start=start, tempo=tempo, upbeat=upbeat % beats, breath=breath,
        counted=counted, unit=unit,
    )  # fmt: skip
    hits = strokes(music)
    read = project(recording(take(music), hits=hits))
    assert off_the_bars(music, read) < ALMOST
    lines = read.bars(music.beats[-1] + 0.1)
    (first,) = [i for i, line in enumerate(lines) if abs(line - music.downbeats[0]) < ALMOST]
    for line, downbeat in zip(lines[first:], music.downbeats, strict=False):
        assert line == pytest.approx(downbeat, abs=ALMOST)  # bar after bar, none too many
    heard = sorted((at, velocity) for at, _, velocity in read.notes())
    truth = sorted((hit.time, hit.velocity) for hit in hits)
    assert np.abs(np.array(heard)[:, 0] - np.array(truth)[:, 0]).max() < ALMOST


def test_takes_follow_each_other_at_their_own_times() -> None:
    one = take(grid(60, start=1.1, breath=0.02))
    two = shifted(take(grid(60, 3, tempo=90.0, breath=0.02)), 150.3, "Take 2")
    facts = recording(one, two, hits=strokes(one.grid) + strokes(two.grid))
    read = project(facts)
    assert off_the_bars(one.grid, read) < ALMOST
    assert off_the_bars(two.grid, read) < ALMOST
    heard = sorted(at for at, _, _ in read.notes())
    truth = sorted(hit.time for hit in facts.hits)
    assert np.abs(np.array(heard) - np.array(truth)).max() < ALMOST


def test_a_steady_song_has_one_point() -> None:
    music = grid(250, start=0.0, tempo=123.456, breath=0.0)
    read = project(recording(take(music)))
    assert len(read.points) == 1
    assert off_the_bars(music, read) < ALMOST
    assert fields(read.tree)["TEMPO"] == ["123.456", "4", "4"]


def test_six_eight_is_said_in_quarter_notes() -> None:
    read = project(
        recording(take(grid(8, 2, start=0.0, tempo=60.0, breath=0.0, counted=6, unit=8)))
    )
    assert read.metres == [(0.0, 6, 8)]
    assert read.points[0] == (0.0, pytest.approx(90.0))  # 60 dotted quarters


def test_takes_sections_and_riffs_are_regions_and_a_key_is_a_marker() -> None:
    song = take(grid(8))
    markers = project(recording(song)).markers()
    begun = {line[0]: line for line in markers if line[2] != ""}
    ended = {line[0]: line for line in markers if line[2] == ""}
    parts = {line[2]: (float(line[1]), float(ended[number][1])) for number, line in begun.items() if
             number in ended}  # fmt: skip
    assert parts["A verse"] == pytest.approx(
        (song.sections[0].start, song.sections[0].end), abs=1e-6
    )
    assert "Take 1" in parts
    assert 'Riff "one": E/C' in parts
    (key,) = [line for line in begun.values() if line[2].startswith("Key")]
    assert (key[2], key[3]) == ("Key: E minor", "0")
    assert len(begun) == len({line[0] for line in begun.values()})
    assert all(int(line[4]) & 0x1000000 for line in begun.values())


def test_regions_look_as_live_in_a_daw() -> None:
    begun = {line[2]: line for line in project(recording(take(grid(8)))).markers() if line[2] != ""}
    verse = begun["A verse"]
    assert f"{int(verse[4]):x}" == "1" + colour_of("section", "verse").removeprefix("#")
    assert verse[6] == "B"  # the order of the bytes is red, green, blue
    assert f"#{int(begun['Key: E minor'][4]) & 0xFFFFFF:06x}" == colour_of("key")


def test_the_sound_lies_at_zero_in_its_own_time(tmp_path: Path) -> None:
    facts = recording(take(grid(4)))
    path = sound(tmp_path, facts.duration, "my song.wav")
    target = tmp_path / "song.rpp"
    export_facts(facts, "rpp", target, sound=path, title="Song")
    item = Project(target.read_text()).track("Song").find("ITEM")
    said = fields(item)
    assert said["POSITION"] == said["SOFFS"] == said["LOOP"] == ["0"]
    assert float(said["LENGTH"][0]) == pytest.approx(facts.duration, abs=1e-3)
    source = item.find("SOURCE")
    assert source.attrib == ("WAVE",) or list(source.attrib) == ["WAVE"]
    assert fields(source)["FILE"] == ["my song.wav"]  # in the same folder: both can be moved
    elsewhere = tmp_path / "projects"
    elsewhere.mkdir()
    export_facts(facts, "rpp", elsewhere / "song.rpp", sound=path)
    assert str(path) in (elsewhere / "song.rpp").read_text()


@pytest.mark.parametrize(
    ("name", "word", "rate"),
    [("s.mp3", "MP3", 44100), ("s.flac", "FLAC", 192000), ("s.ogg", "VORBIS", 48000)],
)
def test_the_decoder_is_named(tmp_path: Path, name: str, word: str, rate: int) -> None:
    facts = recording(take(grid(4, start=0.1)))
    text = text_of(facts, sound=sound(tmp_path, facts.duration, name, rate))
    assert f"<SOURCE {word}\n" in text
    assert f"SAMPLERATE {rate} " in text


def test_one_take_is_cut_out_of_the_sound(tmp_path: Path) -> None:
    one, two = take(grid(4)), shifted(take(grid(4)), 20.0, "Take 2")
    facts = recording(one, two)
    path = sound(tmp_path, facts.duration)
    read = project(facts, sound=path, of=two, zero=True)
    said = fields(read.track("Recording").find("ITEM"))
    assert float(said["SOFFS"][0]) == pytest.approx(two.start, abs=1 / RATE)
    assert float(said["LENGTH"][0]) == pytest.approx(two.seconds, abs=1 / RATE)


def test_chords_are_texts() -> None:
    song = take(grid(8))
    text = text_of(recording(song))
    shown = [line.strip()[1:] for line in text.splitlines() if line.strip().startswith("|")]
    assert shown[:4] == ["Em", "C", "G7/B", "N.C."]
    items = Project(text).track("Chords").findall("ITEM")
    assert [float(fields(item)["POSITION"][0]) for item in items] == pytest.approx(
        [chord.start for chord in song.chords]
    )


NAMES = ["", "a", "two words", '"', "'", "`", "\"'", "\"'`", "a\nb\tc", "<ITEM", ">", "|x", "#1 %",
         "\N{GUITAR}", "A\x00B\x1b[0m", "\u2028", "\\", "-", "0", "B 1 1"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_any_name_leaves_the_project_whole(name: str) -> None:
    song = replace(take(grid(4)), name=name)
    text = text_of(recording(song), title=name)
    read = Project(text)
    line = next(line for line in read.markers() if line[0] == "1")
    said = " ".join("".join(c if c.isprintable() else " " for c in name).split()) or "take"
    assert line[2] == (said.replace("`", "'") if all(q in said for q in "\"'`") else said)
    assert text.count("<TRACK") == 2


@given(st.text(max_size=20))
@settings(max_examples=60, deadline=None)
def test_every_line_is_one_line_and_every_block_ends(name: str) -> None:
    song = take(grid(4))
    song = replace(song, name=name, sections=(replace(song.sections[0], name=name),))
    lines = [line.strip() for line in text_of(recording(song), title=name).split("\n")]
    assert sum(line.startswith("<") for line in lines) == lines.count(">")
    assert len("\n".join(lines).splitlines()) == len(lines) - 1


def test_a_file_whose_name_no_quotes_can_hold_is_refused(tmp_path: Path) -> None:
    facts = recording(take(grid(4)))
    path = sound(tmp_path, facts.duration, "a\"b'c`d.wav")
    with pytest.raises(BridgeError, match="cannot name"):
        text_of(facts, sound=path)


def test_what_reaper_may_not_read_becomes_wav_beside_the_project(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    path = tmp_path / "phone.m4a"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100, layout="mono")
        samples = (0.2 * np.sin(np.arange(44100 * 12) / 20)).astype(np.float32)
        for at in range(0, len(samples), 1024):
            frame = av.AudioFrame.from_ndarray(samples[None, at : at + 1024], "fltp", "mono")
            frame.sample_rate = 44100
            frame.pts = at
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    facts = replace(recording(take(grid(4))), duration=12.0)
    target = tmp_path / "song.rpp"
    export_facts(facts, "rpp", target, sound=path)
    beside = tmp_path / "song - sound.wav"
    assert soundfile.info(beside).frames == 12 * 44100
    assert 'FILE "song - sound.wav"' in target.read_text()
    with pytest.raises(BridgeError, match="Reaper may not read"):
        text_of(facts, sound=path)
    with pytest.raises(BridgeError, match="there already"):
        export_facts(facts, "rpp", tmp_path / "song.rpp", sound=path)


def test_talk_alone_is_a_project_of_its_sound(tmp_path: Path) -> None:
    facts = Recording(duration=3.0, parts=(), takes=(), hits=(Hit(1.25, "kick", 80, 1.0),))
    read = project(facts, sound=sound(tmp_path, 3.0))
    assert read.points == [(0.0, 120.0)]
    assert [note for note in read.notes()] == [(pytest.approx(1.25, abs=ALMOST), 36, 80)]
