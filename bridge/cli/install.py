"""`dawbridge install`: our scripts into DAWs, and dawbridge into the login."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bridge.cli.options import settings_for
from bridge.settings import data_folder, daw_folder

if TYPE_CHECKING:  # every other command starts without any of this
    from bridge.daw.install.machine import Here, Outcome

install = typer.Typer(
    name="install",
    help="Bring dawbridge into a DAW or into the login, and take it out.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Uninstall = Annotated[
    bool, typer.Option("--uninstall", help="Take it out again; your own files stay as they were.")
]
Folder = Annotated[Path | None, typer.Option("--folder", help="Where it is, if not found.")]


@install.command()
def reaper(folder: Folder = None, uninstall: Uninstall = False) -> None:
    """Put the scripts into Reaper. Again: upgrade them.

    They come among its actions and into its start. The folder is Reaper's resource folder:
    Options > Show REAPER resource path.

    Examples:

      dawbridge install reaper

      dawbridge install reaper --folder "D:/Portable/REAPER"

      dawbridge install reaper --uninstall
    """
    from bridge.daw.install import reaper
    from bridge.daw.install.machine import reaper_runs, this_machine

    runs = reaper_runs()
    if uninstall:
        _out("reaper", folder, lambda: reaper.uninstall(this_machine(), _place(), folder, runs))
    else:
        _in("reaper", folder, reaper.install(this_machine(), _here(), folder, runs))


@install.command()
def ableton(folder: Folder = None, uninstall: Uninstall = False) -> None:
    """Put the remote script into Ableton Live's User Library. Again: upgrade it.

    The folder is the User Library: Settings > Library > Location of User Library.

    Examples:

      dawbridge install ableton

      dawbridge install ableton --folder "/Volumes/Music/User Library"

      dawbridge install ableton --uninstall
    """
    from bridge.daw.install import ableton
    from bridge.daw.install.machine import this_machine

    if uninstall:
        _out("ableton", folder, lambda: ableton.uninstall(this_machine(), _place(), folder))
    else:
        _in("ableton", folder, ableton.install(this_machine(), _here(), folder))


@install.command()
def ardour(folder: Folder = None, uninstall: Uninstall = False) -> None:
    """Put the scripts into every Ardour of yours, 6.9 to 9. Again: upgrade them.

    The folder is the one with an Ardour's settings, such as ~/.config/ardour8.

    Examples:

      dawbridge install ardour

      dawbridge install ardour --folder ~/.config/ardour8

      dawbridge install ardour --uninstall
    """
    from bridge.daw.install import ardour
    from bridge.daw.install.machine import this_machine

    if uninstall:
        _out("ardour", folder, lambda: ardour.uninstall(this_machine(), _place(), folder))
    else:
        _in("ardour", folder, ardour.install(this_machine(), _here(), folder))


@install.command()
def service(uninstall: Uninstall = False) -> None:
    """Start dawbridge at every login, without a terminal, and now.

    Linux: a user unit of systemd. macOS: an agent of launchd. Windows: a task.

    Examples:

      dawbridge install service

      dawbridge install service --uninstall
    """
    from bridge.daw.install import login
    from bridge.daw.install.machine import this_machine

    if uninstall:
        _tell(login.uninstall(this_machine(), _folder()))
    else:
        _tell(login.install(this_machine(), _here()))


def _in(daw: str, folder: Path | None, outcome: Outcome) -> None:
    """Tells what was done, and remembers a folder that was named."""
    from bridge.daw.install.named import remember

    _tell(outcome)
    for root in outcome.roots if folder is not None else ():
        remember(data_folder(), daw, root)


def _out(daw: str, folder: Path | None, take_out: Callable[[], Outcome]) -> None:
    """Takes out and forgets, also a folder that is not there any more. Raises BridgeError."""
    from bridge.daw.install.named import forget

    gone = folder.expanduser().absolute() if folder is not None else None
    if gone and not gone.is_dir() and forget(data_folder(), daw, gone):
        print(f"{gone} is not there; it is not looked for any more.")
        return
    outcome = take_out()
    _tell(outcome)
    for root in outcome.roots:
        forget(data_folder(), daw, root)


def _folder() -> Path:
    return daw_folder(settings_for(None, None, None).settings.daw)


def _place() -> Here:
    """Where DAWs meet us, and what starts us."""
    from bridge.daw.install.machine import Here, start_command

    return Here(_folder(), start_command())


def _here() -> Here:
    """What is installed needs a folder to meet in. Raises BridgeError where none can be."""
    from bridge.daw.install.machine import check_seen_by_others, this_machine
    from bridge.daw.notices import make_meeting_place

    here = _place()
    check_seen_by_others(here.folder, this_machine().local)
    make_meeting_place(here.folder)
    return here


def _tell(outcome: Outcome) -> None:
    for each in outcome.did:
        print(f"{each}.")
    for number, each in enumerate(outcome.left):
        print(f"{'Next: ' if not number else '      '}{each}.")
    sys.stdout.flush()
