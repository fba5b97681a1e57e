"""News inside this process, told after a commit. Ids only: a notice says where to look, not what.

Who hears what stands in `server/assembly.py`. A lost notice costs a moment, never the truth:
the rows are the truth and are looked at regularly.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from server.kernel.ids import RoomId

Hearer = Callable[[Any], Awaitable[None] | None]

_hearers: dict[type, list[Hearer]] = {}


@dataclass(frozen=True, slots=True)
class AccessChanged:
    """Who may see what in a room has changed: every open place is asked about again."""

    room: RoomId
    epoch: int


@dataclass(frozen=True, slots=True)
class SignedOut:
    """One sign-in ended: what is open with it is closed, and nothing of her other ones.

    `sign_in` is the hash that names the session without opening it.
    """

    sign_in: bytes


def hear(kind: type, hearer: Hearer) -> None:
    """Have `hearer` told of every notice of this kind."""
    _hearers.setdefault(kind, []).append(hearer)


async def tell(notice: object) -> None:
    """Tell everyone who hears this kind of notice, in the order they were listed."""
    for hearer in tuple(_hearers.get(type(notice), ())):
        told = hearer(notice)
        if told is not None:
            await told


def forget_all() -> None:
    """Forget who hears what, as when the server stops."""
    _hearers.clear()
