"""The line that a room takes over from uvicorn: what it carries, and what can go wrong on it.

Run against the release of uvicorn that is pinned; a new one is tried here first.
"""

import asyncio
import random
import socket
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import uvicorn
import websockets
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.frames import Frame, Opcode

from web.room_protocol import EXTENSION, RoomProtocol
from web.serving import SOCKETS

PATIENCE_S = 20.0


class CrdtPanics(BaseException):
    """As the CRDT's own panic: no Exception."""


class Carried:
    """What a line carries here: it notes what it hears and gives what the test owes it."""

    def __init__(self, line: RoomProtocol) -> None:
        self.line = line
        self.heard: list[bytes] = []
        self.owed: deque[bytes] = deque()

    def hear(self, message: bytes) -> None:
        if message == b"panic":
            raise CrdtPanics
        self.heard.append(message)
        if message.startswith(b"echo"):
            self.owe(message)

    def next_owed(self) -> bytes | None:
        return self.owed.popleft() if self.owed else None

    def owe(self, *messages: bytes) -> None:
        self.owed.extend(messages)
        self.line.write_soon()


class House:
    """A server whose one socket is taken over, and the lines that it carries."""

    def __init__(self, **options: object) -> None:
        self.carried: list[Carried] = []
        self.take_over_after_s = 0.0
        self.ended: list[int] = []
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        self.port: int = listener.getsockname()[1]
        self.listener = listener
        app = Starlette(routes=[WebSocketRoute("/", self._carry)])
        told = {"lifespan": "off", "log_level": "critical", **SOCKETS, **options}
        self.server = uvicorn.Server(uvicorn.Config(app, **told))

    async def _carry(self, websocket: WebSocket) -> None:
        await websocket.accept()
        await asyncio.sleep(self.take_over_after_s)
        line: RoomProtocol = websocket.scope["extensions"][EXTENSION]
        carried = Carried(line)
        line.take_over(carried)
        self.carried.append(carried)
        try:
            while True:
                message = await websocket.receive()
                if message["type"] == "websocket.disconnect":
                    self.ended.append(message["code"])
                    return
        finally:
            with suppress(WebSocketDisconnect, RuntimeError):
                line.give_up()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/"

    async def the_line(self) -> Carried:
        await until(lambda: self.carried)
        return self.carried[-1]


async def until(holds) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def served(**options: object) -> AsyncIterator[House]:
    house = House(**options)
    serving = asyncio.create_task(house.server.serve(sockets=[house.listener]))
    await until(lambda: house.server.started)
    try:
        yield house
    finally:
        house.server.should_exit = True
        await serving
        house.listener.close()


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with served() as made:
        yield made


async def answers(page: websockets.ClientConnection, say: bytes) -> bool:
    await page.send(b"echo" + say)
    return await page.recv() == b"echo" + say


async def test_what_is_owed_arrives_in_its_order_whatever_its_size(house):
    async with websockets.connect(house.url, max_size=None) as page:
        carried = await house.the_line()
        sizes = [0, 1, 125, 126, 65_535, 65_536, 200_000, 3]
        carried.owe(*(bytes([number]) * size for number, size in enumerate(sizes)))

        assert [await page.recv() for _ in sizes] == [
            bytes([number]) * size for number, size in enumerate(sizes)
        ]


async def test_all_that_is_owed_in_one_turn_leaves_in_one_write(house):
    async with websockets.connect(house.url) as page:
        carried = await house.the_line()
        written: list[bytes] = []
        transport = carried.line.transport
        carried.line.transport = Watched(transport, written)
        for number in range(50):
            carried.owe(b"%d" % number)
        assert [await page.recv() for _ in range(50)] == [b"%d" % number for number in range(50)]
        assert len(written) == 1
        carried.line.transport = transport


class Watched:
    """A transport that notes what is written to it."""

    def __init__(self, transport: asyncio.Transport, written: list[bytes]) -> None:
        self._transport, self._written = transport, written

    def write(self, came: bytes) -> None:
        self._written.append(came)
        self._transport.write(came)

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)


async def test_a_message_in_pieces_is_heard_whole_and_text_as_no_frame(house):
    async with websockets.connect(house.url) as page:
        carried = await house.the_line()
        await page.send([b"one", b"two", b"three"])
        await page.send("text")
        await until(lambda: len(carried.heard) == 2)

        assert carried.heard == [b"onetwothree", b""]


async def test_what_came_before_the_line_was_taken_over_is_heard_first(house):
    house.take_over_after_s = 0.2
    async with websockets.connect(house.url) as page:
        for number in range(5):
            await page.send(b"%d" % number)
        carried = await house.the_line()
        await page.send(b"5")
        await until(lambda: len(carried.heard) == 6)

        assert carried.heard == [b"%d" % number for number in range(6)]


async def test_a_panic_while_hearing_closes_that_line_alone(house):
    async with websockets.connect(house.url) as page, websockets.connect(house.url) as other:
        await page.send(b"panic")
        with pytest.raises(websockets.ConnectionClosedError) as closed:
            await page.recv()

        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1011
        assert await answers(other, b"still here")


async def test_a_message_over_the_limit_closes_that_line_with_1009():
    async with served(ws_max_size=1_000) as house, websockets.connect(house.url) as page:
        await page.send(b"x" * 1_001)
        with pytest.raises(websockets.ConnectionClosedError) as closed:
            await page.recv()

        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009
        assert not house.carried[0].heard


async def test_a_page_is_not_read_while_it_is_held_and_read_on_after_that():
    # The page answers no ping meanwhile, as its answers are not read either: it stays.
    async with (
        served(ws_ping_interval=0.1, ws_ping_timeout=0.1) as house,
        websockets.connect(house.url) as page,
    ):
        carried = await house.the_line()
        carried.line.hold_reading()
        for number in range(20):
            await page.send(b"%d" % number)
        await asyncio.sleep(0.5)
        assert not carried.heard

        carried.line.go_on_reading()
        await until(lambda: len(carried.heard) == 20)
        assert await answers(page, b"!")


async def test_a_page_that_does_not_read_fills_nothing_and_its_line_can_be_dropped(house):
    page = socket.socket()
    page.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    page.connect(("127.0.0.1", house.port))
    page.sendall(handshake(house))
    carried = await house.the_line()
    carried.owe(*([b"x" * 10_000] * 2_000))
    await asyncio.sleep(0.2)

    # What was not sent still waits where it can be taken back.
    assert not carried.line.writable.is_set()
    assert len(carried.owed) > 1_000
    assert carried.line.transport.get_write_buffer_size() < 1_000_000
    carried.line.give_up()
    await until(lambda: house.ended)
    page.close()


def handshake(house: House) -> bytes:
    return (
        f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{house.port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ).encode()


async def test_a_line_whose_other_end_is_gone_is_closed():
    async with served(ws_ping_interval=0.1, ws_ping_timeout=0.2) as house:
        page = socket.socket()
        page.connect(("127.0.0.1", house.port))
        page.sendall(handshake(house))
        await house.the_line()  # from here on it says nothing, as if its cable were cut

        await until(lambda: house.ended)
        page.close()


async def test_a_server_that_stops_says_so(house):
    async with websockets.connect(house.url) as page:
        await house.the_line()
        house.server.should_exit = True
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await page.recv()

        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012


async def test_random_and_changed_frames_close_their_own_line_at_most(house):
    chance = random.Random(4)
    frame = Frame(Opcode.BINARY, b"echo" + bytes(range(100))).serialize(mask=True)
    async with websockets.connect(house.url) as other:
        for number in range(150):
            reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
            writer.write(handshake(house))
            await reader.readuntil(b"\r\n\r\n")
            changed = bytearray(frame * 3)
            for _ in range(chance.randrange(1, 5)):
                changed[chance.randrange(len(changed))] = chance.randrange(256)
            writer.write(chance.randbytes(200) if number % 3 == 0 else bytes(changed))
            if number % 2:
                await reader.read(10)
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
        assert await answers(other, b"still here")
        await until(lambda: len(house.server.server_state.connections) == 1)
