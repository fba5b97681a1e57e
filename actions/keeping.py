"""Actions as consent sees them: labels of a room, words for a preview, disposal."""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from uuid import UUID

from actions import store
from policies.facts import Label
from policies.label_rows import Kept
from server.kernel.database import Tx
from server.kernel.ids import MemberId, RoomId


class ActionKeeper:
    """Keeps the actions of rooms (see `consent.keeper.Keeper`)."""

    name = "actions"

    async def labels(self, tx: Tx, room: RoomId) -> list[Label]:
        """Return the label of every action of the room."""
        rows = await store.rows_of_room(tx, room)
        return list((await store.labels_of(tx, rows)).values())

    def all_kept(self, tx: Tx, categories: Collection[str]) -> AsyncIterator[Sequence[Kept]]:
        """Give of which of these categories, and from whom, every room keeps actions."""
        return store.all_kept(tx, categories)

    async def titles(self, tx: Tx, room: RoomId, things: Iterable[UUID]) -> dict[UUID, str]:
        """Return what is to be done, for those of these things that are actions of the room."""
        wanted = set(things)
        rows = [row for row in await store.rows_of_room(tx, room) if row.id in wanted]
        labels = await store.labels_of(tx, rows)
        return {row.id: (await store.open_action(tx, row, labels[row.id])).what for row in rows}

    async def name_people(self, tx: Tx, thing: UUID, named: Collection[MemberId]) -> None:
        """Let an action be for these members by name."""
        await store.name_people(tx, thing, named)

    async def access_changed(self, tx: Tx, room: RoomId, epoch: int) -> None:
        """Do nothing: every act on an action asks the gate, none stands on a stored epoch."""

    async def dispose(self, tx: Tx, room: RoomId) -> int:
        """Delete every action of the room; return how many there were."""
        return await store.remove_all(tx, room)
