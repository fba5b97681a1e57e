"""Documents as consent sees them: labels of a room, words for a preview, disposal."""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from functools import partial
from uuid import UUID

from documents import store, vault
from policies.facts import Label
from policies.label_rows import Kept
from server.kernel.database import Tx
from server.kernel.ids import MemberId, RoomId


class DocumentKeeper:
    """Keeps the documents of rooms (see `consent.keeper.Keeper`)."""

    name = "documents"

    async def labels(self, tx: Tx, room: RoomId) -> list[Label]:
        """Return the label of every document of the room."""
        rows = await store.rows_of_room(tx, room)
        return list((await store.labels_of(tx, rows)).values())

    def all_kept(self, tx: Tx, categories: Collection[str]) -> AsyncIterator[Sequence[Kept]]:
        """Give of which of these categories, and from whom, every room keeps documents."""
        return store.all_kept(tx, categories)

    async def titles(self, tx: Tx, room: RoomId, things: Iterable[UUID]) -> dict[UUID, str]:
        """Return the file names, for those of these things that are documents of the room."""
        wanted = set(things)
        rows = [row for row in await store.rows_of_room(tx, room) if row.id in wanted]
        labels = await store.labels_of(tx, rows)
        return {row.id: (await store.open_document(tx, row, labels[row.id])).name for row in rows}

    async def name_people(self, tx: Tx, thing: UUID, named: Collection[MemberId]) -> None:
        """Let a document be for these members by name."""
        await store.name_people(tx, thing, named)

    async def access_changed(self, tx: Tx, room: RoomId, epoch: int) -> None:
        """Do nothing: every opening asks the gate, and one that runs looks at the room's epoch."""

    async def dispose(self, tx: Tx, room: RoomId) -> int:
        """Delete every document of the room; the files go once that is durable.

        Their keys go with the rows, so a file that outlives a crash here opens for nobody, and
        the next start clears it away.
        """
        places = await store.remove_all(tx, room)
        for place in places:
            tx.after_commit(partial(vault.remove, place))
        return len(places)
