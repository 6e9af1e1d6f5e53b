"""Which section is the chorus."""

from __future__ import annotations

import numpy as np

from bridge.recordings.facts import Riff, Section, Span
from bridge.recordings.findings import Findings

TWICE = 1.0  # dB: what coming twice as often is worth against loudness, for a chorus
OPENING = 2.0  # dB: pieces seldom begin with their chorus


def find_chorus(
    sections: tuple[Section, ...], riffs: tuple[Riff, ...], findings: Findings
) -> Section | None:
    """The section that most likely is the chorus. None: nothing comes back.

    Of the music that comes at least twice (a section, or one that a riff of several times lies
    in) the loudest, a little more so the more often it comes, a little less if it opens the
    piece. Of its sections the loudest.
    """
    letters: dict[str, list[Section]] = {}
    for section in sections:
        letters.setdefault(section.label, []).append(section)
    again = {label: found for label, found in letters.items() if len(found) > 1}
    if not again:
        repeated = [time for riff in riffs if len(riff.times) > 1 for time in riff.times]
        again = {
            label: found
            for label, found in letters.items()
            if sum(found[0].shared(time) for time in repeated) > found[0].seconds / 2.0
        }
    if not again:
        return None

    def weight(label: str) -> float:
        levels = [_level(findings, section) for section in again[label]]
        opening = OPENING if sections[0].label == label else 0.0
        return float(np.mean(levels) + TWICE * np.log2(len(levels)) - opening)

    best = max(again, key=weight)
    return max(again[best], key=lambda section: _level(findings, section))


def _level(findings: Findings, span: Span) -> float:
    """dBFS, the mean of power."""
    level = findings.layers["level"].between(span.start, span.end).astype(np.float64)
    return float(10.0 * np.log10(np.mean(10.0 ** (level / 10.0)))) if len(level) else -np.inf
