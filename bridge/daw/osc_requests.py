"""What others ask of the DAW bridge by OSC, on this machine alone.

/dawbridge/clip [name] [slot]   loops of the newest analysed recording, or of the one of that
                                name ("": the newest), in Live from that slot on, 0 the first;
                                answers /dawbridge/asked with the projects that get them, then
                                for each /dawbridge/done 1 or 0 and words
/dawbridge/command name         tap, double, halve, the_one
/dawbridge/ping                 answers /dawbridge/pong version

What cannot be done is answered by /dawbridge/error what cause remedy, three texts.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from contextlib import suppress

from pythonosc.osc_message import OscMessage, ParseError
from pythonosc.osc_message_builder import OscMessageBuilder

from bridge.errors import BridgeError

Answer = Callable[[bool, str], None]  # whether it went well, and words
LARGEST = 65536  # bytes of a datagram
AT_ONCE = 32  # datagrams a look
CLIP, COMMAND, PING = "/dawbridge/clip", "/dawbridge/command", "/dawbridge/ping"
ASKED, DONE, PONG, ERROR = (f"/dawbridge/{name}" for name in ("asked", "done", "pong", "error"))
SLOTS = 10_000  # more has no Live
NO_DAW = BridgeError(
    "No DAW takes loops now",
    cause="none is connected that can hold sound files",
    remedy="open the project, and see that its dawbridge script is on",
)


class OscRequests:
    """A UDP port of this machine; looked at, never waited for."""

    def __init__(
        self,
        port: int,
        *,
        clips: Callable[[str, int | None, Answer], list[str]],
        command: Callable[[str], object],
        version: str,
    ) -> None:
        """Raises BridgeError where the port is taken."""
        self._clips = clips
        self._command = command
        self._version = version
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.bind(("127.0.0.1", port))
        except OSError as error:
            self._socket.close()
            raise BridgeError(
                f"OSC requests cannot be heard at port {port}",
                cause=error.strerror or str(error),
                remedy="set daw.osc_port to another port, or to 0; everything else runs",
            ) from error
        self._socket.setblocking(False)

    def look(self) -> None:
        """Does what was asked since the last look. What is no request is passed over."""
        for _ in range(AT_ONCE):
            try:
                packet, sender = self._socket.recvfrom(LARGEST)
            except BlockingIOError:
                return
            except OSError:  # Windows tells of an answer that nobody took
                continue
            if not packet.startswith(b"/dawbridge/"):
                continue  # nor does anybody need bundles here
            with suppress(ParseError, ValueError, IndexError, OverflowError):
                self._do(OscMessage(packet), sender)

    def close(self) -> None:
        """Frees the port."""
        self._socket.close()

    def _do(self, asked: OscMessage, sender: tuple[str, int]) -> None:
        try:
            self._ask(asked, sender)
        except BridgeError as error:
            self._refuse(error, sender)

    def _ask(self, asked: OscMessage, sender: tuple[str, int]) -> None:
        said = [str(each) for each in asked.params if isinstance(each, (str, int, float))]
        if asked.address == CLIP:
            projects = self._clips(
                said[0] if said else "",
                _slot(said[1]) if len(said) > 1 else None,
                lambda ok, text: self._answer(DONE, [int(ok), text], sender),
            )
            self._answer(ASKED, projects, sender)
            if not projects:
                self._refuse(NO_DAW, sender)
        elif asked.address == COMMAND:
            self._command(said[0] if said else "")
        elif asked.address == PING:
            self._answer(PONG, [self._version], sender)
        elif asked.address not in (ASKED, DONE, PONG, ERROR):  # an answer is never answered
            raise BridgeError(
                f"Nothing is asked for at {asked.address}",
                cause="dawbridge does not know this address",
                remedy=f"use one of: {CLIP}, {COMMAND}, {PING}",
            )

    def _refuse(self, error: BridgeError, sender: tuple[str, int]) -> None:
        self._answer(ERROR, [error.what, error.cause, error.remedy], sender)

    def _answer(self, address: str, values: Sequence[str | int], sender: tuple[str, int]) -> None:
        answer = OscMessageBuilder(address)
        for value in values:
            answer.add_arg(value)
        with suppress(OSError):
            self._socket.sendto(answer.build().dgram, sender)


def _slot(said: str) -> int:
    try:
        number = int(float(said))
    except (ValueError, OverflowError):  # letters, not a number, infinity
        number = -1
    if not 0 <= number < SLOTS:
        raise BridgeError(
            f"There is no slot {said!r}",
            cause="a slot is a number, 0 the first",
            remedy="leave it out for the next free ones",
        )
    return number
