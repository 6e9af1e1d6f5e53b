"""A recording is heard in whatever pieces it comes, and little is kept of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from bridge.recordings.findings import Findings
from bridge.recordings.hearing import Hearing, hear
from bridge.recordings.layers import LAYERS
from tests.sound import beat

RATE = 44100
HOURS = 3 * 3600.0


class ArraySound:
    """A recording in memory, in blocks of so many samples whatever is asked for."""

    rate, channels, damage = RATE, 1, None

    def __init__(self, samples: np.ndarray, block: int) -> None:
        self.samples, self.block = samples, block
        self.duration = len(samples) / RATE

    def blocks(self, seconds: float) -> Iterator[np.ndarray]:
        for first in range(0, len(self.samples), self.block):
            yield self.samples[first : first + self.block]


@pytest.fixture(scope="module")
def drums() -> np.ndarray:
    return beat(bars=3)[0]


@pytest.fixture(scope="module")
def findings(drums: np.ndarray) -> Findings:
    return hear(ArraySound(drums, len(drums)))


def test_three_hours_of_rows_fit_in_60_mb(findings: Findings) -> None:
    kept = sum(rows.values.nbytes for rows in findings.layers.values())
    assert kept / findings.duration * HOURS < 60e6


@pytest.mark.parametrize("name", LAYERS)
def test_rows_have_the_columns_of_their_layer_and_reach_the_end(
    findings: Findings, name: str
) -> None:
    rows = findings.layers[name]
    assert rows.values.shape[1] == LAYERS[name]().columns
    assert rows.times()[-1] == pytest.approx(findings.duration, abs=0.2)  # half a window


def test_what_is_heard_does_not_depend_on_the_blocks(drums: np.ndarray, findings: Findings) -> None:
    again = hear(ArraySound(drums, 12345))
    np.testing.assert_allclose(again.hits, findings.hits)
    np.testing.assert_allclose(again.onsets, findings.onsets)
    for name, rows in findings.layers.items():
        np.testing.assert_allclose(
            again.layers[name].values.astype(float), rows.values.astype(float), atol=0.02
        )


def test_what_is_forgotten_moves_nothing_else(drums: np.ndarray, findings: Findings) -> None:
    hearing = Hearing(RATE, 1)
    for first in range(0, len(drums), RATE // 2):
        hearing.hear(drums[first : first + RATE // 2])
        hearing.forget(hearing.seconds - 2.0)
    kept, seconds = hearing.findings(), hearing.seconds
    assert kept.duration == pytest.approx(findings.duration)
    for name, rows in kept.layers.items():
        assert 2.0 <= len(rows.values) * rows.step < 4.0, name
        span = seconds - 1.9, seconds - 0.5
        assert np.array_equal(rows.between(*span), findings.layers[name].between(*span)), name
    late = findings.hits[findings.hits[:, 0] >= seconds - 2.0]
    assert len(late) and np.array_equal(kept.hits[-len(late) :], late)


def test_a_cut_is_a_recording_of_its_own(findings: Findings) -> None:
    cut = findings.cut(1.0, 3.0)
    assert cut.duration == 2.0
    for name, rows in cut.layers.items():
        assert np.array_equal(rows.between(0.5, 1.5), findings.layers[name].between(1.5, 2.5)), name
    inside = findings.hits[(findings.hits[:, 0] >= 1.0) & (findings.hits[:, 0] < 3.0)]
    np.testing.assert_allclose(cut.hits[:, 0], inside[:, 0] - 1.0)
