"""The room's socket without the way round: frames go from the parser to the room, and straight out.

uvicorn hands each message to the application through a queue and a task, and each answer back
through three calls and a lock. For a room in which many type that is most of the work. This
class hands a parsed message to the room at once, and writes what a page is owed in one go for
each turn of the loop. Sign-in, origin and the gate are passed before, on the ordinary way: the
route takes the line over when it has accepted it. On a server without this class the same route
goes on as plain ASGI.

It stands on the inner parts of one release of uvicorn, which is pinned for that reason.

Rule: ADR-0020. Threat T-12 (hostile frames, readers that do not read).
"""

import logging
from asyncio import QueueEmpty
from collections.abc import Iterator
from typing import Protocol

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

log = logging.getLogger(__name__)

EXTENSION = "tacroom.room_line"
WRITE_BYTES = 64 * 1024
"""How much is handed to the system at once; the rest waits where it can still be taken back."""

_BINARY = 0x82
_SHORT, _MIDDLE = 125, 126
_SHORT_HEADS = tuple(bytes((_BINARY, size)) for size in range(_SHORT + 1))


class Carried(Protocol):
    """What is carried over a line: it hears messages, and gives those that it owes."""

    def hear(self, message: bytes) -> None:
        """Take one message of the page; no frame, if it was text."""
        ...

    def next_owed(self) -> bytes | None:
        """Return the next message to send and forget it; None: nothing is owed now."""
        ...


class RoomProtocol(WebSocketsSansIOProtocol):
    """One WebSocket, which a room can take over."""

    _carried: Carried | None = None
    _is_due = False
    _holds_reading = False

    def handle_connect(self, event: Request) -> None:
        """Begin the handshake, and tell the application that the line can be taken over."""
        super().handle_connect(event)
        if self.handshake_initiated and not self.close_sent:
            # The task that reads the scope was made and has not begun.
            self.scope["extensions"][EXTENSION] = self  # type: ignore[assignment]

    # ------------------------------------------------------------ taken over

    def take_over(self, carried: Carried) -> None:
        """Have messages go to the room from now on, those too that have come meanwhile.

        That the page has gone is still told by `receive` of the application.
        """
        self._carried = carried
        for message in self._came_meanwhile():
            self._hear(carried, message)
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.write_soon()

    def _came_meanwhile(self) -> Iterator[bytes]:
        ends = []
        while True:
            try:
                waiting = self.queue.get_nowait()
            except QueueEmpty:
                break
            if waiting["type"] == "websocket.receive":
                yield waiting.get("bytes") or b""
            else:
                ends.append(waiting)
        for end in ends:
            self.queue.put_nowait(end)

    def send_receive_event_to_app(self) -> None:
        """Hand a whole message to the room; before that, to the application."""
        if self._carried is None:
            super().send_receive_event_to_app()
            return
        message = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        self.frames = []
        if not self.close_sent:
            # Text is no frame of the protocol; as no bytes it is refused with a reason.
            is_frame = self.curr_msg_data_type == "bytes"
            self._hear(self._carried, bytes(message) if is_frame else b"")

    def _hear(self, carried: Carried, message: bytes) -> None:
        try:
            carried.hear(message)
        except BaseException as fault:
            # What leaves this call ends up in the loop, which knows of no page; and the CRDT's
            # panic is no Exception.
            log.exception("a message of a page could not be taken")
            self.conn.fail(1011)
            self.handle_parser_exception()
            if isinstance(fault, (KeyboardInterrupt, SystemExit)):
                raise

    # ------------------------------------------------------------ going out

    def write_soon(self) -> None:
        """Write what is owed at the end of this turn of the loop, all of it in one go."""
        if not self._is_due and self._carried is not None:
            self._is_due = True
            self.loop.call_soon(self._write)

    def _write(self) -> None:
        self._is_due = False
        carried = self._carried
        while carried and self.writable.is_set() and not (self.close_sent or self.disconnected):
            written = _frames_of(carried)
            if not written:
                break
            self.transport.write(b"".join(written))

    async def write_all(self) -> None:
        """Write all that is owed, however slowly the page reads."""
        self._write()
        while not (self.writable.is_set() or self.disconnected):
            await self.writable.wait()
            self._write()

    def give_up(self) -> None:
        """Drop the line if its page still has not read what was written: it would stay for ever."""
        if not self.disconnected and self.transport.get_write_buffer_size():
            self.transport.abort()

    def resume_writing(self) -> None:
        """Go on writing: the page has read."""
        super().resume_writing()
        self.write_soon()

    # ------------------------------------------------------------ holding back

    def hold_reading(self) -> None:
        """Read nothing more of the page until `go_on_reading`: what it sent waits to be stored."""
        if not self._holds_reading and not self.transport.is_closing():
            self._holds_reading = True
            self.transport.pause_reading()

    def go_on_reading(self) -> None:
        """Read on."""
        if self._holds_reading:
            self._holds_reading = False
            if not self.transport.is_closing():
                self.transport.resume_reading()

    def keepalive_timeout(self) -> None:
        """Close a line whose other end has gone; not one whose answer we do not read."""
        if self._holds_reading:
            self.pong_timer = None
            self.schedule_ping()
        else:
            super().keepalive_timeout()


def _long_head(length: int) -> bytes:
    if length < 1 << 16:
        return bytes((_BINARY, _MIDDLE)) + length.to_bytes(2, "big")
    return bytes((_BINARY, _MIDDLE + 1)) + length.to_bytes(8, "big")


def _frames_of(carried: Carried) -> list[bytes]:
    """Return what is owed as frames to be written, up to `WRITE_BYTES` or one message."""
    found: list[bytes] = []
    size = 0
    while size < WRITE_BYTES and (message := carried.next_owed()) is not None:
        length = len(message)
        found.append(_SHORT_HEADS[length] if length <= _SHORT else _long_head(length))
        found.append(message)
        size += length
    return found
