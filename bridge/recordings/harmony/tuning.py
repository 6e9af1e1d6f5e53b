"""How a take is tuned."""

from __future__ import annotations

import numpy as np

from bridge.recordings.facts import Span
from bridge.recordings.findings import Findings
from bridge.recordings.layers.notes import TONAL, TUNING


def find_tuning(findings: Findings, span: Span) -> float:
    """Cents over A = 440 Hz, -50..50; 0 where nothing is tonal.

    The circular mean over all that sounds: hours of peaks, not the last 20 s of them as live, so
    that a few cents are told from none.
    """
    rows = findings.layers["notes"].between(span.start, span.end)
    weights = rows[:, TONAL].astype(np.float64)
    real, imaginary = weights @ rows[:, TUNING].astype(np.float64)
    if real == 0.0 and imaginary == 0.0:
        return 0.0
    return round(float(np.arctan2(imaginary, real)) / (2.0 * np.pi) * 100.0, 1)
