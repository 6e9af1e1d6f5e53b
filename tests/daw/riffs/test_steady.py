from __future__ import annotations

from bridge.daw.riffs.recurrence import Found, Recurrence
from bridge.daw.riffs.steady import Steady

EMPTY = Found(0.0, 60.0, ())


def found(*times: tuple[float, float], name: str = "A riff", start: float = 0.0) -> Found:
    return Found(start, 60.0, (Recurrence(name, times),))


def said(found: Found | None) -> list[tuple[str, float, float]]:
    assert found is not None
    return [(riff.name, start, end) for riff in found.riffs for start, end in riff.times]


def test_a_riff_is_said_once_two_looks_agree() -> None:
    steady = Steady()
    assert steady.hear(found((0, 8), (8, 16))) is None, "what is known stays as it is"
    assert said(steady.hear(found((0, 8), (8, 16), (16, 24)))) == [
        ("A riff", 0, 8),
        ("A riff", 8, 16),
    ]
    assert len(said(steady.hear(found((0, 8), (8, 16), (16, 24))))) == 3


def test_what_one_look_misses_stays_and_what_two_miss_goes() -> None:
    steady = Steady()
    for _ in range(2):
        steady.hear(found((0, 8), (8, 16)))
    assert len(said(steady.hear(EMPTY))) == 2
    assert said(steady.hear(EMPTY)) == []


def test_another_division_takes_its_place_without_a_hole() -> None:
    steady = Steady()
    old, new = found((0, 8), (8, 16)), found((4, 12), (12, 20), name="B riff")
    for _ in range(2):
        steady.hear(old)
    assert {name for name, *_ in said(steady.hear(new))} == {"A riff"}
    assert said(steady.hear(new)) == [("B riff", 4, 12), ("B riff", 12, 20)]


def test_one_look_between_takes_nothing_back() -> None:
    steady = Steady()
    old, new = found((0, 8), (8, 16)), found((4, 12), (12, 20), name="B riff")
    for look in (old, old, new, old):
        last = steady.hear(look)
    assert said(last) == [("A riff", 0, 8), ("A riff", 8, 16)]


def test_what_lies_before_the_look_is_not_its_to_say() -> None:
    steady = Steady()
    for _ in range(2):
        steady.hear(found((0, 8), (8, 16)))
    later = found((8, 16), start=8.0)
    assert said(steady.hear(later)) == [("A riff", 8, 16)]


def test_a_line_of_json_says_it_all() -> None:
    whole = found((0.0, 8.5), (8.5, 17.0))
    assert Found.from_line(whole.to_line()) == whole
