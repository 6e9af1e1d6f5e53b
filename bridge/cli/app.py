"""The table of commands."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from bridge import __version__
from bridge.cli.analyze import analyze
from bridge.cli.clips import clips
from bridge.cli.config import config
from bridge.cli.doctor import doctor
from bridge.cli.export import export
from bridge.cli.grid import grid
from bridge.cli.install import install
from bridge.cli.jobs import jobs
from bridge.cli.library import library
from bridge.cli.listen import listen
from bridge.cli.look import devices, ports, presets
from bridge.cli.run import demo, run
from bridge.cli.serve import serve
from bridge.cli.stop import stop
from bridge.cli.watch import watch
from bridge.wrong_values import needed, value_error


class Plain(TyperGroup):
    """The commands; a value that one cannot take is refused in plain words."""

    def invoke(self, ctx: Any) -> Any:
        """The commands' own words come from pydantic: "valid integer, unable to parse string"."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            told: list[Any] = getattr(error.__cause__, "errors", list)()
            if told:
                wanted = needed(told[0])
                error.message = (
                    f"it has to be {wanted}, not {str(told[0]['input'])!r}."
                    if wanted
                    else f"{value_error(told[0])}."
                )
            raise


app = typer.Typer(
    cls=Plain,
    name="dawbridge",
    help="Hears music while it plays and says what it understands: tempo, beats, bars, key, "
    "chords, pitch, drum hits, sections. By OSC, MIDI and WebSocket. Sound never leaves this "
    "machine.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        print(f"dawbridge {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    del version  # its callback has done the work


for command in (
    run,
    stop,
    demo,
    listen,
    analyze,
    watch,
    export,
    grid,
    clips,
    serve,
    devices,
    ports,
    presets,
    config,
    doctor,
):
    app.command()(command)
for group in (library, jobs, install):
    app.add_typer(group)
