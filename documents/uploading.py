"""Putting a file into a room: described first, then streamed in, known by its content, kept.

The file is sealed as it comes in. Whatever goes wrong, and whenever the line is cut, nothing
of it is left and nothing of it is told.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from consent import bell, gate
from consent.audience import Audience, audience_of
from consent.family import may_meet
from consent.naming import people_of
from documents import store, vault
from documents.content import FIELD, recognise
from documents.description import Description, faults_of, label_of
from documents.document import Document, FileType, Scan, clean_name, readable_size
from documents.vault import Incoming, Place
from policies.act import Act
from policies.catalogue import catalogue
from policies.facts import Kind, label_of_room
from server.directory import store as directory
from server.directory.member import Member
from server.kernel.database import Tx, writing
from server.kernel.errors import Conflict, Invalid
from server.kernel.ids import DocumentId, MemberId, PersonId, RoomId, id_of_form, new_id
from server.kernel.settings import settings


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form offers, each id or code with its words."""

    categories: Mapping[str, str]
    people: Mapping[PersonId, str]
    purposes: Mapping[str, str]
    places: Mapping[MemberId, str]


async def choices(who: Member, room: RoomId) -> Choices:
    """Return what an uploader may say of a file.

    Raises:
        Refused: she has no place in the room.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.VIEW_FAMILY, label_of_room(room))
        return await _choices(tx, who, room)


async def audience(who: Member, room: RoomId, described: Description) -> Audience:
    """Return who would see such a file, as far as `who` may know of them, before it is sent.

    Raises:
        Refused: she has no place in the room.
        Invalid: something of the description is missing or wrong.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.VIEW_FAMILY, label_of_room(room))
        await _check(tx, who, room, described)
        label = label_of(who, room, new_id(), described)
        return await audience_of(tx, who, label, Act.VIEW_DOCUMENT)


Beside = Callable[[Tx, Document], Awaitable[None]]
"""What is done with a file in the transaction that keeps it."""


async def nothing_more(tx: Tx, document: Document) -> None:
    """Do nothing beside keeping it."""
    del tx, document


class Arrival:
    """A file on its way into the room, counted as it comes."""

    def __init__(self, who: Member, incoming: Incoming) -> None:
        """Stand on a file that was begun."""
        self.incoming = incoming
        self.is_kept = False
        self._who = who
        self._limit = settings().upload_limit_bytes

    async def write(self, plain: bytes) -> None:
        """Take the next bytes.

        Raises:
            Invalid: the file is over the limit.
        """
        if self.incoming.size_bytes + len(plain) > self._limit:
            raise Invalid({FIELD: too_large(self._limit)})
        await self.incoming.write(plain)

    async def keep(
        self, name: str, described: Description, *, beside: Beside = nothing_more
    ) -> DocumentId:
        """Keep the whole file as a document of the room; return its id.

        Sent twice, the same form keeps one document. `beside` is done in the transaction that
        keeps it: with what it is, before anybody learns of it.

        Raises:
            Refused: she may not add such a file here, or may not any more.
            Invalid: the file is not what it should be, or the description is wrong.
            Conflict: with the same form another file was sent, or to another room.
        """
        cleaned = clean_name(name)
        sha256 = await self.incoming.finish()
        file_type = await asyncio.to_thread(self._recognise, cleaned)
        try:
            return await self._keep(cleaned, file_type, sha256, described, beside)
        except Conflict:
            # The same form may have come twice at once: then the other one's row stands by now.
            return await self._keep(cleaned, file_type, sha256, described, beside)

    async def _keep(
        self,
        cleaned: str,
        file_type: FileType,
        sha256: bytes,
        described: Description,
        beside: Beside,
    ) -> DocumentId:
        place = self.incoming.place
        async with writing() as tx:
            await _check(tx, self._who, place.room, described)
            label = label_of(self._who, place.room, place.document, described)
            if await _was_sent(tx, self._who, place, sha256):
                # The same form came twice: what the first one kept stands, nothing is added.
                await gate.require(tx, self._who, Act.LIST_DOCUMENTS, label)
                return place.document
            await gate.require(tx, self._who, Act.UPLOAD_DOCUMENT, label)
            document = Document(
                id=place.document,
                room=place.room,
                label=label,
                name=cleaned,
                file_type=file_type,
                size_bytes=self.incoming.size_bytes,
                sha256=sha256,
                version=place.version,
                purpose=described.purpose,
                scan=Scan.NONE,
                added_by=self._who.id,
                added_at=tx.at,
            )
            if not await store.add_document(tx, document, self.incoming.wrapped):
                raise Conflict
            await beside(tx, document)
            # The file stands in its place before the row that names it can be seen.
            await self.incoming.keep()
            bell.ring(tx, label, bell.What.DOCUMENTS)
        self.is_kept = True
        return document.id

    def _recognise(self, name: str) -> FileType:
        with self.incoming.look_inside() as file:
            return recognise(file, name)


@asynccontextmanager
async def receiving(who: Member, room: RoomId, form_id: UUID) -> AsyncIterator[Arrival]:
    """Take a file into the room while this lasts; unless it was kept, nothing of it is left.

    `form_id` was made with the form: sent twice, it keeps one document.

    Raises:
        Refused: she has no place in the room; not a byte was taken.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.VIEW_ROOM, label_of_room(room))
        document = DocumentId(id_of_form(who.id, form_id))
        incoming = await vault.begin(tx, Place(room, document))
    arrival = Arrival(who, incoming)
    try:
        yield arrival
    finally:
        if not arrival.is_kept:
            await asyncio.shield(incoming.discard())


async def clear_left_behind() -> int:
    """Delete what uploads that died with a server left; return how many files. At every start."""
    async with writing() as tx:
        known = await store.file_names(tx)
    return await vault.clear_left_behind(known)


def too_large(limit_bytes: int) -> str:
    """Return the sentence for a file over the limit."""
    return (
        f"The file is larger than {readable_size(limit_bytes)}. "
        "Make it smaller, or send it in two parts."
    )


async def _choices(tx: Tx, who: Member, room: RoomId) -> Choices:
    await gate.require(tx, who, Act.LIST_SEATS, label_of_room(room, Kind.SEAT))
    people = await people_of(tx, who, room)
    own = await directory.find_seat(tx, room, who.id)
    seats = [
        seat
        for seat in await directory.list_seats(tx, room)
        if own and seat.member != who.id and may_meet(own.role, seat.role)
    ]
    members = await directory.find_members(tx, {seat.member for seat in seats})
    words = catalogue()
    return Choices(
        categories=words.categories,
        people={person.id: person.name for person in people},
        purposes={
            code: words.purposes[code]
            for code in words.place_purposes
            if own and code in own.purposes
        },
        places={seat.member: members[seat.member].name for seat in seats},
    )


async def _check(tx: Tx, who: Member, room: RoomId, described: Description) -> None:
    offered = await _choices(tx, who, room)
    faults = faults_of(
        described,
        people=frozenset(offered.people),
        places=frozenset(offered.places) | {who.id},
        purposes=frozenset(offered.purposes),
    )
    if faults:
        raise Invalid(faults)


async def _was_sent(tx: Tx, who: Member, place: Place, sha256: bytes) -> bool:
    row = await store.find_row(tx, place.document)
    sent = (place.room, who.id, sha256)
    return row is not None and (row.room, row.added_by, row.sha256) == sent
