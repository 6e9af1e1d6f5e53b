from __future__ import annotations

from itertools import pairwise
from typing import Any

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.events import Beat, Chord, DrumHit, Event, Gap, Pitch, State
from bridge.settings import MidiSettings
from bridge.sinks.midi import MidiSink
from tests.strategies import streams

EVERYTHING = MidiSettings(pitch=True, chords=True, beats="notes")
LATENCY = EVERYTHING.latency

Played = list[tuple[float, mido.Message]]


class Port:
    """Takes messages and plays them in the order of their times, as the queue's holder does."""

    def __init__(self) -> None:
        self.posted: list[tuple[float, bytes]] = []

    def post(self, due: float, message: bytes) -> None:
        self.posted.append((due, message))

    def played(self) -> Played:
        in_order = sorted(self.posted, key=lambda each: each[0])  # stable, as the queue is
        return [(due, mido.Message.from_bytes(message)) for due, message in in_order]

    def notes(self) -> list[tuple[float, int, int]]:
        return [(due, m.note, m.velocity) for due, m in self.played() if m.type == "note_on"]


def play(
    events: list[Event],
    settings: MidiSettings = EVERYTHING,
    close: bool = True,
) -> Port:
    port = Port()
    sink = MidiSink(settings, port.post)
    for event in events:
        sink.send(event)
    if close:
        sink.close()
    return port


def hit(at: float, decided: float | None = None, drum: Any = "kick", velocity: int = 90) -> DrumHit:
    decided = at if decided is None else decided
    return DrumHit(at=at, decided=decided, drum=drum, velocity=velocity, confidence=1.0)


def voice(notes: list[float | None], start: float = 0.0) -> list[Event]:
    """A pitch each 20 ms; None: no pitch."""
    return [
        Pitch(
            at=start + n / 50,
            decided=start + n / 50,
            hz=0.0 if note is None else 440.0 * 2 ** ((note - 69) / 12),
            confidence=1.0,
        )
        for n, note in enumerate(notes)
    ]


def chord(at: float, label: str) -> Chord:
    return Chord(at=at, decided=at, label=label, confidence=1.0)


def beat(at: float, number: int | None) -> Beat:
    return Beat(at=at, decided=at - 0.08, number=number, bar=1, tempo=120.0, confidence=1.0)


def assert_every_note_ends(played: Played) -> None:
    sounding: set[tuple[int, int]] = set()
    for _, message in played:
        if message.type == "note_on":
            assert message.velocity > 0
            sounding.add((message.channel, message.note))
        elif message.type == "note_off":
            sounding.discard((message.channel, message.note))
    assert not sounding


def test_a_hit_is_played_the_latency_after_it_was_decided() -> None:
    hits: list[Event] = [hit(1.0, 1.026), hit(2.0, 2.026), hit(3.0, 3.5)]
    port = play(hits)
    for (due, note, velocity), each in zip(port.notes(), hits, strict=True):
        assert due == pytest.approx(each.decided + LATENCY)
        assert (note, velocity) == (36, 90)


def test_a_hit_lasts_50_ms_and_its_end_needs_no_further_event() -> None:
    (on, first), (off, second) = play([hit(1.0)], close=False).played()
    assert (first.type, second.type) == ("note_on", "note_off")
    assert off - on == pytest.approx(0.05)
    assert first.channel == second.channel == 9


def test_a_roll_never_strikes_a_note_that_still_sounds() -> None:
    played = play([hit(1.0 + n * 0.03) for n in range(10)]).played()
    sounds = False
    for _, message in played:
        if message.type == "note_on":
            assert not sounds
        sounds = message.type == "note_on"
    assert not sounds
    assert sum(message.type == "note_on" for _, message in played) == 10


def test_drums_play_the_notes_of_the_map_on_the_channel_set() -> None:
    settings = MidiSettings(drum_map="addictive_drums_2", drum_channel=3)
    drums = ("kick", "snare", "toms", "hihat", "cymbals")
    port = play([hit(1.0 + n, drum=drum) for n, drum in enumerate(drums)], settings)
    assert [note for _, note, _ in port.notes()] == [36, 38, 69, 49, 77]
    assert {message.channel for _, message in port.played()} == {2}


def test_a_drum_that_the_map_leaves_out_is_not_played(tmp_path: Any) -> None:
    path = tmp_path / "only_kick.toml"
    path.write_text("[notes]\nkick = 60\n", encoding="utf-8")
    port = play([hit(1.0), hit(2.0, drum="snare")], MidiSettings(drum_map=str(path)))
    assert [note for _, note, _ in port.notes()] == [60]


def test_what_is_switched_off_is_not_played() -> None:
    settings = MidiSettings(drums=False, pitch=False, chords=False, beats="off")
    said = [hit(1.0), *voice([60] * 5), chord(1.0, "C:maj"), beat(2.0, 1)]
    assert play(said, settings).posted == []


def test_a_predicted_beat_is_due_when_it_sounds() -> None:
    notes = play([beat(1.0, 1), beat(1.5, 2), beat(2.0, None)]).notes()
    assert [(due, note) for due, note, _ in notes] == [(1.0, 76), (1.5, 77), (2.0, 77)]


def test_beats_as_a_controller_carry_the_number_in_the_bar() -> None:
    settings = MidiSettings(beats="cc", beat_cc=21, beat_channel=5)
    played = play([beat(1.0, 1), beat(1.5, 2), beat(2.0, None)], settings).played()
    assert [message.value for _, message in played] == [1, 2, 0]
    assert {(m.type, m.control, m.channel) for _, m in played} == {("control_change", 21, 4)}


def test_a_note_begins_after_three_pitches_that_agree_and_ends_with_the_voice() -> None:
    played = play(voice([60.2, 59.9, 60.1, 60.0, None])).played()
    assert [(m.type, m.note) for _, m in played] == [("note_on", 60), ("note_off", 60)]
    assert [due for due, _ in played] == pytest.approx([0.04 + LATENCY, 0.08 + LATENCY])


def test_vibrato_and_single_leaps_do_not_make_notes() -> None:
    sung: list[float | None] = [60, 60.4, 60.6, 60.4, 60, 59.5, 59.4, 59.6, 60, 72, 60, 60, None]
    assert [note for _, note, _ in play(voice(sung)).notes()] == [60]


def test_a_pitch_between_two_semitones_is_a_note_all_the_same() -> None:
    assert len(play(voice([60.45, 60.55] * 10)).notes()) == 1


def test_a_slide_ends_one_note_before_it_begins_the_next() -> None:
    played = play(voice([60] * 5 + [62] * 5 + [None])).played()
    assert [(m.type, m.note) for _, m in played] == [
        ("note_on", 60), ("note_off", 60), ("note_on", 62), ("note_off", 62),
    ]  # fmt: skip


def test_chords_are_held_until_the_next_one() -> None:
    port = play([chord(1.0, "C:maj"), chord(3.0, "A:min"), chord(5.0, "N")])
    assert [
        (due, message.type, message.note)
        for due, message in port.played()
    ] == [
        (pytest.approx(1.01), "note_on", 48),
        (pytest.approx(1.01), "note_on", 52),
        (pytest.approx(1.01), "note_on", 55),
        (pytest.approx(3.01), "note_off", 48),
        (pytest.approx(3.01), "note_off", 52),
        (pytest.approx(3.01), "note_off", 55),
        (pytest.approx(3.01), "note_on", 57),
        (pytest.approx(3.01), "note_on", 60),
        (pytest.approx(3.01), "note_on", 64),
        (pytest.approx(5.01), "note_off", 57),
        (pytest.approx(5.01), "note_off", 60),
        (pytest.approx(5.01), "note_off", 64),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "end",
    [
        Gap(at=2.0, decided=2.5, seconds=0.5, reason="the card lost it"),
        State(at=2.5, decided=2.5, state="lost", reason="unplugged"),
        State(at=2.5, decided=2.5, state="stalled", reason="no sound"),
        State(at=2.5, decided=2.5, state="ended", reason="the file is over"),
    ],
)
def test_what_is_held_ends_when_the_sound_does(end: Event) -> None:
    port = play([chord(1.0, "C:maj"), *voice([70] * 5, 1.0), end], close=False)
    assert_every_note_ends(port.played())
    assert max(due for due, _ in port.posted) == pytest.approx(2.5)


def test_a_lost_block_ends_no_chord() -> None:
    dropout = Gap(at=2.0, decided=2.01, seconds=0.01, reason="overrun")
    assert len(play([chord(1.0, "C:maj"), dropout], close=False).posted) == 3


def test_a_pause_in_the_music_ends_no_chord() -> None:
    pause = State(at=2.0, decided=2.0, state="silent", reason="nothing above -70 dBFS")
    assert len(play([chord(1.0, "C:maj"), pause], close=False).posted) == 3


def test_closing_ends_a_note_that_is_not_yet_due_after_its_beginning() -> None:
    played = play([chord(1.0, "C:maj")], MidiSettings(chords=True, latency=0.5)).played()
    assert_every_note_ends(played)
    assert all(due == pytest.approx(1.5) for due, _ in played)


settings = st.builds(
    MidiSettings,
    latency=st.floats(0, 1),
    drums=st.booleans(),
    drum_channel=st.integers(1, 16),
    pitch=st.booleans(),
    pitch_channel=st.integers(1, 16),
    chords=st.booleans(),
    chord_channel=st.integers(1, 16),
    beats=st.sampled_from(["off", "notes", "cc"]),
    beat_channel=st.integers(1, 16),
)


@given(streams(), settings)
def test_whatever_is_said_every_note_ends(said: list[Event], settings: MidiSettings) -> None:
    port = play(said, settings)
    for due, message in port.posted:
        assert due >= 0
        assert message[0] & 0x80
        assert all(0 <= byte <= 127 for byte in message[1:])
    assert_every_note_ends(port.played())


@given(st.lists(st.tuples(st.floats(0, 3), st.sampled_from(["kick", "snare"])), max_size=60))
def test_every_hit_is_heard_once(hits: list[tuple[float, str]]) -> None:
    port = play([hit(at, drum=drum) for at, drum in sorted(hits)])
    assert len(port.notes()) == len(hits)
    assert_every_note_ends(port.played())


@given(st.lists(st.none() | st.floats(-20, 150), max_size=200))
def test_a_voice_sings_one_note_at_a_time(sung: list[float | None]) -> None:
    played = play(voice(sung)).played()
    kinds = [message.type for _, message in played]
    assert all(before != after for before, after in pairwise(kinds))
    assert_every_note_ends(played)
