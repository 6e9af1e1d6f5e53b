"""Packed and unpacked is the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridge.events import DRUMS
from bridge.library.packing import pack_hits, unpack_hits
from bridge.recordings.facts import Hit

HITS = st.builds(
    Hit,
    time=st.floats(0, 1e5).map(lambda x: round(x, 4)),
    drum=st.sampled_from(DRUMS),
    velocity=st.integers(1, 127),
    confidence=st.floats(0, 1).map(lambda x: round(x, 3)),
)


@given(st.lists(HITS, max_size=50).map(tuple))
def test_hits_come_back(hits: tuple[Hit, ...]) -> None:
    assert unpack_hits(pack_hits(hits)) == hits
