"""One page's socket for the load: little more than the kernel's own work, so that it never waits.

Frames go out unmasked in effect (a mask of zeros) and come in as the server wrote them. Edits are
written by hand: one letter after the letter before, as Yjs writes typing.
"""

import asyncio
import base64
import os
from collections.abc import Callable

from rooms.frames import Reader, number, string

_BINARY, _CLOSE, _PING = 0x82, 0x88, 0x89
_MASKED, _SHORT, _MIDDLE = 0x80, 125, 126
_TYPED = 0x84  # a text with what stands to its left


def letter(client: int, clock: int) -> bytes:
    """Return the update of one letter typed after the last one."""
    who = number(client)
    return (
        b"\x01\x01"
        + who
        + number(clock)
        + b"\x84"
        + who
        + number(clock - 1)
        + b"\x01"
        + bytes((97 + clock % 26,))
        + b"\x00"
    )


def typed_in(update: bytes) -> list[tuple[int, int, int]]:
    """Return whose typing an update holds: client, first clock, how many letters.

    What is no typed letter (the first change of a page, deletions) is left out.
    """
    reader = Reader(update)
    found: list[tuple[int, int, int]] = []
    for _ in range(reader.number()):
        count, client, clock = reader.number(), reader.number(), reader.number()
        begun, letters = clock, 0
        for _ in range(count):
            if update[reader.at] != _TYPED:
                return found
            reader.at += 1
            reader.number()
            reader.number()
            letters += len(reader.array())
        found.append((client, begun, letters))
    return found


class Socket(asyncio.Protocol):
    """A WebSocket of a page."""

    def __init__(self, path: str, headers: dict[str, str], hear: Callable[[bytes], None]) -> None:
        """`hear` gets each binary message."""
        self.is_open: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.is_closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.close_code: int | None = None
        self._hear = hear
        self._path, self._headers = path, headers
        self._left = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        lines = {
            "Host": "127.0.0.1:{}".format(transport.get_extra_info("peername")[1]),
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": key,
            **self._headers,
        }
        asked = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        transport.write(f"GET {self._path} HTTP/1.1\r\n{asked}\r\n".encode())

    def say(self, message: bytes) -> None:
        """Send one message."""
        size = len(message)
        if size <= _SHORT:
            head = bytes((_BINARY, _MASKED | size))
        elif size < 1 << 16:
            head = bytes((_BINARY, _MASKED | _MIDDLE)) + size.to_bytes(2, "big")
        else:
            head = bytes((_BINARY, _MASKED | _MIDDLE + 1)) + size.to_bytes(8, "big")
        self._transport.write(head + b"\0\0\0\0" + message)

    def stop_reading(self) -> None:
        """Read nothing any more, as a page whose machine hangs."""
        self._transport.pause_reading()

    def close(self) -> None:
        """Drop the line."""
        self._transport.abort()

    def connection_lost(self, _fault: Exception | None) -> None:
        for waited in (self.is_open, self.is_closed):
            if not waited.done():
                waited.set_result(None)

    def data_received(self, came: bytes) -> None:
        left = self._left + came if self._left else came
        at = 0
        if not self.is_open.done():
            end = left.find(b"\r\n\r\n")
            if end < 0:
                self._left = left
                return
            if not left.startswith(b"HTTP/1.1 101"):
                self.is_open.set_exception(ConnectionRefusedError(left[:200].decode()))
                self._transport.abort()
                return
            at = end + 4
            self.is_open.set_result(None)
        self._left = left[self._read(left, at) :]

    def _read(self, left: bytes, at: int) -> int:
        """Read whole frames from here on; return where the next one begins."""
        size, hear = len(left), self._hear
        while size - at >= 2:
            kind, length = left[at], left[at + 1]
            begun = at + 2
            if length == _MIDDLE:
                length, begun = int.from_bytes(left[begun : begun + 2], "big"), begun + 2
            elif length > _MIDDLE:
                length, begun = int.from_bytes(left[begun : begun + 8], "big"), begun + 8
            if begun + length > size:
                break
            at = begun + length
            if kind == _BINARY:
                hear(left[begun:at])
            elif kind == _PING:
                head = bytes((0x8A, _MASKED | length))
                self._transport.write(head + b"\0\0\0\0" + left[begun:at])
            elif kind == _CLOSE:
                self.close_code = int.from_bytes(left[begun : begun + 2], "big")
                self._transport.close()
        return at


def asks_to_open(address: str) -> bytes:
    """Return the first frame of a document: its token, which is no credential."""
    return string(address) + b"\x02\x00" + string("load") + string("4.8.0")
