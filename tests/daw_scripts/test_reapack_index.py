"""ReaPack's list names every script, where it is, and which are actions."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from bridge import __version__
from tests.daw_scripts.make_reapack_index import INDEX, SCRIPTS, index


def read() -> ElementTree.Element:
    return ElementTree.fromstring(INDEX.read_bytes())


def test_the_list_is_as_it_would_be_written_now() -> None:
    assert INDEX.read_text(encoding="utf-8") == index(), (
        "python -m tests.daw_scripts.make_reapack_index"
    )


def test_every_script_is_installed_once_and_lies_where_it_is_said() -> None:
    root = read()
    sources = root.findall("category/reapack/version/source")
    names = [source.attrib["file"] for source in sources]
    shipped = {
        p.relative_to(SCRIPTS / "reaper").as_posix() for p in SCRIPTS.glob("reaper/**/*.lua")
    }
    shared = {p.relative_to(SCRIPTS).as_posix() for p in SCRIPTS.glob("lua/**/*.lua")}
    assert len(names) == len(set(names)) and set(names) == shipped | shared
    for source in sources:
        assert source.text is not None
        assert (SCRIPTS / source.text.split("/daw_scripts/")[1]).is_file()


def test_its_form_is_that_of_the_index_format() -> None:
    root = read()
    assert root.attrib["version"] == "1" and root.attrib["name"]
    (package,) = root.findall("category/reapack")
    (version,) = package.findall("version")
    assert package.attrib["type"] == "script" and version.attrib["name"] == __version__
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", version.attrib["time"])
    mains = {s.attrib["file"] for s in version.findall("source") if s.attrib.get("main") == "main"}
    assert "dawbridge.lua" in mains and "dawbridge_startup.lua" not in mains
    assert not [name for name in mains if "/" in name]
