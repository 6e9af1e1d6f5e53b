"""What ReaScript offers, by version: functions, argument types, parameter names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TEXT = Path(__file__).parents[1] / "reaper_api.txt"
FUNCTION = re.compile(r"fun ([\d.]+) (\w+)\((.*?)\)(?: -> (.*))?$")
Version = tuple[int, ...]


@dataclass(frozen=True)
class Value:
    type: str
    name: str
    optional: bool


@dataclass(frozen=True)
class Function:
    name: str
    since: Version
    arguments: tuple[Value, ...]
    returns: tuple[Value, ...]


@dataclass(frozen=True)
class Api:
    functions: dict[str, Function]
    own: dict[str, Version]  # builtins of the Lua side, such as defer
    gfx: frozenset[str]
    parameters: dict[str, dict[str, Version]]  # of *Info_Value and its like


def version_of(text: str) -> Version:
    return tuple(int(part) for part in text.split("."))


@cache
def api() -> Api:
    functions, own, gfx, parameters = {}, {}, set(), {}
    for line in TEXT.read_text(encoding="utf-8").splitlines():
        if function := function_of(line):
            functions[function.name] = function
        elif line.startswith("own "):
            own[line.split(" ")[2].split("(")[0]] = version_of(line.split(" ")[1])
        elif line.startswith("gfx "):
            gfx.add(line.split(" ")[1])
        elif line.startswith("par "):
            _, since, name, parameter = line.split(" ", 3)
            parameters.setdefault(name, {})[_shape(parameter)] = version_of(since)
    return Api(functions, own, frozenset(gfx), parameters)


def function_of(line: str) -> Function | None:
    """A line that begins with `fun`; None: another one."""
    if found := FUNCTION.match(line):
        since, name, arguments, returns = found.groups()
        return Function(name, version_of(since), _values(arguments), _values(returns or ""))
    return None


def parameter_since(function: str, parameter: str) -> Version | None:
    """The version that has this parameter of this function; None: there is none such."""
    names = api().parameters.get(function)
    return None if names is None else names.get(_shape(parameter))


def _values(text: str) -> tuple[Value, ...]:
    values = []
    for each in filter(None, text.split(", ")):
        kind, name = each.rsplit(" ", 1)
        values.append(Value(kind, name.rstrip("?"), name.endswith("?")))
    return tuple(values)


def _shape(parameter: str) -> str:
    """What follows a colon is data, except in the names that are spelt with one."""
    head, colon, rest = parameter.partition(":")
    if not colon or head == "IP_SPECEDIT":
        return parameter
    if rest == "ORIGINAL_FILENAME":
        return parameter
    if head.startswith(("RULER_LANE", "MARKER_GUID", "TRACK_GROUP")) and not (
        rest == "X" or rest.isdigit() or rest.startswith("{") or head.endswith("FROM_GUID")
    ):
        return parameter  # "1.0" is not read by Reaper: no such name
    return head + ":"
