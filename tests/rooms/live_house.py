"""The family's room with its live rooms started over the real gate, and pages on them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from rooms.live_rooms import LiveRooms
from server.directory.member import Practitioner
from server.identity import sessions
from server.kernel import notices
from server.kernel.database import writing
from tests.fakes.family_room import KEEPERS, FamilyRoom
from tests.rooms.pages import Page
from tests.rooms.sign_ins import sign_in


@asynccontextmanager
async def live_rooms(*, hears: bool = True) -> AsyncIterator[LiveRooms]:
    """The live rooms of one process, over the real gate; another process hears of nothing."""
    rooms = LiveRooms(keepers=KEEPERS)
    await rooms.start()
    if hears:
        notices.hear(notices.AccessChanged, rooms.access_changed)
    try:
        yield rooms
    finally:
        await rooms.stop()


async def come(rooms: LiveRooms, house: FamilyRoom, who: Practitioner) -> Page:
    """A page of somebody, signed in, with the room's own document open."""
    async with writing() as tx:
        token = await sign_in(tx, who)
    stamp = await rooms.stamp(who, house.room)
    entered = await rooms.enter(who, house.room, sign_in=sessions.hash_of(token))
    page = Page(rooms, entered, stamp=stamp)
    page.open("room")
    return page


async def until(pages: Iterable[Page], holds: Callable[[], object]) -> None:
    """Let these pages read until something holds."""
    several = list(pages)
    async with asyncio.timeout(30):
        while True:
            for page in several:
                page.read()
            if holds():
                return
            await asyncio.sleep(0.005)
