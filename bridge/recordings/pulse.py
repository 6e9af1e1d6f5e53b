"""The grid of a take: beats by dynamic programming, bars by what the beats are like."""

from __future__ import annotations

import numpy as np

from bridge.recordings.facts import Span
from bridge.recordings.findings import Findings
from bridge.recordings.grid import Grid

SLOWEST, FASTEST = 1.2, 0.3  # seconds in a beat
TIGHT = 100.0  # how much a beat costs that is not where the tempo wants it (Ellis 2007)


def find_grid(findings: Findings, span: Span) -> Grid:
    """The grid of the music between `span.start` and `span.end`."""
    rows = findings.layers["strength"].since(span.start, span.end)
    strength = rows.values.sum(axis=1).astype(np.float64)
    shortest, longest = round(FASTEST / rows.step), round(SLOWEST / rows.step)
    if len(strength) < 4 * longest:
        return Grid((), ())
    lags = np.arange(shortest, longest)
    likeness = np.array([strength[lag:] @ strength[:-lag] for lag in lags])
    period = int(lags[(likeness * np.exp(-0.5 * np.log2(lags * rows.step / 0.5) ** 2)).argmax()])
    score, back = strength.copy(), np.full(len(strength), -1)
    before = np.arange(-2 * period, -period // 2)
    cost = -TIGHT * np.log(-before / period) ** 2 * strength.std()
    for now in range(2 * period, len(strength)):
        options = score[now + before] + cost
        best = int(options.argmax())
        score[now] += options[best]
        back[now] = now + before[best]
    beats = [int(score[-2 * period :].argmax()) + len(score) - 2 * period]
    while back[beats[-1]] >= 0:
        beats.append(int(back[beats[-1]]))
    beats.reverse()
    low = rows.values[:, 0]
    phase = max(range(4), key=lambda first: float(low[beats[first::4]].sum()))
    numbers = tuple((index - phase) % 4 + 1 for index in range(len(beats)))
    return Grid(tuple(round(rows.start + beat * rows.step, 4) for beat in beats), numbers)
