"""Frames of the Hocuspocus protocol: bytes to dataclasses and back. Pure and bounded.

A frame is `varString(address) varUint(type) body`; ping and pong are one byte without an address.
The address is a document's name, or `name NUL session` where one page opens a document twice.

Rule: Hocuspocus protocol, 4.x (messages 0 to 10); lib0 encoding of numbers, strings and arrays.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

ADDRESS_LIMIT_BYTES = 200
NUMBER_LIMIT = 2**53
_MORE = 0x80


class MessageType(IntEnum):
    """What kind of frame follows the address."""

    SYNC = 0
    AWARENESS = 1
    AUTH = 2
    QUERY_AWARENESS = 3
    SYNC_REPLY = 4
    STATELESS = 5
    BROADCAST_STATELESS = 6
    CLOSE = 7
    SYNC_STATUS = 8
    PING = 9
    PONG = 10


class Fault(StrEnum):
    """What can be wrong with a frame, in plain words."""

    BAD_NUMBER = "a number is cut off or too large"
    CUT_OFF = "the frame is cut off"
    NOT_UTF8 = "a text is not UTF-8"
    BAD_ADDRESS = "the address is empty or too long"
    NO_SUCH_KIND = "there is no such kind of frame"
    TOO_LONG = "the frame goes on after its end"
    NO_SUCH_STEP = "there is no such sync step"
    NO_SUCH_ANSWER = "there is no such answer to a token"
    BAD_STATUS = "a status is 0 or 1"


class BadFrame(ValueError):
    """These bytes are no frame of the protocol. `address` names the document where one was read."""

    def __init__(self, reason: Fault, address: str | None = None) -> None:
        """Keep the reason, and the document where it is known."""
        super().__init__(reason)
        self.reason = reason
        self.address = address


@dataclass(frozen=True, slots=True)
class SyncStep1:
    """What the sender has (a state vector); it asks for the rest."""

    address: str
    vector: bytes


@dataclass(frozen=True, slots=True)
class SyncStep2:
    """What the other side lacks, as one update."""

    address: str
    update: bytes


@dataclass(frozen=True, slots=True)
class Update:
    """A change."""

    address: str
    update: bytes


@dataclass(frozen=True, slots=True)
class Awareness:
    """Who is here: carets and names, in the encoding of y-protocols."""

    address: str
    states: bytes


@dataclass(frozen=True, slots=True)
class AuthToken:
    """A page asks for a document. The token is no credential here: the cookie is."""

    address: str
    token: str
    version: str


@dataclass(frozen=True, slots=True)
class TokenWanted:
    """The server asks for a token again."""

    address: str


@dataclass(frozen=True, slots=True)
class PermissionDenied:
    """The server does not open the document, and says why in words."""

    address: str
    reason: str


@dataclass(frozen=True, slots=True)
class Authenticated:
    """The document is open: `read-write` or `readonly`. May be said again at any time."""

    address: str
    scope: str


@dataclass(frozen=True, slots=True)
class QueryAwareness:
    """A server asks another who is here."""

    address: str


@dataclass(frozen=True, slots=True)
class Stateless:
    """A message of the application, as text."""

    address: str
    payload: str


@dataclass(frozen=True, slots=True)
class BroadcastStateless:
    """A server asks another to tell everybody; a page may not."""

    address: str
    payload: str


@dataclass(frozen=True, slots=True)
class Close:
    """One document is closed; the socket stays. The server gives a reason."""

    address: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """The answer to one change: `applied` means durable, so 'saved'."""

    address: str
    applied: bool


@dataclass(frozen=True, slots=True)
class Ping:
    """Are you there?"""


@dataclass(frozen=True, slots=True)
class Pong:
    """I am."""


AuthFrame = AuthToken | TokenWanted | PermissionDenied | Authenticated
SyncFrame = SyncStep1 | SyncStep2 | Update
Frame = (
    SyncFrame
    | AuthFrame
    | Awareness
    | QueryAwareness
    | Stateless
    | BroadcastStateless
    | Close
    | SyncStatus
    | Ping
    | Pong
)

READ_WRITE = "read-write"
READ_ONLY = "readonly"


class Reader:
    """Reads lib0 values from bytes, one after the other, and never past the end."""

    __slots__ = ("at", "bytes")

    def __init__(self, read_from: bytes) -> None:
        """Begin at the first byte."""
        self.bytes = read_from
        self.at = 0

    @property
    def is_at_end(self) -> bool:
        """Say whether every byte was read."""
        return self.at >= len(self.bytes)

    def number(self) -> int:
        """Read a varUint, up to 2^53."""
        source, at = self.bytes, self.at
        if at < len(source) and source[at] < _MORE:  # as most are
            self.at = at + 1
            return source[at]
        value = shift = 0
        while True:
            if at >= len(source) or value > NUMBER_LIMIT:
                raise BadFrame(Fault.BAD_NUMBER)
            byte = source[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < _MORE:
                self.at = at
                return value

    def array(self) -> bytes:
        """Read a varUint8Array."""
        length = self.number()
        end = self.at + length
        if end > len(self.bytes):
            raise BadFrame(Fault.CUT_OFF)
        found = self.bytes[self.at : end]
        self.at = end
        return found

    def string(self) -> str:
        """Read a varString."""
        try:
            return self.array().decode()
        except UnicodeDecodeError as fault:
            raise BadFrame(Fault.NOT_UTF8) from fault


def number(value: int) -> bytes:
    """Write a varUint."""
    if value < _MORE:
        return bytes((value,))
    written = bytearray()
    while value >= _MORE:
        written.append(value & 0x7F | _MORE)
        value >>= 7
    written.append(value)
    return bytes(written)


def array(content: bytes) -> bytes:
    """Write a varUint8Array."""
    return number(len(content)) + content


def string(text: str) -> bytes:
    """Write a varString: the length is that of the UTF-8 bytes, not of the characters."""
    return array(text.encode())


def read_frame(message: bytes) -> Frame:
    """Read one WebSocket message.

    Raises:
        BadFrame: it is no frame; the reason is in plain words.
    """
    if message in (b"\x09", b"\x0a"):
        return Ping() if message == b"\x09" else Pong()
    reader = Reader(message)
    address = reader.string()
    if not address or len(address.encode()) > ADDRESS_LIMIT_BYTES:
        raise BadFrame(Fault.BAD_ADDRESS)
    try:
        return _read_body(reader, address)
    except BadFrame as fault:
        fault.address = address
        raise


def _read_body(reader: Reader, address: str) -> Frame:
    read = _BODIES.get(reader.number())
    if read is None:
        raise BadFrame(Fault.NO_SUCH_KIND)
    frame = read(reader, address)
    if not reader.is_at_end:
        raise BadFrame(Fault.TOO_LONG)
    return frame


def _read_sync(reader: Reader, address: str) -> Frame:
    step = reader.number()
    content = reader.array()
    match step:
        case 0:
            return SyncStep1(address, content)
        case 1:
            return SyncStep2(address, content)
        case 2:
            return Update(address, content)
        case _:
            raise BadFrame(Fault.NO_SUCH_STEP)


def _read_auth(reader: Reader, address: str) -> Frame:
    match reader.number():
        case 0 if reader.is_at_end:
            return TokenWanted(address)
        case 0:
            token = reader.string()
            # Providers before 4.0 say no version.
            return AuthToken(address, token, "" if reader.is_at_end else reader.string())
        case 1:
            return PermissionDenied(address, reader.string())
        case 2:
            return Authenticated(address, reader.string())
        case _:
            raise BadFrame(Fault.NO_SUCH_ANSWER)


def _read_close(reader: Reader, address: str) -> Frame:
    return Close(address, None if reader.is_at_end else reader.string())


def _read_status(reader: Reader, address: str) -> Frame:
    match reader.number():
        case 0 | 1 as applied:
            return SyncStatus(address, bool(applied))
        case _:
            raise BadFrame(Fault.BAD_STATUS)


_BODIES: dict[int, Callable[[Reader, str], Frame]] = {
    MessageType.SYNC: _read_sync,
    MessageType.AWARENESS: lambda reader, address: Awareness(address, reader.array()),
    MessageType.AUTH: _read_auth,
    MessageType.QUERY_AWARENESS: lambda _reader, address: QueryAwareness(address),
    MessageType.STATELESS: lambda reader, address: Stateless(address, reader.string()),
    MessageType.BROADCAST_STATELESS: (
        lambda reader, address: BroadcastStateless(address, reader.string())
    ),
    MessageType.CLOSE: _read_close,
    MessageType.SYNC_STATUS: _read_status,
}


def write_frame(frame: Frame) -> bytes:
    """Write one frame as the bytes of one WebSocket message."""
    match frame:
        case Ping():
            return b"\x09"
        case Pong():
            return b"\x0a"
        case _:
            return string(frame.address) + _body(frame)


def _body(frame: Frame) -> bytes:
    write: Callable[[Any], bytes] = _WRITTEN[type(frame)]
    return write(frame)


_WRITTEN: dict[type, Callable[[Any], bytes]] = {
    SyncStep1: lambda frame: b"\x00\x00" + array(frame.vector),
    SyncStep2: lambda frame: b"\x00\x01" + array(frame.update),
    Update: lambda frame: b"\x00\x02" + array(frame.update),
    Awareness: lambda frame: b"\x01" + array(frame.states),
    TokenWanted: lambda _frame: b"\x02\x00",
    AuthToken: lambda frame: b"\x02\x00" + string(frame.token) + string(frame.version),
    PermissionDenied: lambda frame: b"\x02\x01" + string(frame.reason),
    Authenticated: lambda frame: b"\x02\x02" + string(frame.scope),
    QueryAwareness: lambda _frame: b"\x03",
    Stateless: lambda frame: b"\x05" + string(frame.payload),
    BroadcastStateless: lambda frame: b"\x06" + string(frame.payload),
    Close: lambda frame: b"\x07" + (b"" if frame.reason is None else string(frame.reason)),
    SyncStatus: lambda frame: b"\x08\x01" if frame.applied else b"\x08\x00",
}
