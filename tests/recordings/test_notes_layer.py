"""Rows of the notes layer are about the moments they claim to be about."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.recordings.layers.notes import TONAL
from bridge.signal.notes import NOTES
from tests.recordings.notes import notes_of
from tests.sound import noise, tone


@pytest.mark.parametrize("rate", [44100, 48000])
@pytest.mark.parametrize(("low", "high"), [(45, 50), (60, 64), (76, 81)])
def test_notes_change_when_they_change(rate: int, low: int, high: int) -> None:
    sound = np.concatenate([tone(low, 2.0, rate), tone(high, 2.0, rate)])
    rows = notes_of(sound, rate).layers["notes"]
    weights = rows.values[:, [low - NOTES[0], high - NOTES[0]]].astype(float)
    times = rows.times()
    later = weights[:, 1] > weights[:, 0]
    changed = times[np.argmax(later & (times > 1.0))] - rows.step / 2
    assert changed == pytest.approx(2.0, abs=0.05)  # a row each 50 ms


def test_noise_is_not_tonal_and_tones_are() -> None:
    tonal = notes_of(np.concatenate([noise(2.0), tone(60, 2.0)])).layers["notes"].values[:, TONAL]
    assert tonal[5:30].max() < 0.3
    assert tonal[50:70].min() == 1.0
