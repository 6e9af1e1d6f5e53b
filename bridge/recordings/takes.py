"""What a recording falls into: songs, talk, noodling, count-ins, silence."""

from __future__ import annotations

from bridge.recordings.facts import Part
from bridge.recordings.findings import Findings


def find_parts(findings: Findings) -> tuple[Part, ...]:
    """Parts that follow each other and fill the recording."""
    return (Part(0.0, findings.duration, "song", 0.5),)
