"""A line of one's own to a room's live pages, past our script: what the server hands out there."""

import asyncio
from urllib.parse import urlsplit

import websockets
from websockets.typing import Origin

from rooms.frames import (
    Authenticated,
    AuthToken,
    PermissionDenied,
    SyncStep1,
    SyncStep2,
    read_frame,
    write_frame,
)
from tests.journeys.visitor import Visitor

LONGEST_S = 20.0


async def opened(visitor: Visitor, room: str, sections: list[str]) -> dict[str, tuple[str, bytes]]:
    """Ask for parts as a script of one's own would: those opened, each with its scope and words.

    Every part is waited for: it is opened, with its words, or it is denied.
    """
    frames: list[AuthToken | SyncStep1] = []
    for section in sections:
        frames += [AuthToken(section, "page", "4.8.0"), SyncStep1(section, b"\x00")]
    whole = urlsplit(visitor.origin)
    to_the_room = websockets.connect(
        f"ws://{whole.netloc}{room}/socket",
        host="127.0.0.1",
        port=whole.port,
        origin=Origin(visitor.origin),
        additional_headers={"Cookie": await visitor.sign_in()},
        open_timeout=LONGEST_S,
    )
    try:
        async with asyncio.timeout(LONGEST_S), to_the_room as line:
            for frame in frames:
                await line.send(write_frame(frame))
            return await _until_all_are_answered(line, visitor, len(sections))
    except websockets.InvalidStatus:
        return {}


async def _until_all_are_answered(
    line: websockets.ClientConnection, visitor: Visitor, count: int
) -> dict[str, tuple[str, bytes]]:
    heard: list[bytes] = []
    while True:
        frame = await line.recv(decode=False)
        heard.append(frame)
        visitor.frames.append(frame)
        visitor.got.append(frame)
        found, denied = _answers(heard)
        if len(found) + len(denied) == count:
            return found


def _answers(heard: list[bytes]) -> tuple[dict[str, tuple[str, bytes]], set[str]]:
    scopes: dict[str, str] = {}
    found: dict[str, tuple[str, bytes]] = {}
    denied: set[str] = set()
    for frame in map(read_frame, heard):
        match frame:
            case Authenticated(address=section, scope=scope):
                scopes[section] = scope
            case SyncStep2(address=section, update=update):
                found[section] = (scopes[section], update)
            case PermissionDenied(address=section):
                denied.add(section)
            case _:
                pass
    assert not denied & set(scopes)
    return found, denied


async def opens(visitor: Visitor, room: str, section: str | None) -> str | None:
    """The scope in which one part is opened to her; None if it is not."""
    assert section is not None
    found = await opened(visitor, room, [section])
    return found[section][0] if section in found else None
