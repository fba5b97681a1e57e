"""Rooms served by processes of their own, to be killed or starved, and who writes there."""

import asyncio
import json
import os
import random
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import websockets
from websockets.typing import Origin

from rooms import change_store
from rooms.frames import Ping, Stateless, read_frame
from rooms.plan import words_as_text
from server.kernel import database as kernel_database
from server.kernel import settings as kernel_settings
from server.kernel.database import Database, reading
from server.kernel.ids import SectionId
from tests.fakes.family_room import FamilyRoom, opened_family_room
from tests.rooms.pages import PageDocument
from web.session import SESSION_COOKIE

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0


@dataclass
class Laid:
    """A family's room with one section in a store, two sign-ins, and settings for its servers."""

    family: FamilyRoom
    section: SectionId
    cookies: tuple[str, str]
    settings: list[Path]
    ports: list[int]
    database_url: str

    def url(self, server: int = 0) -> str:
        return f"ws://127.0.0.1:{self.ports[server]}/rooms/{self.family.room.hex}/socket"

    async def stored(self) -> tuple[str, list[change_store.Change]]:
        """What is in the rows now: the words, and every change."""
        store = Database(self.database_url)
        kernel_database.bind(store)
        try:
            async with reading() as tx:
                words = (await change_store.load_words(tx, [self.section]))[self.section]
                changes = await change_store.changes_after(tx, self.section, 0)
        finally:
            await store.close()
        assert [change.seq for change in changes] == list(range(1, words.seq + 1))
        return words_as_text(words.updates()), changes


async def lay(database_url: str, folder: Path, *, servers: int = 1) -> Laid:
    """Open a family's room, and write the settings of servers for it."""
    store = Database(database_url)
    kernel_database.bind(store)
    async with opened_family_room(folder) as family:
        section = await family.add_section(family.imara, "Otis at school")
        imara, bronagh = [
            f"{SESSION_COOKIE}={await family.token(who)}" for who in (family.imara, family.bronagh)
        ]
    await store.close()
    ports = [_free_port() for _ in range(servers)]
    places = [_settings(folder, database_url, port) for port in ports]
    return Laid(family, section, (imara, bronagh), places, ports, database_url)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _settings(folder: Path, database_url: str, port: int) -> Path:
    told = kernel_settings.settings().model_dump(mode="json")
    # What stands in settings as a secret is masked in a dump; nobody signs in here.
    for provider in told["providers"]:
        provider["client_secret"] = "made up"
    told |= {
        "database_url": database_url,
        "data_folder": str(folder),
        "host": "127.0.0.1",
        "port": port,
        "public_origins": [f"http://127.0.0.1:{port}"],
    }
    place = folder / f"settings-{port}.json"
    place.write_text(json.dumps(told), encoding="utf-8")
    return place


@asynccontextmanager
async def served(laid: Laid, server: int = 0) -> AsyncIterator[asyncio.subprocess.Process]:
    """One server in a process of its own; killed at the end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.real.served_room",
        str(laid.settings[server]),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    try:
        await _until_served(laid.ports[server])
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        await process.wait()


async def _until_served(port: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            with suppress(OSError):
                _reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.05)


async def until(holds: Any, within_s: float = PATIENCE_S) -> float:
    """Wait until something holds; how long that took."""
    began = asyncio.get_running_loop().time()
    async with asyncio.timeout(within_s):
        while not holds():
            await asyncio.sleep(0.005)
    return asyncio.get_running_loop().time() - began


class WirePage:
    """A page over a real socket, with the documents open on it."""

    def __init__(self) -> None:
        self.chance = random.Random()
        self.stamp = ""  # of no page that was fetched: it is told to look again
        self.documents: dict[str, PageDocument] = {}
        self.stateless: list[dict[str, Any]] = []
        self.is_cut = False
        self.heard = b""
        self._out: asyncio.Queue[bytes] = asyncio.Queue()

    def say(self, message: bytes) -> None:
        self._out.put_nowait(message)

    def open(self, address: str, again: PageDocument | None = None) -> PageDocument:
        """Open a document: a new one, or one that the page kept while its line was cut."""
        document = again or PageDocument(self, address)
        document.page, document.closed = self, None
        document.sent.clear()
        self.documents[address] = document
        document.open()
        return document

    async def carry(self, wire: websockets.ClientConnection) -> None:
        """Send and hear until the line is cut."""
        sending = asyncio.create_task(self._send(wire))
        try:
            async for message in wire:
                assert isinstance(message, bytes)
                self.heard += message
                self._hear(message)
        except websockets.ConnectionClosed:
            pass
        finally:
            self.is_cut = True
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    def _hear(self, message: bytes) -> None:
        frame = read_frame(message)
        if isinstance(frame, Ping):
            self.say(b"\x0a")
        if isinstance(frame, Stateless):
            self.stateless.append(json.loads(frame.payload))
        document = self.documents.get(getattr(frame, "address", ""))
        if document is not None:
            document.hear(frame)

    async def _send(self, wire: websockets.ClientConnection) -> None:
        while True:
            await wire.send(await self._out.get())


@asynccontextmanager
async def page_at(url: str, cookie: str) -> AsyncIterator[WirePage]:
    """A page on a server, signed in, with the room's own document open."""
    origin = Origin("http" + url.removeprefix("ws").partition("/rooms")[0])
    async with websockets.connect(
        url, additional_headers={"Cookie": cookie}, origin=origin, open_timeout=PATIENCE_S
    ) as wire:
        page = WirePage()
        page.open("room")
        carrying = asyncio.create_task(page.carry(wire))
        try:
            yield page
        finally:
            carrying.cancel()
            await asyncio.gather(carrying, return_exceptions=True)


class Writer:
    """One person typing, who notes which of her words were called saved."""

    def __init__(self, name: str, laid: Laid, cookie: str, *, keeps_page: bool = False) -> None:
        """With `keeps_page` her page stays open while its line is cut."""
        self.name, self.laid, self.cookie = name, laid, cookie
        self.keeps_page = keeps_page
        self.document: PageDocument | None = None
        self.saved: set[str] = set()
        self.count = 0

    async def write_until_cut(self) -> None:
        """Write a word each 20 ms until the server is gone."""
        with suppress(websockets.ConnectionClosed, OSError, websockets.InvalidHandshake):
            async with page_at(self.laid.url(), self.cookie) as page:
                kept = self.document if self.keeps_page else None
                document = self.document = page.open(self.laid.section.hex, kept)
                await until(lambda: document.is_synced or page.is_cut)
                while not page.is_cut:
                    self.count += 1
                    document.sent.append(self.count)
                    document.type(f"{self.name}w{self.count}x")
                    await asyncio.sleep(0.02)
                    self._note(document)
                self._note(document)

    def _note(self, document: PageDocument) -> None:
        """Statuses answer messages in their order; the answer to a step 2 (0) is no word."""
        while document.statuses:
            is_saved, sent = document.statuses.pop(0), document.sent.pop(0)
            if is_saved and sent:
                self.saved.add(f"{self.name}w{sent}x")


def writers_of(laid: Laid, *, keep_pages: bool = False) -> list[Writer]:
    return [
        Writer(name, laid, cookie, keeps_page=keep_pages)
        for name, cookie in zip(("imara", "bronagh"), laid.cookies, strict=True)
    ]


async def write_until_saved(
    writers: list[Writer], process: asyncio.subprocess.Process, words: int
) -> "asyncio.Task[Any]":
    """Have everybody write; return once so many more words were called saved."""
    before = sum(len(writer.saved) for writer in writers)
    writing = asyncio.ensure_future(
        asyncio.gather(*(writer.write_until_cut() for writer in writers))
    )
    async with asyncio.timeout(PATIENCE_S):
        while sum(len(writer.saved) for writer in writers) < before + words:
            assert process.returncode is None
            await asyncio.sleep(0.01)
    return writing  # type: ignore[return-value]
