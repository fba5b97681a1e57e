"""Queries on what is agreed and decided in many rooms at once, a stretch of rooms at a time."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import and_, or_, select

from consent.consent import Choice
from consent.sharing_decision import Outcome
from consent.tables import consent_line, sharing_decision, sharing_decision_recipient
from server.directory.seat_store import FEW_AGENCIES, Stretch
from server.kernel.database import Tx
from server.kernel.ids import AgencyCode
from server.kernel.tables import BareId, bare


class Yes(NamedTuple):
    """A yes that holds now: by whom, about whom, to which organisation or one person of it."""

    room: BareId
    category: str
    purpose: str
    giver: BareId
    subject: BareId
    agency: AgencyCode
    member: BareId | None
    person: BareId | None


class Decided(NamedTuple):
    """A decision to share that holds now: from whom, to whom and for what."""

    room: BareId
    purpose: str
    from_agency: AgencyCode
    agency: AgencyCode
    member: BareId | None


async def yes_in(
    tx: Tx, stretch: Stretch, categories: Collection[str], agencies: Collection[AgencyCode]
) -> list[Yes]:
    """Return every yes that holds now on these categories towards these organisations."""
    line = consent_line.c
    query = select(
        bare(line.room),
        line.category,
        line.purpose,
        bare(line.giver),
        bare(line.subject),
        line.agency,
        bare(line.member),
        bare(line.person),
        line.version,
        and_(line.choice == Choice.YES.value, line.until > tx.at),
    ).where(line.room.in_(stretch.rooms), line.category.in_(sorted(categories)))
    if len(agencies) <= FEW_AGENCIES:
        query = query.where(line.agency.in_(sorted(agencies)))
    rows: Sequence[Any] = await tx.rows(query)
    # The newest version that answers a question replaces every answer to it (`ConsentLine.key`).
    newest: dict[tuple[Any, ...], int] = {}
    for row in rows:
        key = row[:6]
        if newest.get(key, 0) < row[8]:
            newest[key] = row[8]
    return [Yes(*row[:8]) for row in rows if row[9] and row[8] == newest[row[:6]]]


async def decided_in(tx: Tx, stretch: Stretch) -> list[Decided]:
    """Return every decision to share that holds now in the rooms of a stretch, by recipient."""
    one, to = sharing_decision.c, sharing_decision_recipient.c
    rows: Sequence[Any] = await tx.rows(
        select(bare(one.room), one.purpose, one.from_agency, to.agency, bare(to.member))
        .join(sharing_decision_recipient, to.sharing_decision == one.id)
        .where(
            stretch.holds(one.room),
            one.outcome == Outcome.SHARE.value,
            one.ended_at.is_(None),
            one.decided_at <= tx.at,
            or_(one.until.is_(None), one.until > tx.at),
        )
    )
    return [Decided(*row) for row in rows]
