"""Queries on from when the duty to share applies here, as it was confirmed."""

from datetime import date

from sqlalchemy import insert, select

from consent.duty import DutyStart
from consent.tables import duty_start
from server.kernel.database import Tx
from server.kernel.ids import MemberId, new_id


async def add_duty_start(tx: Tx, starts_on: date, *, by: MemberId) -> None:
    """Add what was confirmed now; what was confirmed before stays readable."""
    row = {"id": new_id(), "starts_on": starts_on, "confirmed_by": by, "confirmed_at": tx.at}
    await tx.execute(insert(duty_start).values(row))


async def find_duty_start(tx: Tx) -> DutyStart | None:
    """Return what was confirmed last, or None if nobody has."""
    one = duty_start.c
    newest = select(duty_start).order_by(one.confirmed_at.desc(), one.id).limit(1)
    row = await tx.first(newest)
    if row is None:
        return None
    return DutyStart(row.starts_on, MemberId(row.confirmed_by), row.confirmed_at)
