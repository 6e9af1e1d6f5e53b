"""The key of progressions whose key is known, and no key where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.events import Key
from bridge.trackers.key import KEYS, KeyTracker
from tests import sound

MAJOR = ((0, "maj"), (9, "min"), (5, "maj"), (7, "maj"))  # I vi IV V, semitones over the tonic
MINOR = ((0, "min"), (8, "maj"), (5, "min"), (7, "min"))  # i VI iv v


def progression(
    tonic: int,
    steps: tuple[tuple[int, str], ...],
    times: int,
    rate: int = 44100,
    cents: float = 0.0,
) -> np.ndarray:
    """Each chord sounds for a second."""
    labels = [f"{sound.PITCH_CLASSES[(tonic + step) % 12]}:{kind}" for step, kind in steps]
    return np.concatenate([sound.chord(label, 1.0, rate, cents) for label in labels] * times)


def heard(samples: np.ndarray, rate: int = 44100) -> list[Key]:
    events = sound.listen(KeyTracker(), samples, rate)
    return [event for event in events if isinstance(event, Key)]


@pytest.mark.parametrize("rate", [44100, 48000])
@pytest.mark.parametrize(
    ("tonic", "steps", "key"),
    [(0, MAJOR, "C major"), (6, MAJOR, "F# major"), (9, MINOR, "A minor"), (3, MINOR, "Eb minor")],
)
def test_a_plain_progression_tells_its_key_within_ten_seconds(
    tonic: int, steps: tuple[tuple[int, str], ...], key: str, rate: int
) -> None:
    keys = heard(progression(tonic, steps, 3, rate), rate)
    assert [k.key for k in keys if k.decided <= 10.0][-1] == key
    assert keys[-1].key == key


def test_the_first_thing_said_is_that_the_key_is_not_known() -> None:
    keys = heard(progression(0, MAJOR, 2))
    assert keys[0].key is None
    assert keys[0].confidence == 0.0
    assert keys[0].decided < 0.5
    assert keys[1].decided >= 4.0


def test_a_song_that_goes_up_a_tone_changes_its_key_once_within_half_a_minute() -> None:
    before, after = progression(5, MAJOR, 10), progression(7, MAJOR, 8)
    keys = heard(np.concatenate([before, after]))
    turn = len(before) / 44100
    changes = [k for k, last in zip(keys[1:], keys, strict=False) if k.key != last.key]
    assert {k.key for k in changes if k.decided < turn} == {"F major"}
    late = [k for k in changes if k.decided > turn]
    assert [k.key for k in late] == ["G major"]
    assert turn < late[0].decided < turn + 30.0


def test_a_borrowed_chord_does_not_change_the_key() -> None:
    samples = np.concatenate(
        [progression(0, MAJOR, 4), sound.chord("Ab:maj", 2.0), progression(0, MAJOR, 2)]
    )
    assert {k.key for k in heard(samples) if k.decided > 6.0} == {"C major"}


def test_music_tuned_forty_cents_low_is_in_the_same_key() -> None:
    assert heard(progression(7, MAJOR, 3, cents=-40.0))[-1].key == "G major"


@pytest.mark.parametrize(
    "samples",
    [sound.silence(8.0), sound.noise(8.0), sound.beat(4)[0]],
    ids=["silence", "noise", "drums"],
)
def test_without_harmony_no_key_is_said(samples: np.ndarray) -> None:
    assert [k.key for k in heard(samples)] == [None]


def test_confidence_is_lower_while_the_key_is_open() -> None:
    clear = heard(progression(0, MAJOR, 3))[-1].confidence
    steps = tuple((step, "maj") for step in (0, 1, 6, 3))
    assert heard(progression(0, steps, 3))[-1].confidence < clear


def test_nan_does_not_stop_it() -> None:
    broken = np.full((4410, 1), np.nan, np.float32)
    music = progression(2, MAJOR, 2)
    keys = heard(np.concatenate([music[:44100], broken, music]))
    assert keys[-1].key == "D major"
    assert all(0.0 <= k.confidence <= 1.0 for k in keys)


def test_every_key_has_one_name() -> None:
    assert len(set(KEYS)) == 24
