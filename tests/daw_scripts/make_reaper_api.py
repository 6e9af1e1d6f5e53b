"""reaper_api.txt from the manifest: `python make_reaper_api.py reaper_api_manifest.json`.

One function per line: since, name(arguments) returns; `?` follows what may be left out. Then the
allowed parameter names, with the first version that has each. Names and types only.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HEAD = """\
# Functions of ReaScript (Lua) for Reaper 7.78: since name(arguments) -> returns; ? may be left out.
# Names and types from the headers and lists of Cockos Incorporated. Made by make_reaper_api.py.
"""


def listed(manifest: dict[str, Any]) -> str:
    lines = []
    for name, told in sorted(manifest["functions"].items()):
        lines.append(f"fun {told['since']} {name}({_types(told['args'])})")
        if told["returns"]:
            lines[-1] += f" -> {_types(told['returns'])}"
    for name, told in sorted(manifest["builtins"].items()):
        names = ", ".join(each["name"] for each in told["args"])
        lines.append(f"own {told['since']} {name}({names})")
    lines += [f"gfx {name[4:]}" for name in sorted(manifest["gfx"]) if name.startswith("gfx.")]
    for name, told in sorted(manifest["parmnames"].items()):
        lines += [f"par {each['since']} {name} {each['name']}" for each in told]
    return HEAD + "\n".join(lines) + "\n"


def _types(told: list[dict[str, Any]]) -> str:
    return ", ".join(
        f"{each['type']} {each['name']}{'?' if each.get('optional') else ''}" for each in told
    )


if __name__ == "__main__":
    manifest = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    here = Path(__file__).with_name("reaper_api.txt")
    here.write_text(listed(manifest), encoding="utf-8")
