"""Imports go one way: a room may use what stands before it, never what stands after."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

BRIDGE = Path(__file__).parent.parent / "bridge"
# Rooms that stand beside each other are strangers.
ORDER = [
    {"errors"},
    {"events", "clocks", "wrong_values"},
    {"settings"},
    {"signal", "demo"},
    {"sources", "trackers", "sinks"},
    {"live", "recordings"},
    {"library"},
    {"daw"},
    {"service"},
    {"cli"},
]
HEAVY = (
    "torch",
    "librosa",
    "sqlalchemy",
    "fastapi",
    "starlette",
    "uvicorn",
    "scipy",
    "rich",
    "typer",
)


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module or "")
            if node.module == "bridge":
                found |= {f"bridge.{alias.name}" for alias in node.names}
    return {name for name in found if name.startswith("bridge.")}


def rank(room: str) -> int:
    return next(number for number, rooms in enumerate(ORDER) if room in rooms)


FILES = sorted(
    path for path in BRIDGE.rglob("*.py") if path.parent != BRIDGE or path.stem[0] != "_"
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(BRIDGE)))
def test_imports_go_one_way(path: Path) -> None:
    parts = path.relative_to(BRIDGE).with_suffix("").parts
    own = parts[0]
    for name in imports(path):
        other = room_of(name)
        if other in ("__version__", own):
            continue
        assert rank(other) < rank(own), f"{path.name} in {own} imports {name}"


@pytest.mark.parametrize("module", ["bridge.live.ears", "bridge.live.capture"])
def test_the_live_processes_import_nothing_heavy(module: str) -> None:
    code = (
        f"import sys, {module}\n"
        "from bridge.trackers import TRACKERS, build_tracker\n"
        f"{'[build_tracker(name) for name in TRACKERS]' if module.endswith('ears') else ''}\n"
        "import bridge.sinks\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
