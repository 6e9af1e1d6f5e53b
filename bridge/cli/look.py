"""`dawbridge devices`, `ports`, `presets`: what there is to choose from."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from bridge.cli.quiet import quiet_libraries

AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


def devices(as_json: AsJson = False) -> None:
    """List what can be heard: interfaces, the computer's output, JACK.

    Examples:

      dawbridge devices

      dawbridge run --input 3           one of them by its number

      dawbridge run --input Scarlett    or by part of its name
    """
    from bridge.sources.devices import list_devices

    with quiet_libraries():
        found = list_devices()
    if as_json:
        print(json.dumps([asdict(device) for device in found], indent=1))
        return
    if not found:
        print("No sound devices were found. `dawbridge doctor` tells what is missing.")
        return
    width = max(len(device.name) for device in found)
    for device in found:
        number = "" if device.number is None else str(device.number)
        print(
            f"{number:>4}  {device.name:<{width}}  {device.kind:<8}  "
            f"{device.channels} channels  {device.rate} Hz"
        )


def ports(as_json: AsJson = False) -> None:
    """List this computer's MIDI ports and how ours appears among them.

    Examples:

      dawbridge ports

      dawbridge run --set midi.port=loopMIDI    use an existing one (Windows)
    """
    from bridge.live.midi_ports import list_ports

    with quiet_libraries():
        found = list_ports()
    if as_json:
        print(json.dumps(found, indent=1))
        return
    for name in found:
        print(name)
    if not found:
        print("There are no other MIDI ports.")
    print("While `dawbridge run` runs, its virtual port is called 'dawbridge'.")


def presets(as_json: AsJson = False) -> None:
    """List the presets and what each is for.

    Examples:

      dawbridge presets

      dawbridge run --preset stage_lights

      dawbridge config --preset stage_lights    what it changes
    """
    from bridge.settings import preset_names, presets_folder

    about = {}
    for name in preset_names():
        with (presets_folder() / f"{name}.toml").open(encoding="utf-8") as file:
            about[name] = file.readline().lstrip("# ").strip()
    if as_json:
        print(json.dumps(about, indent=1))
        return
    width = max(len(name) for name in about)
    for name, text in about.items():
        print(f"{name:<{width}}  {text}")
