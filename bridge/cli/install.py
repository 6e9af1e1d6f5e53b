"""`dawbridge install`: our scripts into DAWs, and dawbridge into the login."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from bridge.cli.options import settings_for
from bridge.errors import BridgeError
from bridge.settings import data_folder, daw_folder

if TYPE_CHECKING:  # every other command starts without any of this
    from bridge.daw.install.machine import Here, Machine, Outcome

    Found = Callable[[Machine], list[Path]]
    Act = Callable[[Path | None], Outcome]

FILES = {  # what DAWs take that have no scripts of ours (docs/other_daws.md)
    "bitwig": "dawproject",
    "studio-one": "dawproject",
    "studioone": "dawproject",
    "cubase": "dawproject",
    "logic": "midi",
    "protools": "midi",
    "pro-tools": "midi",
    "fl-studio": "midi",
    "flstudio": "midi",
    "garageband": "midi",
    "audacity": "audacity",
}


class Daws(TyperGroup):
    """What can be installed; DAWs that take files instead are known by their names."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Raises BridgeError for those."""
        name = cmd_name.casefold()
        if name in FILES:
            raise BridgeError(
                f"Nothing of dawbridge is installed in {cmd_name}",
                cause="it takes a file of an analysed recording instead",
                remedy=f"`dawbridge export RECORDING --as {FILES[name]}`; docs/other_daws.md tells "
                "what arrives in which program",
            )
        return super().get_command(ctx, cmd_name)


install = typer.Typer(
    cls=Daws,
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

    runs, machine = reaper_runs(), this_machine()
    if uninstall:
        place = _place()
        _out("reaper", folder, reaper.found, lambda at: reaper.uninstall(machine, place, at, runs))
    else:
        here = _here()
        _in("reaper", folder, reaper.found, lambda at: reaper.install(machine, here, at, runs))


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

    machine = this_machine()
    if uninstall:
        place = _place()
        _out("ableton", folder, ableton.found, lambda at: ableton.uninstall(machine, place, at))
    else:
        here = _here()
        _in("ableton", folder, ableton.found, lambda at: ableton.install(machine, here, at))


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

    machine = this_machine()
    if uninstall:
        place = _place()
        _out("ardour", folder, ardour.found, lambda at: ardour.uninstall(machine, place, at))
    else:
        here = _here()
        _in("ardour", folder, ardour.found, lambda at: ardour.install(machine, here, at))


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
        _tell([login.uninstall(this_machine(), _folder())])
    else:
        _tell([login.install(this_machine(), _here())])


def _in(daw: str, folder: Path | None, found: Found, put_in: Act) -> None:
    """Into the folder that was named, which is remembered; else into all. Raises BridgeError."""
    from bridge.daw.install.named import remember

    if folder is None:
        _everywhere(daw, found, put_in)
        return
    outcome = put_in(_whole(folder))
    _tell([outcome])
    for root in outcome.roots:
        remember(data_folder(), daw, root)


def _out(daw: str, folder: Path | None, found: Found, take_out: Act) -> None:
    """Takes out and forgets, also a folder that is not there any more. Raises BridgeError."""
    from bridge.daw.install.named import forget

    named = _whole(folder) if folder is not None else None
    if named and not named.is_dir() and forget(data_folder(), daw, named):
        print(f"{named} is not there; it is not looked for any more.")
        return

    def out(at: Path | None) -> Outcome:
        outcome = take_out(at)
        for root in outcome.roots:
            forget(data_folder(), daw, root)
        return outcome

    if named is None:
        _everywhere(daw, found, out, " --uninstall")
    else:
        _tell([out(named)])


def _whole(folder: Path) -> Path:
    """A named folder's whole path. Raises BridgeError for what no folder can be called, or what
    cannot be looked at.
    """
    try:
        whole = folder.expanduser().absolute()
        whole.stat()
    except FileNotFoundError:
        pass  # each DAW's own words say what to do about it
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: ~ of nobody
        raise BridgeError(
            f"{str(folder).encode(errors='replace').decode()} cannot be reached",
            cause=(error.strerror if isinstance(error, OSError) else None) or str(error),
            remedy="check its spelling and the permissions of the folders above it",
        ) from error
    return whole


def _everywhere(daw: str, found: Found, act: Act, word: str = "") -> None:
    """In the usual folders and in those named once. Raises BridgeError, after all were tried."""
    from bridge.daw.install.machine import command_line, this_machine
    from bridge.daw.install.named import named

    usual = [os.path.realpath(root) for root in found(this_machine())]
    others = [root for root in named(data_folder(), daw) if os.path.realpath(root) not in usual]
    there = [root for root in others if root.is_dir()]
    troubles: list[BridgeError] = []
    outcomes: list[Outcome] = []
    for at in [*([None] if usual or not there else []), *there]:
        try:
            outcomes.append(act(at))
        except BridgeError as error:
            troubles.append(error)
    _tell(outcomes)
    for root in others:
        if root not in there:
            words = command_line(("dawbridge", "install", daw, "--folder", str(root)), sys.platform)
            print(
                f"{root}, where dawbridge is as well, is not there now. Once it is: {words}{word}"
            )
    for each in troubles[:-1]:
        print(each, file=sys.stderr)
    if troubles:
        raise troubles[-1]


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


def _tell(outcomes: Sequence[Outcome]) -> None:
    for each in (sentence for outcome in outcomes for sentence in outcome.did):
        print(f"{each}.")
    left = dict.fromkeys(sentence for outcome in outcomes for sentence in outcome.left)
    for number, each in enumerate(left):  # once, however many DAWs want it
        print(f"{'Next: ' if not number else '      '}{each}.")
    sys.stdout.flush()
