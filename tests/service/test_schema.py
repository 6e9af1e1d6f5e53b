"""The description that /openapi.json gives, tried out; tests/end_to_end/test_api.py asks more."""

from __future__ import annotations

import pytest
import schemathesis
from schemathesis import GenerationMode

from bridge.library.holds import hold
from tests.service.described import HOST, try_out
from tests.service.desk import Desk


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_route_answers_as_it_is_described(known: Desk, mode: GenerationMode) -> None:
    hold("test", "only the answers count here", folder=known.folder.parent / "holds")
    (recording,) = (each["id"] for each in known.get("/recordings"))
    there = {
        "recording": recording,
        "take": known.get(f"/recordings/{recording}/takes")[1]["id"],
        "region": known.get(f"/recordings/{recording}/regions")[0]["id"],
        "job": known.ask("POST", f"/recordings/{recording}/analyze", 202, json={})["id"],
    }
    schema = schemathesis.openapi.from_asgi("/openapi.json", known.app, headers=HOST)
    answers = try_out(schema, mode, there, examples=2)
    # what takes nothing cannot be asked wrongly
    assert len({label for label, _ in answers}) >= (34 if mode is GenerationMode.POSITIVE else 15)
