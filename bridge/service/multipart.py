"""The first file of a form, as it streams in: browsers send forms, everything else plain bodies."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

from bridge.errors import BridgeError, extra
from bridge.service.refusals import Refusal

HEADER = 16_384  # bytes; a file's name has 255 at most


class FilePart:
    """A file within multipart/form-data; nothing of it is held but the piece at hand.

    name  as the client calls the file; known once the first piece was given
    """

    def __init__(self, content_type: str, most: int) -> None:
        """`most`: bytes that it may have beside the file, its headers and other fields.

        Raises BridgeError where this is no form, or the extra `files` is missing.
        """
        try:
            from python_multipart.exceptions import FormParserError
            from python_multipart.multipart import MultipartParser, parse_options_header
        except ImportError as error:
            raise BridgeError(
                "Forms are not understood here",
                cause="python-multipart is not installed",
                remedy=f"{extra('files')}, or send the file as the body itself",
            ) from error
        self.name = ""
        self._most = most
        self._options: Callable[[str], Any] = parse_options_header
        _, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if not boundary:
            raise _broken("its Content-Type names no boundary")
        self._field = self._value = b""
        self._here = self._found = False  # within the file; past it or in it
        self._pieces: list[bytes] = []
        callbacks: Any = {
            "on_part_begin": self._begin,
            "on_header_field": self._on_field,
            "on_header_value": self._on_value,
            "on_header_end": self._on_header,
            "on_part_data": self._on_data,
            "on_part_end": self._end,
        }
        try:
            self._parser = MultipartParser(boundary, callbacks)
        except FormParserError as error:  # its boundary is too long
            raise _broken(str(error)) from error

    async def pieces(self, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The bytes of the file. Raises BridgeError for a broken form, or one without a file."""
        from python_multipart.exceptions import FormParserError

        beside = 0
        try:
            async for piece in body:
                self._parser.write(piece)
                pieces, self._pieces = self._pieces, []
                beside += len(piece) - sum(map(len, pieces))
                if beside > self._most:
                    raise Refusal(413, _broken(f"more than {self._most} bytes are not of the file"))
                for each in pieces:
                    yield each
            self._parser.finalize()
        except FormParserError as error:
            raise _broken(str(error)) from error
        if not self._found or self._here:
            raise _broken("there is no whole file in it")

    def _begin(self) -> None:
        self._field = self._value = b""

    def _on_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]
        self._check(self._field)

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        self._check(self._value)

    @staticmethod
    def _check(header: bytes) -> None:
        if len(header) > HEADER:  # it is held in memory, and is written anew with every piece
            raise _broken(f"a header of it has more than {HEADER} bytes")

    def _on_header(self) -> None:
        if self._field.lower() == b"content-disposition" and not self._found:
            _, options = self._options(self._value.decode("latin-1"))
            if b"filename" in options:
                self.name = options[b"filename"].decode("utf-8", "replace")
                self._here = self._found = True
        self._field = self._value = b""

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if self._here:
            self._pieces.append(data[start:end])

    def _end(self) -> None:
        self._here = False


def _broken(cause: str) -> BridgeError:
    return BridgeError(
        "This form cannot be read",
        cause=cause,
        remedy="send multipart/form-data with one file, or the file as the body itself",
    )
