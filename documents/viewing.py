"""What somebody sees of documents: those of a room, one of them, and its bytes.

Every opening is recorded before its first byte. While a file streams out, who may see it is
looked at again and again: access that was lost stops the stream.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic

from consent import gate
from consent.capability import Capability
from consent.family import may_meet
from consent.naming import names_of
from documents import store, vault
from documents.document import Document, How
from documents.sealed_file import SealedFile
from policies.act import Act
from policies.catalogue import catalogue
from policies.facts import Label, label_of_room
from server.directory import store as directory
from server.directory.member import FamilyMember, Member, Practitioner
from server.directory.team import Role, Seat
from server.kernel.database import Tx, reading, writing
from server.kernel.errors import NotFound
from server.kernel.ids import DocumentId, PersonId, RoomId

LOOK_AGAIN_S = 0.2
"""How often a stream looks whether its reader may still see it; screens close within a second."""

ACTS: Mapping[How, Act] = {
    How.LOOKED: Act.VIEW_DOCUMENT,
    How.COPIED: Act.DOWNLOAD_DOCUMENT,
}


@dataclass(frozen=True, slots=True)
class ShownOpening:
    """Who opened a document, when and how, in words this reader may have."""

    who: str
    agency: str
    opened_at: datetime
    how: How


@dataclass(frozen=True, slots=True)
class ShownDocument:
    """One document as it is shown. `added_by` is in words this reader may have.

    `may_copy` is false for what may be looked at and not taken; `openings` is None for
    everybody but the lead and whoever put it in.
    """

    document: Document
    topics: tuple[str, ...]
    about: tuple[str, ...]
    added_by: str
    agency: str
    may_look: bool
    may_copy: bool
    openings: tuple[ShownOpening, ...] | None = None


async def list_documents(who: Member, room: RoomId) -> list[ShownDocument]:
    """Return the documents of a room that `who` may know of, newest first.

    Raises:
        Refused: she has no place in the room.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.VIEW_ROOM, label_of_room(room))
        return await _listed(tx, who, room)


async def list_without_place(who: Member, room: RoomId) -> list[ShownDocument]:
    """Return the documents that somebody without a place in the room may know of, newest first.

    Rule: ADR-0014: only an emergency access opens any; to everybody else the list is empty.
    """
    async with writing() as tx:
        return await _listed(tx, who, room)


async def _listed(tx: Tx, who: Member, room: RoomId) -> list[ShownDocument]:
    rows = await store.rows_of_room(tx, room)
    labels = await store.labels_of(tx, rows)
    kept = {
        label.thing: label
        for label in await gate.sift(tx, who, Act.LIST_DOCUMENTS, labels.values())
    }
    held = await gate.capability(tx, who, room, list(kept.values()))
    documents = [await store.open_document(tx, row, kept[row.id]) for row in rows if row.id in kept]
    return await _shown(tx, who, documents, held)


async def view_document(who: Member, room: RoomId, document_id: DocumentId) -> ShownDocument:
    """Return what the room knows of one document.

    Raises:
        Refused: `who` may not know of it, or the room has no such document.
    """
    async with writing() as tx:
        row, label = await store.find_labelled(tx, room, document_id)
        await gate.require(tx, who, Act.LIST_DOCUMENTS, label)
        if row is None:
            raise NotFound
        held = await gate.capability(tx, who, room, [label])
        document = await store.open_document(tx, row, label)
        (shown,) = await _shown(tx, who, [document], held)
        return replace(shown, openings=await _openings(tx, who, document))


@dataclass(frozen=True, slots=True)
class OpenedDocument:
    """A document being opened: what it is, and its bytes as long as they may be seen."""

    document: Document
    pieces: AsyncGenerator[bytes, None]


async def open_document(
    who: Member, room: RoomId, document_id: DocumentId, *, how: How
) -> OpenedDocument:
    """Open a document's bytes, to look at or to take a copy; recorded before the first of them.

    Raises:
        Refused: `who` may not, may look and not copy, or the room has no such document.
        NotFound: no browser shows its type.
        Unavailable: the file was damaged in storage.
    """
    act = ACTS[how]
    async with writing() as tx:
        row, label = await store.find_labelled(tx, room, document_id)
        await gate.require(tx, who, act, label)
        if row is None:
            raise NotFound
        held = await gate.capability(tx, who, room, [label])
        document = await store.open_document(tx, row, label)
        if how is How.LOOKED and not document.file_type.shows_in_a_browser:
            raise NotFound
        await store.add_opening(tx, document.id, who.id, how)
        file = await vault.open_file(tx, store.place_of(row), row.wrapped_key)
    return OpenedDocument(document, _while_allowed(_Watch(who, act, label, held), file))


class _Watch:
    """Looks whether the reader of a stream may still see it."""

    def __init__(self, who: Member, act: Act, label: Label, held: Capability) -> None:
        self._who = who
        self._act = act
        self._label = label
        self._held = held
        self._looked_at = monotonic()

    async def look(self) -> None:
        """Look again, if that is due.

        Raises:
            Refused: access was lost; that is recorded.
        """
        # Threat T-03: a reader who opened a large file keeps receiving it after she lost access.
        if monotonic() - self._looked_at < LOOK_AGAIN_S:
            return
        # The epoch alone would not do: it does not count what agencies sign and suspend.
        async with reading() as tx:
            self._held = await gate.capability(tx, self._who, self._held.room, [self._label])
        if not self._held.allows(self._act, self._label.thing):
            async with writing() as tx:
                await gate.require(tx, self._who, self._act, self._label)
        self._looked_at = monotonic()


async def _while_allowed(watch: _Watch, file: SealedFile) -> AsyncGenerator[bytes, None]:
    async with aclosing(vault.chunks_of(file)) as pieces:
        async for piece in pieces:
            await watch.look()
            yield piece


async def _shown(
    tx: Tx, who: Member, documents: Sequence[Document], held: Capability
) -> list[ShownDocument]:
    adders = await directory.find_members(tx, {document.added_by for document in documents})
    agencies = {agency.code: agency.name for agency in await directory.list_agencies(tx)}
    about: set[PersonId] = set().union(*(document.label.subjects for document in documents))
    names = await names_of(tx, about)
    shown = []
    for document in documents:
        adder = adders.get(document.added_by)
        may_look = held.allows(Act.VIEW_DOCUMENT, document.id)
        subjects = [names[one] for one in document.label.subjects if one in names]
        shown.append(
            ShownDocument(
                document=document,
                topics=tuple(
                    sorted(catalogue().categories[one] for one in document.label.categories)
                ),
                about=tuple(sorted(subjects)),
                added_by=_words_for(who, adder),
                agency=agencies.get(adder.agency, "") if adder else "",
                may_look=may_look and document.file_type.shows_in_a_browser,
                may_copy=held.allows(Act.DOWNLOAD_DOCUMENT, document.id),
            )
        )
    return shown


async def _openings(tx: Tx, who: Member, document: Document) -> tuple[ShownOpening, ...] | None:
    seats = {seat.member: seat for seat in await directory.list_seats(tx, document.room)}
    own = seats.get(who.id)
    if own is None or not (own.role is Role.LEAD_PROFESSIONAL or document.added_by == who.id):
        return None
    openings = await store.openings_of(tx, document.id)
    members = await directory.find_members(tx, {opening.member for opening in openings})
    agencies = {agency.code: agency.name for agency in await directory.list_agencies(tx)}
    return tuple(
        ShownOpening(
            who=_words_for(who, member := members.get(opening.member)),
            agency=agencies.get(member.agency, "") if member else "",
            opened_at=opening.opened_at,
            how=opening.how,
        )
        for opening in openings
        if _may_know(own, seats.get(opening.member))
    )


def _may_know(own: Seat, other: Seat | None) -> bool:
    return other is None or other.member == own.member or may_meet(own.role, other.role)


def _words_for(who: Member, other: Member | None) -> str:
    if other is None:
        return "Somebody who has left"
    # Rule: families see role and organisation, not staff names.
    if isinstance(other, Practitioner) and isinstance(who, FamilyMember):
        return other.role_title
    return other.name
