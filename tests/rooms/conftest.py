"""A live room with two members and a section, over the simulator's gate, on both stores."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest

from rooms.keeping import SectionKeeper
from rooms.live_rooms import LiveRooms
from rooms.section import Section
from server.directory.member import Practitioner
from server.identity import sessions
from server.kernel import notices
from server.kernel.database import Database, writing
from server.kernel.ids import RoomId
from tests.fakes import gate
from tests.rooms.pages import Page
from tests.rooms.rooms_for_tests import add_room, add_section, practitioner, use_keys_in
from tests.rooms.sign_ins import sign_in


@dataclass
class Live:
    """The stage of a test: a room, its members, its sections, and the live rooms."""

    rooms: LiveRooms
    room: RoomId
    imara: Practitioner
    bronagh: Practitioner
    section: Section
    other: Section
    pages: list[Page]

    async def page(self, who: Practitioner) -> Page:
        """A new page of a member, signed in, with the room's own document open."""
        return await self.come_live(who, await self.rooms.stamp(who, self.room))

    async def come_live(self, who: Practitioner, stamp: str) -> Page:
        """A page of a member that was fetched when this was its stamp."""
        async with writing() as tx:
            token = await sign_in(tx, who)
        connection = await self.rooms.enter(who, self.room, sign_in=sessions.hash_of(token))
        page = Page(self.rooms, connection, stamp=stamp)
        page.open("room")
        self.pages.append(page)
        return page

    async def until(self, holds: Callable[[], object], timeout_s: float = 60.0) -> None:
        """Let everybody read until something holds."""
        async with asyncio.timeout(timeout_s):
            while True:
                for page in self.pages:
                    page.read()
                if holds():
                    return
                await asyncio.sleep(0.005)

    async def quiet(self, for_s: float = 0.15) -> None:
        """Let everybody read until nothing more comes."""
        more = True
        while more:
            await asyncio.sleep(for_s)
            more = sum(page.read() for page in self.pages) > 0


@pytest.fixture
async def live(database: Database, tmp_path) -> AsyncIterator[Live]:
    """Imara and Bronagh may read and write both sections of one room."""
    del database
    use_keys_in(tmp_path)
    imara, bronagh = practitioner("Imara Testwell"), practitioner("Bronagh Mockford")
    async with writing() as tx:
        await gate.lay_table(tx)
    async with writing() as tx:
        room = await add_room(tx, imara, bronagh)
        section = await add_section(tx, room, imara, "Otis came on 31 days.")
        other = await add_section(tx, room, imara, "Hearing checked: fine.", heading="Pip")
        for member in (imara, bronagh):
            await gate.allow(tx, member, room, "view")
            for one in (section, other):
                await gate.allow(tx, member, one.id, "view", "edit")
    rooms = LiveRooms(gate.RowGate(), keepers=[SectionKeeper()])
    await rooms.start()
    notices.hear(notices.AccessChanged, rooms.access_changed)
    notices.hear(notices.SignedOut, rooms.signed_out)
    try:
        yield Live(rooms, room, imara, bronagh, section, other, [])
    finally:
        await rooms.stop()
