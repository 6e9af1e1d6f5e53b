from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridge.daw.facts import Fact
from bridge.daw.riffs.known import carried_on


def riff(id: str, at: float, end: float, name: str = "A riff") -> Fact:
    return Fact(id, "region", "riff", at, name, end)


def test_a_time_that_is_found_again_keeps_its_id_and_moves() -> None:
    (now,) = carried_on([riff("old", 0, 8)], [riff("new", 0.2, 8.3)], named={"1", "2", "3"})
    assert (now.id, now.at, now.end) == ("old", 0.2, 8.3)


def test_another_place_is_another_time() -> None:
    (now,) = carried_on([riff("old", 0, 8)], [riff("new", 8, 16)], named={"1", "2", "3"})
    assert now.id == "new"


def test_the_name_is_that_of_most_of_its_times() -> None:
    known = [riff("1", 0, 8, "A riff"), riff("2", 8, 16, "A riff"), riff("3", 16, 24, "B riff")]
    fresh = [riff(str(n), at, at + 8, "Loud riff") for n, at in ((4, 0), (5, 8), (6, 16), (7, 24))]
    now = carried_on(known, fresh, named={"1", "2", "3"})
    assert [fact.name for fact in now] == ["A riff"] * 4
    assert [fact.id for fact in now] == ["1", "2", "3", "7"]


def test_without_names_the_new_ones_stand() -> None:
    (now,) = carried_on([riff("1", 0, 8, "A riff")], [riff("2", 0, 8, "Loud riff")])
    assert (now.id, now.name) == ("1", "Loud riff")


def test_two_riffs_never_share_a_name() -> None:
    known = [riff("1", 0, 8, "A riff")]
    fresh = [riff("2", 0, 8, "Loud riff"), riff("3", 8, 16, "A riff")]
    assert [fact.name for fact in carried_on(known, fresh, named={"1", "2", "3"})] == [
        "A riff",
        "A riff 2",
    ]


spans = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 12), st.sampled_from("AB")), max_size=8
)


@given(spans, spans)
def test_no_id_comes_twice_and_no_time_is_lost(before: list, after: list) -> None:
    known = [riff(f"k{n}", at, at + length, name) for n, (at, length, name) in enumerate(before)]
    fresh = [riff(f"f{n}", at, at + length, name) for n, (at, length, name) in enumerate(after)]
    now = carried_on(known, fresh, named={fact.id for fact in known})
    assert [(fact.at, fact.end) for fact in now] == [(fact.at, fact.end) for fact in fresh]
    assert len({fact.id for fact in now}) == len(now)
    assert len({fact.name for fact in now}) == len({fact.name for fact in fresh})
