"""Writes in a part of the plan as a page does: opened live, and saved when durable."""

import asyncio
import secrets

from rooms.frames import (
    AuthToken,
    Frame,
    SyncStatus,
    SyncStep1,
    SyncStep2,
    Update,
    read_frame,
    write_frame,
)
from rooms.live import Connection
from rooms.live_rooms import LiveRooms
from rooms.plan import make_addition, words_as_text
from rooms.words import NO_VECTOR
from server.directory.member import Member
from server.kernel.errors import Unavailable
from server.kernel.ids import RoomId, SectionId

PATIENCE_S = 10.0
TRIES = 5


async def write(
    rooms: LiveRooms, who: Member, room: RoomId, section: SectionId, words: str
) -> None:
    """Go on writing in the last paragraph of a part; return when the words are saved.

    Raises:
        Refused: `who` has no place in the room.
        Unavailable: the live room closed the page each time.
    """
    for _ in range(TRIES):
        # Nobody signed in for this page, so the live room closes it within a second or two.
        connection = await rooms.enter(who, room, sign_in=secrets.token_bytes(32))
        page = _Page(rooms, connection, section.hex)
        try:
            async with asyncio.timeout(PATIENCE_S):
                if await page.add(words):
                    return
        except TimeoutError:
            pass
        finally:
            rooms.leave(connection)
    raise Unavailable


class _Page:
    """One part, open on one page."""

    def __init__(self, rooms: LiveRooms, connection: Connection, address: str) -> None:
        self._rooms = rooms
        self._connection = connection
        self._address = address
        self._heard: list[bytes] = []

    async def add(self, words: str) -> bool:
        """Add words to the last paragraph; say whether they stand, saved, in the part."""
        self._say(AuthToken(self._address, "page", "4.8.0"))
        self._say(SyncStep1(self._address, NO_VECTOR))
        if not await self._hears(SyncStep2):
            return False
        if words_as_text(self._heard).endswith(words):
            return True  # saved by the page before, which was closed before it heard so
        self._say(Update(self._address, make_addition(self._heard, words)))
        return await self._hears(SyncStatus)

    async def _hears(self, kind: type[Frame]) -> bool:
        """Read what is sent until a frame of this kind; False: the page was closed first."""
        while (message := await self._connection.next_message()) is not None:
            frame = read_frame(message)
            if isinstance(frame, SyncStep2):
                self._heard.append(frame.update)
            if isinstance(frame, SyncStatus) and not frame.applied:
                return False
            if isinstance(frame, kind):
                return True
        return False

    def _say(self, frame: Frame) -> None:
        self._rooms.hear(self._connection, write_frame(frame))
