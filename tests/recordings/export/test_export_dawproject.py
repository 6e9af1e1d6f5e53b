"""DAWprojects as a reader of its own sees them; the schemas are asked in tests/end_to_end."""

from __future__ import annotations

import io
import math
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.errors import BridgeError
from bridge.recordings.colours import colour_of
from bridge.recordings.export import export_facts
from bridge.recordings.export.sound import Sound, container_for, rewrite
from bridge.recordings.facts import Hit, Recording, Span
from tests.recordings.export.material import grid, recording, shifted, strokes, take
from tests.sound import noise

ALMOST = 1e-3  # seconds
RATE = 8000


class Project:
    """What a host makes of the archive: beats and seconds by the points of its tempo automation."""

    def __init__(self, content: bytes) -> None:
        self.archive = zipfile.ZipFile(io.BytesIO(content))
        self.root = ElementTree.fromstring(self.archive.read("project.xml"))
        points = self.root.findall("Arrangement/TempoAutomation/RealPoint")
        self.points = [(float(p.get("time", "")), float(p.get("value", ""))) for p in points]
        self.metres = [
            (float(p.get("time", "")), int(p.get("numerator", "")), int(p.get("denominator", "")))
            for p in self.root.findall("Arrangement/TimeSignatureAutomation/TimeSignaturePoint")
        ]

    def seconds(self, beat: float) -> float:
        """By adding up the tempi."""
        passed = 0.0
        ends = [time for time, _ in self.points[1:]] + [float("inf")]
        for (start, bpm), end in zip(self.points, ends, strict=True):
            if beat > start:
                passed += (min(beat, end) - start) * 60 / bpm
        return passed

    def clips(self, name: str) -> list[ElementTree.Element]:
        """Of the track of this name."""
        ids = [t.get("id") for t in self.root.iter("Track") if t.get("name") == name]
        return [
            clip
            for lanes in self.root.iter("Lanes")
            if lanes.get("track") in ids
            for clip in lanes.findall("Clips/Clip")
        ]

    def warps(self) -> list[tuple[float, float]]:
        """Beats and seconds of the sound."""
        return [
            (float(w.get("time", "")), float(w.get("contentTime", "")))
            for w in self.root.iter("Warp")
        ]

    def markers(self) -> list[tuple[float, str]]:
        """Seconds and names."""
        found = self.root.findall("Arrangement/Markers/Marker")
        return [(self.seconds(float(m.get("time", ""))), m.get("name", "")) for m in found]


def project(facts: Recording, **asked: Any) -> Project:
    out = io.BytesIO()
    export_facts(facts, "dawproject", out, **asked)
    return Project(out.getvalue())


def sound(folder: Path, seconds: float, name: str = "song.wav", rate: int = RATE) -> Path:
    path = folder / name
    soundfile.write(path, noise(seconds, rate)[:, 0], rate)
    return path


@settings(max_examples=30, deadline=None)
@given(
    metre=st.sampled_from([(4, 4, 4), (3, 3, 4), (5, 5, 4), (2, 6, 8), (7, 7, 8), (3, 7, 8)]),
    start=st.sampled_from([0.0, 0.0004, 0.1]) | st.floats(0.0, 100.0),
    tempo=st.floats(40.0, 220.0),
    upbeat=st.integers(0, 3),
    breath=st.sampled_from([0.0, 0.02, 0.08]),
)
def test_bars_of_the_project_are_bars_of_the_music(
    metre: tuple[int, int, int], start: float, tempo: float, upbeat: int, breath: float
) -> None:
    beats, counted, unit = metre
    music = grid(
        9, beats, start=start, tempo=tempo, upbeat=upbeat % beats, breath=breath,
        counted=counted, unit=unit,
    )  # fmt: skip
    read = project(recording(take(music)))
    last, upper, lower = read.metres[-1]
    number = len(music.downbeats) - 1
    lines = [last + bar * 4 * upper / lower for bar in range(number)]
    # The last metre holds from the first downbeat on, or from wherever it began before it.
    first = next(
        index for index in range(200)
        if abs(read.seconds(last + index * 4 * upper / lower) - music.downbeats[0]) < ALMOST
    )  # fmt: skip
    for line, downbeat in zip(lines, music.downbeats, strict=False):
        shifted_line = line + first * 4 * upper / lower
        assert read.seconds(shifted_line) == pytest.approx(downbeat, abs=ALMOST)


def test_the_sound_is_pinned_to_the_grid_and_sounds_as_it_was_played(tmp_path: Path) -> None:
    one, two = take(grid(6, start=3.1)), shifted(take(grid(6, 3, tempo=90.0)), 47.3, "Take 2")
    facts = recording(one, two)
    read = project(facts, sound=sound(tmp_path, facts.duration))
    warps = read.warps()
    assert warps[0] == (0.0, 0.0)
    assert warps[-1][1] == pytest.approx(facts.duration, abs=1e-3)
    assert warps == sorted(warps)
    assert len({beat for beat, _ in warps}) == len({second for _, second in warps}) == len(warps)
    # Where a host plays a beat is where that beat is in the file: nothing is stretched.
    assert max(abs(read.seconds(beat) - second) for beat, second in warps) < ALMOST
    pinned = [second for _, second in warps]
    for downbeat in (*one.grid.downbeats, *two.grid.downbeats):
        assert min(abs(second - downbeat) for second in pinned) < ALMOST


def test_a_steady_song_has_one_tempo_and_a_breathing_one_a_tempo_a_bar() -> None:
    steady = project(recording(take(grid(60, start=0.0, tempo=123.0, breath=0.0))))
    assert steady.points == [(0.0, pytest.approx(123.0, abs=1e-3))]
    breathing = project(recording(take(grid(60, start=0.0, tempo=123.0, breath=0.01))))
    assert 30 < len(breathing.points) <= 61
    assert all(beat % 4 == 0 for beat, _ in breathing.points[:-1])


def test_a_bar_that_stops_for_breath_has_a_tempo_for_each_beat() -> None:
    music = grid(4, start=0.0, tempo=120.0, breath=0.0)
    beats = tuple(beat + (0.4 if index >= 6 else 0.0) for index, beat in enumerate(music.beats))
    read = project(recording(take(replace(music, beats=beats))))
    assert read.seconds(6.0) == pytest.approx(3.4, abs=ALMOST)
    assert read.seconds(5.0) == pytest.approx(2.5, abs=ALMOST)


def test_the_constant_tempo_is_that_of_the_first_bar() -> None:
    read = project(recording(take(grid(8, start=5.3, tempo=97.0, breath=0.0))))
    assert float(read.root.find("Transport/Tempo").get("value")) == pytest.approx(97.0, abs=1e-3)  # type: ignore[union-attr,arg-type]


def test_drums_sound_when_they_were_hit() -> None:
    music = grid(8, upbeat=2)
    hits = strokes(music)
    read = project(recording(take(music), hits=hits))
    (clip,) = read.clips("Drums")
    notes = clip.findall("Notes/Note")
    assert {note.get("channel") for note in notes} == {"9"}
    heard = sorted(
        (read.seconds(float(note.get("time", ""))), round(float(note.get("vel", "")) * 127))
        for note in notes
    )
    truth = sorted((hit.time, hit.velocity) for hit in hits)
    assert [velocity for _, velocity in heard] == [velocity for _, velocity in truth]
    assert np.abs(np.array(heard)[:, 0] - np.array(truth)[:, 0]).max() < ALMOST


def test_sections_are_clips_and_markers_and_chords_too() -> None:
    song = take(grid(8))
    read = project(recording(song))
    names = [clip.get("name") for clip in read.clips("Sections")]
    assert names == ["A verse", "B"]
    starts = [read.seconds(float(clip.get("time", ""))) for clip in read.clips("Sections")]
    assert starts == pytest.approx([part.start for part in song.sections], abs=ALMOST)
    marked = read.markers()
    assert sum(name == "Key: E minor" for _, name in marked) == 1
    assert [name for _, name in marked if name in ("Em", "C", "G7/B", "N.C.")][:4] == [
        "Em", "C", "G7/B", "N.C.",
    ]  # fmt: skip
    (em, *_) = read.clips("Chords")
    assert {int(note.get("key", "")) % 12 for note in em.iter("Note")} == {4, 7, 11}


def test_a_chord_of_no_length_leaves_the_others_where_they_are() -> None:
    song = take(grid(8, tempo=40.0, start=390.0, breath=0.0))
    first, *rest = song.chords
    # As short as a number can say in seconds: counted in quarter notes some have no length.
    short = [replace(chord, end=math.nextafter(chord.start, math.inf)) for chord in rest]
    read = project(recording(replace(song, chords=(first, *short))))
    names = [clip.get("name") for clip in read.clips("Chords")]
    assert names[0] == "Em"
    assert len(names) < len(song.chords)


def test_a_clip_looks_as_live_in_a_daw() -> None:
    song = take(grid(8))
    read = project(recording(song), title="x")
    verse, other = (clip.get("color") for clip in read.clips("Sections"))
    assert verse == colour_of("section", "verse")
    assert other == colour_of("section")
    assert {clip.get("color") for clip in read.clips("Riffs")} == {colour_of("riff")}


def test_clips_of_a_track_never_overlap() -> None:
    song = take(grid(8))
    riff = song.riffs[0]
    wide = replace(riff, id="r2", name="wide", times=(Span(0.0, 14.0), *riff.times))
    read = project(recording(replace(song, riffs=(riff, wide))))
    for name in ("Riffs", "Riffs 2", "Riffs 3", "Chords", "Sections"):
        clips = [(float(c.get("time", "")), float(c.get("duration", ""))) for c in read.clips(name)]
        ends = [start + length for start, length in clips]
        starts = [start for start, _ in clips[1:]]
        assert all(a <= b + 1e-6 for a, b in zip(ends, starts, strict=False))
    assert read.clips("Riffs 2")


def test_a_wav_goes_in_byte_by_byte_and_can_be_left_outside(tmp_path: Path) -> None:
    facts = recording(take(grid(4)))
    path = sound(tmp_path, facts.duration, "My song.wav")
    read = project(facts, sound=path)
    assert read.archive.read("audio/My song.wav") == path.read_bytes()
    assert read.archive.getinfo("audio/My song.wav").compress_type == zipfile.ZIP_STORED
    outside = project(facts, sound=path, include_audio=False)
    (file,) = outside.root.iter("File")
    assert (file.get("path"), file.get("external")) == (path.as_posix(), "true")
    assert outside.archive.namelist() == ["metadata.xml", "project.xml"]
    target = tmp_path / "song.dawproject"
    export_facts(facts, "dawproject", target, sound=path, include_audio=False)
    (file,) = Project(target.read_bytes()).root.iter("File")
    assert file.get("path") == "My song.wav"


@pytest.mark.parametrize(("name", "rate"), [("s.mp3", 44100), ("s.ogg", 48000), ("s.aiff", 192000)])
def test_what_hosts_may_read_otherwise_goes_in_as_wav(tmp_path: Path, name: str, rate: int) -> None:
    facts = recording(take(grid(4, start=0.1)))
    path = sound(tmp_path, facts.duration, name, rate)
    read = project(facts, sound=path)
    inside, rate_inside = soundfile.read(io.BytesIO(read.archive.read("audio/s.wav")))
    there, _ = soundfile.read(path)
    assert rate_inside == rate
    assert len(inside) == len(there)
    assert np.abs(inside - there).max() < 2**-23
    (audio,) = read.root.iter("Audio")
    assert int(audio.get("sampleRate", "")) == rate


def test_one_take_brings_its_own_sound_only(tmp_path: Path) -> None:
    one, two = take(grid(4)), shifted(take(grid(4)), 20.0, "Take 2")
    facts = recording(one, two)
    path = sound(tmp_path, facts.duration)
    read = project(facts, sound=path, of=two, zero=True)
    inside, _ = soundfile.read(io.BytesIO(read.archive.read("audio/song.wav")))
    there, _ = soundfile.read(path)
    first = round(two.start * RATE)
    assert np.abs(inside - there[first : first + len(inside)]).max() < 1e-6
    assert len(inside) == pytest.approx(two.seconds * RATE, abs=1)
    assert read.warps()[0] == (0.0, 0.0)
    pinned = [second for _, second in read.warps()]
    for downbeat in two.grid.downbeats:
        assert min(abs(second - (downbeat - two.start)) for second in pinned) < ALMOST


def test_one_take_of_a_file_outside_names_the_whole_file(tmp_path: Path) -> None:
    one, two = take(grid(4)), shifted(take(grid(4)), 20.0, "Take 2")
    facts = recording(one, two)
    path = sound(tmp_path, facts.duration)
    read = project(facts, sound=path, of=two, zero=True, include_audio=False)
    (audio,) = read.root.iter("Audio")
    assert float(audio.get("duration", "")) == pytest.approx(facts.duration, abs=1 / RATE)
    assert read.warps()[0] == (0.0, pytest.approx(two.start, abs=1 / RATE))


def test_talk_alone_is_a_project_of_its_sound(tmp_path: Path) -> None:
    facts = Recording(duration=3.0, parts=(), takes=(), hits=(Hit(1.25, "kick", 80, 1.0),))
    read = project(facts, sound=sound(tmp_path, 3.0))
    assert read.warps() == [(0.0, 0.0), (6.0, 3.0)]
    (note,) = read.root.iter("Note")
    assert read.seconds(float(note.get("time", ""))) == pytest.approx(1.25, abs=ALMOST)


@given(st.text(max_size=30))
@settings(max_examples=60, deadline=None)
def test_any_name_leaves_the_project_whole(name: str) -> None:
    song = take(grid(4))
    song = replace(song, sections=(replace(song.sections[0], label="A", name=name),))
    read = project(recording(song), title=name)
    assert read.clips("Sections")[0].get("name", "").startswith("A")


def test_an_emoji_of_several_signs_and_quotes_are_kept() -> None:
    name = "\N{MAN}\u200d\N{MICROPHONE} \"<&>'\x07\n"
    song = take(grid(4))
    song = replace(song, sections=(replace(song.sections[0], name=name),))
    (clip, *_) = project(recording(song)).clips("Sections")
    assert clip.get("name") == "A \N{MAN}\u200d\N{MICROPHONE} \"<&>'"


def test_more_than_a_wav_can_hold_is_flac_or_refused(tmp_path: Path) -> None:
    long = Sound(tmp_path / "a.m4a", 192000, 2, 4 * 3600 * 192000)
    assert container_for(long) == "FLAC"
    assert container_for(replace(long, rate=44100, frames=3 * 3600 * 44100)) == "WAV"
    wide = replace(long, channels=32)
    assert container_for(wide) == "WAV"
    with pytest.raises(BridgeError, match="too long for a WAV"):
        rewrite(wide, tmp_path / "b.wav", "WAV")


def test_the_same_facts_give_the_same_file(tmp_path: Path) -> None:
    facts, path = recording(take(grid(4))), sound(tmp_path, 12.0)
    written = [io.BytesIO(), io.BytesIO()]
    for out in written:
        export_facts(facts, "dawproject", out, sound=path)
    assert written[0].getvalue() == written[1].getvalue()


def test_nothing_is_left_when_the_sound_is_gone(tmp_path: Path) -> None:
    target = tmp_path / "song.dawproject"
    with pytest.raises(BridgeError):
        export_facts(recording(take(grid(4))), "dawproject", target, sound=tmp_path / "gone.wav")
    assert list(tmp_path.iterdir()) == []
