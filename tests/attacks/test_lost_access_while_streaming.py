"""A reader who opened a large file keeps nothing flowing once she lost access (threat T-03)."""

import asyncio
import socket
import time

from sqlalchemy import text

from documents import uploading
from documents.description import Description
from server.kernel.database import reading
from server.kernel.ids import DocumentId, new_id
from tests.fakes import files
from tests.fakes.family_room import HOST
from tests.fakes.laid_family_room import database_url, house, laid
from tests.fakes.sign_in_service import serving
from web.session import SESSION_COOKIE

__all__ = ["database_url", "house", "laid"]

SIZE = 40_000_000


async def refusals() -> int:
    async with reading() as tx:
        return int(
            await tx.scalar(
                text("SELECT count(*) FROM audit_entry WHERE kind = 'document:download-refused'")
            )
        )


class SlowReader:
    """Reads a little at a time, as a telephone in a train does, until the line ends."""

    def __init__(self, line: socket.socket) -> None:
        self.line = line
        self.received = 0

    async def read_on(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while piece := await loop.sock_recv(self.line, 64 * 1024):
                self.received += len(piece)
                await asyncio.sleep(0.01)
        except ConnectionResetError:
            return


async def test_a_stream_stops_within_a_second_of_the_withdrawal(house):
    described = Description("family_relationships", frozenset({house.people["Otis"]}), "plan")
    async with uploading.receiving(house.imara, house.room, DocumentId(new_id())) as arrival:
        await arrival.write(files.pdf(pad=SIZE))
        document = await arrival.keep("plan.pdf", described)
    token = await house.token(house.leona)
    loop = asyncio.get_running_loop()
    async with serving(house.app) as port:
        line = socket.socket()
        line.setblocking(False)  # noqa: FBT003  the socket's own signature
        await loop.sock_connect(line, ("127.0.0.1", port))
        asked = (
            f"GET /rooms/{house.room.hex}/documents/{document.hex}/copy HTTP/1.1\r\n"
            f"Host: {HOST}\r\nCookie: {SESSION_COOKIE}={token}\r\n\r\n"
        )
        await loop.sock_sendall(line, asked.encode())
        reader = SlowReader(line)
        on_and_on = asyncio.create_task(reader.read_on())
        while reader.received < 500_000:
            await asyncio.sleep(0.01)

        await house.stop("family_life", "bramblegate")
        withdrawn_at = time.monotonic()
        async with asyncio.timeout(10):
            while not await refusals():
                await asyncio.sleep(0.02)
        stopped_after_s = time.monotonic() - withdrawn_at
        # What the machine's own buffers held still arrives; nothing is added to it.
        async with asyncio.timeout(20):
            await on_and_on
        line.close()

    assert stopped_after_s <= 1.0
    assert 500_000 < reader.received < SIZE
