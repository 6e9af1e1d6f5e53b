"""`dawbridge analyze`: a whole recording, understood."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from bridge.cli.progress import hearing_bar
from bridge.errors import BridgeError

if TYPE_CHECKING:  # the commands that hear live start without any of this
    from bridge.recordings.facts import Recording


def analyze(
    inputs: Annotated[
        list[str], typer.Argument(help="Recordings: files or addresses.", metavar="FILE...")
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object for each recording.")
    ] = False,
    riffs: Annotated[
        int, typer.Option(help="How many riffs of each take are named at most.", min=1, max=24)
    ] = 24,
) -> None:
    """Understand whole recordings: takes, tempo, beats, key, chords, sections, riffs.

    Examples:

      dawbridge analyze rehearsal.m4a          a table of takes and riffs

      dawbridge analyze --json song.wav        everything, as one JSON object

      dawbridge analyze *.mp3 --riffs 12
    """
    from rich.console import Console

    from bridge.cli.summary import summary_of
    from bridge.recordings.report import report

    failed = 0
    for text in inputs:
        try:
            recording, damage = _understand(text, riffs)
        except BridgeError as error:
            if len(inputs) == 1:
                raise
            print(error, file=sys.stderr)
            failed += 1
            continue
        if damage:
            print(damage, file=sys.stderr)
        if as_json:
            json.dump(report(recording), sys.stdout)
            print()
        else:
            Console().print(summary_of(recording, text))
    if failed:
        raise typer.Exit(1)


def _understand(text: str, riffs: int) -> tuple[Recording, BridgeError | None]:
    """What there is to know, and what was damaged."""
    from bridge.recordings.address import fetch, is_address
    from bridge.recordings.analysis import understand
    from bridge.recordings.decode import open_recording
    from bridge.recordings.hearing import hear

    with TemporaryDirectory(prefix="dawbridge-") as folder, hearing_bar(text) as told:
        path = fetch(text, Path(folder), told) if is_address(text) else Path(text)
        sound = open_recording(path)
        whole = sound.duration

        def progress(seconds: float) -> None:
            told(min(1.0, seconds / whole) if whole else 0.0)

        findings = hear(sound, progress)
        return understand(findings, riffs), sound.damage
