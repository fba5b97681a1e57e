"""Writes in a part of the plan as a page does: opened live, and saved when durable."""

import asyncio
import secrets
from typing import Any

from pycrdt import Doc, XmlElement, XmlFragment, XmlText

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
from rooms.plan import ROOT
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
        self._document: Doc[Any] = Doc()

    async def add(self, words: str) -> bool:
        """Add words to the last paragraph; say whether they stand, saved, in the part."""
        self._say(AuthToken(self._address, "page", "4.8.0"))
        self._say(SyncStep1(self._address, self._document.get_state()))
        if not await self._hears(SyncStep2):
            return False
        before = self._document.get_state()
        text = self._last_text()
        if str(text).endswith(words):
            return True  # saved by the page before, which was closed before it heard so
        text.insert(len(str(text).encode()), words)
        self._say(Update(self._address, self._document.get_update(before)))
        return await self._hears(SyncStatus)

    def _last_text(self) -> XmlText:
        root = self._document.get(ROOT, type=XmlFragment)
        paragraphs = list(root.children)
        last = paragraphs[-1] if paragraphs else root.children.append(XmlElement("paragraph"))
        texts = [one for one in last.children if isinstance(one, XmlText)]
        return texts[-1] if texts else last.children.append(XmlText(""))

    async def _hears(self, kind: type[Frame]) -> bool:
        """Read what is sent until a frame of this kind; False: the page was closed first."""
        while (message := await self._connection.next_message()) is not None:
            frame = read_frame(message)
            if isinstance(frame, SyncStep2):
                self._document.apply_update(frame.update)
            if isinstance(frame, SyncStatus) and not frame.applied:
                return False
            if isinstance(frame, kind):
                return True
        return False

    def _say(self, frame: Frame) -> None:
        self._rooms.hear(self._connection, write_frame(frame))
