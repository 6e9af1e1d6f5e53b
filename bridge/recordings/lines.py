"""What the live trackers said over a recording, as facts."""

from __future__ import annotations

from bridge.events import DRUMS
from bridge.recordings.facts import Hit, Tone
from bridge.recordings.findings import Findings


def hits_of(findings: Findings) -> tuple[Hit, ...]:
    """The drum hits."""
    return tuple(
        Hit(round(at, 4), DRUMS[int(drum)], int(velocity), round(confidence, 3))
        for at, drum, velocity, confidence in findings.hits.tolist()
    )


def onsets_of(findings: Findings) -> tuple[float, ...]:
    """The onsets, in seconds."""
    return tuple(round(at, 4) for at, _ in findings.onsets.tolist())


def pitch_of(findings: Findings) -> tuple[Tone, ...]:
    """The pitch line."""
    return tuple(
        Tone(round(at, 4), round(hz, 2), round(confidence, 3))
        for at, hz, confidence in findings.pitch.tolist()
    )
