"""The keepers of a room's things, and the one way to change who may see them.

Rooms, documents and actions each keep things of a room. Consent does not know them; it asks
each for its labels and tells each of a new access epoch, in the transaction of the change.
`server/assembly.py` lists the keepers, pages hand them to an operation as `keepers=`.
"""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import Protocol
from uuid import UUID

from policies.facts import Label
from policies.label_rows import Kept
from server.directory import store as directory
from server.kernel import notices
from server.kernel.database import Tx
from server.kernel.errors import NotFound
from server.kernel.ids import MemberId, RoomId


class Keeper(Protocol):
    """What keeps some of a room's things: its sections, its documents or its actions."""

    @property
    def name(self) -> str:
        """Return the plural word for the things kept: `sections`, `documents`, `actions`."""
        ...

    async def labels(self, tx: Tx, room: RoomId) -> list[Label]:
        """Return the label of everything kept in the room."""
        ...

    def all_kept(self, tx: Tx, categories: Collection[str]) -> AsyncIterator[Sequence[Kept]]:
        """Give of which of these categories, and from whom, every room keeps things."""
        ...

    async def titles(self, tx: Tx, room: RoomId, things: Iterable[UUID]) -> dict[UUID, str]:
        """Return the words by which those who may see these things know them."""
        ...

    async def name_people(self, tx: Tx, thing: UUID, named: Collection[MemberId]) -> None:
        """Let a thing it keeps be for these members by name. The caller changes access."""
        ...

    async def access_changed(self, tx: Tx, room: RoomId, epoch: int) -> None:
        """Write the new access epoch to the rows that stand on it, locked in the order of ids."""
        ...

    async def dispose(self, tx: Tx, room: RoomId) -> int:
        """Delete everything kept in the room; return how many things that were."""
        ...


Keepers = Sequence[Keeper]


async def hold_access(tx: Tx, room: RoomId) -> None:
    """Keep every other act on the room waiting; called before the gate is asked.

    An unknown room is no error here: the gate refuses it as it refuses a forbidden one.

    Rule: ADR-0008: an operation that will change who may see what takes the team's row first,
    for update; taking it to read and then to write would let two of them wait for each other.
    """
    with suppress(NotFound):
        await directory.hold_team(tx, room)


async def change_access(tx: Tx, room: RoomId, keepers: Keepers) -> int:
    """Count a change of who may see what, tell the keepers, and leave the notice for after it.

    Returns:
        The new access epoch. Every edit that was allowed under an older one is stopped by the
        rows themselves from the moment this transaction commits.
    """
    epoch = await directory.bump_epoch(tx, room)
    for keeper in keepers:
        await keeper.access_changed(tx, room, epoch)
    tx.after_commit(partial(notices.tell, notices.AccessChanged(room, epoch)))
    return epoch


async def all_labels(tx: Tx, room: RoomId, keepers: Keepers) -> list[Label]:
    """Return the labels of everything in the room, keeper by keeper."""
    return [label for keeper in keepers for label in await keeper.labels(tx, room)]


async def all_titles(
    tx: Tx, room: RoomId, things: Iterable[UUID], keepers: Keepers
) -> dict[UUID, str]:
    """Return the words by which these things are known, whoever keeps them."""
    wanted = list(things)
    titles: dict[UUID, str] = {}
    for keeper in keepers:
        titles.update(await keeper.titles(tx, room, wanted))
    return titles
