"""Whole recordings as WAV with marks, as wavinfo and libsndfile read them."""

from __future__ import annotations

import io
import re
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from wavinfo import WavInfoReader

from bridge.errors import BridgeError
from bridge.recordings.export import export_facts
from bridge.recordings.facts import Recording
from tests.recordings.export.material import grid, recording, shifted, take
from tests.sound import noise

RATE = 48000


def saved(folder: Path, seconds: float, name: str = "song.wav", **how: Any) -> Path:
    path = folder / name
    rate = how.pop("rate", RATE)
    soundfile.write(path, noise(seconds, rate)[:, 0], rate, **how)
    return path


def marked(facts: Recording, sound: Path, **asked: Any) -> Path:
    target = sound.with_name("marked.wav")
    export_facts(facts, "marked-wav", target, sound=sound, **asked)
    return target


def chunks(path: Path) -> dict[bytes, bytes]:
    content, at, found = path.read_bytes(), 12, {}
    while at < len(content):
        name, size = content[at : at + 4], struct.unpack_from("<I", content, at + 4)[0]
        found[name] = content[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    return found


def test_takes_sections_and_riffs_are_cue_points_with_lengths(tmp_path: Path) -> None:
    song = take(grid(8))
    facts = recording(song)
    read = WavInfoReader(str(marked(facts, saved(tmp_path, facts.duration), title="Song")))
    labels = {label.name: label.text for label in read.cues.labels}
    lengths = {region.name: region.length for region in read.cues.ranges}
    said = {(labels[cue.name], cue.sample_offset, lengths[cue.name]) for cue in read.cues.cues}
    part = song.sections[0]
    assert any(
        text == "A verse"
        and abs(at - part.start * RATE) <= 1
        and abs(length - part.seconds * RATE) <= 1
        for text, at, length in said
    )
    assert {text for text, _, _ in said} == {"Take 1", "A verse", "B", 'Riff "one": E/C'}
    assert len({cue.name for cue in read.cues.cues}) == len(read.cues.cues) == 5
    assert (read.bext.description, read.bext.time_reference) == ("Song", 0)
    assert read.data.frame_count == round(facts.duration * RATE)


def test_the_best_time_of_a_riff_is_a_loop_that_begins_at_its_cue(tmp_path: Path) -> None:
    song = take(grid(8))
    facts = recording(song)
    read = WavInfoReader(str(marked(facts, saved(tmp_path, facts.duration))))
    (loop,) = read.smpl.sample_loops
    best = song.riffs[0].times[1]
    assert loop.start == pytest.approx(best.start * RATE, abs=1)
    assert loop.end == pytest.approx(best.end * RATE - 1, abs=1)
    assert loop.repetition_count == 0
    by_name = {cue.name: cue.sample_offset for cue in read.cues.cues}
    assert by_name[int.from_bytes(loop.ident, "little") if isinstance(loop.ident, bytes)
                   else loop.ident] == loop.start  # fmt: skip


def test_the_tempo_of_one_take_is_said_and_nothing_is_stretched(tmp_path: Path) -> None:
    facts = recording(take(grid(8, tempo=121.3, breath=0.0, start=0.0)))
    path = marked(facts, saved(tmp_path, facts.duration))
    with soundfile.SoundFile(path) as file:
        log = file.extra_info
    assert re.search(r"Tempo\s*:\s*121.3", log)
    assert re.search(r"Meter\s*:\s*4/4", log)
    assert struct.unpack("<I", chunks(path)[b"acid"][:4]) == (1,)  # one shot
    two = recording(take(grid(8)), shifted(take(grid(8)), 30.0, "Take 2"))
    assert b"acid" not in chunks(marked(two, saved(tmp_path, two.duration), overwrite=True))


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT"])
def test_the_sound_is_the_same_to_the_bit(tmp_path: Path, subtype: str) -> None:
    facts = recording(take(grid(4)))
    path = saved(tmp_path, facts.duration, subtype=subtype)
    out = marked(facts, path)
    assert soundfile.info(out).subtype == subtype
    kind = "float32" if subtype == "FLOAT" else "int32"
    assert np.array_equal(soundfile.read(out, dtype=kind)[0], soundfile.read(path, dtype=kind)[0])


@pytest.mark.parametrize(("name", "rate"), [("a.flac", 192000), ("a.mp3", 44100), ("a.ogg", 48000)])
def test_other_formats_become_wav(tmp_path: Path, name: str, rate: int) -> None:
    facts = recording(take(grid(4)))
    path = saved(tmp_path, facts.duration, name, rate=rate)
    out = marked(facts, path)
    there, _ = soundfile.read(path)
    heard, heard_rate = soundfile.read(out)
    assert heard_rate == rate
    assert np.abs(heard - there).max() < 2**-22


def test_a_part_says_where_in_the_recording_it_was(tmp_path: Path) -> None:
    one, two = take(grid(4)), shifted(take(grid(4)), 20.0, "Take 2")
    facts = recording(one, two)
    path = saved(tmp_path, facts.duration)
    out = marked(facts, path, of=two, zero=True)
    first = round(two.start * RATE)
    there, _ = soundfile.read(path, dtype="int32")
    heard, _ = soundfile.read(out, dtype="int32")
    assert np.array_equal(heard, there[first : first + len(heard)])
    read = WavInfoReader(str(out))
    assert read.bext.time_reference == first
    assert min(cue.sample_offset for cue in read.cues.cues) == 0


def test_talk_alone_and_odd_names(tmp_path: Path) -> None:
    path = saved(tmp_path, 3.0)
    out = marked(Recording(duration=3.0, parts=(), takes=()), path, title="\x00\x07\N{GUITAR}")
    assert set(chunks(out)) == {b"fmt ", b"bext", b"data"}
    song = take(grid(4))
    song = replace(song, name="a\0b\nc \N{GUITAR}")
    facts = recording(song)
    read = WavInfoReader(str(marked(facts, path, overwrite=True)))
    assert "a b c" in " ".join(label.text for label in read.cues.labels)


def test_without_the_sound_there_is_nothing_to_mark() -> None:
    with pytest.raises(BridgeError, match="needs the sound"):
        export_facts(recording(take(grid(4))), "marked-wav", io.BytesIO())


def test_a_file_a_little_shorter_than_what_is_known_keeps_its_length(tmp_path: Path) -> None:
    facts = recording(take(grid(4)))
    path = saved(tmp_path, facts.duration - 0.02)
    out = marked(facts, path)
    assert soundfile.info(out).frames == soundfile.info(path).frames
