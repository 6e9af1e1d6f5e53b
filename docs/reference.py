"""Writes the reference pages that are derived from one definition: `make docs`.

docs/events.md and docs/osc.md from bridge.events, docs/settings.md from bridge.settings,
docs/commands.md from the commands' own help. A test compares them with what this would write.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel
from typer.models import CommandInfo
from typer.testing import CliRunner

from bridge.cli.app import app
from bridge.events import DRUMS, EVENTS, DrumHit, Field, fields
from bridge.live.commands import COMMANDS
from bridge.settings import OscTarget, Settings, toml_value
from bridge.sinks import osc

DOCS = Path(__file__).parent
NOTE = "<!-- written by `make docs`; edit the source, not this page -->\n"
TIMES = (
    "at: when it happens in the music, stream seconds",
    "age: seconds from then until it was decided; below 0: predicted",
)
OSC_INTRODUCTION = f"""
# OSC addresses

{NOTE}
Each event is sent twice: once whole, as one message `{osc.ROOT}/<topic>`, and once value by value,
for receivers that map one address to one fader or channel (light desks, TouchDesigner, TouchOSC).
The whole message ends with two times: `at`, when it happens in the music, and `age`, how much
later it was decided. A predicted beat has an age below 0.

* Types are `i` (32-bit integer), `f` (32-bit float) and `s` (text), nothing else. Yes and no are 1
  and 0.
* What is not known is sent as 0, 0.0 or an empty text.
* `at` is a 32-bit float: after two hours of stream it is exact to half a millisecond only. `age` is
  always exact.
* A beat is one message with its number in the bar; it is sent when it sounds, or `lead` seconds
  before.
* `level`, `spectrum` and `pitch` come at most `rate` times a second; the end of a voice always
  comes.
* Messages are plain. With `bundles = true` each one is wrapped in a bundle whose time tag is the
  moment at which it sounds.

Receivers are set under `[[osc.targets]]` in the config file: host, port, topics, rate, bundles,
lead.

The other way, other programs may ask for loops in a DAW or correct the beat, at UDP port 9001 of
this machine; what cannot be done is answered by `/dawbridge/error` and three texts (what, cause,
remedy): [daw.md](daw.md#from-other-programs).
"""


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
    for words in command_names():
        said = runner.invoke(app, [*words, "--help"], prog_name="dawbridge").stdout
        lines += [f"## dawbridge {' '.join(words)}", "", "```", said.strip(), "```", ""]
    return "\n".join(lines)


def command_names() -> Iterator[list[str]]:
    """Every command as it is written: one word, or a group and its command."""
    for command in app.registered_commands:
        yield [_name(command)]
    for group in app.registered_groups:
        assert group.typer_instance is not None
        name = group.typer_instance.info.name
        assert isinstance(name, str)
        for command in group.typer_instance.registered_commands:
            yield [name, _name(command)]


def _name(command: CommandInfo) -> str:
    assert command.callback is not None
    return command.name or command.callback.__name__


def addresses() -> Iterator[tuple[str, str, list[str]]]:
    """Every address in the order in which it is sent, its type tags and each argument's meaning."""
    for kind in EVENTS:
        base = f"{osc.ROOT}/{kind.topic}"
        said = osc.said_of(kind)
        tags = "".join(osc.tag_of(field) for field in said) + "ff"
        yield base, tags, [*(f"{field.name}: {meaning(field)}" for field in said), *TIMES]
        if kind is DrumHit:
            for drum in DRUMS:
                yield f"{base}/{drum}", "f", ["velocity, 0..1"]
        else:
            for field in said:
                yield f"{base}/{field.name}", osc.tag_of(field), [meaning(field)]


def meaning(field: Field) -> str:
    """What an argument means, its unknown value included."""
    text = field.meaning
    if type(None) in field.types:
        text += "; empty: not known" if osc.tag_of(field) == "s" else "; 0: not known"
    if bool in field.types:
        text += "; 1 or 0"
    return text


def osc_addresses() -> str:
    """docs/osc.md."""
    lines = [OSC_INTRODUCTION.strip()]
    kinds = {f"{osc.ROOT}/{kind.topic}": kind for kind in EVENTS}
    for address, tags, meanings in addresses():
        if address in kinds:
            kind = kinds[address]
            lines += ["", f"## {kind.topic}", "", (kind.__doc__ or "").strip(), ""]
            lines += ["| address | types | arguments |", "|---|---|---|"]
        lines.append(f"| `{address}` | `{tags}` | {'<br>'.join(meanings)} |")
    return "\n".join(lines) + "\n"


PAGES = {
    "events.md": events,
    "osc.md": osc_addresses,
    "settings.md": settings,
    "commands.md": commands,
}

if __name__ == "__main__":
    for page, write in PAGES.items():
        (DOCS / page).write_text(write(), encoding="utf-8")
