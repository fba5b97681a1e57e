"""A family's room served by the real server, and the stock provider as its pages."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn

from consent.bell import Bell
from rooms.live_rooms import LiveRooms
from server.directory.member import Member
from server.kernel import notices
from server.kernel.database import Database
from tests.fakes.family_room import HOST, ORIGIN, FamilyRoom, opened_family_room
from tests.real import node, wanted
from tests.real.provider_pages import ProviderPages, provider_pages
from web import room_socket
from web.serving import SOCKETS
from web.session import SESSION_COOKIE


@dataclass
class Served:
    """The room, the live rooms behind it, and where its socket is."""

    family: FamilyRoom
    rooms: LiveRooms
    port: int
    pages: ProviderPages

    async def page(self, name: str, who: Member) -> None:
        """Open a page's socket into the room, signed in."""
        await self.pages.do(
            "page",
            page=name,
            url=f"ws://127.0.0.1:{self.port}/rooms/{self.family.room.hex}/socket",
            headers={
                "Host": HOST,
                "Origin": ORIGIN,
                "Cookie": f"{SESSION_COOKIE}={await self.family.token(who)}",
            },
        )


@pytest.fixture
async def served(
    request: pytest.FixtureRequest, database: Database, tmp_path
) -> AsyncIterator[Served]:
    """A family's room with the real gate, on a real server on this machine.

    Its sockets are served as ours are; a test that names other options has those.
    """
    sockets = getattr(request, "param", SOCKETS)
    del database
    async with opened_family_room(tmp_path) as family, _live(family) as rooms:
        if not any(getattr(one, "path", "").endswith("/socket") for one in family.app.routes):
            family.app.router.routes.insert(0, room_socket.ROUTES[0])
        async with _serving(family, sockets) as port:
            try:
                async with provider_pages() as pages:
                    yield Served(family, rooms, port, pages)
            except node.NodeMissing as reason:
                wanted.missing(str(reason))


@asynccontextmanager
async def _live(family: FamilyRoom) -> AsyncIterator[LiveRooms]:
    rooms = LiveRooms()
    family.app.state.live_rooms = rooms
    notices.hear(notices.AccessChanged, rooms.access_changed)
    notices.hear(notices.SignedOut, rooms.signed_out)
    notices.hear(Bell, rooms.ring)
    await rooms.start()
    try:
        yield rooms
    finally:
        await rooms.stop()


@asynccontextmanager
async def _serving(family: FamilyRoom, sockets: dict[str, Any]) -> AsyncIterator[int]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        family.app, lifespan="off", log_level="error", access_log=False, **sockets
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await serving
        listener.close()
