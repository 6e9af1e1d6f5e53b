"""Tables, labels, reports and chord sheets, read again by readers that know nothing of us."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import soundfile

from bridge.errors import BridgeError
from bridge.recordings.export import FORMATS, KINDS, export_facts
from bridge.recordings.export.bars import bars_of, place
from bridge.recordings.facts import Recording, Span
from bridge.recordings.grid import Grid
from tests.recordings.export.material import grid, recording, shifted, strokes, take

MUSIC = grid(8, upbeat=1)
SONG = recording(take(MUSIC), hits=strokes(MUSIC))


def exported(facts: object, name: str, **asked: object) -> bytes:
    out = io.BytesIO()
    export_facts(facts, name, out, **asked)  # type: ignore[arg-type]
    return out.getvalue()


def table(facts: object = SONG, **asked: object) -> list[dict[str, str]]:
    text = exported(facts, "csv", **asked).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_the_table_holds_every_fact_in_the_order_of_time() -> None:
    rows = table()
    counts = {kind: sum(row["kind"] == kind for row in rows) for kind in KINDS}
    song = SONG.takes[0]
    assert counts == {
        "takes": 1,
        "keys": 1,
        "sections": 2,
        "riffs": 2,
        "chords": len(song.chords),
        "beats": len(MUSIC.beats),
        "drums": len(SONG.hits),
    }
    starts = [float(row["start"]) for row in rows]
    assert starts == sorted(starts)


def test_rows_say_bar_and_beat() -> None:
    beats = [(row["bar"], row["beat"]) for row in table(kinds=("beats",))]
    assert beats[:6] == [("0", "4"), ("1", "1"), ("1", "2"), ("1", "3"), ("1", "4"), ("2", "1")]
    chords = [(row["bar"], row["beat"], row["label"]) for row in table(kinds=("chords",))]
    assert chords[:4] == [("1", "1", "Em"), ("2", "1", "C"), ("3", "1", "G7/B"), ("4", "1", "N.C.")]


def test_excel_finds_the_byte_order_mark_and_no_formula() -> None:
    song = replace(take(MUSIC), name="=1+1")
    assert exported(song, "csv").startswith(b"\xef\xbb\xbf")
    assert {row["take"] for row in table(song, kinds=("takes",))} == {"'=1+1"}


def test_names_with_commas_quotes_and_lines_stay_in_their_cell() -> None:
    name = 'one, "two"\nthree'
    assert {row["take"] for row in table(replace(take(MUSIC), name=name))} == {name}


LABEL = re.compile(r"^(\d+\.\d+)\t(\d+\.\d+)\t([^\t\r\n]*)$")


def test_every_line_is_a_label_as_audacity_documents_it() -> None:
    song = replace(take(MUSIC), sections=(replace(take(MUSIC).sections[0], name="a\tb\nc"),))
    lines = exported(song, "audacity", kinds=KINDS).decode().splitlines()
    read = [LABEL.match(line) for line in lines]
    assert all(read)
    assert all(float(line[1]) <= float(line[2]) for line in read if line)
    assert "A a b c" in {line[3] for line in read if line}


def test_labels_are_sections_riffs_and_chords_unless_others_are_asked_for() -> None:
    lines = exported(SONG, "audacity").decode().splitlines()
    song = SONG.takes[0]
    assert len(lines) == 1 + len(song.sections) + 2 + len(song.chords)
    assert len(exported(SONG, "audacity", kinds=("beats",)).splitlines()) == len(MUSIC.beats)


def test_the_report_is_json_with_every_key() -> None:
    read = json.loads(exported(SONG, "json"))
    assert read["meter"] == "4/4"
    assert len(read["chords"]) == len(SONG.takes[0].chords)


def test_a_chord_sheet_has_four_bars_in_a_line() -> None:
    assert exported(recording(take(grid(8, breath=0.0, tempo=120.0))), "chords").decode() == (
        "Take 1\n"
        "Key: E minor   Tempo: 120.0   Metre: 4/4   Tuning: +12 cents\n"
        "\n"
        "[A verse]  bar 1, 0:00\n"
        "| Em    .     .     .     | C     .     .     .     "
        "| G7/B  .     .     .     | N.C.  .     .     .     |\n"
        "\n"
        "[B]  bar 5, 0:08\n"
        "| Dsus4 .     .     .     | Am7   .     .     .     "
        "| Em    .     .     .     | C     .     .     .     |\n"
    )


def test_a_chord_within_a_bar_stands_at_its_beat() -> None:
    music = grid(1, breath=0.0, start=0.0, tempo=60.0)
    first = take(grid(8)).chords[0]
    chords = (
        replace(first, start=0.0, end=2.03, label="C:maj"),
        replace(first, start=2.03, end=4.0, label="F:maj"),
    )
    song = replace(take(grid(8)), grid=music, chords=chords, sections=(), riffs=())
    assert "\n| C . F . |\n" in exported(song, "chords").decode()


def test_a_take_without_beats_has_a_sheet_that_says_so() -> None:
    song = replace(take(MUSIC), grid=Grid((), ()))
    assert "no beat was found" in exported(song, "chords").decode()


def test_six_eight_in_two_has_three_units_to_the_beat() -> None:
    music = grid(3, 2, counted=6, unit=8)
    assert {bar.units for bar in bars_of(music)} == {(3, 3)}


def test_unequal_beats_of_seven_eight_have_their_units() -> None:
    lengths = [0.4, 0.4, 0.6] * 3
    beats = tuple(sum(lengths[:index]) for index in range(9))
    music = Grid(beats, (1, 2, 3) * 3, 7, 8)
    assert [bar.units for bar in bars_of(music)] == [(2, 2, 3)] * 3


def test_a_place_lies_between_beats_or_nowhere() -> None:
    music = grid(2, start=1.0, tempo=60.0, breath=0.0)
    bars = bars_of(music)
    assert place(bars, 1.0) == (1, 1.0)
    assert place(bars, 2.5) == (1, 2.5)
    assert place(bars, 0.5) is None
    assert place(bars, 99.0) is None


def test_a_stretch_counts_from_its_start() -> None:
    riff = SONG.takes[0].riffs[0]
    rows = table(SONG, of=riff, zero=True)
    assert all(-0.05 <= float(row["start"]) < riff.times[1].seconds for row in rows)
    assert [row["label"] for row in rows if row["kind"] == "chords"] == ["Dsus4", "Am7"]
    rows = table(SONG, of=Span(riff.times[1].start, riff.times[1].end))
    assert min(float(row["start"]) for row in rows) >= riff.times[1].start - 0.05


def test_a_take_may_count_from_its_own_start() -> None:
    late = shifted(take(MUSIC), 100.0, "Take 2")
    assert float(table(late, zero=True, kinds=("takes",))[0]["start"]) == 0.0
    assert float(table(late, kinds=("takes",))[0]["start"]) > 99.0


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_writes_a_recording_of_nothing(name: str, tmp_path: Path) -> None:
    nothing = Recording(duration=1.0, parts=(), takes=())
    target = tmp_path / f"nothing{FORMATS[name].suffix}"
    talk = tmp_path / "talk.wav"
    soundfile.write(talk, [0.0] * 8000, 8000)
    export_facts(nothing, name, target, sound=talk)
    assert target.exists()


def test_unknown_formats_and_kinds_are_said(tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match="no format 'docx'"):
        export_facts(SONG, "docx", tmp_path / "a.docx")
    with pytest.raises(BridgeError, match="kind 'lyrics'"):
        export_facts(SONG, "csv", tmp_path / "a.csv", kinds=("lyrics",))  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
