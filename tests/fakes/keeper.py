"""A keeper of a room's things that holds their labels in memory."""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from policies.facts import Label
from policies.label_rows import Kept
from server.kernel.database import Tx
from server.kernel.ids import MemberId, RoomId
from server.kernel.tables import text_of


class KeeperInMemory:
    """Keeps labels with titles, and remembers what it was told."""

    name = "sections"

    def __init__(self) -> None:
        """Keep nothing yet."""
        self.kept: dict[str, Label] = {}
        self.epochs: list[int] = []

    async def labels(self, tx: Tx, room: RoomId) -> list[Label]:
        """Return the labels of the room's things."""
        del tx
        return [label for label in self.kept.values() if label.room == room]

    async def all_kept(self, tx: Tx, categories: Collection[str]) -> AsyncIterator[Sequence[Kept]]:
        """Give what is kept of these categories, of every room there is."""
        yield [
            Kept(text_of(tx.dialect, label.room), category, origin, named)
            for label in self.kept.values()
            for category in label.categories & set(categories)
            for origin in label.origins
            for named in (*(text_of(tx.dialect, one) for one in label.named), None)
            if label.room is not None
        ]

    async def titles(self, tx: Tx, room: RoomId, things: Iterable[UUID]) -> dict[UUID, str]:
        """Return the titles of these things."""
        del tx, room
        wanted = set(things)
        return {label.thing: title for title, label in self.kept.items() if label.thing in wanted}

    async def name_people(self, tx: Tx, thing: UUID, named: Collection[MemberId]) -> None:
        """Let a thing be for these members by name."""
        del tx
        for title, label in self.kept.items():
            if label.thing == thing:
                self.kept[title] = replace(label, named=frozenset(named))

    async def access_changed(self, tx: Tx, room: RoomId, epoch: int) -> None:
        """Remember the epoch."""
        del tx, room
        self.epochs.append(epoch)

    async def dispose(self, tx: Tx, room: RoomId) -> int:
        """Forget the room's things."""
        del tx
        gone = [title for title, label in self.kept.items() if label.room == room]
        for title in gone:
            del self.kept[title]
        return len(gone)
