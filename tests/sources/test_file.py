"""A file as blocks of sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from bridge.errors import BridgeError
from bridge.sources.file import FileSource
from tests.sound import beat

RATE = 48000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Three channels of half a second; each sample is a tenth of its channel's number."""
    sound = np.tile(np.array([0.1, 0.2, 0.3], np.float32), (RATE // 2, 1))
    path = tmp_path / "three.wav"
    soundfile.write(path, sound, RATE, subtype="FLOAT")
    return path


@pytest.mark.parametrize(
    ("channels", "heard"), [((), [0.1, 0.2, 0.3]), ((3,), [0.3]), ((3, 1), [0.3, 0.1])]
)
def test_the_channels_that_were_chosen_are_heard(
    path: Path, channels: tuple[int, ...], heard: list[float]
) -> None:
    source = FileSource(path, channels=channels)
    assert source.channels == len(heard)
    blocks = list(source.blocks())
    assert sum(len(block.samples) for block in blocks) == RATE // 2
    for block in blocks:
        assert np.allclose(block.samples, heard)


def test_chosen_channels_of_a_file_at_another_rate(tmp_path: Path) -> None:
    path = tmp_path / "slow.wav"
    sound = np.tile(np.array([0.0, 0.5], np.float32), (22050, 1))
    soundfile.write(path, sound, 22050, subtype="FLOAT")
    source = FileSource(path, channels=(2,))
    heard = np.concatenate([block.samples for block in source.blocks()])
    assert (source.rate, heard.shape[1]) == (RATE, 1)
    assert np.median(heard) == pytest.approx(0.5, abs=1e-3)


def test_a_channel_that_the_file_lacks_is_said(path: Path) -> None:
    with pytest.raises(BridgeError) as told:
        FileSource(path, channels=(4,))
    assert "channels 1 to 3" in told.value.cause


@pytest.mark.parametrize("seconds", [0.01, 0.1, 1.0])
@pytest.mark.parametrize(
    ("kind", "subtype"),
    [("MP3", "MPEG_LAYER_III"), ("OGG", "VORBIS"), ("OGG", "OPUS"), ("FLAC", "PCM_16")],
)
def test_a_file_in_blocks_is_what_it_is_at_once(
    tmp_path: Path, kind: str, subtype: str, seconds: float
) -> None:
    path = tmp_path / "song"
    drums = beat(bars=1)[0]  # rests and attacks: a frame of an MP3 needs those before it
    soundfile.write(path, drums, 48000 if subtype == "OPUS" else 44100, subtype, format=kind)
    whole, _ = soundfile.read(path, dtype="float32", always_2d=True)
    blocks = [block.samples for block in FileSource(path, block_seconds=seconds).blocks()]
    np.testing.assert_array_equal(np.concatenate(blocks), whole)
