"""`dawbridge serve`: the recordings' web API alone, without hearing anything live."""

from __future__ import annotations

from typing import Annotated

import typer

from bridge.cli.options import Config, Set, settings_for


def serve(
    service_port: Annotated[int | None, typer.Option(help="Port of the web API.")] = None,
    config: Config = None,
    assignments: Set = None,
) -> None:
    """Serve the library's recordings to other programs until stopped.

    They upload, analyse, export. `dawbridge run` serves the same beside what it hears live.

    Examples:

      dawbridge serve

      dawbridge serve --set 'service.folders=["/home/me/rehearsals"]'

      dawbridge serve --set service.host=0.0.0.0 --set service.token=LONG-WORD
    """
    settings = settings_for(None, config, assignments, service__port=service_port).settings
    from bridge.service.alone import serve_recordings

    def say(address: str) -> None:
        print(f"{address}/openapi.json tells what can be asked; Ctrl-C ends", flush=True)

    serve_recordings(settings, say)
