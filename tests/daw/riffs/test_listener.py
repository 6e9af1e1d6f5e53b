"""The process that looks for riffs, without the process: lines in, answers out."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from bridge.daw.riffs.listener import Listener
from bridge.daw.riffs.recurrence import Found
from bridge.demo import SONG
from bridge.live.ring import RingWriter
from bridge.sources.file import read_whole

LOOK = {"find": {"start": 0.0, "end": 26.0}}
NOTHING = {"found": None}


class Talk:
    """Asks and has the answers at once."""

    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] = []
        self.listener = Listener(self.answers.append, at_once)

    def ask(self, line: dict[str, Any] = LOOK) -> Found | None:
        before = len(self.answers)
        self.listener.take(line)
        (answer,) = self.answers[before:]
        assert answer["seconds"] >= 0
        return Found.from_line(answer["found"]) if answer["found"] else None


def at_once(look: Callable[[], None]) -> None:
    look()


@pytest.fixture
def talk() -> Talk:
    return Talk()


@pytest.fixture(scope="module")
def song() -> Iterator[tuple[np.ndarray, int]]:
    samples, rate = read_whole(SONG)
    yield samples[: 26 * rate].astype(np.float32), rate


def test_the_riff_of_a_file_is_found(talk: Talk) -> None:
    talk.listener.take({"file": str(SONG), "loop": False})
    found = talk.ask()
    assert found is not None
    (riff,) = found.riffs
    assert len(riff.times) >= 2
    assert (found.start, found.end) == (0.0, 26.0)


def test_a_file_at_another_rate_is_heard_as_well(talk: Talk, tmp_path: Path) -> None:
    samples, rate = read_whole(SONG)
    path = tmp_path / "half.wav"
    soundfile.write(path, samples[: 26 * rate : 2].mean(axis=1), rate // 2)
    talk.listener.take({"file": str(path)})
    found = talk.ask()
    assert found is not None and len(found.riffs) == 1


def test_the_riff_in_the_ring_is_found(
    talk: Talk, song: tuple[np.ndarray, int], tmp_path: Path
) -> None:
    samples, rate = song
    writer = RingWriter(tmp_path / "ring", rate, 2)
    talk.listener.take({"ring": str(tmp_path / "ring")})
    for at in range(0, len(samples), rate):
        for first in range(at, min(at + rate, len(samples)), 1024):
            piece = samples[first : min(first + 1024, at + rate)]
            writer.write(piece, first, first)
        talk.listener.hear()
    found = talk.ask()
    assert found is not None and len(found.riffs) == 1
    talk.listener.take({"ring": str(tmp_path / "ring")})  # told twice: nothing is forgotten
    assert talk.ask() == found


def test_each_question_has_an_answer(talk: Talk, tmp_path: Path) -> None:
    assert talk.ask() is None, "nothing to hear"
    talk.listener.take({"ring": str(tmp_path / "no ring")})
    assert talk.ask() is None
    talk.listener.take({"file": str(tmp_path / "no file.wav")})
    assert talk.ask() is None
    talk.listener.take({"file": str(SONG)})
    assert talk.ask({"find": {"start": 1000.0, "end": 1060.0}}) is None, "after its end"


def test_a_file_that_breaks_off_is_heard_until_there(talk: Talk, tmp_path: Path) -> None:
    path = tmp_path / "torn.ogg"
    shutil.copy(SONG, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 3])
    talk.listener.take({"file": str(path)})
    first = talk.ask({"find": {"start": 0.0, "end": 60.0}})
    assert first is None or first.end < 60.0
    assert talk.ask({"find": {"start": 0.0, "end": 60.0}}) == first


def test_sound_that_no_instrument_makes_is_no_riff(talk: Talk, tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    for name, sound in {
        "silence": np.zeros((16 * 44100, 1)),
        "noise": chance.normal(0, 0.2, (16 * 44100, 1)),
        "direct current": np.full((16 * 44100, 1), 0.9),
        "no numbers": np.full((16 * 44100, 1), np.nan),
    }.items():
        path = tmp_path / f"{name}.wav"
        soundfile.write(path, sound.astype(np.float32), 44100, subtype="FLOAT")
        talk.listener.take({"file": str(path)})
        found = talk.ask({"find": {"start": 0.0, "end": 16.0}})
        assert found is None or found.riffs == (), name
