"""The server is killed while two people type: no acknowledged word is missing afterwards."""

import asyncio
import json
import os
import random
import signal
import socket
import sys
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import websockets

from rooms import change_store
from rooms.frames import SyncStatus, read_frame
from rooms.plan import words_as_text
from server.kernel import database as kernel_database
from server.kernel import settings as kernel_settings
from server.kernel.database import Database, reading
from server.kernel.ids import SectionId
from tests.fakes.family_room import opened_family_room
from tests.rooms.pages import PageDocument
from web.session import SESSION_COOKIE

ROOT = Path(__file__).resolve().parents[2]


class Writer:
    """One person typing over a real socket, who notes which of her words were called saved."""

    def __init__(self, name, url, cookie, section):
        self.name, self.url, self.cookie, self.section = name, url, cookie, section
        self.origin = "http" + url.removeprefix("ws").partition("/rooms")[0]
        self.saved: set[str] = set()
        self.count = 0

    async def write_until_cut(self):
        headers = {"Cookie": self.cookie}
        with suppress(websockets.ConnectionClosed, OSError, websockets.InvalidHandshake):
            async with websockets.connect(
                self.url, additional_headers=headers, origin=self.origin, open_timeout=20
            ) as wire:
                out: asyncio.Queue[bytes] = asyncio.Queue()
                page = WirePage(out)
                document = PageDocument(page, self.section)
                document.open()
                typing = asyncio.create_task(self._type(document))
                sending = asyncio.create_task(self._send(wire, out))
                try:
                    async for message in wire:
                        assert isinstance(message, bytes)
                        frame = read_frame(message)
                        if getattr(frame, "address", None) == self.section:
                            document.hear(frame)
                            if isinstance(frame, SyncStatus):
                                self._note(document, frame)
                finally:
                    typing.cancel()
                    sending.cancel()

    def _note(self, document, frame):
        sent = document.sent.pop(0)
        if sent and frame.applied:
            self.saved.add(f"{self.name}w{sent}x")

    async def _type(self, document):
        while not document.is_synced:
            await asyncio.sleep(0.01)
        while True:
            self.count += 1
            document.sent.append(self.count)
            document.type(f"{self.name}w{self.count}x")
            await asyncio.sleep(0.02)

    async def _send(self, wire, out):
        while True:
            await wire.send(await out.get())


class WirePage:
    """What a document speaks through, when it speaks over a wire."""

    def __init__(self, out):
        self.chance = random.Random()
        self.out = out

    def say(self, message):
        self.out.put_nowait(message)


@asynccontextmanager
async def served(settings_file: Path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.real.served_room",
        str(settings_file),
        cwd=ROOT,
        env=environment,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        await process.wait()


async def lay(database_url, folder):
    """A family's room with one section, and two sign-ins; the settings of a server for it."""
    store = Database(database_url)
    kernel_database.bind(store)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with opened_family_room(folder) as family:
        section = await family.add_section(family.imara, "Otis at school")
        cookies = [
            f"{SESSION_COOKIE}={await family.token(who)}" for who in (family.imara, family.bronagh)
        ]
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
    place = folder / "settings.json"
    place.write_text(json.dumps(told), encoding="utf-8")
    await store.close()
    return family, section, cookies, port, place


async def kill_and_look(database_url, folder, rounds):
    family, section, cookies, port, place = await lay(database_url, folder)
    url = f"ws://127.0.0.1:{port}/rooms/{family.room.hex}/socket"
    writers = [
        Writer(name, url, cookie, section.hex)
        for name, cookie in zip(("imara", "bronagh"), cookies, strict=True)
    ]
    for _ in range(rounds):
        before = sum(len(writer.saved) for writer in writers)
        async with served(place) as process:
            await until_served(port)
            writing = asyncio.gather(*(writer.write_until_cut() for writer in writers))
            async with asyncio.timeout(30):
                while sum(len(writer.saved) for writer in writers) < before + 20:
                    assert process.returncode is None
                    await asyncio.sleep(0.01)
            process.send_signal(signal.SIGKILL)
            await writing
    store = Database(database_url)
    kernel_database.bind(store)
    try:
        await judge(section, writers)
    finally:
        await store.close()


async def until_served(port):
    async with asyncio.timeout(30):
        while True:
            with suppress(OSError):
                _reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.05)


async def judge(section, writers):
    async with reading() as tx:
        words = (await change_store.load_words(tx, [SectionId(section)]))[section]
        changes = await change_store.changes_after(tx, section, 0)
    text = words_as_text(words.updates())
    missing = [word for writer in writers for word in writer.saved if word not in text]
    assert missing == []
    assert [change.seq for change in changes] == list(range(1, words.seq + 1))
    assert sum(len(writer.saved) for writer in writers) >= 20


async def test_no_saved_word_is_missing_after_three_kills(database_url, tmp_path):
    await kill_and_look(database_url, tmp_path, 3)


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_long_no_saved_word_is_missing_after_twenty_kills(database_url, tmp_path, rounds):
    await kill_and_look(database_url, tmp_path, rounds(20))
    print(f"{rounds(20)} kills")
