"""Queries on which documents are the evidence of what somebody agreed; rows are only added."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, insert, select

from consent.tables import consent, consent_evidence
from server.kernel.database import Tx
from server.kernel.ids import ConsentId, DocumentId, MemberId, PersonId, RoomId


@dataclass(frozen=True, slots=True)
class Evidence:
    """That a document is the evidence of a version."""

    consent: ConsentId
    version: int
    giver: PersonId
    document: DocumentId
    named_at: datetime


async def add_evidence(tx: Tx, new: Evidence, *, by: MemberId) -> None:
    """Name a document as the evidence of a version."""
    await tx.execute(
        insert(consent_evidence).values(
            consent=new.consent,
            version=new.version,
            document=new.document,
            named_by=by,
            named_at=new.named_at,
        )
    )


async def list_evidence(tx: Tx, room: RoomId) -> list[Evidence]:
    """Return the evidence of every version in the room, oldest first."""
    of_version = and_(
        consent.c.id == consent_evidence.c.consent, consent.c.version == consent_evidence.c.version
    )
    rows = await tx.rows(
        select(consent_evidence, consent.c.giver)
        .join(consent, of_version)
        .where(consent.c.room == room)
        .order_by(consent_evidence.c.named_at, consent_evidence.c.document)
    )
    return [
        Evidence(
            consent=ConsentId(row.consent),
            version=row.version,
            giver=PersonId(row.giver),
            document=DocumentId(row.document),
            named_at=row.named_at,
        )
        for row in rows
    ]
