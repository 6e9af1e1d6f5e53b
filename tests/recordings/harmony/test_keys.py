"""Keys of synthesised progressions."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.recordings.facts import Key, Span
from bridge.recordings.findings import Findings
from bridge.recordings.harmony.keys import find_keys
from tests.recordings.notes import beats, notes_of, played
from tests.sound import PITCH_CLASSES, noise, silence

MAJOR = ((0, "maj"), (9, "min"), (5, "maj"), (7, "7"))
MINOR = ((0, "min"), (8, "maj"), (5, "min"), (7, "7"))


def cadence(tonic: int, mode: str) -> list[str]:
    steps = MAJOR if mode == "major" else MINOR
    chords = [f"{PITCH_CLASSES[(tonic + step) % 12]}:{kind}" for step, kind in steps]
    return [*chords, f"{PITCH_CLASSES[tonic]}:{'maj' if mode == 'major' else 'min'}"]


def keys(findings: Findings) -> tuple[Key, ...]:
    return find_keys(findings, Span(0.0, findings.duration), beats(120.0, findings.duration))


@pytest.mark.parametrize("mode", ["major", "minor"])
@pytest.mark.parametrize("tonic", [0, 1, 6, 8, 11])
def test_a_cadence_has_its_key(tonic: int, mode: str) -> None:
    findings = notes_of(played(cadence(tonic, mode), 1.0))
    found = keys(findings)
    assert len(found) == 1
    usual = {"C# major": "Db major", "Ab minor": "G# minor"}
    name = f"{PITCH_CLASSES[tonic]} {mode}"
    assert found[0].key == usual.get(name, name)
    assert (found[0].start, found[0].end) == (0.0, pytest.approx(findings.duration))


def test_a_modulation_is_found_where_it_is() -> None:
    first, then = cadence(5, "major"), cadence(7, "major")
    sound = np.concatenate([played(first * 3, 2.0), played(then * 3, 2.0)])
    found = keys(notes_of(sound))
    assert [key.key for key in found] == ["F major", "G major"]
    assert found[1].start == pytest.approx(30.0, abs=2.0)
    assert found[0].end == found[1].start


def test_a_borrowed_chord_is_no_modulation() -> None:
    song = [*cadence(0, "major"), "Bb:maj", "F:maj", *cadence(0, "major")]
    assert [key.key for key in keys(notes_of(played(song, 2.0)))] == ["C major"]


def test_silence_and_noise_have_no_key() -> None:
    assert keys(notes_of(silence(8.0))) == ()
    assert keys(notes_of(noise(8.0))) == ()
