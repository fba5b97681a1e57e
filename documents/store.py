"""Every query on the rows of documents. The bytes are the vault's."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from documents import vault
from documents.document import Document, FileType, How, Scan
from documents.tables import (
    document,
    document_category,
    document_named,
    document_opening,
    document_origin,
    document_shown_to,
    document_subject,
)
from documents.vault import Place
from policies.facts import Label
from policies.label_rows import Kept, LabelRows
from server.kernel.database import Tx
from server.kernel.ids import DocumentId, MemberId, RoomId, new_id

_LABELS = LabelRows(
    "document",
    categories=document_category.c.category,
    origins=document_origin.c.origin,
    subjects=document_subject.c.subject,
    named=document_named.c.named,
    shown_to=document_shown_to.c.shown_to,
)


@dataclass(frozen=True, slots=True)
class Opening:
    """Somebody opened a document."""

    member: MemberId
    opened_at: datetime
    how: How


async def add_document(tx: Tx, new: Document, wrapped_key: bytes) -> bool:
    """Add a document and its label; False if its id is taken, and nothing was added."""
    upsert = postgresql.insert if tx.dialect == "postgresql" else sqlite.insert
    place = Place(new.room, new.id, new.version)
    added = await tx.execute(
        upsert(document)
        .values(
            id=new.id,
            room=new.room,
            file_type=new.file_type.name,
            size_bytes=new.size_bytes,
            sha256=new.sha256,
            version=new.version,
            purpose=new.purpose,
            scan=new.scan,
            confidentiality=new.label.confidentiality,
            added_by=new.added_by,
            added_at=new.added_at,
            sealed_name=await vault.seal_words(tx, place, new.name),
            wrapped_key=wrapped_key,
        )
        .on_conflict_do_nothing()
    )
    if added.rowcount == 0:
        return False
    await _LABELS.add(tx, new.label)
    return True


async def find_row(tx: Tx, document_id: DocumentId) -> Row[Any] | None:
    """Return the bare row of a document, its name still sealed."""
    return await tx.first(select(document).where(document.c.id == document_id))


async def find_labelled(
    tx: Tx, room: RoomId, document_id: DocumentId
) -> tuple[Row[Any] | None, Label]:
    """Return the bare row of a document of this room, and its label.

    Threat T-01: where the room has none, the same is asked of the store, and the label is that
    of nothing, which the gate opens to nobody: its no and its line in the log are the same.
    """
    row = await find_row(tx, document_id)
    if row is None or row.room != room:
        await _LABELS.look_for(tx, [document_id])
        return None, Label(thing=document_id, room=room)
    return row, (await labels_of(tx, [row]))[document_id]


async def rows_of_room(tx: Tx, room: RoomId) -> Sequence[Row[Any]]:
    """Return the bare rows of a room's documents, newest first."""
    return await tx.rows(
        select(document)
        .where(document.c.room == room)
        .order_by(document.c.added_at.desc(), document.c.id)
    )


async def labels_of(tx: Tx, rows: Sequence[Row[Any]]) -> dict[UUID, Label]:
    """Return the label of each of these documents, by its id, in one query for all of them."""
    return await _LABELS.labels_of(tx, rows, author="added_by")


def place_of(row: Row[Any]) -> Place:
    """Return what the document's file is bound to."""
    return Place(RoomId(row.room), DocumentId(row.id), row.version)


async def name_people(tx: Tx, thing: UUID, named: Collection[MemberId]) -> None:
    """Let a thing be for these members by name, and for nobody who was named before."""
    await _LABELS.name(tx, thing, named)


def all_kept(tx: Tx, categories: Collection[str]) -> AsyncIterator[Sequence[Kept]]:
    """Give of which of these categories, and from whom, every room keeps documents."""
    return _LABELS.all_kept(tx, document, categories)


async def open_document(tx: Tx, row: Row[Any], label: Label) -> Document:
    """Open what the row says of a document, its name too. The caller has asked the gate."""
    return Document(
        id=DocumentId(row.id),
        room=RoomId(row.room),
        label=label,
        name=await vault.unseal_words(tx, place_of(row), row.sealed_name),
        file_type=FileType[row.file_type],
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        version=row.version,
        purpose=row.purpose,
        scan=Scan(row.scan),
        added_by=MemberId(row.added_by),
        added_at=row.added_at,
    )


async def add_opening(tx: Tx, document_id: DocumentId, member: MemberId, how: How) -> None:
    """Note that somebody opened a document, in the transaction that allowed it."""
    await tx.execute(
        insert(document_opening).values(
            id=new_id(), document=document_id, member=member, opened_at=tx.at, how=how
        )
    )


async def openings_of(tx: Tx, document_id: DocumentId) -> list[Opening]:
    """Return who opened a document, newest first."""
    rows = await tx.rows(
        select(document_opening)
        .where(document_opening.c.document == document_id)
        .order_by(document_opening.c.opened_at.desc(), document_opening.c.id)
    )
    return [Opening(MemberId(row.member), row.opened_at, How(row.how)) for row in rows]


async def file_names(tx: Tx) -> frozenset[str]:
    """Return the name in the vault of every document's file."""
    rows = await tx.rows(select(document.c.id, document.c.room, document.c.version))
    return frozenset(place_of(row).file_name for row in rows)


async def remove_all(tx: Tx, room: RoomId) -> list[Place]:
    """Delete every document's row of a room; return where their files lie."""
    places = [place_of(row) for row in await rows_of_room(tx, room)]
    of_room = select(document.c.id).where(document.c.room == room)
    await _LABELS.remove(tx, of_room)
    await tx.execute(delete(document_opening).where(document_opening.c.document.in_(of_room)))
    await tx.execute(delete(document).where(document.c.room == room))
    return places
