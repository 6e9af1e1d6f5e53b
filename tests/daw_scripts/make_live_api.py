"""live_api.txt from the manifest: `python make_live_api.py live_api_manifest.json`.

Of the classes that the script and its stand-in touch, and no others:

    cls SINCE NAME                    what follows belongs to it
    fun SINCE name(type argument?, ...) -> type < 12.2.0 None ! 12.0.0
    get SINCE name: type set SINCE listen ! 12.0.0

`?` may be left out, `< V T` gave T before V, `! V` is absent in V again. Names and types only.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

CLASSES = (
    "Live.Application", "Live.Application.Application", "Live.Base.LimitationError",
    "Live.Base.Timer", "Live.Clip.Clip", "Live.Clip.MidiNote", "Live.Clip.MidiNoteSpecification",
    "Live.Clip.WarpMarker", "Live.ClipSlot.ClipSlot", "Live.MidiMap", "Live.Scene.Scene",
    "Live.Song.CuePoint", "Live.Song.Song", "Live.Song.Song.View", "Live.Track.Track",
)  # fmt: skip
BEFORE = {("Live.Track.Track", "create_midi_clip"): " < 12.2.0 None"}  # seen by hand in 12.1.11
HEAD = """\
# Live's Python API up to Live 12.3.6: names, types, first versions. Made by make_live_api.py.
"""


def listed(manifest: dict[str, Any]) -> str:
    lines = []
    for name in CLASSES:
        told = manifest["classes"][name]
        lines.append(f"cls {told['since']} {name}")
        for method, each in told.get("methods", {}).items():
            lines.append(_method(method, each) + BEFORE.get((name, method), ""))
        for prop, each in told.get("properties", {}).items():
            lines.append(_property(prop, each))
    return HEAD + "\n".join(lines) + "\n"


def _method(name: str, told: dict[str, Any]) -> str:
    args = ", ".join(
        f"{_type(each['type'])} {each['name']}{'?' if each.get('optional') else ''}"
        for each in told["args"]
    )
    before = "".join(
        f" < {each['by']} {each['returned']}"
        for each in told.get("changed", ())
        if "returned" in each
    )
    # The dump of 12.1.11 lists no constructors at all: that says nothing of them.
    absent = "" if name.startswith("__") else _absent(told)
    return f"fun {told['since']} {name}({args}) -> {told['returns']}{before}{absent}"


def _property(name: str, told: dict[str, Any]) -> str:
    line = f"get {told['since']} {name}: {told['type']}"
    if told["settable"]:
        line += f" set {told.get('settable_since', told['since'])}"
    return line + (" listen" if told["listenable"] else "") + _absent(told)


def _absent(told: dict[str, Any]) -> str:
    return "".join(f" ! {version}" for version in told.get("basis", {}).get("also_absent", ()))


def _type(told: str) -> str:
    """Boost's pointers are marked as if None were welcome; it is not."""
    return told if told.startswith("Any") else told.removesuffix(" | None")


if __name__ == "__main__":
    manifest = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    here = Path(__file__).with_name("live_api.txt")
    here.write_text(listed(manifest), encoding="utf-8")
