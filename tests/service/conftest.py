"""A service over a fresh library, and one that knows a short song already."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from bridge.library.library import Library
from bridge.recordings.analysis import understand
from bridge.recordings.decode import open_recording
from bridge.recordings.hearing import hear
from tests.service.desk import Desk
from tests.sound import beat, chord


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = Desk(tmp_path / "library")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight bars at 120 BPM, Am and F by turns, drums; one channel, 44.1 kHz."""
    out, _ = beat(bars=8)
    harmony = np.concatenate([chord(name, 4.0) for name in ("A:min", "F:maj") * 2])
    out[22050 : 22050 + len(harmony)] += harmony[: len(out) - 22050]
    path = tmp_path_factory.mktemp("songs") / "song.wav"
    soundfile.write(path, out, 44100)
    return path


@pytest.fixture(scope="session")
def analysed(song: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a library that knows the song; to be copied."""
    folder = tmp_path_factory.mktemp("analysed") / "library"
    with Library(folder) as library:
        id = library.add(song).id
        findings = hear(open_recording(song))
        library.keep_findings(id, findings)
        library.save_analysis(id, understand(findings), findings)
    return folder


@pytest.fixture
def known(analysed: Path, tmp_path: Path) -> Iterator[Desk]:
    """A service over a copy of that library."""
    shutil.copytree(analysed, tmp_path / "library")
    opened = Desk(tmp_path / "library")
    yield opened
    opened.close()
