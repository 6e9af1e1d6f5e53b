"""Tries out every route that a description names, and holds the answers to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, BaseSchema, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

HOST = {"Host": "localhost"}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


def try_out(
    schema: BaseSchema, mode: GenerationMode, there: Mapping[str, Any], examples: int
) -> Counter[tuple[str, int]]:
    """How often each operation gave each status. `there`: ids of things that there are, by kind.

    Raises what schemathesis finds wrong: a server error, an answer that is not as described.
    """
    operations = [operation.ok() for operation in schema.get_all_operations()]
    answers: Counter[tuple[str, int]] = Counter()
    for operation in sorted(operations, key=lambda each: each.method.lower() == "delete"):
        ids = {name: id for name, id in there.items() if f"{{{name}}}" in operation.path}
        real: dict[str, Any] = {"path_parameters": ids} if ids else {}

        @given(operation.as_strategy(mode, **real))
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def ask(case: Case) -> None:
            answer = case.call_and_validate(headers=HOST, checks=CHECKS)
            answers[case.operation.label, answer.status_code] += 1

        with suppress(Unsatisfiable):  # nothing about it can be wrong: it takes nothing
            ask()
    return answers


def _harm(operation: APIOperation) -> int:
    """What changes or deletes the things that there are comes last."""
    return 2 * (operation.method.lower() == "delete") + operation.path.startswith("/takes/")
