from __future__ import annotations

import pytest

from bridge.recordings.harmony.scales import scale
from bridge.signal.chroma import PITCH_CLASSES


@pytest.mark.parametrize(
    ("key", "notes"),
    [
        ("G major", "G A B C D E F#"),
        ("E minor", "E F# G A B C D Eb"),  # Eb: the leading note, D#
        ("Eb major", "Eb F G Ab Bb C D"),
    ],
)
def test_a_scale_begins_with_its_tonic(key: str, notes: str) -> None:
    assert " ".join(PITCH_CLASSES[each] for each in scale(key)) == notes
