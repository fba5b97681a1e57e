"""A form with a file, read piece by piece as it arrives; no more than a piece is ever held.

Bounded in parts, in the bytes of their headers and fields, and in time. The file's own limit
is the operation's. Pieces come in the order in which they were sent.

Rule: RFC 7578 (multipart/form-data).
"""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from server.kernel.errors import Invalid, TooMuch

PARTS_AT_MOST = 200
FIELD_BYTES_AT_MOST = 64 * 1024
HEADERS_AT_MOST = 6
HEADER_BYTES_AT_MOST = 2048
QUIET_S = 30
"""How long the line may be silent before an upload is given up."""

NOT_A_FORM = "Send the form as it stands on the page."


class CutOff(Exception):
    """The line was cut before the form was whole. Nobody is there to be answered."""


@dataclass(frozen=True, slots=True)
class FieldPart:
    """One field, whole."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class FileStart:
    """Here the file begins, with the name it had where it came from ("": no file chosen)."""

    name: str


@dataclass(frozen=True, slots=True)
class FileBytes:
    """The next bytes of the file."""

    plain: bytes


Piece = FieldPart | FileStart | FileBytes


class UploadForm:
    """The form of one request; read once."""

    def __init__(self, request: Request) -> None:
        """Stand on a request whose body nobody has read.

        Raises:
            Invalid: it is not a form with a file.
        """
        kind, options = parse_options_header(request.headers.get("content-type"))
        boundary = options.get(b"boundary", b"")
        if kind != b"multipart/form-data" or not boundary:
            raise Invalid({"form": NOT_A_FORM})
        self._body = request.stream()
        self._pieces: list[Piece] = []
        self._parts = 0
        self._is_whole = False
        self._files = 0
        self._header = (bytearray(), bytearray())
        self._disposition = ""
        self._field: tuple[str, bytearray] | None = None
        self._field_bytes = 0
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin_part,
                    "on_header_begin": self._begin_header,
                    "on_header_field": self._take_header_name,
                    "on_header_value": self._take_header_value,
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._end_headers,
                    "on_part_data": self._take_bytes,
                    "on_part_end": self._end_part,
                    "on_end": self._end,
                },
                max_header_count=HEADERS_AT_MOST,
                max_header_size=HEADER_BYTES_AT_MOST,
            )
        except FormParserError as fault:
            raise Invalid({"form": NOT_A_FORM}) from fault

    async def pieces(self) -> AsyncGenerator[Piece, None]:
        """Give the form's pieces as they arrive.

        Raises:
            Invalid: it is not a form of ours.
            TooMuch: it has more parts or longer fields than any form of ours.
            CutOff: it ended before it was whole.
        """
        while chunk := await self._next_chunk():
            try:
                self._parser.write(chunk)
            except FormParserError as fault:
                raise Invalid({"form": NOT_A_FORM}) from fault
            arrived, self._pieces = self._pieces, []
            for piece in arrived:
                yield piece
        if not self._is_whole:
            raise CutOff

    async def drain(self, bytes_at_most: int) -> None:
        """Read what is still coming and forget it, so that a browser reads our answer.

        A browser that is still sending shows "connection lost" instead of the page.

        Raises:
            CutOff: it stopped sending, or would not stop.
        """
        while chunk := await self._next_chunk():
            bytes_at_most -= len(chunk)
            if bytes_at_most < 0:
                raise CutOff

    async def _next_chunk(self) -> bytes:
        # Threat T-11: senders that say a byte a minute and hold a place for each.
        try:
            async with asyncio.timeout(QUIET_S):
                return await anext(self._body, b"")
        except (TimeoutError, ClientDisconnect) as fault:
            raise CutOff from fault

    def _begin_part(self) -> None:
        self._parts += 1
        # Threat T-11: the parser itself takes any number of parts.
        if self._parts > PARTS_AT_MOST:
            raise TooMuch
        self._disposition = ""

    def _begin_header(self) -> None:
        self._header = (bytearray(), bytearray())

    def _take_header_name(self, seen: bytes, start: int, end: int) -> None:
        self._header[0].extend(seen[start:end])

    def _take_header_value(self, seen: bytes, start: int, end: int) -> None:
        self._header[1].extend(seen[start:end])

    def _end_header(self) -> None:
        name, value = self._header
        if name.lower() == b"content-disposition":
            self._disposition = value.decode("latin-1")

    def _end_headers(self) -> None:
        kind, options = parse_options_header(self._disposition)
        name = options.get(b"name")
        if kind != b"form-data" or name is None:
            raise Invalid({"form": NOT_A_FORM})
        if b"filename" not in options:
            self._field = (_text(name), bytearray())
            return
        self._files += 1
        if self._files > 1:
            raise Invalid({"file": "Choose one file at a time."})
        self._field = None
        self._pieces.append(FileStart(_text(options[b"filename"])))

    def _take_bytes(self, seen: bytes, start: int, end: int) -> None:
        if self._field is None:
            self._pieces.append(FileBytes(seen[start:end]))
            return
        self._field_bytes += end - start
        if self._field_bytes > FIELD_BYTES_AT_MOST:
            raise TooMuch
        self._field[1].extend(seen[start:end])

    def _end_part(self) -> None:
        if self._field is not None:
            name, value = self._field
            self._pieces.append(FieldPart(name, _text(bytes(value))))

    def _end(self) -> None:
        self._is_whole = True


def _text(told: bytes) -> str:
    return told.decode("utf-8", errors="replace")
