"""MIDI files as pretty_midi and mido read them."""

from __future__ import annotations

import io
import tempfile
from dataclasses import replace
from pathlib import Path

import mido
import numpy as np
import pretty_midi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.recordings.export import export_facts
from bridge.recordings.facts import Hit, Recording, Span
from bridge.recordings.grid import Grid
from tests.recordings.export.material import grid, recording, shifted, strokes, take

ALMOST = 1e-3  # seconds


def midi(facts: Recording, **asked: object) -> pretty_midi.PrettyMIDI:
    out = io.BytesIO()
    export_facts(facts, "midi", out, **asked)  # type: ignore[arg-type]
    return pretty_midi.PrettyMIDI(io.BytesIO(out.getvalue()))


def messages(facts: Recording, kind: str, **asked: object) -> list[tuple[float, mido.MetaMessage]]:
    """With their seconds, by mido's own clock."""
    out = io.BytesIO()
    export_facts(facts, "midi", out, **asked)  # type: ignore[arg-type]
    now, found = 0.0, []
    for message in mido.MidiFile(file=io.BytesIO(out.getvalue()), charset="utf-8"):
        now += message.time
        if message.type == kind:
            found.append((now, message))
    return found


def off_the_bars(music: Grid, read: pretty_midi.PrettyMIDI) -> float:
    """The furthest that a downbeat lies from the nearest bar line of the file."""
    lines = read.get_downbeats()
    return max(
        float(abs(lines - downbeat).min())
        for downbeat in music.downbeats
        if downbeat <= lines[-1] + 1
    )


@settings(max_examples=40)
@given(
    metre=st.sampled_from(
        [(4, 4, 4), (3, 3, 4), (2, 2, 4), (5, 5, 4), (2, 6, 8), (7, 7, 8), (3, 7, 8), (4, 12, 8)]
    ),
    start=st.sampled_from([0.0, 0.0004, 0.01, 0.1, 0.3]) | st.floats(0.0, 200.0),
    tempo=st.floats(40.0, 220.0),
    upbeat=st.integers(0, 6),
    breath=st.sampled_from([0.0, 0.01, 0.05]),
)
def test_bars_of_the_file_are_bars_of_the_music(
    metre: tuple[int, int, int], start: float, tempo: float, upbeat: int, breath: float
) -> None:
    beats, counted, unit = metre
    music = grid(
        9,
        beats,
        start=start,
        tempo=tempo,
        upbeat=upbeat % beats,
        breath=breath,
        counted=counted,
        unit=unit,
    )
    read = midi(recording(take(music), hits=strokes(music)))
    assert off_the_bars(music, read) < ALMOST
    inside = [line for line in read.get_downbeats() if music.downbeats[0] - ALMOST <= line]
    # Bar after bar from the first downbeat on, none too many.
    for line, downbeat in zip(inside, music.downbeats, strict=False):
        assert line == pytest.approx(downbeat, abs=ALMOST)
    assert len(inside) >= len(music.downbeats) - 1


def test_the_metre_is_said_where_the_first_bar_begins() -> None:
    music = grid(start=0.73, tempo=120.0, breath=0.0)  # one beat and a half before the downbeat
    changes = midi(recording(take(music))).time_signature_changes
    said = [(change.numerator, change.denominator, round(change.time, 3)) for change in changes]
    assert said == [(1, 4, 0.0), (4, 4, 0.73)]


def test_a_bar_that_is_too_long_has_its_own_metre() -> None:
    music = grid(4, start=0.0, breath=0.0)
    numbers = list(music.numbers)
    numbers[8] = 5  # the third bar's downbeat is a fifth beat of the second bar
    music = replace(music, numbers=(*numbers[:8], 5, *(1, 2, 3, 4, 1, 2, 3)))
    changes = midi(recording(take(music))).time_signature_changes
    assert [change.numerator for change in changes] == [4, 5, 4]


def test_a_steady_tempo_is_said_once_and_does_not_drift() -> None:
    music = grid(250, start=0.0, tempo=123.456, breath=0.0)
    read = midi(recording(take(music)))
    _, tempi = read.get_tempo_changes()
    assert len(tempi) < 60
    assert tempi == pytest.approx(123.456, rel=1e-3)
    assert off_the_bars(music, read) < ALMOST


def test_takes_follow_each_other_at_their_own_times() -> None:
    one = take(grid(6, start=1.1))
    two = shifted(take(grid(6, 3, tempo=90.0)), 47.3, "Take 2")
    read = midi(recording(one, two))
    assert off_the_bars(one.grid, read) < ALMOST
    assert off_the_bars(two.grid, read) < ALMOST
    assert next(text.text for _, text in messages(recording(one, two), "marker")) == "Take 1"


def test_drums_keep_their_feel() -> None:
    music = grid(8, upbeat=2)
    hits = strokes(music)
    (drums,) = [
        part for part in midi(recording(take(music), hits=hits)).instruments if part.is_drum
    ]
    assert {note.pitch for note in drums.notes} == {36, 38, 42}
    heard = sorted((note.start, note.velocity) for note in drums.notes)
    truth = sorted((hit.time, hit.velocity) for hit in hits)
    assert len(heard) == len(truth)
    assert np.abs(np.array(heard)[:, 0] - np.array(truth)[:, 0]).max() < ALMOST
    assert [velocity for _, velocity in heard] == [velocity for _, velocity in truth]


def test_a_stroke_that_comes_twice_is_no_note_without_length() -> None:
    hits = tuple(Hit(1.0 + at, "snare", 90, 1.0) for at in (0.0, 0.0001, 0.02, 0.5))
    (drums,) = [
        part for part in midi(recording(take(grid()), hits=hits)).instruments if part.is_drum
    ]
    assert all(note.end > note.start for note in drums.notes)


def test_chords_are_notes_with_their_names_beside() -> None:
    song = recording(take(grid()))
    chords = midi(song).instruments[0]
    first = song.takes[0].chords[0]  # E minor
    sounding = [note for note in chords.notes if abs(note.start - first.start) < ALMOST]
    assert {note.pitch % 12 for note in sounding} == {4, 7, 11}
    assert min(note.pitch for note in sounding) % 12 == 4
    assert {round(note.end - first.end, 3) for note in sounding} == {0.0}
    names = messages(song, "text")
    assert [text.text for _, text in names[:5]] == ["Em", "C", "G7/B", "N.C.", "Dsus4"]
    starts = [chord.start for chord in song.takes[0].chords]
    assert [time for time, _ in names] == pytest.approx(starts, abs=ALMOST)


def test_sections_and_riffs_are_markers_and_keys_are_said() -> None:
    song = recording(take(grid()))
    marked = {(round(time, 2), text.text) for time, text in messages(song, "marker")}
    parts = {(round(part.start, 2), part.label) for part in song.takes[0].sections}
    assert {(time, text.split()[0]) for time, text in marked if text[0] in "AB"} == parts
    assert "A verse" in {text for _, text in marked}
    assert sum(text.startswith("Riff") for _, text in marked) == 2
    assert [text.key for _, text in messages(song, "key_signature")] == ["Em"]
    assert not messages(song, "marker", kinds=("chords",))


def test_a_riff_alone_begins_at_zero_on_its_downbeat() -> None:
    music = grid(8)
    riff = take(music).riffs[0]
    read = midi(recording(take(music), hits=strokes(music)), of=riff, zero=True)
    assert read.time_signature_changes[0].numerator == 4
    expected = [
        beat - riff.times[1].start for beat in music.downbeats if beat >= riff.times[1].start
    ]
    assert read.get_downbeats()[:2] == pytest.approx(expected[:2], abs=ALMOST)
    assert read.get_end_time() <= riff.times[1].seconds + 0.3


def test_a_recording_without_beats_is_a_file_too() -> None:
    empty = Recording(duration=3.0, parts=(), takes=(), hits=(Hit(1.25, "kick", 80, 1.0),))
    (drums,) = midi(empty).instruments
    assert drums.notes[0].start == pytest.approx(1.25, abs=ALMOST)


def test_a_stretch_may_be_cut_anywhere(tmp_path: Path) -> None:
    song = recording(take(grid()), hits=strokes(grid()))
    for span in (Span(0.0, 0.1), Span(2.0, 2.3), Span(3.3, 9.9), Span(90.0, 91.0)):
        read = midi(song, of=span, zero=True)
        assert read.get_end_time() <= span.seconds + 0.6


def test_names_in_any_script_are_kept() -> None:
    song = take(grid())
    named = replace(song, sections=(replace(song.sections[0], name="Größe – 愛"),))
    assert messages(recording(named), "marker")[0][1].text == "A Größe – 愛"


def test_pretty_midi_reads_a_file_as_well_as_a_stream() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "song.mid"
        export_facts(recording(take(grid())), "midi", path)
        assert pretty_midi.PrettyMIDI(str(path)).get_end_time() > 10
