"""Which recording is meant."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from bridge.errors import BridgeError
from bridge.library.entries import Entry
from bridge.library.finding import find, newest
from bridge.library.library import Library
from bridge.recordings.findings import Findings
from tests.library.found import analysis


@pytest.fixture
def entries(library: Library, tmp_path: Path) -> list[Entry]:
    found = []
    for number, name in enumerate(("Blue", "Blue train", "Red")):
        path = tmp_path / f"{name}.wav"
        soundfile.write(path, np.full(4410, 0.1 * (number + 1)), 44100)
        found.append(library.add(path))
    return found


def test_a_whole_name_comes_before_a_part_of_another(
    library: Library, entries: list[Entry]
) -> None:
    assert find(library, "blue") == entries[0]
    assert find(library, "BLUE TRAIN") == entries[1]
    assert find(library, "train") == entries[1]
    assert find(library, "Red.WAV") == entries[2]


def test_an_id_may_be_cut_short(library: Library, entries: list[Entry]) -> None:
    assert find(library, entries[2].id[:8]) == entries[2]


def test_a_name_that_fits_two_is_not_guessed(library: Library, entries: list[Entry]) -> None:
    with pytest.raises(BridgeError, match="may be 2 recordings") as told:
        find(library, "blu")
    assert entries[0].id[:8] in told.value.cause


def test_a_name_that_fits_none_is_said(library: Library, entries: list[Entry]) -> None:
    with pytest.raises(BridgeError, match="no recording 'green'"):
        find(library, "green")


def test_the_newest_is_the_one_that_was_analysed_last(
    library: Library, entries: list[Entry], recording: str, findings: Findings
) -> None:
    library.save_analysis(recording, analysis(findings), findings)
    assert newest(library).id == recording


def test_without_any_analysis_there_is_no_newest(library: Library, entries: list[Entry]) -> None:
    with pytest.raises(BridgeError, match="No recording has been analysed yet"):
        newest(library)
