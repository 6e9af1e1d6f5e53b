"""`dawbridge config`: the settings in force and where each came from."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from bridge.cli.options import Config, Preset, Set, settings_for
from bridge.settings import config_path, leaves, toml_value


def config(
    preset: Preset = None,
    config: Config = None,
    assignments: Set = None,
    path: Annotated[bool, typer.Option("--path", help="Only tell where the file lies.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> None:
    """Show every setting with its value and its origin.

    Examples:

      dawbridge config                     what is in force

      dawbridge config --preset rehearsal  what a preset would change

      dawbridge config --path              where the file to edit lies

      DAWBRIDGE_SERVICE__PORT=9100 dawbridge config
    """
    if path:
        print(config or config_path())
        return
    loaded = settings_for(preset, config, assignments)
    origins = dict(loaded.origins)
    if as_json:
        print(
            json.dumps(
                {
                    name: {"value": value, "origin": origins.get(name, "default")}
                    for name, value in leaves(loaded.settings)
                },
                indent=1,
            )
        )
        return
    rows = [(name, toml_value(value)) for name, value in leaves(loaded.settings)]
    width = max(len(name) for name, _ in rows)
    print(f"file: {config or config_path()}\n")
    for name, value in rows:
        origin = origins.get(name, "default")
        shown = value if len(value) <= 60 or origin != "default" else value[:57] + "..."
        print(f"{name:<{width}}  {shown:<60}  {origin}")
