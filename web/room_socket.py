"""The socket of a room's page: cookie and Origin were checked before this, by the entrance.

One socket carries every section of a page. It is accepted only for a member who has a place in
the room; an unknown room and a forbidden one are refused alike, before the handshake is answered.

Rule: ADR-0009. Threats T-01, T-06, T-12.
"""

import asyncio
from contextlib import suppress
from functools import partial

from starlette.websockets import WebSocket, WebSocketDisconnect

from consent.turning_away import turn_away
from policies.act import Act
from rooms.live import Connection
from rooms.live_rooms import LiveRooms
from server.kernel.errors import TacroomError
from web.room_protocol import EXTENSION, RoomProtocol
from web.route import gated_socket, room_named_in
from web.session import session_of

CLOSE_S = 2.0
"""How long a page that does not read is given to take the close frame."""


async def follow_room(websocket: WebSocket) -> None:
    """Carry a page's live words, carets and bells until either side ends it."""
    rooms: LiveRooms = websocket.app.state.live_rooms
    session = session_of(websocket)
    connection: Connection | None = None
    if session is not None:
        try:
            room = room_named_in(websocket)
            if room is None:
                await turn_away(session.member, Act.VIEW_ROOM, None)
            connection = await rooms.enter(session.member, room, sign_in=session.hash)
        except TacroomError:
            connection = None
    if connection is None:
        await websocket.close()  # before the handshake is answered: status 403
        return
    try:
        await websocket.accept()
        await _carry(websocket, rooms, connection)
    finally:
        rooms.leave(connection)


async def _carry(websocket: WebSocket, rooms: LiveRooms, connection: Connection) -> None:
    line: RoomProtocol | None = websocket.scope["extensions"].get(EXTENSION)
    hearing = asyncio.create_task(_hear(websocket, rooms, connection))
    if line is None:
        saying = asyncio.create_task(_say(websocket, connection))
    else:
        connection.line = line
        line.take_over(_Page(rooms, connection))
        saying = asyncio.create_task(_say_last(websocket, line, connection))
    closed = asyncio.create_task(connection.until_closed())
    try:
        await asyncio.wait({hearing, saying, closed}, return_when=asyncio.FIRST_COMPLETED)
        if closed.done() and not hearing.done():
            # The last words may still be under way; a page that does not read is not waited for.
            await asyncio.wait({saying}, timeout=CLOSE_S)
    finally:
        for task in (hearing, saying, closed):
            task.cancel()
        await asyncio.gather(hearing, saying, closed, return_exceptions=True)
        if line is not None:
            line.give_up()


class _Page:
    """A page of a room as its line sees it."""

    def __init__(self, rooms: LiveRooms, connection: Connection) -> None:
        self.hear = partial(rooms.hear, connection)
        self.next_owed = connection.next_owed


async def _hear(websocket: WebSocket, rooms: LiveRooms, connection: Connection) -> None:
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            return
        # Text is no frame of the protocol; as no bytes it is refused with a reason.
        rooms.hear(connection, message.get("bytes") or b"")


async def _say(websocket: WebSocket, connection: Connection) -> None:
    try:
        while (message := await connection.next_message()) is not None:
            await websocket.send_bytes(message)
        if connection.closed is not None:
            code, reason = connection.closed
            await websocket.close(code, reason)
    except (WebSocketDisconnect, RuntimeError):
        return  # the page is gone; Starlette says the second when the close crossed ours


async def _say_last(websocket: WebSocket, line: RoomProtocol, connection: Connection) -> None:
    """Wait until the connection is closed; then send what is still owed, and the reason."""
    await connection.until_closed()
    await line.write_all()
    if connection.closed is not None:
        line.go_on_reading()  # or the answer to the close frame would not be heard
        with suppress(WebSocketDisconnect, RuntimeError):
            await websocket.close(*connection.closed)


ROUTES = [gated_socket("/rooms/{room}/socket", follow_room, act=Act.VIEW_ROOM)]
