from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.recordings.facts import LOOP_BARS, Span, loop_bars

SPANS = st.tuples(st.integers(0, 50), st.integers(0, 50)).map(lambda both: Span(*sorted(both)))


@given(SPANS, SPANS)
def test_spans_share_the_seconds_that_lie_in_both(one: Span, other: Span) -> None:
    both = set(range(int(one.start), int(one.end))) & set(range(int(other.start), int(other.end)))
    assert one.shared(other) == other.shared(one) == len(both)


@pytest.mark.parametrize(("bars", "loop"), [(0.5, 4), (4, 4), (4.5, 8), (9, 12), (32, 32), (33, 0)])
def test_a_loop_has_the_next_usual_length(bars: float, loop: int) -> None:
    assert loop_bars(bars) == loop
    assert loop in (*LOOP_BARS, 0)
