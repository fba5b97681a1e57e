"""The stamp of a room's page: what its reader could see when it was fetched, and nobody else."""

import re

from rooms.sight import NO_STAMP
from tests.rooms.pages import Page


async def stamp_of(house, who, address):
    async with await house.browser(who) as browser:
        answer = await browser.get(f"/rooms/{house.room.hex}{address}")
    assert answer.status_code == 200
    return re.findall(r'data-live-token="([^"]+)"', answer.text)[0]


async def told_at_opening(house, who, stamp):
    rooms = house.app.state.live_rooms
    page = Page(rooms, await rooms.enter(who, house.room, sign_in=b""), stamp=stamp)
    page.open("room")
    page.read()
    return page.stateless()


async def test_only_the_page_of_whom_lost_something_is_told_when_it_comes_live(house):
    await house.add_section(house.imara, "Otis's father", category="family_relationships")
    pages = ("", "/plan", "/actions", "/documents", "/people", "/agreement")
    leona = [await stamp_of(house, house.leona, address) for address in pages]
    imara = [await stamp_of(house, house.imara, address) for address in pages]
    assert len({*leona}) == len({*imara}) == 1
    assert leona[0] != imara[0]

    await house.stop("family_life", "bramblegate")

    assert await told_at_opening(house, house.leona, leona[0]) == [
        {"kind": "bell", "what": "access", "thing": None}
    ]
    assert await told_at_opening(house, house.imara, imara[0]) == []
    fresh = await stamp_of(house, house.leona, "/plan")
    assert await told_at_opening(house, house.leona, fresh) == []


async def test_every_page_of_a_room_carries_a_stamp(house):
    for address in ("/plan/new", "/actions/new", "/people/invite", "/agreement/stop"):
        assert await stamp_of(house, house.imara, address) != NO_STAMP
