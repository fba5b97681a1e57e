"""Queries on what was stopped: whether anything was, and which organisations confirmed it."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from consent.tables import consent, withdrawal_confirmation
from server.kernel.database import Tx
from server.kernel.ids import AgencyCode, ConsentId, RoomId

Confirmations = Mapping[tuple[ConsentId, AgencyCode, int], datetime]
"""When each organisation confirmed a version, by the agreement, organisation and version."""


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
