"""docs/ableton.md says what the script does."""

from __future__ import annotations

import re
from pathlib import Path

from tests.daw_scripts.live.play import package
from tests.daw_scripts.live.round import VERSIONS

package()

from dawbridge.buttons import ACTIONS  # noqa: E402
from dawbridge.here import SETTINGS  # noqa: E402

PAGE = (Path(__file__).parents[2] / "docs" / "ableton.md").read_text(encoding="utf-8")


def test_every_setting_of_the_page_is_one() -> None:
    block = re.search(r"```\nchannel.*?```", PAGE, re.DOTALL)
    assert block is not None
    named = re.findall(r"^(\w+) +=", block[0], re.MULTILINE)
    assert set(named) <= set(SETTINGS)
    assert {"channel", "sections", "roles", "while", "want", "warp"} <= set(named)


def test_every_button_of_the_script_is_on_the_page_with_its_number() -> None:
    for action in ACTIONS:
        assert f"`dawbridge: {action.replace('_', ' ')}`" in PAGE
        assert action in SETTINGS
        if SETTINGS[action]:
            assert SETTINGS[action].split()[1] in PAGE


def test_the_versions_tried_are_those_of_the_page() -> None:
    assert ", ".join(VERSIONS) in PAGE
