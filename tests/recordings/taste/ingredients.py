"""Any ingredients, and some that stand out in nothing."""

from __future__ import annotations

from dataclasses import fields

from hypothesis import strategies as st

from bridge.recordings.taste.scores import Ingredients

share = st.floats(0.0, 1.0)
stretches = st.builds(
    Ingredients,
    **{field.name: share for field in fields(Ingredients) if field.name != "tempo"},
    tempo=st.none() | st.floats(30.0, 300.0),
)
CALM = Ingredients(0.5, 0.5, 0.5, 0.5, 0.3, 0.5, 0.5, 0.7, 0.5, 100.0)
