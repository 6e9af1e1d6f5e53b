"""The audio ring between two processes."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.errors import BridgeError
from bridge.live.ring import FELL_BEHIND, RingReader, RingWriter
from bridge.sources.client import DEVICE_GONE, LOST_CYCLES, REASONS

RATE = 48000


def numbers(first: int, count: int, channels: int = 2) -> np.ndarray:
    """Samples that tell their own number (exact in float32 below 2**24)."""
    column = np.arange(first, first + count, dtype=np.float32)[:, None]
    return np.repeat(column, channels, axis=1)


def test_what_is_written_is_read_bit_by_bit(tmp_path: Path) -> None:
    writer = RingWriter(tmp_path / "ring", RATE, 2)
    reader = RingReader(tmp_path / "ring")
    assert (reader.rate, reader.channels) == (RATE, 2)
    sound = np.random.default_rng(1).standard_normal((5000, 2)).astype(np.float32)
    for first in range(0, 5000, 250):
        writer.write(sound[first : first + 250], first, first)
    (block,) = reader.read()
    assert np.array_equal(block.samples, sound)
    assert (block.first, block.gap) == (0, 0)
    assert reader.read() == []


def test_a_late_reader_begins_at_now(tmp_path: Path) -> None:
    writer = RingWriter(tmp_path / "ring", RATE, 1)
    writer.write(numbers(0, 100, 1), 0, 1)
    reader = RingReader(tmp_path / "ring")
    assert reader.read() == []
    writer.write(numbers(100, 100, 1), 100, 2)
    (block,) = reader.read()
    assert (block.first, block.gap) == (100, 0)


def test_a_late_reader_may_go_back_to_what_is_still_there(tmp_path: Path) -> None:
    writer = RingWriter(tmp_path / "ring", RATE, 1, seconds=1.0)
    for first in range(0, 4 * RATE, 480):
        writer.write(numbers(first, 480, 1), first, first)
    (block,) = RingReader(tmp_path / "ring", back=True).read()
    assert block.first == block.samples[0, 0] > 3 * RATE
    assert len(block.samples) >= RATE // 2
    assert (block.first + len(block.samples), block.gap, block.reason) == (4 * RATE, 0, "")


def test_a_reader_that_goes_back_in_an_empty_ring_begins_with_it(tmp_path: Path) -> None:
    writer = RingWriter(tmp_path / "ring", RATE, 1)
    reader = RingReader(tmp_path / "ring", back=True)
    writer.write(numbers(0, 100, 1), 0, 1)
    (block,) = reader.read()
    assert (block.first, len(block.samples), block.gap) == (0, 100, 0)


def test_a_reader_that_knows_what_it_heard_is_told_what_it_missed(tmp_path: Path) -> None:
    writer = RingWriter(tmp_path / "ring", RATE, 1)
    reader = RingReader(tmp_path / "ring", expected=40)
    writer.write(numbers(100, 10, 1), 100, 2)
    assert [(block.first, block.gap) for block in reader.read()] == [(100, 60)]


def test_lost_samples_are_a_gap_with_its_reason(tmp_path: Path) -> None:
    writer = RingWriter(tmp_path / "ring", RATE, 1)
    reader = RingReader(tmp_path / "ring")
    writer.write(numbers(0, 64, 1), 0, 1)
    writer.write(numbers(128, 64, 1), 128, 2, LOST_CYCLES)
    writer.write(numbers(192, 64, 1), 192, 3)
    writer.write(numbers(1000, 64, 1), 1000, 4, DEVICE_GONE)
    assert [(b.first, len(b.samples), b.gap, b.reason) for b in reader.read()] == [
        (0, 64, 0, ""),
        (128, 128, 64, REASONS[LOST_CYCLES]),
        (1000, 64, 744, REASONS[DEVICE_GONE]),
    ]


def test_stamps_tell_when_each_sample_was_there(tmp_path: Path) -> None:
    writer = RingWriter(tmp_path / "ring", RATE, 1)
    reader = RingReader(tmp_path / "ring")
    assert reader.last() is None
    writer.write(numbers(0, 64, 1), 0, 1_000)
    writer.write(numbers(64, 64, 1), 64, 2_000)
    reader.read()
    assert [(stamp.sample, stamp.host_ns) for stamp in reader.stamps] == [(64, 1_000), (128, 2_000)]
    assert reader.last() == reader.stamps[-1]


@settings(deadline=None, max_examples=60)
@given(
    steps=st.lists(
        st.tuples(st.integers(1, 900), st.integers(0, 300), st.integers(0, 6)), max_size=120
    )
)
def test_a_reader_hears_every_sample_once_or_is_told(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int, int]]
) -> None:
    path = tmp_path_factory.mktemp("ring") / "ring"
    writer = RingWriter(path, RATE, 1, seconds=0.05)  # 4096 samples: it goes round often
    reader = RingReader(path)
    first, heard = 0, 0
    for count, lost, pause in steps:
        first += lost if first else 0
        writer.write(numbers(first, count, 1), first, first)
        first += count
        if pause == 0:
            for block in reader.read():
                assert block.first == heard + block.gap
                assert np.array_equal(block.samples, numbers(block.first, len(block.samples), 1))
                heard = block.first + len(block.samples)
            assert heard == first


def test_a_reader_that_falls_behind_is_told_so(tmp_path: Path) -> None:
    writer = RingWriter(tmp_path / "ring", RATE, 2, seconds=0.1)
    reader = RingReader(tmp_path / "ring")
    for first in range(0, 100_000, 500):
        writer.write(numbers(first, 500), first, first)
    (block,) = reader.read()
    assert block.reason == FELL_BEHIND
    assert block.gap == block.first
    assert np.array_equal(block.samples, numbers(block.first, len(block.samples)))
    assert block.first + len(block.samples) == 100_000


def test_a_writer_at_full_speed_never_shows_torn_samples(tmp_path: Path) -> None:
    writer = RingWriter(tmp_path / "ring", RATE, 2, seconds=0.02)
    reader = RingReader(tmp_path / "ring")
    blocks = 20_000

    def write() -> None:
        for first in range(0, blocks * 113, 113):
            writer.write(numbers(first, 113), first, first)

    thread = threading.Thread(target=write)
    thread.start()
    heard = 0
    while heard < blocks * 113:
        for block in reader.read():
            assert block.first == heard + block.gap
            assert np.array_equal(block.samples, numbers(block.first, len(block.samples)))
            heard = block.first + len(block.samples)
    thread.join()


def test_the_ring_outlives_a_reader_in_another_process(tmp_path: Path) -> None:
    writer = RingWriter(tmp_path / "ring", RATE, 2)
    writer.write(numbers(0, 100), 0, 1)
    program = (
        "import sys; from pathlib import Path; from bridge.live.ring import RingReader;"
        "print(RingReader(Path(sys.argv[1])).last().sample)"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, str(writer.path)], capture_output=True, check=True
    )
    assert said.stdout.split() == [b"100"]
    assert said.stderr == b""
    writer.write(numbers(100, 20), 100, 2)
    last = RingReader(writer.path).last()
    assert last is not None
    assert last.sample == 120


def test_no_ring_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match="cannot be opened"):
        RingReader(tmp_path / "ring")
    (tmp_path / "ring").write_bytes(b"x" * 4096)
    with pytest.raises(BridgeError, match="no audio ring"):
        RingReader(tmp_path / "ring")
