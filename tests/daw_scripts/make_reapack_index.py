"""Write daw_scripts/reaper/index.xml, the list from which ReaPack installs the scripts.

python -m tests.daw_scripts.make_reapack_index
"""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import quoteattr

from bridge import __version__

SCRIPTS = Path(__file__).parents[2] / "daw_scripts"
INDEX = SCRIPTS / "reaper/index.xml"
# Where the files of a release lie is not decided; whoever publishes them writes it here.
ADDRESS = f"https://dawbridge.invalid/{__version__}/daw_scripts"
TIME = "2026-11-21T00:00:00Z"
# Read or run by others: not for the list of actions.
NO_ACTIONS = ("dawbridge_startup.lua",)


def files() -> list[tuple[str, str, bool]]:
    """Each file: where it is installed, where it lies, whether it is an action."""
    found = []
    for path in sorted((SCRIPTS / "reaper").rglob("*.lua")):
        name = path.relative_to(SCRIPTS / "reaper").as_posix()
        found.append((name, f"reaper/{name}", "/" not in name and name not in NO_ACTIONS))
    for path in sorted((SCRIPTS / "lua").rglob("*.lua")):
        name = path.relative_to(SCRIPTS).as_posix()
        found.append((name, name, False))
    return found


def index() -> str:
    """The document."""
    sources = []
    for name, path, action in files():
        main = ' main="main"' if action else ""
        sources.append(f"        <source{main} file={quoteattr(name)}>{ADDRESS}/{path}</source>")
    described = "dawbridge: what your music is, as markers, regions, MIDI and a tempo map"
    return "\n".join(
        [
            '<?xml version="1.0" encoding="utf-8"?>',
            "<!-- written by tests/daw_scripts/make_reapack_index.py -->",
            '<index version="1" name="dawbridge">',
            '  <category name="Analysis">',
            f'    <reapack name="dawbridge.lua" type="script" desc={quoteattr(described)}>',
            f'      <version name="{__version__}" author="dawbridge" time="{TIME}">',
            *sources,
            "        <changelog><![CDATA[See CHANGELOG.md.]]></changelog>",
            "      </version>",
            "    </reapack>",
            "  </category>",
            "</index>",
            "",
        ]
    )


if __name__ == "__main__":
    INDEX.write_text(index(), encoding="utf-8")
