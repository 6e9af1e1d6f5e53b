"""Writes the reference pages that are derived from one definition: `make docs`.

docs/events.md from bridge.events, docs/settings.md from bridge.settings, docs/commands.md from the
commands' own help. A test compares them with what this would write.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel
from typer.testing import CliRunner

from bridge.cli.app import app
from bridge.events import EVENTS, fields
from bridge.live.commands import COMMANDS
from bridge.settings import OscTarget, Settings, toml_value

DOCS = Path(__file__).parent
NOTE = "<!-- written by `make docs`; edit the source, not this page -->\n"


def events() -> str:
    """docs/events.md."""
    lines = [
        "# Events",
        "",
        NOTE,
        "Everything that can be said, one table per kind. Times are stream seconds: samples since",
        "the first one heard, divided by the rate. `?` behind a type: may be unknown (`null`).",
        "The same names are used by OSC ([osc.md](osc.md)), WebSocket ([api.md](api.md)), the",
        "session files and `dawbridge run --json`.",
        "",
    ]
    for kind in EVENTS:
        lines += [f"## {kind.topic}", "", (kind.__doc__ or "").strip(), ""]
        lines += ["| field | type | meaning |", "|---|---|---|"]
        for field in fields(kind):
            names = [each.__name__ for each in field.types if each is not type(None)]
            unknown = "?" if type(None) in field.types else ""
            lines.append(f"| `{field.name}` | {' or '.join(names)}{unknown} | {field.meaning} |")
        lines.append("")
    lines += ["## Corrections by hand", "", "| command | meaning |", "|---|---|"]
    lines += [f"| `{name}` | {meaning} |" for name, meaning in COMMANDS.items()]
    return "\n".join(lines) + "\n"


def settings() -> str:
    """docs/settings.md."""
    lines = [
        "# Settings",
        "",
        NOTE,
        "Defaults < preset (`--preset`) < config file (`dawbridge config --path`) < environment",
        "(`DAWBRIDGE_SERVICE__PORT=9100`) < flags (`--set service.port=9100`).",
        "`dawbridge config` shows what is in force and where it came from.",
    ]
    for group, group_field in Settings.model_fields.items():
        model = group_field.annotation
        assert isinstance(model, type)
        assert issubclass(model, BaseModel)
        lines += ["", f"## {group}", "", (model.__doc__ or "").strip(), "", *table(model, group)]
    lines += ["", "### Each of osc.targets", "", *table(OscTarget, "")]
    return "\n".join(lines) + "\n"


def table(model: type[BaseModel], group: str) -> list[str]:
    """One row per setting."""
    rows = ["| setting | default | meaning |", "|---|---|---|"]
    for name, field in model.model_fields.items():
        full = f"{group}.{name}" if group else name
        default = toml_value(field.default)
        shown = default if len(default) < 70 else "see below" if name == "targets" else "all"
        rows.append(f"| `{full}` | `{shown}` | {field.description} |")
    return rows


def commands() -> str:
    """docs/commands.md."""
    lines = ["# Commands", "", NOTE]
    runner = CliRunner(env={"COLUMNS": "100", "TERMINAL_WIDTH": "100"})
    for command in app.registered_commands:
        assert command.callback is not None
        name = command.callback.__name__
        said = runner.invoke(app, [name, "--help"], prog_name="dawbridge").stdout
        lines += [f"## dawbridge {name}", "", "```", said.strip(), "```", ""]
    return "\n".join(lines)


PAGES = {"events.md": events, "settings.md": settings, "commands.md": commands}

if __name__ == "__main__":
    for page, write in PAGES.items():
        (DOCS / page).write_text(write(), encoding="utf-8")
