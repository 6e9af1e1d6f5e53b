"""A take's tuning, against that of synthesised music."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.recordings.facts import Span
from bridge.recordings.harmony.tuning import find_tuning
from tests.recordings.notes import notes_of, played
from tests.sound import noise, silence


@pytest.mark.parametrize("hz", [432.0, 438.0, 440.0, 441.0, 443.0, 446.0, 452.0])
def test_the_tuning_is_found_and_said_even_if_small(hz: float) -> None:
    cents = 1200.0 * np.log2(hz / 440.0)
    sound = played(["C:maj", "A:min", "F:maj", "G:7"], 1.5, cents)
    found = find_tuning(notes_of(sound), Span(0.0, 6.0))
    assert found == pytest.approx(cents, abs=1.5)


def test_drums_do_not_hide_the_tuning() -> None:
    sound = played(["D:min", "Bb:maj"], 3.0, cents=-31.8)
    found = find_tuning(notes_of(sound + noise(6.0, level_db=-35.0)), Span(0.0, 6.0))
    assert found == pytest.approx(-31.8, abs=3.0)


def test_silence_has_no_tuning() -> None:
    assert find_tuning(notes_of(silence(3.0)), Span(0.0, 3.0)) == 0.0


def test_each_take_has_its_own() -> None:
    sound = np.concatenate([played(["E:min"], 4.0, 12.0), played(["E:min"], 4.0, -20.0)])
    findings = notes_of(sound)
    assert find_tuning(findings, Span(0.0, 3.8)) == pytest.approx(12.0, abs=2.0)
    assert find_tuning(findings, Span(4.2, 8.0)) == pytest.approx(-20.0, abs=2.0)
