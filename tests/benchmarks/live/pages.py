"""Pages of the load: each has one document open, types into it and counts what it hears."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from rooms.frames import Reader, array, number, string
from rooms.plan import ROOT
from tests.benchmarks.live.wire import Socket, asks_to_open, letter, typed_in

_SYNC, _STATUS = 0, 8
_STEP1, _STEP2, _UPDATE = 0, 1, 2
_KNOWN_MOST = 4_096

Typed = list[tuple[int, int, int]]


@dataclass
class Heard:
    """What all pages together heard, and when each letter was typed."""

    measures_delays: bool
    typed_at: dict[int, dict[int, float]] = field(default_factory=dict)
    delivered: int = 0
    to_peer_s: list[float] = field(default_factory=list)
    to_saved_s: list[float] = field(default_factory=list)
    known: dict[bytes, Typed] = field(default_factory=dict)


class Page:
    """A page with one document open."""

    def __init__(self, address: str, client: int, heard: Heard) -> None:
        self.address = string(address)
        self.client = client
        self.clock = 0
        self.heard = heard
        self.got: dict[int, int] = {}  # letters of each other client
        self.is_synced = asyncio.Event()
        self.saved = 0
        self.refused = 0
        self.unsaved: deque[float] = deque()
        self.whole = b""
        self.said: list[bytes] = []
        self.socket: Socket
        self.on_saved = lambda: None

    async def connect(self, port: int, path: str, headers: dict[str, str]) -> None:
        """Connect; the socket is open when this returns."""
        loop = asyncio.get_running_loop()
        _transport, self.socket = await loop.create_connection(
            lambda: Socket(path, headers, self.hear), "127.0.0.1", port
        )
        await self.socket.is_open

    async def open(self) -> None:
        """Open the document as a provider does, and wait until it is here."""
        self.is_synced.clear()
        self.socket.say(asks_to_open(self._name))
        self.socket.say(self.address + b"\x00\x00" + array(b"\x00"))
        async with asyncio.timeout(60):
            await self.is_synced.wait()

    def close_document(self) -> None:
        """Say that the document is closed on this page."""
        self.socket.say(self.address + b"\x07")

    @property
    def _name(self) -> str:
        return Reader(self.address).string()

    def begin(self) -> None:
        """Type the first letter: a paragraph of one's own."""
        document: Doc[Any] = Doc(client_id=self.client)
        root = document.get(ROOT, type=XmlFragment)
        with document.transaction():
            root.children.append(XmlElement("paragraph")).children.append(XmlText("a"))
        self.clock = 3
        self._send(document.get_update())

    def type(self) -> None:
        """Type one letter more."""
        at = perf_counter()
        self.heard.typed_at.setdefault(self.client, {})[self.clock] = at
        self._send(letter(self.client, self.clock), at)
        self.clock += 1

    def paste(self, size: int) -> None:
        """Type many letters at once."""
        who = number(self.client)
        text = bytes(97 + place % 26 for place in range(size))
        self._send(
            b"\x01\x01"
            + who
            + number(self.clock)
            + b"\x84"
            + who
            + number(self.clock - 1)
            + array(text)
            + b"\x00",
            perf_counter(),
        )
        self.clock += size

    def show_caret(self) -> None:
        """Say where one's caret is."""
        state = string('{"user":{"name":"Somebody"},"cursor":{"anchor":null,"head":null}}')
        self.socket.say(
            self.address
            + b"\x01"
            + array(b"\x01" + number(self.client) + number(self.clock) + state)
        )

    def _send(self, update: bytes, at: float | None = None) -> None:
        self.unsaved.append(at or perf_counter())
        self.socket.say(self.address + b"\x00\x02" + array(update))

    def hear(self, message: bytes) -> None:
        """Take one message of the server."""
        if len(message) == 1:
            if message == b"\x09":
                self.socket.say(b"\x0a")
            return
        at = len(self.address)
        kind, what = message[at], message[at + 1] if len(message) > at + 1 else 0
        if kind == _SYNC and what == _UPDATE:
            self._hear_update(message, at + 2)
        elif kind == _STATUS:
            self._hear_status(what)
        elif kind == _SYNC and what == _STEP1:
            # What a provider always answers: here it has nothing that the server lacks.
            self.unsaved.append(perf_counter())
            self.socket.say(self.address + b"\x00\x01" + array(b"\x00\x00"))
        elif kind == _SYNC and what == _STEP2:
            reader = Reader(message)
            reader.at = at + 2
            self.whole = reader.array()
            self.is_synced.set()
        else:
            self.said.append(message)

    def _hear_status(self, applied: int) -> None:
        since = self.unsaved.popleft()
        if not applied:
            self.refused += 1
            return
        self.saved += 1
        if self.heard.measures_delays:
            self.heard.to_saved_s.append(perf_counter() - since)
        self.on_saved()

    def _hear_update(self, message: bytes, at: int) -> None:
        heard = self.heard
        typed = heard.known.get(message)
        if typed is None:
            reader = Reader(message)
            reader.at = at
            typed = typed_in(reader.array())
            if len(heard.known) > _KNOWN_MOST:
                heard.known.clear()
            heard.known[message] = typed
        for client, clock, letters in typed:
            if client == self.client:
                continue
            heard.delivered += letters
            self.got[client] = self.got.get(client, 0) + letters
            if heard.measures_delays:
                now, at_clock = perf_counter(), heard.typed_at.get(client, {})
                heard.to_peer_s += [
                    now - at_clock[one] for one in range(clock, clock + letters) if one in at_clock
                ]
