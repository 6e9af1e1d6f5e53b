"""`dawbridge clips`: the loops of an analysed recording, into the DAWs that are connected."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Annotated

import typer

from bridge.cli.options import Config, Set, settings_for
from bridge.errors import BridgeError

if TYPE_CHECKING:
    from bridge.settings import Settings

PATIENCE = 3.0  # seconds for the running dawbridge to answer
WORK = 300.0  # seconds for loops to be cut and put
LARGEST = 65536  # bytes of a datagram


def clips(
    recording: Annotated[
        str, typer.Argument(help="Name of an analysed recording. Left out: the newest one.")
    ] = "",
    config: Config = None,
    assignments: Set = None,
) -> None:
    """Put a recording's loops into every DAW that is connected.

    The recording was analysed before; into those DAWs that can hold clips.

    Examples:

      dawbridge clips                  of the recording analysed last

      dawbridge clips "rehearsal 12"
    """
    settings = settings_for(None, config, assignments).settings
    if recording:
        _check_known(recording, settings)
    port = settings.daw.osc_port
    if not port:
        raise BridgeError(
            "dawbridge cannot be asked for clips",
            cause="daw.osc_port is 0",
            remedy="set it to 9001 in the settings, then start dawbridge again",
        )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        try:
            out.settimeout(PATIENCE)
            out.connect(("127.0.0.1", port))  # so that nobody there is noticed at once
            asked = _ask(out, recording)
            out.settimeout(WORK)
            went = [_answer(out) for _ in asked]
        except OSError as error:
            raise BridgeError(
                "No dawbridge answers",
                cause=f"none runs, or not with daw.osc_port = {port}",
                remedy="start one: `dawbridge run`, or `dawbridge run --background`",
            ) from error
    if not asked:
        raise BridgeError(
            "No DAW is connected that can hold clips",
            cause="dawbridge runs, but no script has called whose DAW can hold sound files",
            remedy="open the project, and see that its dawbridge script is on; "
            "`dawbridge install` puts it there",
        )
    for _, text in went:
        print(text)
    if not all(ok for ok, _ in went):
        raise typer.Exit(1)


def _ask(out: socket.socket, recording: str) -> list[str]:
    """The projects that were asked."""
    from pythonosc.osc_message import OscMessage
    from pythonosc.osc_message_builder import OscMessageBuilder

    question = OscMessageBuilder("/dawbridge/clip")
    if recording:
        question.add_arg(recording)
    out.send(question.build().dgram)
    answer = OscMessage(out.recv(LARGEST))
    said = [str(each) for each in answer.params]
    if answer.address == "/dawbridge/error":
        what, cause, remedy = said
        raise BridgeError(what, cause=cause, remedy=remedy)
    return said


def _check_known(recording: str, settings: Settings) -> None:
    """Raises BridgeError for a name that no recording has: whoever answers or not."""
    from bridge.library.finding import find
    from bridge.library.opening import open_library

    with open_library(settings) as kept:
        find(kept, recording)


def _answer(out: socket.socket) -> tuple[bool, str]:
    """How it went in one of them."""
    from pythonosc.osc_message import OscMessage

    ok, text = OscMessage(out.recv(LARGEST)).params
    return bool(ok), str(text)
