"""A line of one's own to a room's live pages, past our script: what the server hands out there."""

import asyncio

from rooms.frames import (
    Authenticated,
    AuthToken,
    PermissionDenied,
    SyncStep1,
    SyncStep2,
    read_frame,
    write_frame,
)
from tests.journeys.persona import Persona

_ASK = """async ([address, frames]) => {
  const socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  window.heard = [];
  socket.onmessage = ({ data }) => window.heard.push(
    Array.from(new Uint8Array(data), (one) => one.toString(16).padStart(2, "0")).join(""));
  const isOpen = await new Promise((done) => {
    socket.onopen = () => done(true);
    socket.onerror = () => done(false);
  });
  for (const frame of isOpen ? frames : []) {
    socket.send(new Uint8Array(frame.match(/../g).map((one) => parseInt(one, 16))));
  }
  return isOpen;
}"""
LONGEST_S = 20.0


async def opened(persona: Persona, room: str, sections: list[str]) -> dict[str, tuple[str, bytes]]:
    """Ask for parts as a script of one's own would: those opened, each with its scope and words.

    Every part is waited for: it is opened, with its words, or it is denied.
    """
    frames: list[AuthToken | SyncStep1] = []
    for section in sections:
        frames += [AuthToken(section, "page", "4.8.0"), SyncStep1(section, b"\x00")]
    address = persona.origin.replace("http", "ws", 1) + f"{room}/socket"
    written = [write_frame(frame).hex() for frame in frames]
    if not await persona.page.evaluate(_ASK, [address, written]):
        return {}
    async with asyncio.timeout(LONGEST_S):
        while True:
            heard = [bytes.fromhex(one) for one in await persona.page.evaluate("window.heard")]
            found, denied = _answers(heard)
            if len(found) + len(denied) == len(sections):
                return found
            await asyncio.sleep(0.1)


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


async def opens(persona: Persona, room: str, section: str | None) -> str | None:
    """The scope in which one part is opened to her; None if it is not."""
    assert section is not None
    found = await opened(persona, room, [section])
    return found[section][0] if section in found else None
