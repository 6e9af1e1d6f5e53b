"""A piece is what is heard there when the whole file is heard in order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from bridge.recordings.decode import open_recording
from bridge.recordings.pieces import Piece, read_pieces
from tests.sound import beat, noise

RATE = 44100


@pytest.mark.parametrize(
    ("suffix", "kind", "subtype"),
    [
        (".mp3", "MP3", "MPEG_LAYER_III"),
        (".ogg", "OGG", "VORBIS"),
        (".opus", "OGG", "OPUS"),
        (".flac", "FLAC", "PCM_16"),
    ],
)
def test_what_is_sought_is_what_is_heard_in_order(
    tmp_path: Path, suffix: str, kind: str, subtype: str
) -> None:
    path = tmp_path / f"song{suffix}"
    rate = 48000 if subtype == "OPUS" else RATE
    soundfile.write(path, np.concatenate([noise(1.5), beat(bars=1)[0]]), rate, subtype, format=kind)
    whole = np.concatenate(list(open_recording(path).blocks(1.0)))
    places = np.arange(5000, 140000, 7001).tolist()
    for piece in read_pieces(path, [(-500, 3000), *[(place, place + 3000) for place in places]]):
        expected = whole[piece.first : piece.first + len(piece.samples)]
        assert len(piece.samples) == 3000
        assert np.abs(piece.samples - expected).max() < 1e-6


def test_a_piece_is_silent_where_it_has_no_sound() -> None:
    piece = Piece(np.ones((3, 1), np.float32), first=10)
    assert piece.cut(8, 15)[:, 0].tolist() == [0, 0, 1, 1, 1, 0, 0]
    assert piece.cut(20, 22)[:, 0].tolist() == [0, 0]
