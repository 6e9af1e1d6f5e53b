"""What the capture process decides without any device."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bridge.errors import BridgeError
from bridge.live.capture import continued, trigger_spec
from bridge.live.ring import RingWriter

RATE = 48000


def test_the_stream_begins_at_0(tmp_path: Path) -> None:
    assert continued(tmp_path, RATE, 0) == 0
    RingWriter(tmp_path / "ring-1", RATE, 2)  # one that never got any sound
    assert continued(tmp_path, RATE, 0) == 0


@pytest.mark.parametrize("rate", [RATE, 44100])
def test_a_restart_counts_on_from_where_the_stream_would_be(tmp_path: Path, rate: int) -> None:
    for number, first, at in (1, 0, 1_000_000_000), (2, 9600, 2_000_000_000):
        ring = RingWriter(tmp_path / f"ring-{number}", RATE, 1)
        ring.write(np.zeros((4800, 1), np.float32), first, at)
    assert continued(tmp_path, rate, now_ns=3_000_000_000) == round(1.3 * rate)


def test_a_damaged_ring_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "ring-7").write_bytes(b"")
    assert continued(tmp_path, RATE, 0) == 0


TRIGGER = {"on": True, "threshold": -24.0, "hold": 0.05, "note": 36, "midi_channel": 10}


@pytest.mark.parametrize(
    ("channels", "connect", "wanted", "place"),
    [
        ((), (), 2, 1),
        ((5, 3), (), 3, 1),
        ((), ("a:1", "b:1", "c:1"), 3, 2),
        ((5,), ("a:1", "b:1"), 2, 1),  # the ports win, as they do for the sound
    ],
)
def test_the_trigger_hears_the_channel_that_was_meant(
    channels: tuple[int, ...], connect: tuple[str, ...], wanted: int, place: int
) -> None:
    spec = trigger_spec(TRIGGER | {"channel": wanted}, {"channels": channels, "connect": connect})
    assert spec is not None
    assert spec.channel == place


@pytest.mark.parametrize(
    ("connect", "told"), [((), "source.channels"), (("a:1", "b:1"), "source.connect")]
)
def test_a_trigger_whose_channel_is_not_heard_is_said(connect: tuple[str, ...], told: str) -> None:
    with pytest.raises(BridgeError) as error:
        trigger_spec(TRIGGER | {"channel": 5}, {"channels": (3, 4), "connect": connect})
    assert told in error.value.cause


def test_capture_imports_neither_pydantic_nor_the_events() -> None:
    code = (
        "import sys, bridge.live.capture, bridge.sources.jack, bridge.sources.pulse\n"
        "print(sorted({'pydantic', 'soundfile', 'bridge.events', 'bridge.settings', 'mido'}"
        " & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert said.stdout.decode().strip() == "[]"
