"""Drum hits and fingerprints as few bytes. docs/library.md has the figures against rows."""

from __future__ import annotations

import zlib

import numpy as np

from bridge.events import DRUMS
from bridge.recordings.facts import Hit
from bridge.recordings.riffs.fingerprint import Fingerprint

HIT = np.dtype([("time", "<f8"), ("drum", "u1"), ("velocity", "u1"), ("confidence", "<f4")])


def pack_hits(hits: tuple[Hit, ...]) -> bytes:
    """14 bytes a hit, compressed. The drum is its number in bridge.events.DRUMS."""
    rows = [(hit.time, DRUMS.index(hit.drum), hit.velocity, hit.confidence) for hit in hits]
    return zlib.compress(np.array(rows, HIT).tobytes())


def unpack_hits(packed: bytes) -> tuple[Hit, ...]:
    """The hits again."""
    rows = np.frombuffer(zlib.decompress(packed), HIT)
    return tuple(
        Hit(time, DRUMS[drum], velocity, round(confidence, 3))
        for time, drum, velocity, confidence in rows.tolist()
    )


def pack_fingerprint(fingerprint: Fingerprint) -> bytes:
    """float32, little-endian."""
    return np.asarray(fingerprint, "<f4").tobytes()


def unpack_fingerprint(packed: bytes | None) -> Fingerprint | None:
    """The fingerprint again."""
    return None if packed is None else tuple(np.frombuffer(packed, "<f4").tolist())
