"""Reasons to wait begin, are renewed, and end by themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.library.holds import HAND, REST, LiveHold, held, held_by_hand, hold, release

LOAD = {"cpu": 0.2, "gaps": 0, "lost_seconds": 0.0, "midi_late": 0, "lines_dropped": 0}


def test_a_reason_holds_until_it_is_released(tmp_path: Path) -> None:
    assert held(tmp_path / "nothing yet") is None
    hold("daw", "REAPER records", folder=tmp_path)
    assert held(tmp_path) == "REAPER records"
    release("daw", tmp_path)
    release("daw", tmp_path)
    assert held(tmp_path) is None


def test_what_the_user_holds_is_told_from_what_ends_by_itself(tmp_path: Path) -> None:
    hold("daw", "REAPER records", folder=tmp_path)
    assert not held_by_hand(tmp_path)
    hold(HAND, "vocals", folder=tmp_path)
    assert held_by_hand(tmp_path)
    hold(HAND, "vocals", seconds=-0.1, folder=tmp_path)
    assert not held_by_hand(tmp_path)


def test_a_reason_ends_by_itself(tmp_path: Path) -> None:
    hold("daw", "REAPER records", seconds=-0.1, folder=tmp_path)
    assert held(tmp_path) is None
    hold("daw", "REAPER records", seconds=60.0, folder=tmp_path)
    assert held(tmp_path) == "REAPER records"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"reason": 1}', '{"until": "soon"}'])
def test_a_file_that_cannot_be_read_is_no_reason(tmp_path: Path, text: str) -> None:
    (tmp_path / "broken.json").write_text(text)
    assert held(tmp_path) is None


def test_a_live_process_with_time_to_spare_holds_nothing(tmp_path: Path) -> None:
    live = LiveHold(tmp_path)
    assert live.hear(LOAD | {"gaps": 7}) is None  # from before: nothing grew
    assert live.hear(LOAD | {"gaps": 7}) is None
    assert held(tmp_path) is None


@pytest.mark.parametrize(
    ("change", "word"),
    [({"cpu": 0.95}, "95%"), ({"gaps": 1}, "gaps"), ({"midi_late": 3}, "midi late")],
)
def test_one_that_is_late_does(tmp_path: Path, change: dict[str, float], word: str) -> None:
    live = LiveHold(tmp_path)
    live.hear(LOAD)
    reason = live.hear(LOAD | change)
    assert reason is not None
    assert word in reason
    assert held(tmp_path) == reason
    assert REST > 1.0  # longer than from line to line


def test_a_folder_that_cannot_be_written_does_not_harm_the_live_process(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    live = LiveHold(tmp_path / "file")
    assert live.hear(LOAD | {"cpu": 0.99}) is not None
