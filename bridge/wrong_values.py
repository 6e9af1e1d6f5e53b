"""What is wrong with a value, or with a file of settings, in words that say what to write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bridge.errors import BridgeError

LINE = re.compile(r"\(at line (\d+), column \d+\)$")
KEY = re.compile(r"\s*([\w.\"'-]+)\s*=\s*(.*?)\s*(#.*)?$")
SECRET = re.compile(r"token|key|url|password", re.IGNORECASE)  # what is not repeated
DECIMAL_COMMA = re.compile(r"([+-]?\d+),(\d+)$")
OTHER = "mend that line, or put a # before it to do without"


def needed(finding: Mapping[str, Any], bounds: str = "") -> str:
    """What a value has to be, after "it has to be", for one of pydantic's findings.

    `bounds`: "from 1 to 16", where they are known.
    """
    kind, about = str(finding["type"]), finding.get("ctx") or {}
    if kind.startswith("int"):
        return f"a whole number {bounds or 'such as 4'}"
    if kind.startswith(("float", "finite")):
        return f"a number {bounds or 'such as 110 or 0.5'}"
    if kind.startswith("bool"):
        return "true or false"
    if kind.startswith("string"):
        return 'a text, in quotes: "..."'
    if kind in ("tuple_type", "list_type"):
        return "a list, in brackets: [...]"
    if kind == "literal_error":
        return f"one of {_listed(str(about['expected']))}"
    if kind in ("greater_than_equal", "less_than_equal", "greater_than", "less_than"):
        words = {
            "ge": "{} at least",
            "le": "{} at most",
            "gt": "more than {}",
            "lt": "less than {}",
        }
        return (
            f"a number {bounds}"
            if bounds
            else "a number, "
            + next(words[sign].format(f"{about[sign]:g}") for sign in words if sign in about)
        )
    if kind in ("model_type", "dict_type"):
        return "a group of settings, with a line for each"
    if kind == "too_long":
        return f"a list of {about['max_length']} at most"
    return ""


def value_error(finding: Mapping[str, Any]) -> str:
    """What a check of our own, or of Typer's, said; else pydantic's own words."""
    said = str((finding.get("ctx") or {}).get("error") or finding["msg"])
    choice = re.fullmatch(r"('.*?') is not one of (.*?)\.?", said)
    return f"there is no {choice[1]}: choose {_listed(choice[2])}" if choice else said


def unreadable(path: Path, text: str, error: Exception) -> BridgeError:
    """A file of settings that is no TOML."""
    what = f"{path} cannot be read"
    if isinstance(error, UnicodeDecodeError):
        return BridgeError(
            what,
            cause="it has signs that are not UTF-8",
            remedy="save it as UTF-8 in your editor",
        )
    said, lines = str(error), text.splitlines()
    place = LINE.search(said)
    number = int(place[1]) if place else _last_line(lines)
    line = lines[number - 1].strip() if 0 < number <= len(lines) else ""
    cause, remedy = _explained(said, line)
    return BridgeError(what, cause=f"line {number}: {cause}", remedy=remedy)


def _explained(said: str, line: str) -> tuple[str, str]:
    """Cause and remedy."""
    twice = re.match(r"Cannot declare \((.*?),?\) twice", said)
    if twice:
        name = ".".join(re.findall(r"'(.*?)'", twice[1]))
        return (
            f"[{name}] stands in the file a second time",
            f"put your lines below the first [{name}], and remove the second one",
        )
    told = KEY.match(line)
    if told is None:
        return f"{line!r} is no setting" if line and not SECRET.search(line) else said, OTHER
    name, value = told[1], told[2]
    if said.startswith("Cannot overwrite"):
        return f"{name} stands there a second time", "keep one of the two, and remove the other"
    if SECRET.search(name) and value:
        return f"the value of {name} cannot be understood", f'write {name} = "..." with the quotes'
    comma = DECIMAL_COMMA.fullmatch(value)
    if comma:
        whole = f"{comma[1]}.{comma[2]}"
        return f"{value} is no number: its sign is a dot", f"write {name} = {whole}"
    if not value:
        return f"nothing stands after {name} =", "write its value, or put a # before the line"
    if value[0].isalpha() or value[0] in "/~\\":
        bare = value.replace("'", "").replace('"', "")
        quoted = f"'{bare}'" if "\\" in bare else f'"{bare}"'
        return f"the text after {name} = has no quotes", f"write {name} = {quoted}"
    if value[0] == '"' and "\\" in value:
        bare = value.replace('"', "").replace("'", "")
        return "a \\ has a meaning of its own in such quotes", f"write {name} = '{bare}'"
    if value[0] in "\"'" and value.count(value[0]) % 2:
        return f"the quotes after {name} = have no end", f"write {name} = {value}{value[0]}"
    return f"the value of {name} cannot be understood: {value}", OTHER


def _last_line(lines: list[str]) -> int:
    """The last one that says something, counted from 1."""
    for number in range(len(lines), 0, -1):
        line = lines[number - 1].strip()
        if line and not line.startswith("#"):
            return number
    return 1


def _listed(choices: str) -> str:
    """'a', 'b' or 'c': without the quotes."""
    names = re.findall(r"'(.*?)'", choices)
    return " or ".join([*([", ".join(names[:-1])] if names[:-1] else []), *names[-1:]])
