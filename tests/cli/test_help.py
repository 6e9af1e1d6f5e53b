"""What --help says fits the usual terminal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import typer
from typer.testing import CliRunner

from bridge.cli.app import app

COLUMNS = "80"  # of a terminal that nobody has made wider


def commands() -> Iterator[list[str]]:
    """The words of every command and every group."""
    yield []
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        yield [name]
        for below in getattr(command, "commands", ()):
            yield [name, below]


def said(words: list[str]) -> list[str]:
    runner = CliRunner(env={"COLUMNS": COLUMNS, "TERMINAL_WIDTH": COLUMNS})
    done = runner.invoke(app, [*words, "--help"], prog_name="dawbridge")
    assert done.exit_code == 0
    return done.stdout.splitlines()


def help_of(words: list[str]) -> str:
    command = typer.main.get_command(app)
    for word in words:
        command = command.commands[word]  # type: ignore[attr-defined]
    return command.help or ""


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_no_help_is_cut_at_80_columns(words: list[str]) -> None:
    for line in said(words):
        assert len(line) <= int(COLUMNS)
        assert "…" not in line
        assert "..." not in line or line.startswith("Usage: ")


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_an_example_stands_on_one_line(words: list[str]) -> None:
    whole = [line.strip() for line in said(words)]
    _, _, examples = help_of(words).partition("Examples:")
    for example in filter(None, map(str.strip, examples.splitlines())):
        assert example in whole
