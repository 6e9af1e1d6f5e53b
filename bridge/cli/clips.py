"""`dawbridge clips`: the loops of an analysed recording, into the DAWs that are connected."""

from __future__ import annotations

import socket
from typing import Annotated

import typer

from bridge.cli.options import Config, Set, settings_for
from bridge.errors import BridgeError

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
    port = settings_for(None, config, assignments).settings.daw.osc_port
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
                cause=f"none runs, or not with daw.osc_port = {port} ({error})",
                remedy="start one: `dawbridge run`",
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
    return [str(each) for each in OscMessage(out.recv(LARGEST)).params]


def _answer(out: socket.socket) -> tuple[bool, str]:
    """How it went in one of them."""
    from pythonosc.osc_message import OscMessage

    ok, text = OscMessage(out.recv(LARGEST)).params
    return bool(ok), str(text)
