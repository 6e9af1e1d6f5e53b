"""Hypothesis strategies: any event that can be said, also an absurd one."""

from __future__ import annotations

from typing import Any, get_args, get_type_hints

from hypothesis import strategies as st

from bridge.events import EVENTS, Event, Field, fields

STREAM_SECONDS = st.floats(
    0, 1e6, allow_nan=False
)  # a sample count: never negative, NaN or endless

_VALUES: dict[type, st.SearchStrategy[Any]] = {
    float: st.floats() | st.floats(0, 1) | st.sampled_from([0.0, 440.0, -120.0, 1e300]),
    int: st.integers() | st.integers(0, 127),
    bool: st.booleans(),
    str: st.text() | st.sampled_from(["N", "E:min", "Bb:maj7/3", "C:(1,5)", "x" * 3000]),
    type(None): st.none(),
}


def events(kind: type[Event] | None = None) -> st.SearchStrategy[Event]:
    """Events of one kind or of all, every field anything that its type allows."""
    kinds = (kind,) if kind else EVENTS
    return st.one_of([_events_of(each) for each in kinds])


def streams(kind: type[Event] | None = None) -> st.SearchStrategy[list[Event]]:
    """Events in the order in which they were decided."""
    return st.lists(events(kind), max_size=30).map(lambda said: sorted(said, key=_decided))


def _decided(event: Event) -> float:
    return event.decided


def _events_of(kind: type[Event]) -> st.SearchStrategy[Event]:
    return st.builds(kind, **{field.name: _field(kind, field) for field in fields(kind)})


def _field(kind: type[Event], field: Field) -> st.SearchStrategy[Any]:
    if field.name in ("at", "decided"):
        return STREAM_SECONDS
    allowed = get_args(get_type_hints(kind)[field.name])
    if allowed and all(isinstance(each, str) for each in allowed):
        return st.sampled_from(allowed)  # a Literal: its names and no others
    return st.one_of([_VALUES[each] for each in field.types])
