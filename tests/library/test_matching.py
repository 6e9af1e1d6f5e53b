"""What is found again is recognised: each once, the likest first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridge.library.matching import Stretch, match, overlap
from bridge.recordings.facts import Span


def stretch(*times: tuple[float, float]) -> Stretch:
    spans = tuple(Span(*time) for time in times)
    return Stretch(spans, spans[0])


SPANS = st.builds(
    lambda start, length: (start, start + length),
    st.floats(0, 100).map(lambda x: round(x, 2)),
    st.floats(0.1, 20).map(lambda x: round(x, 2)),
)
LISTS = st.lists(SPANS.map(stretch), max_size=8, unique=True)


@given(LISTS, LISTS)
def test_each_known_one_is_taken_once(known: list[Stretch], found: list[Stretch]) -> None:
    matched = match([(each,) for each in known], found)
    taken = [old for old in matched if old is not None]
    assert len(matched) == len(found)
    assert len(set(taken)) == len(taken)
    for new, old in enumerate(matched):
        if old is not None:
            assert overlap(known[old].times, found[new].times) >= 0.5


@given(LISTS, st.randoms())
def test_the_same_in_another_order_is_recognised(known: list[Stretch], chance: object) -> None:
    order = list(range(len(known)))
    chance.shuffle(order)  # type: ignore[attr-defined]
    matched = match([(each,) for each in known], [known[index] for index in order])
    assert matched == order


def test_the_likest_comes_first() -> None:
    known = [(stretch((0, 10)),), (stretch((4, 14)),)]
    assert match(known, [stretch((3, 13)), stretch((0, 9))]) == [1, 0]


def test_less_than_half_in_common_is_something_else() -> None:
    assert match([(stretch((0, 10)),)], [stretch((6, 16))]) == [None]


def test_what_it_was_before_counts_as_well() -> None:
    known = [(stretch((0, 10)),), (stretch((2, 12)), stretch((1, 11)))]
    assert match(known, [stretch((1, 11))]) == [1]


def test_overlap_is_what_both_cover_of_what_either_covers() -> None:
    assert overlap([Span(0, 2), Span(1, 4)], [Span(3, 6)]) == 1 / 6
    assert overlap([], [Span(0, 1)]) == 0.0
