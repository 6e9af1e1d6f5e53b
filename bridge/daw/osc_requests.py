"""What others ask of the DAW bridge by OSC, on this machine alone.

/dawbridge/clip [name] [slot]   loops of the newest analysed recording, or of the one of that
                                name ("": the newest), in Live from that slot on, 0 the first;
                                answers /dawbridge/asked with the projects that get them, then
                                for each /dawbridge/done 1 or 0 and words
/dawbridge/command name         tap, double, halve, the_one
/dawbridge/ping                 answers /dawbridge/pong version
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
            with suppress(ParseError, ValueError, IndexError, OverflowError, BridgeError):
                self._do(OscMessage(packet), sender)

    def close(self) -> None:
        """Frees the port."""
        self._socket.close()

    def _do(self, asked: OscMessage, sender: tuple[str, int]) -> None:
        said = [str(each) for each in asked.params if isinstance(each, (str, int, float))]
        if asked.address == "/dawbridge/clip":
            slot = int(float(said[1])) if len(said) > 1 else None
            projects = self._clips(
                said[0] if said else "",
                slot,
                lambda ok, text: self._answer("/dawbridge/done", [int(ok), text], sender),
            )
            self._answer("/dawbridge/asked", projects, sender)
        elif asked.address == "/dawbridge/command" and said:
            self._command(said[0])
        elif asked.address == "/dawbridge/ping":
            self._answer("/dawbridge/pong", [self._version], sender)

    def _answer(self, address: str, values: Sequence[str | int], sender: tuple[str, int]) -> None:
        answer = OscMessageBuilder(address)
        for value in values:
            answer.add_arg(value)
        with suppress(OSError):
            self._socket.sendto(answer.build().dgram, sender)
