"""A line of one's own to a room's live pages, past our script: what the server hands out there."""

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

_ASK = """async ([address, frames, quiet_ms]) => {
  const socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  const got = [];
  let last = Date.now();
  socket.onmessage = ({ data }) => {
    last = Date.now();
    got.push(Array.from(new Uint8Array(data), (one) => one.toString(16).padStart(2, "0")).join(""));
  };
  const opened = await new Promise((done) => {
    socket.onopen = () => done(true);
    socket.onerror = () => done(false);
  });
  if (!opened) return null;
  for (const frame of frames) {
    socket.send(new Uint8Array(frame.match(/../g).map((one) => parseInt(one, 16))));
  }
  last = Date.now();
  while (Date.now() - last < quiet_ms) await new Promise((done) => setTimeout(done, 50));
  socket.close();
  return got;
}"""
QUIET_MS = 500


async def opened(persona: Persona, room: str, sections: list[str]) -> dict[str, tuple[str, bytes]]:
    """Ask for parts as a script of one's own would: those opened, each with its scope and words.

    What is refused, or not answered at all, is not in the answer.
    """
    frames: list[AuthToken | SyncStep1] = []
    for section in sections:
        frames += [AuthToken(section, "page", "4.8.0"), SyncStep1(section, b"\x00")]
    address = persona.origin.replace("http", "ws", 1) + f"{room}/socket"
    written = [write_frame(frame).hex() for frame in frames]
    answered = await persona.page.evaluate(_ASK, [address, written, QUIET_MS])
    found: dict[str, tuple[str, bytes]] = {}
    for frame in (read_frame(bytes.fromhex(one)) for one in answered or ()):
        match frame:
            case Authenticated(address=section, scope=scope):
                found[section] = (scope, b"")
            case SyncStep2(address=section, update=update):
                found[section] = (found[section][0], update)
            case PermissionDenied(address=section):
                assert section not in found
            case _:
                pass
    return found


async def opens(persona: Persona, room: str, section: str | None) -> str | None:
    """The scope in which one part is opened to her; None if it is not."""
    assert section is not None
    found = await opened(persona, room, [section])
    return found[section][0] if section in found else None
