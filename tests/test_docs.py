"""The reference pages say what the code says."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def reference() -> dict[str, str]:
    """Each page as `make docs` would write it."""
    spec = importlib.util.spec_from_file_location("reference", ROOT / "docs" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {name: write() for name, write in module.PAGES.items()}


@pytest.mark.parametrize("page", ["events.md", "osc.md", "settings.md", "commands.md"])
def test_the_page_is_what_make_docs_writes(page: str) -> None:
    assert (ROOT / "docs" / page).read_text(encoding="utf-8") == reference()[page]


PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_the_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_readme_names_the_two_commands_and_the_tests_ci_runs() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make demo" in readme
    assert "make test" in readme
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


TITLES = re.findall(
    r"^\*\*(.+?)\*\* — ", (ROOT / "docs" / "troubleshooting.md").read_text("utf-8"), re.MULTILINE
)


@pytest.mark.parametrize("title", TITLES)
def test_the_messages_explained_are_those_the_program_says(title: str) -> None:
    code = "\n".join(path.read_text("utf-8") for path in ROOT.glob("bridge/**/*.py"))
    said = r"[^\"]*".join(re.escape(part) for part in title.split("..."))  # ... stands for a name
    assert re.search(rf'"{said}', code)
