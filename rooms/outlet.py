"""What a page is owed: written frames that wait to be sent, and the line they leave by.

While they wait here they can be taken back, as when the sight of a section is lost.

Rule: ADR-0009. Threat T-12 (a reader that never reads).
"""

import asyncio
from collections import deque
from typing import NamedTuple, Protocol

from rooms import limits


class Line(Protocol):
    """A socket that was taken over by the room; `web.room_protocol.RoomProtocol` is one."""

    def write_soon(self) -> None:
        """Send what is owed, in one go for all of this turn of the loop."""
        ...

    def hold_reading(self) -> None:
        """Read nothing more of the page."""
        ...

    def go_on_reading(self) -> None:
        """Read on."""
        ...


class Owed(NamedTuple):
    """One message not yet sent, and the document it belongs to."""

    address: str
    message: bytes
    since: float


class Outlet:
    """The messages that one page is owed, in their order."""

    def __init__(self) -> None:
        """Begin with nothing owed, and no line: then messages are waited for."""
        self.line: Line | None = None
        self._owed: deque[Owed] = deque()
        self._owed_bytes = 0
        self._ready = asyncio.Event()

    def owe(self, address: str, message: bytes) -> None:
        """Owe the page one message."""
        self._owed.append(Owed(address, message, asyncio.get_running_loop().time()))
        self._owed_bytes += len(message)
        self.rouse()

    def rouse(self) -> None:
        """Have looked what is to be sent."""
        self._ready.set()
        if self.line is not None:
            self.line.write_soon()

    def owes_much(self) -> bool:
        """Say whether so much is unsent that the page is told changes later, all at once."""
        return self._owed_bytes > limits.OWED_BEHIND_BYTES

    def is_stuck(self) -> bool:
        """Say whether something is owed for longer than a page that reads would need."""
        waits_s = asyncio.get_running_loop().time() - self._owed[0].since if self._owed else 0.0
        return waits_s > limits.OWED_S

    def next_owed(self) -> bytes | None:
        """Return the next message to send, now; None: nothing is owed."""
        if not self._owed:
            return None
        message = self._owed.popleft().message
        self._owed_bytes -= len(message)
        return message

    async def something_owed(self) -> None:
        """Wait until there is something to look for."""
        self._ready.clear()
        await self._ready.wait()

    def discard(self, address: str) -> None:
        """Drop everything of a document that was not sent yet."""
        self._owed = deque(owed for owed in self._owed if owed.address != address)
        self._owed_bytes = sum(len(owed.message) for owed in self._owed)

    def forget_owed(self) -> None:
        """Drop everything that was not sent yet."""
        self._owed.clear()
        self._owed_bytes = 0
