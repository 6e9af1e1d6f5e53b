"""`dawbridge listen`: a file through the live ears."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.options import Config, Preset, Set, settings_for
from bridge.errors import BridgeError


def listen(
    input: Annotated[Path, typer.Option("--input", "-i", help="The file to hear.")],
    as_live: Annotated[
        bool, typer.Option("--as-live", help="In blocks of 10 ms, as from a sound card.")
    ] = False,
    block: Annotated[
        float,
        typer.Option(help="Length of a block in seconds, with --as-live.", min=0.0001, max=10),
    ] = 0.01,
    paced: Annotated[bool, typer.Option("--paced", help="Keep real time.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object of all that was said.")
    ] = False,
    preset: Preset = None,
    config: Config = None,
    assignments: Set = None,
) -> None:
    """Hear a file with the live ears and print what they said.

    In the order in which it was decided; --json tells when.

    Examples:

      dawbridge listen --input song.wav            a readable list

      dawbridge listen --input song.wav --as-live --json

      dawbridge listen -i song.wav --set trackers.on=beats
    """
    from bridge.live.engine import Engine
    from bridge.live.report import report
    from bridge.sinks.terminal import line_of
    from bridge.sources.file import FileSource

    settings = settings_for(preset, config, assignments).settings
    source = FileSource(
        input, channels=settings.source.channels, block_seconds=block if as_live or paced else 1.0
    )
    engine = Engine(source.rate, source.channels, settings.trackers.on)
    said = []
    heard = 0.0
    start = time.monotonic()
    damage: BridgeError | None = None
    try:
        for each in source.blocks():
            heard = (each.first + len(each.samples)) / source.rate
            if paced:
                time.sleep(max(0.0, start + heard - time.monotonic()))
            events = engine.hear(each)
            said += events
            if not as_json:
                for line in filter(None, map(line_of, events)):
                    print(line)
    except BridgeError as error:
        damage = error  # what was heard until then is not lost
    said += engine.finish()
    if as_json:
        json.dump(report(said, heard), sys.stdout)
        print()
    if damage:
        raise damage
