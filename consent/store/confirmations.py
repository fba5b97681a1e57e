"""Queries on what was stopped: whether anything was, and which organisations confirmed it."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import and_, select

from consent.consent import Choice
from consent.tables import consent, consent_line, withdrawal_confirmation
from server.kernel.database import Tx
from server.kernel.ids import AgencyCode, ConsentId, RoomId

Confirmations = Mapping[tuple[ConsentId, AgencyCode, int], datetime]
"""When each organisation confirmed a version, by the agreement, organisation and version."""

_KEY = ("agency", "category", "giver", "subject", "purpose")
"""What was asked: `ConsentLine.key`."""


async def confirmations(tx: Tx, room: RoomId) -> Confirmations:
    """Return every confirmation of a withdrawal in the room."""
    rows = await tx.rows(
        select(withdrawal_confirmation).where(
            withdrawal_confirmation.c.consent.in_(
                select(consent.c.id).where(consent.c.room == room)
            )
        )
    )
    return {
        (ConsentId(row.consent), AgencyCode(row.agency), row.version): row.confirmed_at
        for row in rows
    }


async def has_later_versions(tx: Tx, room: RoomId) -> bool:
    """Say whether anybody changed what she agreed in the room; else nothing was stopped."""
    found = await tx.first(
        select(consent.c.id).where(consent.c.room == room, consent.c.version > 1).limit(1)
    )
    return found is not None


async def is_anything_taken_back(tx: Tx, room: RoomId, agency: AgencyCode) -> bool:
    """Say whether somebody said no to this organisation after a yes to the same question."""
    before, later = consent_line.alias(), consent_line.alias()
    same = and_(
        before.c.room == later.c.room,
        *(before.c[part] == later.c[part] for part in _KEY),
    )
    found = await tx.first(
        select(later.c.id)
        .join(before, and_(same, before.c.version < later.c.version, before.c.choice == Choice.YES))
        .where(later.c.room == room, later.c.agency == agency, later.c.choice == Choice.NO)
        .limit(1)
    )
    return found is not None
