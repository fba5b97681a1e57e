"""T-13: on the socket, somebody of the family hears of nothing that is not about her to see."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from consent.bell import Bell
from rooms.inviting import seat_family_member
from rooms.live_rooms import LiveRooms
from rooms.meetings import schedule_meeting
from server.identity import sessions
from server.kernel import notices
from server.kernel.notices import AccessChanged
from tests.fakes.family_room import KEEPERS
from tests.fakes.laid_family_room import database_url, house, laid
from tests.rooms.pages import Page

__all__ = ["database_url", "house", "laid"]


@asynccontextmanager
async def live_pages(house, *who):
    rooms = LiveRooms(keepers=KEEPERS)
    notices.hear(Bell, rooms.ring)
    notices.hear(AccessChanged, rooms.access_changed)
    await rooms.start()
    try:
        pages = []
        for one in who:
            sign_in = sessions.hash_of(await house.token(one))
            stamp = await rooms.stamp(one, house.room)
            connection = await rooms.enter(one, house.room, sign_in=sign_in)
            page = Page(rooms, connection, stamp=stamp)
            page.open("room")
            pages.append(page)
        yield pages
    finally:
        await rooms.stop()


async def heard(page) -> list[str]:
    page.read()
    return [told["what"] for told in page.stateless() if told.get("kind") == "bell"]


@pytest.mark.parametrize("what", ["people", "access", "room"])
async def test_no_bell_tells_one_parent_of_another_person_answer_or_meeting(house, what):
    async with live_pages(house, house.imara, house.tamsin) as (imara, tamsin):
        if what == "people":
            await seat_family_member(house.imara, house.room, house.people["Otis"], keepers=KEEPERS)
        elif what == "access":
            await house.stop("health", "quillmere_hv")
        else:
            await schedule_meeting(house.imara, house.room, day=None, at=None, call_link="")
        await until_heard(imara, what)

        assert what in await heard(imara)
        assert await heard(tamsin) == []


async def until_heard(page, what: str) -> None:
    async with asyncio.timeout(5):
        while what not in await heard(page):
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.2)
