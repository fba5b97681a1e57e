"""The scan of a form that somebody signed: kept as a document that its lead alone sees.

It is sealed, known by its content and opened through the gate as every document is; that it is
the evidence of what was agreed is recorded in the transaction that keeps it.

Rule: ADR-0016; UK GDPR Art 7(1): that somebody agreed can be shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from consent import evidence, gate
from consent.evidence import Evidenced
from documents import store
from documents.content import FIELD
from documents.description import Description
from documents.document import Document, FileType
from documents.uploading import Arrival
from policies.act import Act
from server.directory.member import Member
from server.kernel.database import Tx, writing
from server.kernel.errors import Invalid
from server.kernel.ids import DocumentId, PersonId, RoomId

SCANS = frozenset({FileType.PDF, FileType.PNG, FileType.JPEG})
NOT_A_SCAN = "The scan must be a PDF, or a PNG or JPEG picture."
CATEGORY = "identity_contact"


@dataclass(frozen=True, slots=True)
class ShownScan:
    """One scan of what somebody agreed, of which version, and since when."""

    document: DocumentId
    version: int
    added_at: datetime


async def prepare_scan(who: Member, room: RoomId, giver: PersonId) -> Evidenced:
    """Return what a scan is to be the evidence of.

    Raises:
        Refused: `who` does not lead the room.
        NotFound: nobody of this id answered here.
    """
    return await evidence.prepare_evidence(who, room, giver)


async def keep_scan(
    arrival: Arrival, who: Member, room: RoomId, name: str, *, giver: PersonId
) -> DocumentId:
    """Keep a file as the evidence of what somebody agreed, for its lead alone.

    Raises:
        Refused: `who` does not lead the room.
        NotFound: nobody of this id answered here.
        Invalid: the file is no scan, or is not what it should be.
        Conflict: with the same form another file was sent.
    """
    about = await evidence.prepare_evidence(who, room, giver)
    described = Description(
        category=CATEGORY,
        subjects=about.subjects,
        purpose=about.purpose,
        named=frozenset({who.id}),
        is_for_named_only=True,
    )
    named = partial(_name, who=who, giver=giver, version=about.version)
    return await arrival.keep(name, described, beside=named)


async def _name(tx: Tx, document: Document, *, who: Member, giver: PersonId, version: int) -> None:
    if document.file_type not in SCANS:
        raise Invalid({FIELD: NOT_A_SCAN})
    await evidence.name_evidence(tx, who, document.room, giver, version, document.id)


async def list_scans(who: Member, room: RoomId) -> Mapping[PersonId, Sequence[ShownScan]]:
    """Return the scans that the lead may open, by whoever signed them, oldest first.

    Raises:
        Refused: `who` does not lead the room.
    """
    async with writing() as tx:
        named = await evidence.evidence_in(tx, who, room)
        if not named:
            return {}
        rows = {row.id: row for row in await store.rows_of_room(tx, room)}
        labels = await store.labels_of(
            tx, [rows[one.document] for one in named if one.document in rows]
        )
        shown = {
            label.thing for label in await gate.sift(tx, who, Act.LIST_DOCUMENTS, labels.values())
        }
    found: dict[PersonId, list[ShownScan]] = {}
    for one in named:
        if one.document in shown:
            scan = ShownScan(one.document, one.version, one.named_at)
            found.setdefault(one.giver, []).append(scan)
    return found
