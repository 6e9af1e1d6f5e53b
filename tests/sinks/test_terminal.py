from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from bridge.events import (
    Beat,
    Chord,
    DrumHit,
    Event,
    Gap,
    Key,
    Level,
    Metre,
    Pitch,
    Section,
    State,
    Tempo,
)
from bridge.sinks.terminal import StatusLine, clock, line_of
from tests.strategies import events, streams

AT: dict[str, Any] = {"at": 32.3, "decided": 32.4}
SONG: list[Event] = [
    State(**AT, state="listening", reason="sound arrives"),
    Tempo(**AT, bpm=120.06, confidence=0.9, other=60.0, coasting=False),
    Metre(**AT, beats=4, unit=4, confidence=0.9),
    Beat(**AT, number=3, bar=12, tempo=120.06, confidence=0.9),
    Key(**AT, key="E minor", confidence=0.9),
    Chord(**AT, label="A:min", confidence=0.9),
    Section(**AT, name="verse-like", number=2, confidence=0.9),
    Level(
        **AT, rms=-20.0, peak=-6.0, true_peak=-5.5, momentary=-12.0, short_term=-14.21,
        width=0.25, correlation=0.5,
    ),
    DrumHit(**AT, drum="kick", velocity=90, confidence=1.0),
]  # fmt: skip


def after(said: list[Event]) -> StatusLine:
    line = StatusLine()
    for event in said:
        line.hear(event)
    return line


def test_everything_that_is_known_stands_in_the_line() -> None:
    assert after(SONG).text() == (
        "listening   120.1 BPM  bar   12 . beat 3/4   [○ ○ ● ○]  "
        "E minor   Am       kick     verse-like   -14.2 LUFS"
    )


def test_what_is_not_known_is_a_dash_in_its_place() -> None:
    empty, full = StatusLine().text(), after(SONG).text()
    assert len(empty) == len(full)
    assert " ".join(empty.split()) == "starting – BPM bar – . beat –/– [○ ○ ○ ○] – – – – LUFS"


def test_the_line_does_not_jump_while_a_song_is_played() -> None:
    line = StatusLine()
    widths = {len(line.text())}
    for bar in range(1, 300):
        for number in range(1, 5):
            at = (bar * 4 + number) / 2
            times = {"at": at, "decided": at}
            line.hear(Beat(**times, number=number, bar=bar, tempo=120.0, confidence=1.0))
            line.hear(Chord(**times, label=("C:maj", "F#:min7", "N")[bar % 3], confidence=1.0))
            line.hear(Tempo(**times, bpm=95.0 + bar % 10, confidence=1, other=None, coasting=False))
            widths.add(len(line.text()))
    assert len(widths) == 1


def test_a_narrow_terminal_gets_whole_fields() -> None:
    line = after(SONG)
    for width in range(65, 120):
        assert len(line.text(width)) <= width
    assert line.text(90).startswith("listening   120.1 BPM  bar   12 . beat 3/4   [○ ○ ● ○]")
    assert line.text(200) == line.text()


def test_a_drum_glows_for_a_moment() -> None:
    line = after(SONG)
    assert "kick" in line.text()
    line.hear(Pitch(at=33.0, decided=33.0, hz=0.0, confidence=0.0))
    assert "kick" not in line.text()


def test_a_tempo_without_evidence_is_marked() -> None:
    line = StatusLine()
    line.hear(Tempo(**AT, bpm=98.0, confidence=0.2, other=None, coasting=True))
    assert "~98.0 BPM" in line.text()


def test_silence_shows_no_number() -> None:
    silent = Level(
        **AT, rms=-120.0, peak=-120.0, true_peak=-120.0, momentary=-120.0, short_term=-120.0,
        width=0.0, correlation=1.0,
    )  # fmt: skip
    assert after([silent]).text().endswith("    – LUFS")


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (Section(**AT, name="break", number=3, confidence=0.5), "0:32  section: break"),
        (Key(**AT, key="E minor", confidence=0.5), "0:32  key: E minor"),
        (Metre(**AT, beats=6, unit=8, confidence=0.5), "0:32  metre: 6/8"),
        (State(**AT, state="lost", reason="the card\nis gone"), "0:32  lost: the card is gone"),
        (Gap(**AT, seconds=0.35, reason="overrun"), "0:32  0.35 s of sound lost: overrun"),
    ],
)
def test_what_lasts(event: Event, line: str) -> None:
    assert StatusLine().hear(event) == line


def test_what_passes_leaves_no_line() -> None:
    line = StatusLine()
    passing = [event for event in SONG if isinstance(event, (Tempo, Beat, Chord, Level, DrumHit))]
    assert [line.hear(event) for event in passing] == [None] * len(passing)


def test_the_same_key_is_said_once_and_the_same_section_each_time() -> None:
    line = StatusLine()
    keys = [line.hear(Key(**AT, key="E minor", confidence=c / 10)) for c in range(3)]
    assert keys == ["0:32  key: E minor", None, None]
    assert line.hear(Key(**AT, key=None, confidence=0.0)) is None
    sections = [
        line.hear(Section(**AT, name="chorus-like", number=n, confidence=0.5)) for n in (3, 4)
    ]
    assert sections == ["0:32  section: chorus-like"] * 2


def test_the_list_of_what_was_heard_is_to_the_hundredth() -> None:
    assert [line_of(event) for event in SONG] == [
        "0:32.30  listening: sound arrives",
        "0:32.30  tempo: 120.1 BPM",
        "0:32.30  metre: 4/4",
        "0:32.30  beat 3, bar 12",
        "0:32.30  key: E minor",
        "0:32.30  chord: Am",
        "0:32.30  section: verse-like",
        None,
        "0:32.30  kick 90",
    ]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (32.9, "0:32"), (754, "12:34"), (3723, "1:02:03"), (-1, "0:00")],
)
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


@given(streams())
def test_whatever_is_said_is_one_line(said: list[Event]) -> None:
    status = StatusLine()
    for event in said:
        lasting = status.hear(event)
        assert lasting is None or lasting.isprintable()
        assert status.text().isprintable()


@given(events())
def test_any_event_has_one_line_or_none(event: Event) -> None:
    line = line_of(event)
    assert line is None or line.isprintable()
