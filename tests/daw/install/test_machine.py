"""Words for shells, for Lua, for Windows."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import lupa.lua54
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.daw.install.machine import (
    REAPER,
    Here,
    check_seen_by_others,
    command_line,
    lua_string,
    lua_table,
    reaper_runs,
    start_command,
)
from bridge.errors import BridgeError
from tests.daw.install.places import machine

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)


@given(st.lists(WORDS, min_size=1, max_size=4))
def test_a_shell_takes_the_line_apart_into_the_words(words: list[str]) -> None:
    assert shlex.split(command_line(words, "linux")) == words


def test_spaces_are_quoted_with_the_quotes_that_all_readers_know() -> None:
    words = ["/Users/zoë/my venv/bin/python", "-P", "it's"]
    assert command_line(words, "darwin") == '"/Users/zoë/my venv/bin/python" -P "it\'s"'


def test_windows_gets_its_own_quotes() -> None:
    words = ["C:\\Program Files\\Python\\pythonw.exe", "-m", "bridge"]
    assert command_line(words, "win32") == '"C:\\Program Files\\Python\\pythonw.exe" -m bridge'


@given(WORDS)
def test_lua_reads_the_text_as_it_was(text: str) -> None:
    written = lua_string(text)
    assert written.isascii()
    lua = lupa.lua54.LuaRuntime(encoding=None)
    assert lua.execute(f"return {written}".encode()) == os.fsencode(text)


def test_lua_reads_folder_and_command(tmp_path: Path) -> None:
    here = Here(Path('/home/Zoë "Z"/daw'), ("/a b/python", "-P"))
    told = lupa.lua54.LuaRuntime().execute(f"return {lua_table(here, 'linux')}")
    assert told["folder"] == '/home/Zoë "Z"/daw'
    assert told["command"] == '"/a b/python" -P'


def test_windows_starts_it_without_a_black_window(tmp_path: Path) -> None:
    python = tmp_path / "python.exe"
    assert start_command(str(python), "win32")[0] == str(python)
    (tmp_path / "pythonw.exe").touch()
    assert start_command(str(python), "win32")[0] == str(tmp_path / "pythonw.exe")
    assert start_command(str(python), "linux")[0] == str(python)


@pytest.mark.parametrize(
    ("platform", "variables", "config"),
    [
        ("linux", {}, ".config"),
        ("linux", {"XDG_CONFIG_HOME": "relative"}, ".config"),
        ("darwin", {"XDG_CONFIG_HOME": "/x"}, "Library/Application Support"),
        ("win32", {}, "AppData/Roaming"),
    ],
)
def test_each_system_keeps_settings_elsewhere(
    tmp_path: Path, platform: str, variables: dict[str, str], config: str
) -> None:
    assert machine(tmp_path, platform, **variables).config == tmp_path / config
    assert machine(tmp_path, "win32", APPDATA=str(tmp_path / "R")).config == tmp_path / "R"


def test_a_python_that_hides_what_it_writes_is_said(tmp_path: Path) -> None:
    local = tmp_path / "AppData" / "Local"
    folder = local / "dawbridge" / "daw"
    store = "C:\\Program Files\\WindowsApps\\PythonSoftwareFoundation.Python.3.12_x64__q"
    with pytest.raises(BridgeError) as caught:
        check_seen_by_others(folder, local, store)
    assert "python.org" in caught.value.remedy
    check_seen_by_others(tmp_path / "daw", local, store)
    check_seen_by_others(folder, local, "C:\\Python312")


@pytest.mark.parametrize("name", ["reaper", "REAPER", "reaper.exe", "reaper7", "reaper_host64.exe"])
def test_a_running_reaper_is_known_by_its_name(name: str) -> None:
    assert REAPER.fullmatch(name)


@pytest.mark.parametrize("name", ["oom_reaper", "reaperscripts", "thereaper", "dawbridge", ""])
def test_other_programs_are_no_reaper(name: str) -> None:
    assert not REAPER.fullmatch(name)


def test_looking_for_a_reaper_says_yes_no_or_unknown() -> None:
    assert reaper_runs() in (True, False, None)
