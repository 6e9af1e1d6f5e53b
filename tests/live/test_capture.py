"""What the capture process decides without any device."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from bridge.live.capture import continued
from bridge.live.ring import Ring

RATE = 48000


def test_the_stream_begins_at_0(tmp_path: Path) -> None:
    assert continued(tmp_path, RATE) == 0
    Ring.create(tmp_path / "ring-1", RATE, 2)  # one that never got any sound
    assert continued(tmp_path, RATE) == 0


@pytest.mark.parametrize("rate", [RATE, 44100])
def test_a_restart_counts_on_from_where_the_stream_would_be(tmp_path: Path, rate: int) -> None:
    ago = 2_000_000_000  # ns
    for number, first in (1, 0), (2, 9600):
        ring = Ring.create(tmp_path / f"ring-{number}", RATE, 1)
        ring.write(np.zeros((4800, 1), np.float32), first, time.monotonic_ns() - ago)
        ago //= 2
    assert continued(tmp_path, rate) == pytest.approx(1.3 * rate, abs=0.2 * rate)


def test_a_damaged_ring_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "ring-7").write_bytes(b"")
    assert continued(tmp_path, RATE) == 0


def test_capture_imports_neither_pydantic_nor_the_events() -> None:
    code = (
        "import sys, bridge.live.capture, bridge.sources.jack, bridge.sources.pulse\n"
        "print(sorted({'pydantic', 'soundfile', 'bridge.events', 'bridge.settings', 'mido'}"
        " & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert said.stdout.decode().strip() == "[]"
