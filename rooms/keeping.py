"""The parts of a plan as consent knows them: their labels, their titles, their end."""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from uuid import UUID

from policies.facts import Label
from policies.label_rows import Kept
from rooms import store
from server.kernel.database import Tx
from server.kernel.ids import MemberId, RoomId, SectionId


class SectionKeeper:
    """Keeps the parts of the plan of every room."""

    name = "sections"

    async def labels(self, tx: Tx, room: RoomId) -> list[Label]:
        """Return the label of every part of the room's plan."""
        return await store.list_labels(tx, room)

    def all_kept(self, tx: Tx, categories: Collection[str]) -> AsyncIterator[Sequence[Kept]]:
        """Give of which of these categories, and from whom, every room keeps parts."""
        return store.all_kept(tx, categories)

    async def titles(self, tx: Tx, room: RoomId, things: Iterable[UUID]) -> dict[UUID, str]:
        """Return the headings of these parts, for those who may see them."""
        found = await store.find_sections(tx, [SectionId(thing) for thing in things])
        return {section.id: section.heading for section in found.values() if section.room == room}

    async def name_people(self, tx: Tx, thing: UUID, named: Collection[MemberId]) -> None:
        """Let a part be for these members by name."""
        await store.name_people(tx, thing, named)

    async def access_changed(self, tx: Tx, room: RoomId, epoch: int) -> None:
        """Write the new access epoch to every part, so that no older edit is stored."""
        await store.set_epochs(tx, room, epoch)

    async def dispose(self, tx: Tx, room: RoomId) -> int:
        """Delete every part of the room's plan with all its words; return how many there were."""
        return await store.delete_room_content(tx, room)
