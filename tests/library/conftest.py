"""A library in a fresh folder, and a short song that was heard once for all tests.

With LIBRARY_TEST_URL the database is that one, emptied before each test
(tests/end_to_end/test_postgres.py runs all of these tests so).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from sqlalchemy import create_engine, text

from bridge.library.library import Library
from bridge.recordings.findings import Findings
from bridge.recordings.hearing import hear
from tests.sound import beat, chord

SERVER = os.environ.get("LIBRARY_TEST_URL", "")


class ArraySound:
    def __init__(self, samples: np.ndarray, rate: int) -> None:
        self.samples, self.rate, self.channels = samples, rate, samples.shape[1]
        self.duration = len(samples) / rate

    def blocks(self, seconds: float) -> Iterator[np.ndarray]:
        step = round(seconds * self.rate)
        for first in range(0, len(self.samples), step):
            yield self.samples[first : first + step]


@pytest.fixture(scope="session")
def song() -> np.ndarray:
    """Eight bars at 120 BPM, Am and F by turns, drums; one channel, 44.1 kHz."""
    drums, _ = beat(bars=8)
    harmony = np.concatenate([chord(name, 4.0) for name in ("A:min", "F:maj") * 2])
    out = drums.copy()
    out[22050 : 22050 + len(harmony)] += harmony[: len(out) - 22050]
    return out


@pytest.fixture(scope="session")
def findings(song: np.ndarray) -> Findings:
    return hear(ArraySound(song, 44100))


@pytest.fixture
def wav(song: np.ndarray, tmp_path: Path) -> Path:
    path = tmp_path / "song.wav"
    soundfile.write(path, song, 44100)
    return path


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    if SERVER:
        engine = create_engine(SERVER)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
    with Library(tmp_path / "library", SERVER) as opened:
        yield opened


@pytest.fixture
def recording(library: Library, wav: Path, findings: Findings) -> str:
    """Added, and heard."""
    entry = library.add(wav)
    library.keep_findings(entry.id, findings)
    return entry.id
