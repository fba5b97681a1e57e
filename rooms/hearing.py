"""What a page says, message by message. One bad message stops nothing but itself.

Rule: Hocuspocus protocol; ADR-0009. Threat T-12 (hostile frames).
"""

from rooms import limits
from rooms.editing import sync
from rooms.following import is_room
from rooms.frames import (
    AuthToken,
    Awareness,
    BadFrame,
    Close,
    Frame,
    Ping,
    Pong,
    QueryAwareness,
    SyncStatus,
    SyncStep1,
    SyncStep2,
    Update,
    read_frame,
    write_frame,
)
from rooms.live import ROOM_DOCUMENT, CloseCode, Connection, Hub, OpenSection, now
from rooms.parting import end_connection, part
from rooms.presence import take_carets
from rooms.telling import tell_refused
from rooms.words import NO_UPDATE, NO_VECTOR

NOT_A_FRAME = "The page said something that could not be read."
NOT_FOR_PAGES = "The page said something that a page may not say."
NOT_OPEN = "This part is not open."


def hear(hub: Hub, connection: Connection, message: bytes) -> AuthToken | None:
    """Take one message of a page.

    Returns:
        What the page asks to have opened.
    """
    connection.heard_at = now()
    if not connection.frames.take(1, now()):
        end_connection(hub, connection)
        connection.close(CloseCode.TOO_MUCH, "This page says too much at once.")
        return None
    try:
        frame = read_frame(message)
    except BadFrame as fault:
        tell_refused(connection, fault.address or ROOM_DOCUMENT, NOT_A_FRAME)
        return None
    match frame:
        case Pong() | QueryAwareness():
            return None
        case Ping():
            connection.send_bytes("", write_frame(Pong()))
            return None
        case AuthToken():
            return _asks_to_open(connection, frame)
        case _:
            _take(hub, connection, frame)
            return None


def _asks_to_open(connection: Connection, asked: AuthToken) -> AuthToken | None:
    address = asked.address
    if address in connection.opening or address in connection.documents:
        return None  # it is open, or on its way: saying the token again changes nothing
    if len(connection.opening) + len(connection.documents) > 2 * limits.SECTIONS_A_CONNECTION:
        tell_refused(connection, address, NOT_OPEN)
        return None
    connection.opening[address] = []
    return asked


def _take(hub: Hub, connection: Connection, frame: Frame) -> None:
    address = getattr(frame, "address", "")
    opened = connection.documents.get(address)
    if opened is not None:
        _take_in_section(hub, opened, frame)
    elif is_room(address) and connection.room_address == address:
        _take_in_room(connection, frame)
    elif address in connection.opening:
        _keep_waiting(connection, connection.opening[address], frame)
    else:
        # A page goes on sending for a document that it has lost: nobody listens.
        pass


def _keep_waiting(connection: Connection, waiting: list[Frame], frame: Frame) -> None:
    size = sum(len(write_frame(early)) for early in (*waiting, frame))
    if len(waiting) >= limits.WAITING_MESSAGES or size > limits.WAITING_BYTES:
        tell_refused(connection, getattr(frame, "address", ""), NOT_OPEN)
        return
    waiting.append(frame)


def waiting_frames(hub: Hub, connection: Connection, address: str) -> None:
    """Take what a page had sent while its document was being opened, in its order."""
    for frame in connection.opening.pop(address, []):
        _take(hub, connection, frame)


def _take_in_section(hub: Hub, opened: OpenSection, frame: Frame) -> None:
    match frame:
        case SyncStep1() | SyncStep2() | Update():
            sync(hub, opened, frame)
        case Awareness(states=states):
            try:
                take_carets(opened, states)
            except BadFrame:
                tell_refused(opened.connection, opened.address, NOT_A_FRAME)
        case Close():
            part(hub, opened)
        case _:
            tell_refused(opened.connection, opened.address, NOT_FOR_PAGES)


def _take_in_room(connection: Connection, frame: Frame) -> None:
    """Answer on the document without words: it is empty and stays empty."""
    address = getattr(frame, "address", "")
    match frame:
        case SyncStep1():
            connection.send(SyncStep1(address, NO_VECTOR))
            connection.send(SyncStep2(address, NO_UPDATE))
        case SyncStep2() | Update():
            connection.send(SyncStatus(address, applied=frame.update == NO_UPDATE))
        case Awareness():
            pass
        case Close():
            connection.room_address = None
        case _:
            tell_refused(connection, address, NOT_FOR_PAGES)
