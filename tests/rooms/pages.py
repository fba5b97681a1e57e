"""A page as the live room sees one: it speaks frames, keeps a document, and notes what it heard."""

import json
import random
from typing import Any, Protocol

from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from rooms.frames import (
    Authenticated,
    AuthToken,
    Awareness,
    Close,
    Frame,
    PermissionDenied,
    Ping,
    Stateless,
    SyncStatus,
    SyncStep1,
    SyncStep2,
    Update,
    read_frame,
    write_frame,
)
from rooms.live import Connection
from rooms.live_rooms import LiveRooms
from rooms.plan import ROOT, document_as_text


class Speaks(Protocol):
    """What a document speaks through."""

    chance: random.Random
    stamp: str

    def say(self, message: bytes) -> None: ...


class PageDocument:
    """One section on a page, as a provider keeps it."""

    def __init__(self, page: Speaks, address: str) -> None:
        self.page = page
        self.address = address
        self.document: Doc[Any] = Doc(client_id=page.chance.getrandbits(32))
        self.scope: str | None = None
        self.denied: str | None = None
        self.closed: str | None = None
        self.unsynced = 1
        self.is_asked = False
        self.is_synced = False
        self.refused = 0
        self.heard: list[Frame] = []
        self.sent: list[int] = []  # what the simulator's statuses will answer; 0 is no word
        self.statuses: list[bool] = []

    @property
    def text(self) -> str:
        return document_as_text(self.document)

    def open(self) -> None:
        """Open it as a provider does: token, and at once what one has."""
        self.unsynced, self.is_asked = 1, False
        self.say(AuthToken(self.address, self.page.stamp, "4.8.0"))
        self.say(SyncStep1(self.address, self.document.get_state()))

    def type(self, words: str) -> bytes:
        """Add a paragraph and send the change."""
        before = self.document.get_state()
        root = self.document.get(ROOT, type=XmlFragment)
        with self.document.transaction():
            root.children.append(XmlElement("paragraph")).children.append(XmlText(words))
        change = self.document.get_update(before)
        self.send(change)
        return change

    def send(self, change: bytes) -> None:
        self.unsynced += 1
        self.say(Update(self.address, change))

    def say(self, frame: Frame) -> None:
        self.page.say(write_frame(frame))

    def hear(self, frame: Frame) -> None:
        self.heard.append(frame)
        match frame:
            case Authenticated(scope=scope):
                self.scope = scope
            case PermissionDenied(reason=reason):
                self.denied = reason
            case SyncStep1(vector=vector):
                # A provider counts its answer at the opening, and none to a later question.
                if not self.is_asked:
                    self.sent.append(0)
                self.is_asked = True
                self.say(SyncStep2(self.address, self.document.get_update(vector)))
            case SyncStep2(update=update):
                self.document.apply_update(update)
                self.is_synced = True
            case Update(update=update):
                self.document.apply_update(update)
            case SyncStatus(applied=applied):
                self.statuses.append(applied)
                self.unsynced -= applied
                self.refused += not applied
            case Close(reason=reason):
                self.closed = reason


class Page:
    """A connection of a member, without a network: what is owed is read when the test says so."""

    def __init__(self, rooms: LiveRooms, connection: Connection, *, stamp: str = "") -> None:
        self.rooms = rooms
        self.stamp = stamp  # of what the page's reader might see when it was fetched
        self.connection = connection
        self.documents: dict[str, PageDocument] = {}
        self.bytes_heard: list[bytes] = []
        self.chance = random.Random()

    def open(self, address: str) -> PageDocument:
        document = PageDocument(self, address)
        self.documents[address] = document
        document.open()
        return document

    def say(self, message: bytes) -> None:
        if self.connection.closed is None:
            self.rooms.hear(self.connection, message)

    def read(self) -> int:
        """Read everything that is owed now; return how many messages that were."""
        count = 0
        while self.connection._owed:
            owed = self.connection._owed.popleft()
            self.connection._owed_bytes -= len(owed.message)
            self.hear(owed.message)
            count += 1
        return count

    def hear(self, message: bytes) -> None:
        """Hear one message, as it came from the socket."""
        self.bytes_heard.append(message)
        frame = read_frame(message)
        if isinstance(frame, Ping):
            self.say(b"\x0a")
            return
        address = getattr(frame, "address", "")
        if address in self.documents:
            self.documents[address].hear(frame)

    def stateless(self, address: str = "room") -> list[dict[str, Any]]:
        """Return the application's messages heard on a document."""
        return [
            json.loads(frame.payload)
            for frame in self.documents[address].heard
            if isinstance(frame, Stateless)
        ]

    def carets(self, address: str) -> list[Awareness]:
        return [frame for frame in self.documents[address].heard if isinstance(frame, Awareness)]

    def leave(self) -> None:
        self.rooms.leave(self.connection)
