"""WAV files as wavinfo and libsndfile read them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from wavinfo import WavInfoReader

from bridge.recordings.export.riff_file import Bits, Mark, WavNotes, write_wav
from tests.sound import noise

RATE = 48000
NOTES = WavNotes(
    name="Riff 7",
    marks=(Mark(0, "count-in"), Mark(960, "Größe 1"), Mark(1500, "bar 2")),
    loops=((960, 2000),),
    quarters=8,
    tempo=123.25,
    metre=(7, 8),
    stamp=3 * 2**32 + 17,  # a day at 192 kHz needs more than 32 bits
)


def saved(folder: Path, sound: np.ndarray, bits: Bits = "24", **asked: object) -> Path:
    path = folder / "loop.wav"
    blocks = (sound[first : first + 700] for first in range(0, len(sound), 700))
    notes = asked.pop("notes", NOTES)
    write_wav(path, blocks, len(sound), RATE, sound.shape[1], bits, notes, **asked)  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize(
    ("bits", "subtype", "error"),
    [("16", "PCM_16", 2**-16), ("24", "PCM_24", 2**-24), ("float", "FLOAT", 0.0)],
)
@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("frames", [2001, 2002])
def test_the_sound_is_read_as_it_was(
    tmp_path: Path, bits: Bits, subtype: str, error: float, channels: int, frames: int
) -> None:
    sound = np.hstack([noise(1.0, RATE, seed=seed)[:frames] for seed in range(channels)])
    path = saved(tmp_path, sound, bits)
    with soundfile.SoundFile(path) as file:
        assert (file.subtype, file.samplerate, file.frames) == (subtype, RATE, frames)
        assert np.abs(file.read(dtype="float64", always_2d=True) - sound).max() <= error * 1.001


def test_what_is_over_full_scale_is_clipped_or_kept_as_float(tmp_path: Path) -> None:
    sound = np.array([[1.7], [-1.7], [1.0], [-1.0]], np.float32)
    read, _ = soundfile.read(saved(tmp_path, sound, "16"))
    assert read == pytest.approx([1.0, -1.0, 1.0, -1.0], abs=1e-4)
    read, _ = soundfile.read(saved(tmp_path, sound, "float"))
    assert read == pytest.approx([1.7, -1.7, 1.0, -1.0])


def test_marks_loop_and_time_stamp_are_read_by_another_program(tmp_path: Path) -> None:
    read = WavInfoReader(str(saved(tmp_path, noise(1.0, RATE)[:2001])))
    assert [cue.sample_offset for cue in read.cues.cues] == [0, 960, 1500]
    assert [label.name for label in read.cues.labels] == [cue.name for cue in read.cues.cues]
    assert (read.cues.labels[0].text, read.cues.labels[2].text) == ("count-in", "bar 2")
    (loop,) = read.smpl.sample_loops
    assert (loop.start, loop.end, loop.repetition_count) == (960, 2000, 0)
    assert read.smpl.sample_period_ns == 20833
    assert read.bext.time_reference == 3 * 2**32 + 17
    assert (read.bext.description, read.bext.originator) == ("Riff 7", "dawbridge")
    assert read.data.frame_count == 2001


def test_tempo_and_metre_are_read_by_libsndfile(tmp_path: Path) -> None:
    with soundfile.SoundFile(saved(tmp_path, noise(1.0, RATE)[:2001])) as file:
        log = file.extra_info
    assert re.search(r"Beats\s*:\s*8\b", log)
    assert re.search(r"Meter\s*:\s*7/8", log)
    assert re.search(r"Tempo\s*:\s*123.25", log)


@pytest.mark.parametrize("bits", ["16", "24", "float"])
def test_more_than_riff_can_say_is_rf64(tmp_path: Path, bits: Bits) -> None:
    sound = noise(1.0, RATE)[:3001]
    path = saved(tmp_path, sound, bits, largest=4000)  # as if 4 GB were reached
    assert path.read_bytes()[:4] == b"RF64"
    with soundfile.SoundFile(path) as file:
        assert (file.format, file.frames) == ("RF64", 3001)
        assert np.abs(file.read(dtype="float32", always_2d=True) - sound).max() < 1e-4
    read = WavInfoReader(str(path))
    assert read.data.frame_count == 3001
    assert read.bext.time_reference == NOTES.stamp


@given(
    marks=st.lists(st.tuples(st.integers(0, 2000), st.text(max_size=40)), max_size=5),
    name=st.text(max_size=300),
)
def test_any_names_leave_the_chunks_whole(
    tmp_path_factory: pytest.TempPathFactory, marks: list[tuple[int, str]], name: str
) -> None:
    notes = WavNotes(name=name, marks=tuple(Mark(at, text) for at, text in marks), loops=((0, 9),))
    path = saved(tmp_path_factory.mktemp("any"), noise(0.1, RATE)[:101], notes=notes)
    read = WavInfoReader(str(path))
    assert len(read.cues.labels if read.cues else []) == len(marks)
    assert read.data.frame_count == 101
    assert soundfile.info(path).frames == 101


def test_blocks_that_are_not_what_was_announced_are_a_bug(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="announced"):
        write_wav(tmp_path / "a.wav", [np.zeros((9, 1), np.float32)], 10, RATE, 1, "16", NOTES)
