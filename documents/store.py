"""Every query on the rows of documents. The bytes are the vault's.

A label is read whole or not at all: a row whose join tables are empty gives a label that no
one may see.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table, delete, insert, select
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
from policies.facts import Confidentiality, Label
from server.kernel.database import Tx
from server.kernel.ids import AgencyCode, DocumentId, MemberId, PersonId, RoomId, new_id
from server.kernel.tables import joined_values

JOINED: tuple[tuple[Table, str], ...] = (
    (document_category, "category"),
    (document_origin, "origin"),
    (document_subject, "subject"),
    (document_named, "named"),
    (document_shown_to, "shown_to"),
)
_PARTS = joined_values("document", ((column, table, column) for table, column in JOINED))


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
    held: tuple[Iterable[Any], ...] = (
        new.label.categories,
        new.label.origins,
        new.label.subjects,
        new.label.named,
        new.label.shown_to,
    )
    for (table, column), values in zip(JOINED, held, strict=True):
        rows = [{"document": new.id, column: value} for value in values]
        if rows:
            await tx.execute(insert(table), rows)
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
    parts = await _parts_of(tx, [document_id])
    if row is None or row.room != room:
        return None, Label(thing=document_id, room=room)
    return row, _label(row, parts)


async def rows_of_room(tx: Tx, room: RoomId) -> Sequence[Row[Any]]:
    """Return the bare rows of a room's documents, newest first."""
    return await tx.rows(
        select(document)
        .where(document.c.room == room)
        .order_by(document.c.added_at.desc(), document.c.id)
    )


async def labels_of(tx: Tx, rows: Sequence[Row[Any]]) -> dict[UUID, Label]:
    """Return the label of each of these documents, by its id, in one query for all of them."""
    found = await _parts_of(tx, [row.id for row in rows])
    return {row.id: _label(row, found) for row in rows}


async def _parts_of(tx: Tx, ids: Sequence[UUID]) -> dict[str, dict[UUID, set[Any]]]:
    found: dict[str, dict[UUID, set[Any]]] = {column: {} for _, column in JOINED}
    if ids:
        for one in await tx.rows(_PARTS, {"ids": ids}):
            values = found[one.name].setdefault(one.thing, set())
            values.add(one.id if one.code is None else one.code)
    return found


def _label(row: Row[Any], found: dict[str, dict[UUID, set[Any]]]) -> Label:
    def of(column: str) -> set[Any]:
        return found[column].get(row.id, set())

    return Label(
        thing=row.id,
        room=RoomId(row.room),
        categories=frozenset(str(category) for category in of("category")),
        origins=frozenset(AgencyCode(origin) for origin in of("origin")),
        subjects=frozenset(PersonId(subject) for subject in of("subject")),
        confidentiality=Confidentiality(row.confidentiality),
        named=frozenset(MemberId(named) for named in of("named")),
        shown_to=frozenset(MemberId(member) for member in of("shown_to")),
        author=MemberId(row.added_by),
    )


def place_of(row: Row[Any]) -> Place:
    """Return what the document's file is bound to."""
    return Place(RoomId(row.room), DocumentId(row.id), row.version)


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
    for table in (*(table for table, _ in JOINED), document_opening):
        await tx.execute(delete(table).where(table.c.document.in_(of_room)))
    await tx.execute(delete(document).where(document.c.room == room))
    return places
